"""A small workflow and two that it sets off, for the tests of the engine."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import attrs

from propflow import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Actor,
    Case,
    Context,
    Event,
    Fact,
    FireCase,
    Notify,
    Role,
    StartCase,
    State,
    Workflow,
    guard,
)
from propflow.definition import Effect, cases

keeper = Role("key_keeper", zh="钥匙管理员", en="Key keeper")

BORROWER = Actor("u7")
KEEPER = Actor("k1", roles=[keeper])


@attrs.frozen
class Loan:
    key: str
    borrower: str
    deposit: Decimal = Decimal(0)
    returned_in: str = ""
    reminders: int = 0


@attrs.frozen
class Request:
    key: str
    borrower: str


@attrs.frozen
class Return:
    returned_in: str


@guard(zh="借用人不得给自己发钥匙", en="a borrower may not hand the key to themself")
def not_the_borrower(case: Case[Loan], context: Context) -> bool:
    return context.actor.id != case.data.borrower


@guard(zh="须写明钥匙状况", en="the condition of the key is stated")
def condition_stated(case: Case[Loan], payload: Return, context: Context) -> bool:
    return bool(payload.returned_in)


def _remind(case: Case[Loan], payload: None, context: Context) -> Loan:
    return attrs.evolve(case.data, reminders=case.data.reminders + 1)


class KeyLoan(Workflow[Loan]):
    """Keys lent out of the key cabinet."""

    indexed = ("borrower", "deposit")

    requested = State(zh="待发放", en="Requested")
    lent = State(zh="已借出", en="Lent")
    frozen = State(zh="冻结", en="Frozen")
    returned = State(zh="已归还", en="Returned", final=True)

    request = Event(Request, START >> requested, zh="申请", en="Request")
    lend = Event(
        requested >> lent,
        zh="发放",
        en="Lend",
        by=keeper,
        guards=[not_the_borrower],
        effects=[Notify("key_lent", to="borrower")],
    )
    remind = Event([requested, lent] >> SAME, zh="催还", en="Remind", update=_remind)
    freeze = Event([requested, lent] >> frozen, zh="冻结", en="Freeze")
    thaw = Event(frozen >> PREVIOUS, zh="解冻", en="Thaw")
    give_back = Event(
        Return, lent >> returned, zh="归还", en="Give back", by=keeper, guards=[condition_stated]
    )


@attrs.frozen
class Audit:
    of: str
    key: str
    checked: bool = False


def _count_it(case: Case[Audit], payload: object, context: Context) -> list[Effect]:
    return [FireCase(case.data.of, Cupboard.count(), by=SYSTEM)]


class KeyAudit(Workflow[Audit]):
    """A look into the cupboard, opened with each key that is taken; counts it there."""

    opened = State(zh="已开", en="Opened")
    done = State(zh="完成", en="Done", final=True)

    begin = Event(Audit, START >> opened, zh="开始", en="Begin", effects=_count_it)
    finish = Event(opened >> done, zh="结束", en="Finish", by=SYSTEM)


@attrs.frozen
class Shelf:
    keys: int = 0
    limit: int = 2


def _one_more(case: Case[Shelf], payload: None, context: Context) -> Shelf:
    return attrs.evolve(case.data, keys=case.data.keys + 1)


@guard(zh="未超过上限", en="the limit is not exceeded")
def below_limit(case: Case[Shelf], context: Context) -> bool:
    return case.data.keys < case.data.limit


@attrs.frozen
class Take:
    key: str


class Cupboard(Workflow[Shelf]):
    """Counts the keys taken out; every key taken opens an audit, which counts it."""

    in_use = State(zh="使用中", en="In use")
    retired = State(zh="停用", en="Retired", final=True)

    install = Event(Shelf, START >> in_use, zh="安装", en="Install")
    take = Event(
        Take,
        in_use >> SAME,
        zh="取用",
        en="Take",
        history_only=["key"],
        effects=lambda case, payload, context: [
            StartCase(KeyAudit.begin(of=case.id, key=payload.key), id=f"{case.id}.{payload.key}")
        ],
    )
    count = Event(
        in_use >> SAME, zh="计数", en="Count", by=SYSTEM, guards=[below_limit], update=_one_more
    )
    retire = Event(in_use >> retired, zh="停用", en="Retire")
    loop = Event(
        in_use >> SAME,
        zh="循环",
        en="Loop",
        effects=lambda case, payload, context: [FireCase(case.id, Cupboard.loop())],
    )


departments: Fact[frozenset[str]] = Fact("departments")


@attrs.frozen
class Post:
    department: str
    holder: str


@guard(zh="部门存在", en="the department exists")
def known_department(case: Case[Post], context: Context) -> bool:
    return case.data.department in context.fact(departments)


@guard(zh="岗位空缺", en="nobody holds a post there yet")
def vacant(case: Case[Post], context: Context) -> bool:
    held = context.fact(cases).find(
        Posting, state="held", where={"department": case.data.department}
    )
    return not held


class Posting(Workflow[Post]):
    """A post in a department: one holder each."""

    needs = (departments, cases)
    indexed = ("department",)

    wanted = State(zh="待任", en="Wanted")
    held = State(zh="在任", en="Held")
    left = State(zh="离任", en="Left", final=True)

    apply = Event(Post, START >> wanted, zh="申请", en="Apply", guards=[known_department])
    take_up = Event(wanted >> held, zh="就任", en="Take up", guards=[vacant])
    leave = Event(held >> left, zh="离任", en="Leave")


class Clock:
    """Tells a time that the test sets."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(microseconds=1)
        return self.now
