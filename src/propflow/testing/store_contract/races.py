"""Of many that want the same, one gets it, and nobody sees what is not committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeAlias, TypeVar

import pytest

from propflow.errors import StoreUnavailable
from propflow.storage import Change, Outcome, OwningStore, Query, Ref, Snapshot
from propflow.testing.store_contract.capability import Capability, needs
from propflow.testing.store_contract.changes import WORKFLOW, opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

T = TypeVar("T")

Elsewhere: TypeAlias = Callable[[Callable[[], Any]], Any]

_MOVED, _STALE, _DUPLICATE = Outcome.MOVED, Outcome.STALE, Outcome.DUPLICATE
_RIVALS = 8
_TRIES = 50
# How long those who could be in a transaction at once wait for each other, in seconds. A store that
# lets one in at a time loses so much once in a race; no result rests on it.
_MEETING = 0.1
# How long one may take that need not wait, in seconds: a store that makes it wait fails after it.
_PATIENCE = 30


def _until_it_is_through(transaction: Callable[[], T]) -> T:
    """Try a transaction again that gave way to another one."""
    for _ in range(_TRIES):
        with suppress(StoreUnavailable):
            return transaction()
    return transaction()


class RaceLaws(StoreLaws):
    """Of many that want the same, one gets it, and nobody sees what is not committed."""

    def race(
        self, store: OwningStore[Any], changes: Sequence[Change], *, lock: bool
    ) -> list[Outcome]:
        """Write changes at once, each in a thread: all that the store lets in read, then write."""
        start, meeting = threading.Barrier(len(changes)), threading.Barrier(len(changes))

        def one(change: Change) -> Outcome:
            with store.begin(write=True) as tx:
                store.load(tx, [change.snapshot.ref], lock=lock)
                with suppress(threading.BrokenBarrierError):
                    meeting.wait(_MEETING)
                return store.apply(tx, [change])[0]

        def rival(change: Change) -> Outcome:
            start.wait()
            return _until_it_is_through(partial(one, change))

        with ThreadPoolExecutor(len(changes)) as pool:
            return list(pool.map(rival, changes))

    @needs(Capability.THREADS)
    @pytest.mark.parametrize("lock", [False, True], ids=["plain", "locking"])
    def test_one_of_many_threads_moves_a_case(self, store: OwningStore[Any], *, lock: bool) -> None:
        first = opening(REF)
        self.write(store, first)
        rivals = [step(first.snapshot, state=f"state_{n}", messages=1) for n in range(_RIVALS)]
        outcomes = self.race(store, rivals, lock=lock)
        assert sorted(outcomes, key=lambda o: o.value) == [_MOVED] + [_STALE] * (_RIVALS - 1)
        winner = rivals[outcomes.index(_MOVED)]
        cases, history, *_, sent = self.everything(store)
        assert cases == [winner.snapshot]
        assert history == [first.entry, winner.entry]
        assert len(sent) == (Capability.OUTBOX in self.declares)

    @needs(Capability.THREADS)
    def test_one_of_many_threads_opens_a_case(self, store: OwningStore[Any]) -> None:
        rivals = [opening(REF, state=f"state_{n}", messages=1) for n in range(_RIVALS)]
        outcomes = self.race(store, rivals, lock=True)
        assert sorted(outcomes, key=lambda o: o.value) == [_DUPLICATE] * (_RIVALS - 1) + [_MOVED]
        assert self.read(store) == rivals[outcomes.index(_MOVED)].snapshot

    @needs(Capability.THREADS)
    def test_one_of_many_threads_uses_a_key(self, store: OwningStore[Any]) -> None:
        firsts = [opening(Ref("t", str(n))) for n in range(_RIVALS)]
        self.write(store, *firsts)
        rivals = [step(first.snapshot, key="k") for first in firsts[:4]]
        rivals += [opening(Ref("t", f"new-{n}"), key="k", messages=1) for n in range(4)]
        outcomes = self.race(store, rivals, lock=True)
        assert sorted(outcomes, key=lambda o: o.value) == [_DUPLICATE] * (_RIVALS - 1) + [_MOVED]
        winner = rivals[outcomes.index(_MOVED)]
        with store.begin(write=False) as tx:
            assert store.keyed(tx, "t", "k") == (winner.snapshot.ref, winner.entry)
            loaded = store.load(tx, [change.snapshot.ref for change in rivals])
        kept: list[Snapshot | None] = [first.snapshot for first in firsts[:4]]
        kept += [None] * 4
        kept[rivals.index(winner)] = winner.snapshot
        assert loaded == kept

    @needs(Capability.THREADS)
    def test_steps_of_many_threads_add_up(self, store: OwningStore[Any]) -> None:
        refs = [Ref("t", str(n)) for n in range(3)]
        self.write(store, *map(opening, refs))

        def one(ref: Ref) -> None:
            with store.begin(write=True) as tx:
                (snapshot,) = store.load(tx, [ref], lock=True)
                assert snapshot is not None
                assert store.apply(tx, [step(snapshot, messages=1)]) == [_MOVED]

        def steps(seed: int) -> None:
            for n in range(15):
                _until_it_is_through(partial(one, refs[(seed + n) % 3]))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(steps, range(4)))
        for ref in refs:
            (case,), history, *_, sent = self.everything(store, ref)
            assert case.revision == 21
            assert [entry.revision for entry in history] == list(range(1, 22))
            assert len(sent) == (20 if Capability.OUTBOX in self.declares else 0)

    @needs(Capability.THREADS)
    def test_of_many_threads_that_rely_on_a_search_one_goes_first(
        self, store: OwningStore[Any]
    ) -> None:
        of_u7 = (("borrower", '"u7'),)
        query = Query(REF.tenant, WORKFLOW, where=of_u7)
        rivals = [opening(Ref(REF.tenant, str(n)), indexed=of_u7) for n in range(_RIVALS)]
        start, meeting = threading.Barrier(_RIVALS), threading.Barrier(_RIVALS)

        def open_if_there_is_none(change: Change) -> bool:
            with store.begin(write=True) as tx:
                found = store.find(tx, query, lock=True)
                with suppress(threading.BrokenBarrierError):
                    meeting.wait(_MEETING)
                return not found and store.apply(tx, [change]) == [_MOVED]

        def rival(change: Change) -> bool:
            start.wait()
            return _until_it_is_through(partial(open_if_there_is_none, change))

        with ThreadPoolExecutor(_RIVALS) as pool:
            opened = list(pool.map(rival, rivals))
        assert opened.count(True) == 1
        assert self.found(store, query) == [str(opened.index(True))]

    @needs(Capability.THREADS)
    def test_nobody_sees_what_is_taken_back(self, store: OwningStore[Any]) -> None:
        first = opening(REF)
        self.write(store, first)
        looking = threading.Event()

        def look() -> list[str]:
            looking.set()
            case = self.read(store)
            assert case is not None
            requested = Query(REF.tenant, WORKFLOW, ("requested",))
            return [case.state, *self.found(store, requested)]

        def write_and_fail(pool: ThreadPoolExecutor) -> None:
            with store.begin(write=True) as tx:
                store.apply(tx, [step(first.snapshot)])
                seen.append(pool.submit(look))
                looking.wait()
                with suppress(TimeoutError):
                    seen[0].result(_MEETING)  # a reader that waits for us sees nothing until then
                raise KeyError(REF)

        seen: list[Any] = []
        with ThreadPoolExecutor(1) as pool, pytest.raises(KeyError):
            write_and_fail(pool)
        assert seen[0].result() == ["requested", REF.id]


class ConcurrencyLaws(StoreLaws):
    """Who need not wait does not."""

    @pytest.fixture
    def elsewhere(self) -> Generator[Elsewhere]:
        """Return what runs a function in another thread, which must not wait for this one."""
        with ThreadPoolExecutor(1) as pool:
            yield lambda work: pool.submit(work).result(_PATIENCE)

    @needs(Capability.READERS)
    def test_a_writer_does_not_block_readers(
        self, store: OwningStore[Any], elsewhere: Elsewhere
    ) -> None:
        first = opening(REF)
        second = step(first.snapshot)
        requested = Query(REF.tenant, WORKFLOW, ("requested",))
        self.write(store, first)
        with store.begin(write=True) as writer:
            store.load(writer, [REF], lock=True)
            assert store.apply(writer, [second]) == [_MOVED]
            assert elsewhere(lambda: self.read(store)) == first.snapshot
            assert elsewhere(lambda: self.found(store, requested)) == [REF.id]
        assert self.read(store) == second.snapshot

    @needs(Capability.WRITERS)
    def test_writers_of_different_cases_do_not_wait(
        self, store: OwningStore[Any], elsewhere: Elsewhere
    ) -> None:
        firsts = [opening(Ref("t", str(n)), key=f"k{n}") for n in range(2)]
        self.write(store, *firsts)
        with store.begin(write=True) as one:
            store.load(one, [firsts[0].snapshot.ref], lock=True)
            assert store.apply(one, [step(firsts[0].snapshot, key="one")]) == [_MOVED]
            moved = step(firsts[1].snapshot, key="other", messages=1)
            new = opening(Ref("t", "new"))
            assert elsewhere(lambda: self.write(store, moved, new)) == [_MOVED, _MOVED]
        for first in firsts:
            case = self.read(store, first.snapshot.ref)
            assert case is not None
            assert case.revision == 2

    @needs(Capability.LATEST)
    def test_who_loses_sees_against_what(
        self, store: OwningStore[Any], elsewhere: Elsewhere
    ) -> None:
        first = opening(REF)
        second = step(first.snapshot, key="k", indexed=(("borrower", '"u8'),))
        self.write(store, first)
        with store.begin(write=True) as tx:
            assert store.load(tx, [REF]) == [first.snapshot]
            assert store.keyed(tx, REF.tenant, "k") is None
            assert elsewhere(lambda: self.write(store, second)) == [_MOVED]
            late = [step(first.snapshot, key="k"), opening(Ref(REF.tenant, "new"), key="k")]
            assert store.apply(tx, late) == [_STALE, _DUPLICATE]
            assert store.load(tx, [REF]) == [second.snapshot]
            assert store.keyed(tx, REF.tenant, "k") == (REF, second.entry)
