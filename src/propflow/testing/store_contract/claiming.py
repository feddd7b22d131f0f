"""What is to be done later is claimed by one at a time, and settled by nobody else."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import attrs

from propflow.decision.due import Due
from propflow.storage import Claim, Kind, OwningStore, Settlement, Verdict, Wanted
from propflow.testing.store_contract.capability import Capability, needs
from propflow.testing.store_contract.changes import NOON, opening, step
from propflow.testing.store_contract.laws import REF, StoreLaws

_LATER = NOON + timedelta(days=1)
_LONG = timedelta(hours=1)
_OVER = timedelta(0)


class ClaimLaws(StoreLaws):
    """Each deadline and message is held by one, and written by who holds it alone."""

    def claimed(
        self,
        store: Any,
        kind: Kind,
        token: str,
        *,
        now: datetime = _LATER,
        lease: timedelta = _LONG,
        tenant: str = REF.tenant,
        other_than: tuple[str, ...] = (),
    ) -> list[Claim]:
        """Claim whatever may be tried."""
        wanted = Wanted(kind, tenant, now, 10, token, lease, ("Notify",), other_than)
        with store.begin(write=True) as tx:
            claims: list[Claim] = store.claim(tx, wanted)
            return claims

    def settled(self, store: Any, claim: Claim, verdict: Verdict = Verdict.DONE) -> bool:
        """Settle a claim, and tell whether it stood."""
        with store.begin(write=True) as tx:
            (stood,) = store.settle(tx, [Settlement(claim, verdict, _LATER, "no answer")])
            return bool(stood)

    def due(self, store: OwningStore[Any]) -> None:
        """Open a case with two deadlines, one of them due within the day."""
        begun = (Due("soon", 1, NOON), Due("late", 1, _LATER + timedelta(days=1)))
        self.write(store, attrs.evolve(opening(REF), begun=begun))

    @needs(Capability.CLAIMS)
    def test_a_deadline_that_is_due_is_claimed_once(self, store: OwningStore[Any]) -> None:
        self.due(store)
        assert self.claimed(store, Kind.DEADLINES, "a", tenant="other") == []
        (claim,) = self.claimed(store, Kind.DEADLINES, "a")
        assert (claim.ref, claim.name, claim.revision) == (REF, "soon", 1)
        assert (claim.moment, claim.attempts, claim.token) == (NOON, 0, "a")
        assert self.claimed(store, Kind.DEADLINES, "b") == []
        assert self.settled(store, claim)
        assert not self.settled(store, claim)
        assert self.claimed(store, Kind.DEADLINES, "c") == []

    @needs(Capability.CLAIMS)
    def test_a_claim_whose_lease_has_ended_is_lost_to_the_next(
        self, store: OwningStore[Any]
    ) -> None:
        self.due(store)
        (first,) = self.claimed(store, Kind.DEADLINES, "a", lease=_OVER)
        (second,) = self.claimed(store, Kind.DEADLINES, "b")
        assert not self.settled(store, first)
        assert not self.settled(store, first, Verdict.AGAIN)
        with store.begin(write=True) as tx:
            claiming: Any = store
            assert claiming.hold(tx, [first, second], _LONG) == [False, True]
        assert self.settled(store, second)

    @needs(Capability.CLAIMS)
    def test_a_deadline_that_ends_is_claimed_no_more(self, store: OwningStore[Any]) -> None:
        self.due(store)
        (claim,) = self.claimed(store, Kind.DEADLINES, "a")
        case = self.read(store)
        assert case is not None
        self.write(store, attrs.evolve(step(case), ended=("soon",)))
        assert not self.settled(store, claim)
        assert self.claimed(store, Kind.DEADLINES, "b") == []

    @needs(Capability.CLAIMS)
    def test_what_is_provisional_is_claimed_by_its_data(self, store: OwningStore[Any]) -> None:
        begun = tuple(
            Due(name, 1, _LATER, calendar=calendar)
            for name, calendar in (("exact", ""), ("one", "b"), ("other", "d"))
        )
        self.write(store, attrs.evolve(opening(REF), begun=begun))
        claiming: Any = store
        with store.begin(write=False) as tx:
            assert tuple(claiming.due(tx, REF)) == begun
        found = {
            known: {
                claim.name: claim.calendar
                for claim in self.claimed(
                    store, Kind.DEADLINES, str(known), now=NOON, lease=_OVER, other_than=known
                )
            }
            for known in (("b",), ("d",), ("b", "d"), ("a",), ("c",), ("e",))
        }
        both = {"one": "b", "other": "d"}
        assert found[("b",)] == {"other": "d"}
        assert found[("d",)] == {"one": "b"}
        assert found["b", "d"] == {}
        assert found[("a",)] == found[("c",)] == found[("e",)] == both
        assert self.claimed(store, Kind.DEADLINES, "t", tenant="other", other_than=("a",)) == []
        assert len(self.claimed(store, Kind.DEADLINES, "u", other_than=("a",))) == len(both)
        assert self.claimed(store, Kind.DEADLINES, "v", other_than=("a",)) == []  # they are held

    @needs(Capability.CLAIMS)
    def test_messages_of_a_case_are_claimed_one_after_the_other(
        self, store: OwningStore[Any]
    ) -> None:
        first = opening(REF, messages=2)
        self.write(store, first, step(first.snapshot, messages=1))
        seen: list[tuple[int, int]] = []
        for token in ("a", "b", "c"):
            (claim,) = self.claimed(store, Kind.OUTBOX, token)
            assert self.claimed(store, Kind.OUTBOX, f"other {token}") == []
            seen.append((claim.revision, claim.index))
            assert self.settled(store, claim)
        assert seen == [(1, 0), (1, 1), (2, 0)]
        assert self.claimed(store, Kind.OUTBOX, "d") == []

    @needs(Capability.CLAIMS)
    def test_a_dead_message_lets_the_next_go_and_can_be_requeued(
        self, store: OwningStore[Any]
    ) -> None:
        self.write(store, opening(REF, messages=2))
        (claim,) = self.claimed(store, Kind.OUTBOX, "a")
        assert self.settled(store, claim, Verdict.DEAD)
        (following,) = self.claimed(store, Kind.OUTBOX, "b")
        assert following.index == 1
        claiming: Any = store
        with store.begin(write=True) as tx:
            (dead,) = claiming.failing(tx, Kind.OUTBOX, REF.tenant, limit=10)
            assert (dead.index, dead.attempts, dead.problem) == (0, 1, "no answer")
            assert claiming.requeue(tx, REF, 1, 0, NOON)
            assert not claiming.requeue(tx, REF, 1, 0, NOON)
        (again,) = self.claimed(store, Kind.OUTBOX, "c")
        assert (again.index, again.attempts, again.problem) == (0, 0, None)
