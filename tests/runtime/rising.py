"""A workflow with a ladder and an event at its end, for the tests of sweepers that die."""

from __future__ import annotations

from datetime import timedelta

import attrs

from propflow import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Event,
    Rung,
    State,
    Workflow,
)

HOUR = timedelta(hours=1)


@attrs.frozen
class Work:
    reminded: int = 0


def _count(case: Case[Work], payload: None, context: Context) -> Work:
    return attrs.evolve(case.data, reminded=case.data.reminded + 1)


class Rising(Workflow[Work]):
    """Work that is overdue after an hour, and that more and more people hear of."""

    at_work = State(zh="在办", en="At work")
    on_hold = State(zh="挂起", en="On hold")
    done = State(zh="已办", en="Done", final=True)

    open = Event(Work, START >> at_work, zh="开", en="Open")
    hold = Event(at_work >> on_hold, zh="挂起", en="Hold")
    resume = Event(on_hold >> PREVIOUS, zh="恢复", en="Resume")
    remind = Event(at_work >> SAME, zh="催", en="Remind", update=_count, by=SYSTEM)
    finish = Event(at_work >> done, zh="办结", en="Finish")

    overdue = Deadline(
        at_work,
        after=HOUR,
        fires=remind,
        pauses=on_hold,
        rungs=[
            Rung(share="0.5", to="worker"),
            Rung(share="1", to="head"),
            Rung(offset=HOUR, to="manager"),
        ],
    )
