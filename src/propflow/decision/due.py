"""What is due: computed from the history alone, by one pure function.

A store keeps the moments too, as an index of what this room computes. `due` says what must be in it
after a history; `changed` and `looked_back` say what one step changes in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, cast

import attrs

from propflow.decision.deadline_run import Run, runs
from propflow.decision.migration import in_newest_terms
from propflow.definition import Action, Entry
from propflow.definition.deadline import Rung
from propflow.definition.spec import DeadlineSpec, WorkflowSpec
from propflow.errors import OutsideCoverage

RESERVED = "propflow:"
"""What the keys of requests that propflow makes itself begin with."""

_LONGEST_KEY = 255
_RUNG = "#"


@attrs.frozen
class Due:
    """A deadline that runs, or a rung of one that is yet to be climbed.

    Attributes:
        deadline: Its name; that of a rung has ``#`` and its place behind that of the deadline.
        since: Revision of the entry by which the deadline began.
        at: When it is due, UTC. Where the calendar does not reach so far, the moment until which
            it knows: by these data nothing is due before, and then it is computed anew.
        not_before: When it may be fired; later than `at` for a rung that waits until it may be
            delivered.
        calendar: Where it is provisional, `data_version` of the calendar that did not reach so far:
            with other data it is computed anew. Else empty.
    """

    deadline: str
    since: int
    at: datetime
    not_before: datetime = attrs.field(
        default=attrs.Factory(lambda self: cast("Due", self).at, takes_self=True), eq=False
    )
    calendar: str = ""


def due(spec: WorkflowSpec, entries: Iterable[Entry], data: Sequence[Any] = ()) -> tuple[Due, ...]:
    """Return what runs after a history, by name.

    Args:
        spec: The definition that the case runs on.
        entries: The case's whole history, oldest first.
        data: The data after each entry, as `propflow.decision.replay.replay_each` returns them;
            needed if a function of the data decides when a deadline is due.

    Raises:
        FunctionRaised: Such a function is broken.
    """
    listed = tuple(entries)
    found = [
        each for deadline in spec.deadlines.values() for each in _due(spec, deadline, listed, data)
    ]
    return tuple(sorted(found, key=lambda each: each.deadline))


def changed(
    spec: WorkflowSpec, entry: Entry, left: str | None = None
) -> tuple[tuple[Due, ...], tuple[str, ...]]:
    """Return what begins to run with a step, and the names of what ends.

    Of the deadlines that do not look back; `looked_back` is for the others.

    Args:
        spec: The definition that the case runs on.
        entry: The step.
        left: The state that the step before led to, if the host has moved its row since.
    """
    begun: list[Due] = []
    ended: list[str] = []
    for deadline in spec.deadlines.values():
        if deadline.looks_back or deadline.unset:
            continue
        was = (entry.source if left is None else left) in deadline.within
        here = was and entry.source in deadline.within
        if deadline.begins_with(entry.event, entry.target, running=here):
            begun += _due(spec, deadline, (entry,), ())
        if was:
            over = not here or deadline.ends_with(entry.event, entry.target)
            ended += (name for name, _ in parts(deadline) if over or _ends(name, deadline, entry))
    return tuple(begun), tuple(ended)


def looked_back(
    spec: WorkflowSpec, entries: Sequence[Entry], data: Sequence[Any], *, anew: bool = False
) -> tuple[tuple[Due, ...], tuple[str, ...]]:
    """Return what the last step changes of the deadlines that look back, as `changed` does.

    Args:
        spec: The definition that the case runs on.
        entries: The case's whole history, oldest first.
        data: The data after each entry.
        anew: Whatever is kept may be wrong: everything that runs begins, and all else ends.

    Raises:
        FunctionRaised: A function that decides when a deadline is due is broken.
    """
    begun: list[Due] = []
    ended: list[str] = []
    for deadline in spec.deadlines.values():
        if deadline.looks_back and anew:
            begun += _due(spec, deadline, entries, data)
            ended += (name for name, _ in parts(deadline))
        elif deadline.looks_back:
            before = {each.deadline: each for each in _due(spec, deadline, entries[:-1], data[:-1])}
            after = {each.deadline: each for each in _due(spec, deadline, entries, data)}
            begun += (each for name, each in after.items() if each != before.get(name))
            ended += (name for name, each in before.items() if each != after.get(name))
    return tuple(begun), tuple(ended)


def parts(deadline: DeadlineSpec) -> Iterator[tuple[str, Rung | None]]:
    """Yield what a deadline has in the index: itself if it fires, and each of its rungs."""
    if deadline.event is not None:
        yield deadline.name, None
    for number, rung in enumerate(deadline.rungs):
        yield f"{deadline.name}{_RUNG}{number}", rung


def part_of(spec: WorkflowSpec, name: str) -> tuple[DeadlineSpec, int | None] | None:
    """Return the deadline of a name, and the place of the rung; `None` if there is none such."""
    deadline_name, is_rung, number = name.partition(_RUNG)
    deadline = spec.deadlines.get(deadline_name)
    if deadline is None or name not in (known for known, _ in parts(deadline)):
        return None
    return deadline, int(number) if is_rung else None


def latest_run(
    spec: WorkflowSpec,
    deadline: DeadlineSpec,
    entries: Sequence[Entry],
    data: Sequence[Any],
    state: str | None = None,
) -> Run | None:
    """Return the last run of a deadline, which may be over.

    `None` where the host has ended it: nobody knows when.

    Args:
        spec: The definition that the case runs on.
        deadline: The deadline.
        entries: The case's whole history, oldest first.
        data: The data after each entry.
        state: Where the case is now, if that is not where the last entry led.
    """
    found = list(runs(spec, deadline, in_newest_terms(entries), data, state))
    return found[-1] if found and not found[-1].lost else None


def _due(
    spec: WorkflowSpec, deadline: DeadlineSpec, entries: Sequence[Entry], data: Sequence[Any]
) -> Iterator[Due]:
    run = latest_run(spec, deadline, entries, data)
    if run is None or run.over:
        return
    for name, rung in parts(deadline):
        if not any(_ends(name, deadline, entry) for entry in run.entries[1:]):
            found = in_index(run, name, rung)
            if found is not None:
                yield found


def in_index(run: Run, name: str, rung: Rung | None) -> Due | None:
    """Return a deadline, or a rung of it, as the index has it; `None` if it is on hold."""
    moment = run.moment(rung)
    if moment is None:
        return None
    if isinstance(moment, OutsideCoverage):
        return Due(name, run.since, run.known_until, calendar=run.data_version)
    window = run.deadline.notify_in
    if rung is None or window is None:
        return Due(name, run.since, moment)
    try:
        return Due(name, run.since, moment, max(moment, window.next_open(moment)))
    except OutsideCoverage:  # nobody knows when it opens, and somebody has to know
        return Due(name, run.since, moment)


def _ends(name: str, deadline: DeadlineSpec, entry: Entry) -> bool:
    """Whether a step within the run ends this part of it: it was taken, or acknowledged."""
    if _RUNG in name and entry.event in deadline.acknowledged_by:
        return True
    return fired_by(name, entry)


def firing(spec: WorkflowSpec, event: str) -> Action[Any, Any]:
    """Return the action of a deadline that fires an event; its payload is all defaults."""
    payload = spec.events[event].payload
    return Action(spec.name, event, None if payload is None else payload())


def fired_by(name: str, entry: Entry) -> bool:
    """Whether an entry is the step of a deadline, or of a rung."""
    return entry.key is not None and entry.key.startswith(_prefix(name))


def key_of(case_id: str, due: Due) -> str:
    """Return the idempotency key of the step that a deadline takes.

    A deadline can be in the history once only, because a key can.
    """
    begin = f"{_prefix(due.deadline)}{due.since}:"
    if len(begin) + len(case_id) > _LONGEST_KEY:
        from hashlib import sha256  # few ids are so long, and it takes time to import

        case_id = sha256(case_id.encode()).hexdigest()
    return begin + case_id


def _prefix(deadline: str) -> str:
    return f"{RESERVED}deadline:{deadline}:"
