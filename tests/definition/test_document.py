"""A definition as data: equal after a trip through JSON, whoever makes the trip."""

from __future__ import annotations

from tests.definition.loans import KeyLoan


def test_the_text_of_a_workflow_does_not_keep_the_indentation_of_its_class():
    assert KeyLoan.definition().doc == (
        "Keys lent out of the key cabinet.\n\nThe manual, chapter 14."
    )
