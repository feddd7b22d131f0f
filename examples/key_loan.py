"""Keys lent out of the key cabinet (manual, chapter 14): a workflow of one's own, kept in SQLite.

Run it: ``.venv/bin/python examples/key_loan.py``. It writes ``keys.db`` where you are.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import attrs

from propflow import (
    ANY,
    PREVIOUS,
    START,
    Actor,
    Case,
    Context,
    Engine,
    Event,
    Notify,
    Refused,
    Role,
    State,
    Workflow,
    guard,
)
from propflow.definition import Effect, Settings
from propflow.storage.sqlalchemy import SQLStore

keeper = Role("key_keeper", zh="钥匙管理员", en="Key keeper")
cs_head = Role("cs_head", zh="客服主管", en="Head of customer service")


@attrs.frozen
class Loan:
    """What is kept about a loan; also what opens one."""

    key: str
    borrower: str
    owner_consents: bool = False
    deposit: Decimal = Decimal(0)
    returned_in: str = ""


@attrs.frozen
class Return:
    """How a key came back."""

    returned_in: str


@attrs.frozen
class Dispute:
    """Why a loan is looked into."""

    reason: str


@attrs.frozen
class LoanSettings:
    """What a host may set: ``KeyLoan.with_settings(deposit_for={"B1-pump": "50"})``."""

    deposit_for: dict[str, str] = attrs.field(factory=dict[str, str])


@guard(zh="借用人不得给自己发钥匙", en="a borrower may not hand the key to themself")
def not_the_borrower(case: Case[Loan], context: Context) -> bool:
    """Whether the keeper is somebody else."""
    return context.actor.id != case.data.borrower


@guard(zh="须有业主同意", en="the owner must consent", source="manual ch. 14 (practice)")
def owner_consents(case: Case[Loan], _context: Context) -> bool:
    """Whether the owner of the key was asked."""
    return case.data.owner_consents


@guard(zh="须收足押金", en="the deposit must be paid")
def deposit_paid(case: Case[Loan], context: Context) -> bool:
    """Whether the deposit that the host asks for this key is there."""
    wanted = context.settings(LoanSettings).deposit_for.get(case.data.key, "0")
    return case.data.deposit >= Decimal(wanted)


def _tell_the_owner(case: Case[Loan], payload: Return, _context: Context) -> list[Effect]:
    if payload.returned_in == "good":
        return []
    return [Notify("key_damaged", to=cs_head.name, data={"key": case.data.key})]


class KeyLoan(Workflow[Loan]):
    """Keys lent out of the key cabinet (manual, chapter 14)."""

    version = 1
    zh = "钥匙借用"
    en = "Key loan"
    indexed = ("borrower",)
    with_settings = Settings(LoanSettings)

    requested = State(zh="待发放", en="Requested")
    lent = State(zh="已借出", en="Lent")
    disputed = State(zh="有争议", en="Disputed")
    returned = State(zh="已归还", en="Returned", final=True)
    void = State(zh="已作废", en="Void", final=True)

    request = Event(Loan, START >> requested, zh="申请", en="Request")
    lend = Event(
        requested >> lent,
        zh="发放",
        en="Lend",
        by=keeper,
        guards=[not_the_borrower, owner_consents, deposit_paid],
    )
    give_back = Event(
        Return, lent >> returned, zh="归还", en="Give back", by=keeper, effects=_tell_the_owner
    )
    dispute = Event(
        Dispute, [requested, lent] >> disputed, zh="提出异议", en="Dispute", history_only=["reason"]
    )
    settle = Event(disputed >> PREVIOUS, zh="解决", en="Settle", by=cs_head)
    cancel = Event(ANY >> void, zh="作废", en="Cancel", by=cs_head)


def main() -> None:
    """Lend a key, be refused, and look at what was kept."""
    database = Path("keys.db")
    database.unlink(missing_ok=True)
    store = SQLStore(f"sqlite:///{database}")
    store.create_tables()
    engine = Engine(store, [KeyLoan.with_settings(deposit_for={"B1-pump": "50"})])
    borrower, chen = Actor("u7"), Actor("chen", roles=[keeper])

    loan = engine.start(
        KeyLoan.request(key="B1-pump", borrower="u7", owner_consents=True), by=borrower, key="r-1"
    )
    try:
        engine.fire(loan, KeyLoan.lend(), by=borrower)
    except Refused as refused:
        for reason in refused.reasons:
            print(f"refused: {reason.zh} / {reason.en}")

    paid = KeyLoan.request(
        key="B1-pump", borrower="u7", owner_consents=True, deposit=Decimal("50.00")
    )
    loan = engine.start(paid, by=borrower, key="r-2")
    loan = engine.fire(loan, KeyLoan.lend(), by=chen)
    loan = engine.fire(loan, KeyLoan.dispute(reason="the wrong key"), by=borrower)
    loan = engine.fire(loan, KeyLoan.settle(), by=Actor("zhou", roles=[cs_head]))
    loan = engine.fire(loan, KeyLoan.give_back(returned_in="good"), by=chen)

    for entry in engine.history(loan):
        print(f"{entry.revision} {entry.event:<10} {entry.source} → {entry.target}")
    for case in engine.find(KeyLoan, where={"borrower": "u7"}):
        print(case.id, case.state)
    store.close()


if __name__ == "__main__":
    main()
