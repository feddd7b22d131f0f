"""A workflow whose deadlines count from events, for the tests of clocks, ladders and sweeps."""

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
    Role,
    Rung,
    State,
    Workflow,
)

HOUR = timedelta(hours=1)
head = Role("head", zh="负责人", en="Head")


@attrs.frozen
class Asked:
    nags: int = 0


def _count(case: Case[Asked], payload: None, context: Context) -> Asked:
    return attrs.evolve(case.data, nags=case.data.nags + 1)


class Nagged(Workflow[Asked]):
    """A question: answered within an hour of being urged, nagged about every four hours."""

    open_ = State(zh="在办", en="Open")
    new = State(zh="新", en="New", within=open_, initial=True)
    taken = State(zh="已接", en="Taken", within=open_)
    rested = State(zh="搁置", en="Rested")
    done = State(zh="已办", en="Done", final=True)

    ask = Event(Asked, START >> open_, zh="提问", en="Ask")
    take = Event(new >> taken, zh="接", en="Take")
    urge = Event(open_ >> SAME, zh="催", en="Urge")
    answer = Event([new, taken, rested] >> SAME, zh="复", en="Answer")
    rest = Event([new, taken] >> rested, zh="搁置", en="Rest")
    wake = Event(rested >> PREVIOUS, zh="恢复", en="Wake")
    note = Event([new, taken, rested] >> SAME, zh="记", en="Note")
    nag = Event([new, taken, rested] >> SAME, zh="唠叨", en="Nag", update=_count, by=SYSTEM)
    finish = Event([new, taken, rested] >> done, zh="办结", en="Finish")
    reopen = Event(done >> taken, zh="重开", en="Reopen")

    unanswered = Deadline(
        urge,
        after=HOUR,
        until=answer,
        rungs=[Rung(share="0.5", to=head)],
        zh="未复",
        en="Unanswered",
    )
    paused = Deadline(urge, after=3 * HOUR, until=answer, fires=nag, pauses=rested)
    again = Deadline([ask, nag], after=4 * HOUR, fires=nag)
