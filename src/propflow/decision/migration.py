"""Migrations: a case goes to another version of its workflow, and its history says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

import attrs

from propflow.decision.decide import Accepted
from propflow.decision.plan import Plan
from propflow.definition import MIGRATED, REDACTED, Actor, Case, Entry, Migration, Redaction
from propflow.errors import CannotMigrate, FunctionRaised, Problem, UnreadableData


def migrate(
    old: Plan[Any],
    new: Plan[Any],
    case: Case[Any],
    convert: Callable[[Any], Any],
    *,
    states: Mapping[str, str],
    actor: Actor,
    now: datetime,
    late: bool = False,
) -> Accepted[Any]:
    """Return a case in another version of its workflow, and the entry that says so.

    Args:
        old: The version that the case runs on.
        new: The version to go to.
        case: The case.
        convert: Returns the data of the new version for those of the old one.
        states: New names of states by their old ones; the others keep theirs.
        actor: Who does it.
        now: When, in UTC.
        late: The last step of the case is said to have happened later than that.

    Raises:
        CannotMigrate: The case has no place in the new version; all problems at once.
        FunctionRaised: `convert` raised.
    """
    state = states.get(case.state, case.state)
    previous = None if case.previous is None else states.get(case.previous, case.previous)
    problems = list(_place_problems(old, new, case, states, (state, previous)))
    data: Any = None
    try:
        data = convert(case.data)
    except UnreadableData as error:
        problems += (
            Problem(f"data.{each.where}", f"{each.message}; give data=, which converts them")
            for each in error.problems
        )
    except Exception as error:
        raise FunctionRaised(new.spec.name, MIGRATED, "data", "") from error
    else:
        if type(data) is not new.spec.data:
            found, wanted = type(data).__name__, new.spec.data.__name__
            problems.append(Problem("data", f"data= returned {found}, not {wanted}"))
    if problems:
        subject = f"case {case.id!r}, to go to {new.spec.name} version {new.spec.version},"
        raise CannotMigrate(subject, problems)
    after = attrs.evolve(
        case,
        state=state,
        previous=previous,
        data=data,
        revision=case.revision + 1,
        version=new.spec.version,
    )
    kept = Migration(case.version, after.version, dict(states), previous, data)
    entry = Entry(
        actor, MIGRATED, kept, case.state, state, now, now, after.revision, key=None, late=late
    )
    return Accepted(after, entry, ())


def _place_problems(
    old: Plan[Any],
    new: Plan[Any],
    case: Case[Any],
    states: Mapping[str, str],
    place: tuple[str, str | None],
) -> Iterator[Problem]:
    """Yield why a case has no place in the new version, or no way on from there."""
    state, previous = place
    rests = new.spec.tree.all_leaves()
    for name, renamed in states.items():
        if name not in old.spec.states:
            yield Problem(f"states[{name!r}]", f"version {old.spec.version} has no such state")
        if renamed not in rests:
            yield Problem(
                f"states[{name!r}]", f"no case rests in {renamed!r} in version {new.spec.version}"
            )
    if case.state not in states and state not in rests:
        why = f"is {state!r}, in which no case rests in version {new.spec.version}"
        yield Problem("state", f"{why}; give states={{{state!r}: …}}")
    if case.previous in _ways_back(old, case.state) and previous not in _ways_back(new, state):
        yield Problem("previous", f"is {previous!r}, to which no way leads back from {state!r}")


def _ways_back(plan: Plan[Any], state: str) -> set[str]:
    return {
        move.previous
        for event in plan.events.values()
        for move in event.moves.get(state, ())
        if move.previous is not None
    }


def in_newest_terms(entries: Iterable[Entry]) -> list[Entry]:
    """Return a history with its states named as in the version that the case came to last."""
    names: dict[str, str] = {}
    kept: dict[int, Mapping[str, str]] = {}  # of migrations whose payloads were redacted
    told: list[Entry] = []
    for entry in reversed(tuple(entries)):
        target = names.get(entry.target, entry.target)
        if entry.event == REDACTED and isinstance(entry.payload, Redaction):
            kept |= {each.revision: each.states for each in entry.payload.renamed}
        if entry.event == MIGRATED:
            renamed = kept.get(entry.revision, {})
            if isinstance(entry.payload, Migration):
                renamed = entry.payload.states
            names |= {before: names.get(after, after) for before, after in renamed.items()}
        source = names.get(entry.source, entry.source)
        told.append(attrs.evolve(entry, source=source, target=target) if names else entry)
    told.reverse()
    return told
