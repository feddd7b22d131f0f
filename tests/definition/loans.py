"""A key loan with everything that a definition can have, for the tests of both pure rooms."""

from __future__ import annotations

import attrs

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Effect,
    Event,
    Fact,
    Notify,
    Role,
    Settings,
    State,
    Workflow,
    guard,
)

keeper = Role("key_keeper", zh="钥匙管理员", en="Key keeper")
head = Role("head", zh="部门负责人", en="Department head")
open_days: Fact[frozenset[int]] = Fact("open_days")


@attrs.frozen
class Loan:
    key: str
    borrower: str
    returned_in: str = ""
    reminders: int = 0


@attrs.frozen
class Request:
    key: str
    borrower: str


@attrs.frozen
class Return:
    returned_in: str


@attrs.frozen
class Reason:
    reason: str


@attrs.frozen
class LoanSettings:
    most_reminders: int = 3
    strict: bool = False


@guard(zh="借用人不得给自己发钥匙", en="a borrower may not hand the key to themself", source="14.2")
def not_the_borrower(case: Case[Loan], context: Context) -> bool:
    return context.actor.id != case.data.borrower


@guard(zh="须写明钥匙状况", en="the condition of the key must be stated")
def condition_stated(case: Case[Loan], payload: Return, context: Context) -> bool:
    return bool(payload.returned_in)


@guard(zh="催还次数未满", en="reminders are left", code="reminders_left")
def few_reminders(case: Case[Loan], context: Context) -> bool:
    return case.data.reminders < context.settings(LoanSettings).most_reminders


def _remind(case: Case[Loan], payload: None, context: Context) -> Loan:
    return attrs.evolve(case.data, reminders=case.data.reminders + 1)


def _tell(case: Case[Loan], payload: Return, context: Context) -> list[Effect]:
    return [Notify("key_returned", to=case.data.borrower, data={"in": payload.returned_in})]


class KeyLoan(Workflow[Loan]):
    """Keys lent out of the key cabinet.

    The manual, chapter 14.
    """

    version = 2
    zh = "钥匙借用"
    en = "Key loan"
    needs = (open_days,)
    indexed = ("borrower",)
    with_settings = Settings(LoanSettings)

    requested = State(zh="待发放", en="Requested", source="14.1")
    out = State(zh="借出中", en="Out")
    lent = State(zh="已借出", en="Lent", within=out, initial=True)
    overdue = State(zh="已逾期", en="Overdue", within=out)
    held = State(zh="暂停", en="Held")
    returned = State(zh="已归还", en="Returned", final=True)
    lost = State(zh="已遗失", en="Lost", final=True)

    request = Event(Request, START >> requested, zh="申请", en="Request", source="14.1")
    lend = Event(
        requested >> out, zh="发放", en="Lend", by=keeper, guards=[not_the_borrower, few_reminders]
    )
    expire = Event(lent >> overdue, zh="逾期", en="Expire", by=SYSTEM)
    remind = Event(out >> SAME, zh="催还", en="Remind", by=[keeper, SYSTEM], update=_remind)
    give_back = Event(
        Return,
        out >> returned,
        zh="归还",
        en="Give back",
        by=keeper,
        guards=[condition_stated],
        effects=_tell,
    )
    hold = Event(
        Reason,
        [requested, out] >> held,
        zh="暂停",
        en="Hold",
        by=[keeper, head],
        history_only=["reason"],
    )
    resume = Event(held >> PREVIOUS, zh="恢复", en="Resume", by=head)
    lose = Event(ANY >> lost, zh="遗失", en="Lose", effects=[Notify("key_lost", to="head")])
