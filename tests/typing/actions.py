"""Actions: an event's name, its payload's fields and their types are checked where it is called."""

from __future__ import annotations

from typing import Any, assert_type

from loans import KeyLoan, Loan, LongLoan, Return, Ticket, Tickets

from propflow import Action
from propflow.definition import BoundEvent

assert_type(KeyLoan.request(key="B1", borrower="u7"), Action[Loan, Loan])
assert_type(KeyLoan.request("B1", "u7", returned_in=""), Action[Loan, Loan])
assert_type(KeyLoan.give_back(returned_in="good"), Action[Return, Loan])
assert_type(KeyLoan.lend(), Action[None, Loan])
assert_type(KeyLoan.lend, BoundEvent[[], None, Loan])
assert_type(LongLoan.give_back(returned_in="good"), Action[Return, Loan])
assert_type(LongLoan.extend(), Action[None, Loan])
assert_type(Tickets.begin(place="B1"), Action[Ticket, Ticket])
assert_type(KeyLoan.action("give_back", {"returned_in": "good"}), Action[Any, Loan])
assert_type(KeyLoan.give_back(returned_in="good").payload.returned_in, str)

# A wrong event name
KeyLoan.lent_out()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
KeyLoan.extend()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
# A missing field
KeyLoan.give_back()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
KeyLoan.request(key="B1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
LongLoan.request(key="B1")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
# A misspelled field
KeyLoan.request(key="B1", borower="u7")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
KeyLoan.give_back(returned="good")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
# A mistyped field
KeyLoan.give_back(returned_in=5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
KeyLoan.request(key="B1", borrower=None)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
KeyLoan.give_back(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
# A payload where there is none, and too much of one
KeyLoan.lend(returned_in="good")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
KeyLoan.lend("good")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
KeyLoan.give_back("good", "bad")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
# The untyped entrance wants a mapping
KeyLoan.action("give_back", ["good"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


# An action is of one workflow's data, and of no wider or narrower ones
def of_object(action: Action[None, object]) -> None: ...


of_object(KeyLoan.lend())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
other: Action[None, Ticket] = KeyLoan.lend()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
