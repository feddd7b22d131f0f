"""Sweeps: firing the deadlines that are due, from any number of processes at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import cast

import attrs

from propflow.decision.deadline_run import Run
from propflow.decision.due import Due, firing, in_index, key_of, latest_run, part_of
from propflow.definition import SYSTEM, Notify
from propflow.definition.own_step import Climb, Moved, Recompute
from propflow.definition.spec import DeadlineSpec, WorkflowSpec
from propflow.errors import OutsideCoverage, Refused, SchemaMissing, StoreUnavailable
from propflow.runtime.backoff import Backoff
from propflow.runtime.commit import Commit
from propflow.runtime.operations import (
    Steps,
    claim,
    failing,
    hold,
    load,
    next_moment,
    settle,
)
from propflow.runtime.parking import finish
from propflow.runtime.reading import data_after
from propflow.runtime.registry import Registry
from propflow.runtime.requests import Request, new_token
from propflow.runtime.work import Transaction, Work
from propflow.storage import Claim, Kind, Settlement, Snapshot, Verdict, Wanted

_AT_ONCE = 100
_LEASE = timedelta(minutes=1)


@attrs.frozen
class Unfired:
    """A deadline that was due and could not fire; it is tried again.

    Attributes:
        case_id: Of which case.
        deadline: Its name.
        due_at: When it was due, UTC.
        problem: Why it could not fire: the reasons of the refusal, or the error.
        attempts: How often it was tried in vain.
        not_before: When it is tried again at the earliest, UTC.
    """

    case_id: str
    deadline: str
    due_at: datetime
    problem: str
    attempts: int
    not_before: datetime


@attrs.frozen
class Sweep:
    """What one call of `run_due` did.

    Attributes:
        fired: How many deadlines fired, and rungs were climbed.
        unfired: Those that could not; they wait, and hold up no others.
    """

    fired: int
    unfired: tuple[Unfired, ...] = ()


class Sweeper:
    """Fires the deadlines of one tenant that are due."""

    def __init__(self, registry: Registry, tenant: str, now: datetime, retry: Backoff) -> None:
        self._registry = registry
        self._tenant = tenant
        self._now = now
        self._retry = retry

    def sweep(self, limit: int) -> Work[Sweep]:
        """Claim what is due and fire it, in as few transactions as may be."""
        fired = 0
        unfired: list[Unfired] = []
        claims: list[Claim] = yield Transaction(self._claim(limit))
        for some in _batches(claims):
            swept = yield from self._batch(some)
            fired += swept.fired
            unfired += swept.unfired
        return Sweep(fired, tuple(unfired))

    def _claim(self, limit: int) -> Steps[list[Claim]]:
        """Claim what is due, and what newer data may say more of than was known."""
        wanted = Wanted(Kind.DEADLINES, self._tenant, self._now, limit, new_token(), _LEASE)
        claims: list[Claim] = yield claim(wanted)
        versions, left = self._registry.data_versions, limit - len(claims)
        if versions and left:
            others = attrs.evolve(wanted, limit=left, token=new_token(), other_than=versions)
            claims += yield claim(others)
        return claims

    def _batch(self, claims: Sequence[Claim]) -> Work[Sweep]:
        """Fire several in one commit; where one of them breaks it, each in its own."""
        try:
            swept: Sweep = yield Transaction(self._fire(claims))
        except SchemaMissing:
            raise
        except Exception as error:
            if len(claims) > 1:
                return (yield from self._one_by_one(claims))
            if isinstance(error, StoreUnavailable):
                raise  # nothing can be written now; the lease ends by itself
            (only,) = claims
            swept = yield Transaction(self._put_off(only, f"{type(error).__name__}: {error}"))
        return swept

    def _one_by_one(self, claims: Sequence[Claim]) -> Work[Sweep]:
        fired = 0
        unfired: list[Unfired] = []
        for each in claims:
            swept = yield from self._batch([each])
            fired += swept.fired
            unfired += swept.unfired
        return Sweep(fired, tuple(unfired))

    def _fire(self, claims: Sequence[Claim]) -> Steps[Sweep]:
        """Fire what still stands; what the host changed meanwhile is due no more."""
        refs = sorted({claim.ref for claim in claims})
        # The cases first, then the deadlines: in the order in which steps take them.
        snapshots: list[Snapshot | None] = yield load(refs, lock=True)
        found = dict(zip(refs, snapshots, strict=True))
        standing: list[bool] = yield hold(claims, _LEASE)
        commit = Commit(self._registry, self._tenant, lock=True)
        settlements: list[Settlement] = []
        fired = 0
        unfired: list[Unfired] = []
        for each, stands in zip(claims, standing, strict=True):
            if not stands or _is_over(commit, each):
                continue
            done = yield from self._take(commit, each, found[each.ref])
            if done is True:
                fired += 1
            elif isinstance(done, Settlement):
                settlements.append(done)
                if done.verdict is Verdict.AGAIN:
                    unfired.append(_unfired(done))
        if settlements:
            yield settle(settlements)
        yield from finish(commit, self._registry)
        return Sweep(fired, tuple(unfired))

    def _take(
        self, commit: Commit, claim: Claim, snapshot: Snapshot | None
    ) -> Steps[Settlement | bool]:
        """Take the step of a claim, if it is due; tell whether it is taken, or what becomes of it.

        What depends on a calendar, or on more than one step, is computed anew: the calendar may
        have other data by now, and those may be why it was claimed before it is due.
        """
        done = Settlement(claim, Verdict.DONE)
        if snapshot is None:
            return done
        registered = self._registry.version(snapshot.workflow, snapshot.version)
        spec = registered.plan.spec
        part = part_of(spec, claim.name)
        if part is None:  # the definition has it no more
            return done
        commit.know(registered, snapshot)
        left = commit.latest[claim.ref][0].left
        if left is not None:
            yield from commit.note(claim.ref, Moved(left), now=self._now, occurred_at=self._now)
            if _is_over(commit, claim):
                return False
        deadline, place = part
        if place is None and deadline.measure is None and not deadline.looks_back:
            return (yield from self._fire_event(commit, claim, spec, deadline))
        entries = yield from commit.entries_of(claim.ref, snapshot)
        data = data_after(registered, claim.ref, entries, commit.latest[claim.ref][1])
        run = latest_run(spec, deadline, entries, data)
        if run is None or run.over or run.since != claim.revision:
            return done
        return (yield from self._take_of_run(commit, claim, run, place))

    def _take_of_run(
        self, commit: Commit, claim: Claim, run: Run, place: int | None
    ) -> Steps[Settlement | bool]:
        rung = None if place is None else run.deadline.rungs[place]
        moment, kept = run.moment(rung), in_index(run, claim.name, rung)
        if kept is None:
            return Settlement(claim, Verdict.DONE)
        is_other = (kept.at, kept.calendar) != (claim.moment, claim.calendar)
        if is_other and not _goes_back(run, claim, kept):
            yield from self._recompute(commit, claim, run, kept)
            return False
        if isinstance(moment, OutsideCoverage):
            if claim.not_before > self._now:
                return False  # nobody needs it yet: others see it again when the lease ends
            return self._failed(claim, f"it is provisional: {moment}")
        if place is None:
            return (yield from self._fire_event(commit, claim, run.workflow, run.deadline))
        yield from self._climb(commit, claim, run, place)
        return True

    def _fire_event(
        self,
        commit: Commit,
        claim: Claim,
        spec: WorkflowSpec,
        deadline: DeadlineSpec,
    ) -> Steps[Settlement | bool]:
        action = firing(spec, cast("str", deadline.event))
        request = Request(
            *(action, SYSTEM, self._now, claim.moment, claim.ref.case_id, None, _key(claim)),
            opening=False,
        )
        step = yield from commit.take_or_leave(request)
        return self._failed(claim, str(step)) if isinstance(step, Refused) else True

    def _climb(self, commit: Commit, claim: Claim, run: Run, place: int) -> Steps[None]:
        """Tell those of a rung, and write that they are told."""
        deadline, to = run.deadline, run.deadline.rungs[place].names
        due = run.moment(None)
        due_at = due if isinstance(due, datetime) else None
        told = {
            "deadline": deadline.name,
            "rung": place,
            "zh": deadline.zh,
            "en": deadline.en,
            "due_at": None if due_at is None else due_at.isoformat(),
            "reached_at": claim.moment.isoformat(),
        }
        yield from commit.note(
            claim.ref,
            Climb(deadline.name, place, to, due_at),
            now=self._now,
            occurred_at=claim.moment,
            key=_key(claim),
            effects=(Notify(f"{run.workflow.name}.{deadline.name}", to, told),),
        )

    def _recompute(self, commit: Commit, claim: Claim, run: Run, kept: Due) -> Steps[None]:
        """Keep what other data say, and write that they were asked."""
        yield from commit.note(
            claim.ref,
            Recompute(claim.name, claim.moment, kept.at, run.data_version, claim.calendar),
            now=self._now,
            occurred_at=self._now,
            begun=(kept,),
        )

    def _put_off(self, claim: Claim, problem: str) -> Steps[Sweep]:
        settlement = self._failed(claim, problem)
        yield settle([settlement])
        return Sweep(0, (_unfired(settlement),))

    def _failed(self, claim: Claim, problem: str) -> Settlement:
        not_before = self._now + self._retry.wait(claim.attempts + 1)
        return Settlement(claim, Verdict.AGAIN, not_before, problem)


def _batches(claims: Sequence[Claim]) -> list[Sequence[Claim]]:
    return [claims[n : n + _AT_ONCE] for n in range(0, len(claims), _AT_ONCE)]


def _key(claim: Claim) -> str:
    return key_of(claim.ref.id, Due(claim.name, claim.revision, claim.moment))


def _goes_back(run: Run, claim: Claim, kept: Due) -> bool:
    """Whether these data are older than those that a provisional deadline was computed with.

    So it is while processes with both are running: those that know less must not undo.
    """
    if not kept.calendar:
        return False
    given_up = (
        entry.payload.was_calendar
        for entry in run.entries
        if isinstance(entry.payload, Recompute) and entry.payload.deadline == claim.name
    )
    return kept.at < claim.moment or kept.calendar in given_up


def _is_over(commit: Commit, claim: Claim) -> bool:
    """Whether a step of the same commit has ended the deadline that another one began."""
    of_case = (change for change in commit.changes if change.snapshot.ref == claim.ref)
    ending = [change for change in of_case if claim.name in change.ended]
    kept = Due(claim.name, claim.revision, claim.moment, calendar=claim.calendar)
    return bool(ending) and kept not in ending[-1].begun


def _unfired(settlement: Settlement) -> Unfired:
    claim = settlement.claim
    return Unfired(
        claim.ref.case_id,
        claim.name,
        claim.moment,
        settlement.problem or "",
        claim.attempts + 1,
        settlement.not_before or claim.not_before,
    )


def list_unfired(tenant: str, limit: int) -> Steps[tuple[Unfired, ...]]:
    """Return the deadlines that could not fire so far."""
    claims: list[Claim] = yield failing(Kind.DEADLINES, tenant, limit=limit)
    return tuple(
        Unfired(c.ref.case_id, c.name, c.moment, c.problem or "", c.attempts, c.not_before)
        for c in claims
    )


def next_due(tenant: str) -> Steps[datetime | None]:
    """Return when the next deadline is due, or to be tried again."""
    moment: datetime | None = yield next_moment(Kind.DEADLINES, tenant)
    return moment
