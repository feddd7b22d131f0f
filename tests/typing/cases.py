"""Cases: what the engine and the decision take and return, for each workflow its own."""

from __future__ import annotations

from typing import assert_type

from loans import KeyLoan, Loan, LongLoan, Ticket, Tickets, open_days

from propflow import Actor, Case, Engine, Refused
from propflow.decision import Accepted, decide, plan_of, replay
from propflow.definition import Context
from propflow.runtime.page import Page
from propflow.storage import MemoryStore

engine = Engine(MemoryStore(), [KeyLoan, Tickets])
someone = Actor("u7")

loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=someone)
ticket = engine.start(Tickets.begin(place="B1"), by=someone)
assert_type(loan, Case[Loan])
assert_type(ticket, Case[Ticket])
assert_type(loan.data.borrower, str)
assert_type(engine.fire(loan, KeyLoan.lend(), by=someone), Case[Loan])
assert_type(engine.fire("c1", KeyLoan.give_back(returned_in="good"), by=someone), Case[Loan])
assert_type(engine.get("c1", KeyLoan), Case[Loan])
assert_type(engine.find(KeyLoan, state=KeyLoan.lent), Page[Loan])
assert_type([case.data.place for case in engine.find(Tickets)], list[str])
assert_type(engine.check(loan, KeyLoan.lend(), by=someone), Accepted[Loan] | Refused)

# Through a subclass, and through chosen settings
assert_type(engine.start(LongLoan.request(key="B1", borrower="u7"), by=someone), Case[Loan])
assert_type(engine.fire(loan, LongLoan.extend(), by=someone), Case[Loan])
assert_type(engine.get("c1", LongLoan), Case[Loan])
assert_type(engine.find(LongLoan), Page[Loan])
Patient = KeyLoan.with_settings(most_reminders=9)
assert_type(engine.start(Patient.request(key="B1", borrower="u7"), by=someone), Case[Loan])
assert_type(engine.get("c1", Patient), Case[Loan])
assert_type(engine.find(Patient), Page[Loan])


def deciding(context: Context) -> None:
    answer = decide(KeyLoan, loan, KeyLoan.lend(), someone, context.now)
    assert_type(answer, Accepted[Loan] | Refused)
    if isinstance(answer, Refused):
        assert_type(answer, Refused)
    else:
        assert_type(answer, Accepted[Loan])
        assert_type(answer.case, Case[Loan])
    assert_type(context.fact(open_days), frozenset[int])
    assert_type(replay(KeyLoan, "c1", engine.history("c1")), Case[Loan])
    decide(KeyLoan, ticket, KeyLoan.lend(), someone, context.now)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    decide(KeyLoan, loan, Tickets.close(), someone, context.now)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
    plan_of(KeyLoan).event(Tickets.close())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# An action of another workflow on a case
engine.fire(loan, Tickets.close(), by=someone)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
engine.fire(ticket, KeyLoan.lend(), by=someone)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
engine.check(loan, Tickets.close(), by=someone)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
engine.check(Tickets, KeyLoan.request("B1", "u7"), by=someone)  # type: ignore[misc]  # pyright: ignore[reportArgumentType]
# What a workflow returns, in the place of another's
wrong: Case[Ticket] = engine.get("c1", KeyLoan)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]
# A field that the data do not have
str(loan.data.place)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType, reportUnknownArgumentType]


# A case is of one workflow's data, and of no wider or narrower ones
def of_object(case: Case[object]) -> None: ...


of_object(loan)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
