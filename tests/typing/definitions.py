"""Definitions: what is drawn, guarded and made of an event is for the event's own payload."""

from __future__ import annotations

from typing import assert_type

from loans import (
    KeyLoan,
    Loan,
    LoanSettings,
    LongLoan,
    Return,
    Ticket,
    condition_stated,
    not_the_borrower,
    put_back,
    tell,
)

from propflow import START, Case, Context, Event, Notify, Refusal, State, guard
from propflow.definition import Guard, Transitions

here = State(zh="此", en="Here")
there = State(zh="彼", en="There", final=True)

assert_type(here >> there, Transitions[object])
assert_type([here, START] >> there, Transitions[object])
assert_type((here >> there).when(condition_stated), Transitions[Return])
assert_type((here >> there).when(not_the_borrower), Transitions[object])
assert_type(not_the_borrower, Guard[Loan, object])
assert_type(condition_stated, Guard[Loan, Return])
assert_type(Event(here >> there), Event[[], None])
assert_type(KeyLoan.lent, State)
assert_type(KeyLoan.spec.settings, object)
assert_type(KeyLoan.with_settings(most_reminders=9), type[KeyLoan])
assert_type(KeyLoan.with_settings(9, strict=True), type[KeyLoan])
assert_type(KeyLoan.with_settings(), type[KeyLoan])
assert_type(LongLoan.with_settings(strict=True), type[LongLoan])
assert_type(KeyLoan.with_settings(strict=True).with_settings(most_reminders=1), type[KeyLoan])


@guard(zh="自说", en="in its own words")
def in_own_words(case: Case[Loan], context: Context) -> bool | Refusal:
    assert_type(context.settings(LoanSettings), LoanSettings)
    return case.data.key == "B1" or Refusal("own", zh="否", en="no")


Event(Return, here >> there, guards=[condition_stated, not_the_borrower, in_own_words])
Event(here >> there, guards=[not_the_borrower], effects=[Notify("x", to="y")])

# A guard for another payload, or for one where there is none
Event(Ticket, here >> there, guards=[condition_stated])  # type: ignore[misc]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event(here >> there, guards=[condition_stated])  # type: ignore[list-item]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event(Ticket, (here >> there).when(condition_stated))  # type: ignore[misc]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event((here >> there).when(condition_stated))  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
# An update or effects for another payload
Event(Ticket, here >> there, update=put_back)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event(here >> there, update=put_back)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event(Ticket, here >> there, effects=tell)  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
# Effects that are none, and a role that is a name
Event(here >> there, effects=[5])  # type: ignore[list-item]  # pyright: ignore[reportCallIssue, reportArgumentType]
Event(here >> there, by="key_keeper")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType]
# Ends that are no states, and a state where a transition is wanted
here >> "there"  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
here >> [there]  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
["here"] >> there  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
Event(Return, there)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue, reportArgumentType]
# History of a payload that there is not
Event(here >> there, history_only=["reason"])  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
# Settings that are misspelled or mistyped
KeyLoan.with_settings(most_reminder=9)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
KeyLoan.with_settings(most_reminders="9")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
# A finished definition
KeyLoan.lent.zh = "已借"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


# A guard takes (case, context) or (case, payload, context)
@guard(zh="一", en="one")  # type: ignore[arg-type]  # pyright: ignore[reportCallIssue, reportArgumentType, reportUntypedFunctionDecorator]
def of_the_case_alone(case: Case[Loan]) -> bool:
    return bool(case.data.key)


@guard(zh="二")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue, reportUntypedFunctionDecorator]
def in_one_language(case: Case[Loan], _context: Context) -> bool:
    return bool(case.data.key)
