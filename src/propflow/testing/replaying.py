"""Replay with monitors: the case that a history leads to, if what must hold of it does."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from propflow.decision import replay as replay_alone
from propflow.definition import Case, Entry, Workflow
from propflow.errors import BrokenHistory
from propflow.testing.properties import Monitor

D = TypeVar("D")


def replay(
    workflow: type[Workflow[D]],
    case_id: str,
    entries: Iterable[Entry],
    *,
    monitors: Iterable[Monitor[Any]] = (),
    mapped: bool = False,
) -> Case[D]:
    """Return the case that a history leads to; updates run again, guards and effects do not.

    Args:
        workflow: The definition that the entries were decided with.
        case_id: The case's id, which entries do not repeat.
        entries: The case's whole history, oldest first.
        monitors: What must hold of it.
        mapped: The case is a row of the host's, who writes it too: revisions may be left out, and a
            step may start from another state than the one before left. What the host wrote into
            the data is not on record.

    Raises:
        BrokenHistory: It is empty, has a gap, an entry does not follow from the one before, or a
            monitor does not hold after it.
        UnknownEvent: The workflow does not have the event of an entry.
        InvalidPayload: An entry's payload is not of its event's class, or the data's does not
            take it.
        FunctionRaised: An update is broken.
    """
    history = tuple(entries)
    case = replay_alone(workflow, case_id, history, mapped=mapped)
    for monitor in monitors:
        broken = monitor.check(history)
        if broken is not None:
            why = f"{monitor.name} does not hold after it: {monitor.says}"
            raise BrokenHistory(case_id, broken.revision, why)
    return case
