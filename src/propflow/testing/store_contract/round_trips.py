"""What was written is read as it was written."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from propflow.storage import Message, Outcome, OwningStore, Ref
from propflow.testing.store_contract.capability import Capability, needs
from propflow.testing.store_contract.changes import opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_MOVED = Outcome.MOVED


class RoundTripLaws(StoreLaws):
    """What was written is read as it was written."""

    def test_reads_a_case_as_it_was_written(self, store: OwningStore[Any]) -> None:
        change = opening(REF)
        assert self.write(store, change) == [_MOVED]
        assert self.read(store) == change.snapshot

    def test_reads_every_field_of_a_case_that_moved(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        change = step(first.snapshot, data='{"borrower":"u8"}')
        change = attrs.evolve(change, snapshot=attrs.evolve(change.snapshot, version=7))
        assert self.write(store, first, change) == [_MOVED, _MOVED]
        assert self.read(store) == change.snapshot

    @pytest.mark.parametrize(
        "data",
        [
            '{"place":"B1 水泵房 😀 e\u0301"}',
            r'{"place":"NUL \u0000, half a pair \ud83d, a backslash \\, a quote \""}',
            '{"place":"100% %s :name ?"}',
            '{"amount":"0.10","n":12345678901234567890}',
            '{"parts":[{"of":{"of":[{"of":null}]}},[[]],{}]}',
            '{"text":"' + "问" * 349_520 + '"}',
        ],
        ids=["emoji", "escapes", "placeholders", "numbers", "nested", "1 MiB"],
    )
    def test_keeps_data_to_the_letter(self, store: OwningStore[Any], data: str) -> None:
        first = opening(REF, data=data)
        assert self.write(store, first, step(first.snapshot)) == [_MOVED, _MOVED]
        case = self.read(store)
        assert case is not None
        assert case.data == data

    @pytest.mark.parametrize(
        "moment",
        [
            datetime(2026, 12, 31, 23, 59, 59, 999999, UTC),
            datetime(2026, 1, 1, tzinfo=UTC),
            datetime(2026, 5, 1, 0, 0, 0, 1, timezone(timedelta(hours=8))),
            datetime(1987, 6, 1, 3, 4, 5, 60, UTC),
        ],
        ids=str,
    )
    def test_keeps_moments_to_the_microsecond(
        self, store: OwningStore[Any], moment: datetime
    ) -> None:
        change = opening(REF, opened_at=moment)
        self.write(store, change)
        assert self.read(store) == change.snapshot
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [change.entry]

    @needs(Capability.OUTBOX)
    def test_keeps_messages_in_order(self, store: OwningStore[Any]) -> None:
        first = opening(REF, messages=2)
        second = step(first.snapshot, messages=12)
        self.write(store, first, second)
        with store.begin(write=False) as tx:
            sent = self.messages(store, tx, REF)
        assert sent == [(1, m) for m in first.messages] + [(2, m) for m in second.messages]

    @needs(Capability.OUTBOX)
    def test_a_message_may_be_long_and_in_any_script(self, store: OwningStore[Any]) -> None:
        message = Message(0, "Notify", '{"text":"' + "请及时处理 😀" * 9_000 + '"}')
        self.write(store, attrs.evolve(opening(REF), messages=(message,)))
        with store.begin(write=False) as tx:
            assert self.messages(store, tx, REF) == [(1, message)]

    def test_loads_in_the_order_asked_for(self, store: OwningStore[Any]) -> None:
        refs = [Ref(tenant, str(n)) for n in range(40) for tenant in ("", "t")]
        self.write(store, *map(opening, refs[::2]))
        asked = [refs[6], Ref("t", "none"), refs[0], refs[7], refs[6], refs[2]]
        with store.begin(write=True) as tx:
            plain, locked = store.load(tx, asked), store.load(tx, asked, lock=True)
            nothing = store.load(tx, [])
        there = [refs[6], None, refs[0], None, refs[6], refs[2]]
        assert [None if case is None else case.ref for case in plain] == there
        assert locked == plain
        assert nothing == []

    def test_loads_more_cases_than_fit_into_one_question(self, store: OwningStore[Any]) -> None:
        refs = [Ref("t", f"{n:03}") for n in range(510)]
        changes = [opening(ref) for ref in refs]
        self.write(store, *changes)
        with store.begin(write=False) as tx:
            assert store.load(tx, refs) == [change.snapshot for change in changes]

    def test_reading_changes_nothing(self, store: OwningStore[Any]) -> None:
        first = opening(REF, key="k", indexed=(("borrower", '"u7'),), messages=2)
        self.write(store, first, step(first.snapshot, indexed=(("borrower", '"u7'),)))
        before = self.everything(store)
        with store.begin(write=True) as tx:
            # Nor does it change anything stored if a caller changes what it was given.
            store.load(tx, [REF], lock=True).clear()
            store.history(tx, REF).clear()
            assert len(store.history(tx, REF)) == 2
        assert self.everything(store) == before
