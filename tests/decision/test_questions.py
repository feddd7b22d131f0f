"""Checks and options as pure functions of a workflow, an actor and a moment."""

from __future__ import annotations

from datetime import datetime

import pytest

from propflow.decision import check, decide, options
from propflow.definition import Actor, Case
from propflow.errors import NaiveDatetime, Refused
from tests.decision.steps import NOON
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan, Loan

LOAN = Case("1", "requested", None, Loan("B1", "u7"), 1, "key_loan", 1, NOON)


def test_a_check_gives_the_reasons_of_the_decision() -> None:
    decision = decide(KeyLoan, LOAN, KeyLoan.lend(), BORROWER, NOON)
    assert isinstance(decision, Refused)
    assert check(KeyLoan, LOAN, KeyLoan.lend(), BORROWER, NOON) == decision.reasons
    assert check(KeyLoan, LOAN, KeyLoan.lend(), KEEPER, NOON) == ()


def test_options_tell_what_a_check_would() -> None:
    answers = {option.event: option for option in options(KeyLoan, LOAN, KEEPER, NOON)}
    assert answers["lend"].answer == "allowed"
    assert answers["give_back"].answer == "refused"
    assert [option.answer for option in options(KeyLoan, LOAN, Actor("u7"), NOON)].count(
        "allowed"
    ) == 2


def test_a_moment_without_an_offset_is_refused() -> None:
    naive = datetime(2026, 3, 2, 9, 30)  # noqa: DTZ001 - what is refused
    with pytest.raises(NaiveDatetime):
        options(KeyLoan, LOAN, KEEPER, naive)
