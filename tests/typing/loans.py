"""Two workflows that hold, for the files beside this one to use rightly and wrongly."""

from __future__ import annotations

import attrs

from propflow import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Event,
    Fact,
    Notify,
    Role,
    State,
    Workflow,
    guard,
)
from propflow.definition import Effect, Settings

keeper = Role("key_keeper", zh="钥匙管理员", en="Key keeper")
open_days: Fact[frozenset[int]] = Fact("open_days")


@attrs.frozen
class Loan:
    key: str
    borrower: str
    returned_in: str = ""


@attrs.frozen
class Return:
    returned_in: str


@attrs.frozen
class LoanSettings:
    most_reminders: int = 3
    strict: bool = False


@guard(zh="不是借用人", en="not the borrower")
def not_the_borrower(case: Case[Loan], context: Context) -> bool:
    return context.actor.id != case.data.borrower


@guard(zh="写明状况", en="the condition is stated")
def condition_stated(_case: Case[Loan], payload: Return, _context: Context) -> bool:
    return bool(payload.returned_in)


@guard(zh="开放日", en="on an open day")
def on_an_open_day(_case: Case[Loan], context: Context) -> bool:
    return context.now.day in context.fact(open_days)


def put_back(case: Case[Loan], payload: Return, _context: Context) -> Loan:
    return attrs.evolve(case.data, returned_in=payload.returned_in)


def tell(case: Case[Loan], payload: Return, _context: Context) -> list[Effect]:
    return [Notify("key_returned", to=case.data.borrower, data={"in": payload.returned_in})]


class KeyLoan(Workflow[Loan]):
    """Has every way of drawing and guarding."""

    needs = (open_days,)
    indexed = ("borrower",)
    with_settings = Settings(LoanSettings)

    requested = State(zh="待发放", en="Requested")
    out = State(zh="借出中", en="Out")
    lent = State(zh="已借出", en="Lent", within=out, initial=True)
    held = State(zh="暂停", en="Held")
    returned = State(zh="已归还", en="Returned", final=True)
    lost = State(zh="已遗失", en="Lost", final=True)

    request = Event(Loan, START >> requested, zh="申请", en="Request", guards=[not_the_borrower])
    lend = Event(requested >> out, zh="发放", en="Lend", by=keeper, guards=[on_an_open_day])
    give_back = Event(
        Return,
        (lent >> returned).when(condition_stated, not_the_borrower),
        zh="归还",
        en="Give back",
        by=[keeper, SYSTEM],
        guards=[condition_stated, not_the_borrower],
        update=put_back,
        effects=tell,
    )
    note = Event([requested, out] >> SAME, zh="记", en="Note", effects=[Notify("x", to="y")])
    hold = Event([requested, out] >> held, zh="暂停", en="Hold")
    resume = Event(held >> PREVIOUS, zh="恢复", en="Resume")
    lose = Event(
        ANY >> lost, zh="遗失", en="Lose", effects=lambda case, _, __: [Notify("lost", case.id)]
    )


class LongLoan(KeyLoan):
    """Has a step of its own."""

    extend = Event(KeyLoan.lent >> KeyLoan.lent, zh="续借", en="Extend")


@attrs.frozen
class Ticket:
    place: str


class Tickets(Workflow[Ticket]):
    """Is another workflow, with other data."""

    opened = State(zh="已开", en="Opened")
    closed = State(zh="已关", en="Closed", final=True)

    begin = Event(Ticket, START >> opened, zh="开", en="Begin")
    close = Event(opened >> closed, zh="关", en="Close")
