"""What every store does alike: the memory store, which is the oracle, and those on databases."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import attrs
import pytest

from propflow.errors import StoreUnavailable
from propflow.storage import Change, Message, Outcome, Query, Ref, Snapshot

from .changes import NOON, WORKFLOW, opening, step

MOVED, STALE, DUPLICATE = Outcome.MOVED, Outcome.STALE, Outcome.DUPLICATE
REF = Ref("project-17", "loan-1")


class StoreContract:
    """The laws; a subclass gives the fixture `store`, empty and with its tables."""

    def read(self, store: Any, ref: Ref = REF) -> Snapshot | None:
        with store.begin(write=False) as tx:
            return store.load(tx, [ref])[0]

    def write(self, store: Any, *changes: Change) -> list[Outcome]:
        with store.begin(write=True) as tx:
            return store.apply(tx, changes)

    def found(self, store: Any, query: Query, *, lock: bool = False) -> list[str]:
        with store.begin(write=lock) as tx:
            return [case.ref.id for case in store.find(tx, query, lock=lock)]

    def everything(self, store: Any, ref: Ref = REF, key: str = "k") -> tuple[Any, ...]:
        """Return all that can be read about a case."""
        with store.begin(write=False) as tx:
            return (
                store.load(tx, [ref]),
                store.history(tx, ref),
                store.outbox(tx, ref),
                store.keyed(tx, ref.tenant, key),
                store.find(tx, Query(ref.tenant, WORKFLOW)),
                store.find(tx, Query(ref.tenant, WORKFLOW, where=(("borrower", '"u7'),))),
                store.find(tx, Query(ref.tenant, WORKFLOW, where=(("borrower", '"u8'),))),
            )

    # Round trips ---------------------------------------------------------------------------------

    def test_reads_a_case_as_it_was_written(self, store):
        change = opening(REF)
        assert self.write(store, change) == [MOVED]
        assert self.read(store) == change.snapshot

    def test_reads_every_field_of_a_case_that_moved(self, store):
        first = opening(REF)
        change = step(first.snapshot, data='{"borrower":"u8"}')
        change = attrs.evolve(change, snapshot=attrs.evolve(change.snapshot, version=7))
        assert self.write(store, first, change) == [MOVED, MOVED]
        assert self.read(store) == change.snapshot

    @pytest.mark.parametrize(
        "data",
        [
            '{"place":"B1 水泵房 😀 e\u0301"}',
            r'{"place":"NUL \u0000, half a pair \ud83d, a backslash \\, a quote \""}',
            '{"place":"100% %s :name ?"}',
            '{"amount":"0.10","n":12345678901234567890}',
            '{"text":"' + "问" * 349_520 + '"}',
        ],
        ids=["emoji", "escapes", "placeholders", "numbers", "1 MiB"],
    )
    def test_keeps_data_to_the_letter(self, store, data):
        first = opening(REF, data=data)
        assert self.write(store, first, step(first.snapshot)) == [MOVED, MOVED]
        assert self.read(store).data == data

    def test_reads_every_entry_as_it_was_written(self, store):
        first = opening(REF, key="k1")
        second = step(first.snapshot)
        third = step(second.snapshot, key="k3")
        self.write(store, first, second, third)
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [first.entry, second.entry, third.entry]

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
    def test_keeps_moments_to_the_microsecond(self, store, moment):
        self.write(store, opening(REF, opened_at=moment))
        snapshot = self.read(store)
        assert snapshot.opened_at == moment
        assert snapshot.occurred_at == moment
        with store.begin(write=False) as tx:
            assert store.history(tx, REF)[0].occurred_at == moment

    def test_keeps_messages_in_order(self, store):
        first = opening(REF, messages=2)
        second = step(first.snapshot, messages=12)
        self.write(store, first, second)
        with store.begin(write=False) as tx:
            sent = store.outbox(tx, REF)
        assert sent == [(1, m) for m in first.messages] + [(2, m) for m in second.messages]

    def test_a_message_may_be_long_and_in_any_script(self, store):
        message = Message(0, "Notify", '{"text":"' + "请及时处理 😀" * 9_000 + '"}')
        self.write(store, attrs.evolve(opening(REF), messages=(message,)))
        with store.begin(write=False) as tx:
            assert store.outbox(tx, REF) == [(1, message)]

    def test_loads_in_the_order_asked_for(self, store):
        refs = [Ref(tenant, str(n)) for n in range(40) for tenant in ("", "t")]
        self.write(store, *map(opening, refs[::2]))
        asked = [refs[6], Ref("t", "none"), refs[0], refs[7], refs[6], refs[2]]
        with store.begin(write=True) as tx:
            plain, locked = store.load(tx, asked), store.load(tx, asked, lock=True)
            nothing = store.load(tx, [])
        assert [None if s is None else s.ref for s in plain] == [
            refs[6],
            None,
            refs[0],
            None,
            refs[6],
            refs[2],
        ]
        assert locked == plain
        assert nothing == []

    def test_loads_more_cases_than_fit_into_one_question(self, store):
        refs = [Ref("t", f"{n:03}") for n in range(510)]
        self.write(store, *map(opening, refs))
        with store.begin(write=False) as tx:
            assert [case.ref for case in store.load(tx, refs)] == refs

    # Outcomes ------------------------------------------------------------------------------------

    def test_a_stale_change_leaves_everything_as_it_was(self, store):
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        second = step(first.snapshot, indexed=(("borrower", '"u7'),))
        self.write(store, first, second)
        before = self.everything(store)
        late = step(
            first.snapshot, state="lost", key="k", indexed=(("borrower", '"u8'),), messages=1
        )
        early = step(attrs.evolve(second.snapshot, revision=7), key="k", messages=1)
        absent = step(attrs.evolve(first.snapshot, ref=Ref(REF.tenant, "none")), key="k")
        assert self.write(store, late, early, absent) == [STALE, STALE, STALE]
        assert self.everything(store) == before
        assert self.read(store, Ref(REF.tenant, "none")) is None

    def test_a_case_is_opened_once(self, store):
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        self.write(store, first)
        before = self.everything(store)
        again = opening(REF, state="lent", key="k", indexed=(("borrower", '"u8'),), messages=2)
        assert self.write(store, again, first) == [DUPLICATE, DUPLICATE]
        assert self.everything(store) == before

    def test_a_key_opens_once(self, store):
        self.write(store, opening(REF, key="k"))
        other = Ref(REF.tenant, "loan-2")
        change = opening(other, key="k", indexed=(("borrower", '"u8'),), messages=1)
        before = self.everything(store)
        assert self.write(store, change) == [DUPLICATE]
        assert self.everything(store) == before
        assert self.everything(store, other)[:3] == ([None], [], [])

    def test_a_key_moves_once(self, store):
        first = opening(REF, indexed=(("borrower", '"u7'),), messages=1)
        other = opening(Ref(REF.tenant, "loan-2"), key="k")
        self.write(store, first, other)
        before = self.everything(store)
        change = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),), messages=1)
        assert self.write(store, change) == [DUPLICATE]
        assert self.everything(store) == before

    def test_stale_comes_before_duplicate(self, store):
        first = opening(REF, key="k")
        second = step(first.snapshot)
        self.write(store, first, second)
        assert self.write(store, step(first.snapshot, key="k")) == [STALE]
        assert self.write(store, step(second.snapshot, key="k")) == [DUPLICATE]

    def test_the_transaction_stays_usable(self, store):
        first = opening(REF, key="k")
        second = step(first.snapshot, messages=1)
        third = step(second.snapshot)
        with store.begin(write=True) as tx:
            changes = [first, first, step(first.snapshot, key="k"), second, second, third]
            outcomes = store.apply(tx, changes)
            assert store.load(tx, [REF]) == [third.snapshot]
        assert outcomes == [MOVED, DUPLICATE, DUPLICATE, MOVED, STALE, MOVED]
        assert self.read(store) == third.snapshot
        with store.begin(write=False) as tx:
            assert len(store.history(tx, REF)) == 3
            assert store.outbox(tx, REF) == [(2, second.messages[0])]

    def test_a_refused_change_gives_its_key_back(self, store):
        first = opening(REF)
        self.write(store, first, step(first.snapshot))
        assert self.write(store, step(first.snapshot, key="k")) == [STALE]
        assert self.write(store, opening(Ref(REF.tenant, "loan-2"), key="k")) == [MOVED]

    def test_a_batch_of_nothing(self, store):
        assert self.write(store) == []

    def test_an_error_takes_everything_back(self, store):
        first = opening(REF, indexed=(("borrower", '"u7'),))
        self.write(store, first)
        before, empty = self.everything(store), self.everything(store, Ref("empty", "1"))
        change = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),), messages=2)
        other = opening(Ref("empty", "1"), key="k", indexed=(("borrower", '"u7'),), messages=1)

        def fail() -> None:
            with store.begin(write=True) as tx:
                assert store.apply(tx, [change, other]) == [MOVED, MOVED]
                raise KeyError(REF)

        with pytest.raises(KeyError):
            fail()
        assert self.everything(store) == before
        assert self.everything(store, Ref("empty", "1")) == empty
        assert self.write(store, change, other) == [MOVED, MOVED]

    # History and keys ----------------------------------------------------------------------------

    def test_history_is_complete_and_in_order(self, store):
        change = opening(REF)
        changes = [change]
        for _ in range(29):
            change = step(change.snapshot)
            changes.append(change)
        self.write(store, *changes)
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [change.entry for change in changes]
            assert [e.revision for e in store.history(tx, REF, after=27)] == [28, 29, 30]
            assert [e.revision for e in store.history(tx, REF, after=5, limit=2)] == [6, 7]
            assert store.history(tx, REF, after=30) == []
            assert store.history(tx, Ref(REF.tenant, "none")) == []

    def test_a_key_leads_to_its_entry(self, store):
        first = opening(REF)
        second = step(first.snapshot, key="k😀")
        self.write(store, first, second)
        with store.begin(write=False) as tx:
            assert store.keyed(tx, REF.tenant, "k😀") == (REF, second.entry)
            assert store.keyed(tx, REF.tenant, "k") is None

    # Names ---------------------------------------------------------------------------------------

    NAMES = ("a", "A", "ä", "a\u0308", "a ", " a", "a\u200b", "ß", "ss", "😀", "a%", "a_")

    def test_ids_and_tenants_compare_byte_for_byte(self, store):
        refs = [Ref(tenant, name) for tenant in ("t", "T", "t ") for name in self.NAMES]
        assert set(self.write(store, *map(opening, refs))) == {MOVED}
        with store.begin(write=False) as tx:
            assert [case.ref for case in store.load(tx, refs)] == refs
            assert [len(store.history(tx, ref)) for ref in refs] == [1] * len(refs)
            assert [len(store.find(tx, Query(t, WORKFLOW))) for t in ("t", "T", "t ")] == [12] * 3
            assert store.load(tx, [Ref("t", "á"), Ref("t\t", "a")]) == [None, None]

    def test_keys_compare_byte_for_byte(self, store):
        changes = [opening(Ref("t", str(n)), key=key) for n, key in enumerate(self.NAMES)]
        assert set(self.write(store, *changes)) == {MOVED}
        with store.begin(write=False) as tx:
            found = [store.keyed(tx, "t", key) for key in self.NAMES]
        assert [ref.id for ref, _ in found] == [str(n) for n in range(len(self.NAMES))]

    def test_states_and_values_compare_byte_for_byte(self, store):
        self.write(
            store,
            *(
                opening(Ref("t", str(n)), state=name, indexed=(("field", name),))
                for n, name in enumerate(self.NAMES)
            ),
        )
        for n, name in enumerate(self.NAMES):
            assert self.found(store, Query("t", WORKFLOW, states=(name,))) == [str(n)]
            assert self.found(store, Query("t", WORKFLOW, where=(("field", name),))) == [str(n)]

    def test_names_may_have_255_characters(self, store):
        ref = Ref("租" * 255, "😀" * 255)
        change = opening(ref, key="键" * 255)
        assert self.write(store, change) == [MOVED]
        assert self.read(store, ref) == change.snapshot
        with store.begin(write=False) as tx:
            assert store.keyed(tx, ref.tenant, "键" * 255) == (ref, change.entry)

    def test_tenants_do_not_see_each_other(self, store):
        mine = opening(Ref("mine", "1"), key="k", indexed=(("borrower", '"u7'),), messages=1)
        theirs = Ref("theirs", "1")
        self.write(store, mine)
        assert self.everything(store, theirs) == ([None], [], [], None, [], [], [])
        moved = step(attrs.evolve(mine.snapshot, ref=theirs))
        assert self.write(store, moved, opening(theirs, key="k")) == [STALE, MOVED]
        assert self.read(store, mine.snapshot.ref) == mine.snapshot

    # Searches ------------------------------------------------------------------------------------

    def fill(self, store: Any) -> list[Change]:
        """Write 60 cases in an order of their own; return them in the order of a page."""
        changes = [
            opening(
                Ref("t", f"{n * 7 % 60:02}"),
                opened_at=NOON + timedelta(microseconds=n * 7 % 60 // 4),
                state=("requested", "lent", "returned")[n % 3],
                indexed=(("borrower", f'"u{n % 4}'), ("key", str(n % 5))),
            )
            for n in range(60)
        ]
        self.write(store, *changes)
        other = (("borrower", '"u1'), ("key", "3"))
        self.write(store, opening(Ref("t", "other"), workflow="issue", state="lent", indexed=other))
        return sorted(changes, key=lambda c: (c.snapshot.opened_at, c.snapshot.ref.id))

    QUERIES: Sequence[tuple[Query, Callable[[Change], bool]]] = (
        (Query("t", WORKFLOW), lambda c: True),
        (Query("t", WORKFLOW, ("lent",)), lambda c: c.snapshot.state == "lent"),
        (
            Query("t", WORKFLOW, ("lent", "lent", "requested", "none")),
            lambda c: c.snapshot.state != "returned",
        ),
        (Query("t", WORKFLOW, ()), lambda c: False),
        (Query("t", WORKFLOW, ("none",)), lambda c: False),
        (
            Query("t", WORKFLOW, where=(("borrower", '"u1'),)),
            lambda c: c.indexed[0][1] == '"u1',
        ),
        (
            Query("t", WORKFLOW, ("lent", "returned"), where=(("borrower", '"u1'), ("key", "3"))),
            lambda c: (
                c.snapshot.state != "requested" and c.indexed == (("borrower", '"u1'), ("key", "3"))
            ),
        ),
        (Query("t", WORKFLOW, where=(("key", '"u1'),)), lambda c: False),
        (Query("t", WORKFLOW, where=(("key", "1"), ("key", "2"))), lambda c: False),
        (Query("t", "none"), lambda c: False),
    )

    @pytest.mark.parametrize("lock", [False, True], ids=["plain", "locking"])
    @pytest.mark.parametrize("n", range(len(QUERIES)))
    def test_finds_what_matches_page_by_page(self, store, n, lock):
        query, matches = self.QUERIES[n]
        wanted = [c.snapshot for c in self.fill(store) if matches(c)]
        found: list[Snapshot] = []
        for _ in range(20):
            with store.begin(write=lock) as tx:
                page = store.find(tx, attrs.evolve(query, limit=7), lock=lock)
            found += page
            if len(page) < 7:
                break
            query = attrs.evolve(query, after=(page[-1].opened_at, page[-1].ref.id))
        assert found == wanted

    def test_cases_of_one_moment_come_in_the_order_of_their_bytes(self, store):
        self.write(store, *(opening(Ref("t", name)) for name in self.NAMES))
        ordered = sorted(self.NAMES)
        assert self.found(store, Query("t", WORKFLOW)) == ordered
        for n, name in enumerate(ordered):
            assert self.found(store, Query("t", WORKFLOW, after=(NOON, name))) == ordered[n + 1 :]

    def test_finds_a_case_where_it_is_now(self, store):
        first = opening(REF, indexed=(("borrower", '"u7'), ("key", "1")))
        self.write(store, first)
        second = step(first.snapshot, indexed=(("borrower", '"u8'), ("key", "1")))
        self.write(store, second)
        query = Query(REF.tenant, WORKFLOW)
        assert self.found(store, attrs.evolve(query, states=("requested",))) == []
        assert self.found(store, attrs.evolve(query, states=("lent",))) == [REF.id]
        assert self.found(store, attrs.evolve(query, where=(("borrower", '"u7'),))) == []
        assert self.found(store, attrs.evolve(query, where=(("borrower", '"u8'),))) == [REF.id]
        assert self.found(store, attrs.evolve(query, where=(("key", "1"),))) == [REF.id]

    @pytest.mark.parametrize(
        "text", ["x" * 64, "x" * 65, "x" * 100_000, "\0", "", '"中文 😀'], ids=range(6)
    )
    def test_indexed_values_may_be_any_text(self, store, text):
        near = text + "x"
        self.write(
            store,
            opening(Ref("t", "1"), indexed=(("field", text),)),
            opening(Ref("t", "2"), indexed=(("field", near),)),
        )
        assert self.found(store, Query("t", WORKFLOW, where=(("field", text),))) == ["1"]
        assert self.found(store, Query("t", WORKFLOW, where=(("field", near),))) == ["2"]

    # Races ---------------------------------------------------------------------------------------

    def race(self, store: Any, changes: Sequence[Change]) -> list[Outcome]:
        start = threading.Barrier(len(changes))

        def one(change: Change) -> Outcome:
            start.wait()
            with store.begin(write=True) as tx:
                store.load(tx, [change.snapshot.ref], lock=True)
                return store.apply(tx, [change])[0]

        with ThreadPoolExecutor(len(changes)) as pool:
            return list(pool.map(one, changes))

    def test_one_of_many_threads_moves_a_case(self, store):
        first = opening(REF)
        self.write(store, first)
        rivals = [step(first.snapshot, state=f"state_{n}", messages=1) for n in range(8)]
        outcomes = self.race(store, rivals)
        assert sorted(outcomes, key=lambda o: o.value) == [MOVED] + [STALE] * 7
        winner = rivals[outcomes.index(MOVED)]
        assert self.read(store) == winner.snapshot
        with store.begin(write=False) as tx:
            assert store.history(tx, REF) == [first.entry, winner.entry]
            assert len(store.outbox(tx, REF)) == 1

    def test_one_of_many_threads_opens_a_case(self, store):
        rivals = [opening(REF, state=f"state_{n}", messages=1) for n in range(8)]
        outcomes = self.race(store, rivals)
        assert sorted(outcomes, key=lambda o: o.value) == [DUPLICATE] * 7 + [MOVED]
        assert self.read(store) == rivals[outcomes.index(MOVED)].snapshot

    def test_one_of_many_threads_uses_a_key(self, store):
        firsts = [opening(Ref("t", str(n))) for n in range(8)]
        self.write(store, *firsts)
        rivals = [step(first.snapshot, key="k") for first in firsts[:4]]
        rivals += [opening(Ref("t", f"new-{n}"), key="k", messages=1) for n in range(4)]
        outcomes = self.race(store, rivals)
        assert sorted(outcomes, key=lambda o: o.value) == [DUPLICATE] * 7 + [MOVED]
        winner = rivals[outcomes.index(MOVED)]
        with store.begin(write=False) as tx:
            assert store.keyed(tx, "t", "k") == (winner.snapshot.ref, winner.entry)
            loaded = store.load(tx, [change.snapshot.ref for change in rivals])
        kept = [first.snapshot for first in firsts[:4]] + [None] * 4
        kept[rivals.index(winner)] = winner.snapshot
        assert loaded == kept

    def test_steps_of_many_threads_add_up(self, store):
        refs = [Ref("t", str(n)) for n in range(3)]
        self.write(store, *map(opening, refs))

        def steps(seed: int) -> None:
            for n in range(15):
                with store.begin(write=True) as tx:
                    (snapshot,) = store.load(tx, [refs[(seed + n) % 3]], lock=True)
                    assert store.apply(tx, [step(snapshot, messages=1)]) == [MOVED]

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(steps, range(4)))
        with store.begin(write=False) as tx:
            assert [case.revision for case in store.load(tx, refs)] == [21, 21, 21]
            for ref in refs:
                assert [e.revision for e in store.history(tx, ref)] == list(range(1, 22))
                assert len(store.outbox(tx, ref)) == 20

    # Closing -------------------------------------------------------------------------------------

    def test_a_closed_store_says_so(self, store):
        store.close()
        for write in (True, False):
            with pytest.raises(StoreUnavailable, match="closed; make a new one"):
                store.begin(write=write).__enter__()


class ConcurrentStoreContract(StoreContract):
    """The laws of a store whose readers need not wait for a writer."""

    def test_a_writer_does_not_block_readers(self, store):
        first = opening(REF)
        self.write(store, first)
        with store.begin(write=True) as writer:
            store.load(writer, [REF], lock=True)
            assert store.apply(writer, [step(first.snapshot)]) == [MOVED]
            assert self.read(store) == first.snapshot
            assert self.found(store, Query(REF.tenant, WORKFLOW, ("requested",))) == [REF.id]
        assert self.read(store).revision == 2


class ServerStoreContract(ConcurrentStoreContract):
    """The laws of a store whose writers wait only for those of the same case."""

    def test_writers_of_different_cases_do_not_wait(self, store):
        firsts = [opening(Ref("t", str(n)), key=f"k{n}") for n in range(2)]
        self.write(store, *firsts)
        with store.begin(write=True) as one:
            store.load(one, [firsts[0].snapshot.ref], lock=True)
            assert store.apply(one, [step(firsts[0].snapshot, key="one")]) == [MOVED]
            moved = step(firsts[1].snapshot, key="other", messages=1)
            assert self.write(store, moved, opening(Ref("t", "new"))) == [MOVED, MOVED]

    def test_who_loses_sees_against_what(self, store):
        first = opening(REF)
        second = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),))
        self.write(store, first)
        with store.begin(write=True) as tx:
            assert store.load(tx, [REF]) == [first.snapshot]
            assert store.keyed(tx, REF.tenant, "k") is None
            assert self.write(store, second) == [MOVED]
            late = [step(first.snapshot, key="k"), opening(Ref(REF.tenant, "new"), key="k")]
            assert store.apply(tx, late) == [STALE, DUPLICATE]
            assert store.load(tx, [REF]) == [second.snapshot]
            assert store.keyed(tx, REF.tenant, "k") == (REF, second.entry)
