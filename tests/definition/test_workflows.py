"""Workflows: classes that are read, checked and frozen."""

from __future__ import annotations

import pytest

from tests.definition.loans import KeyLoan


@pytest.mark.parametrize("name", ["lent", "lend", "version", "spec", "new"])
def test_nothing_of_a_finished_definition_can_be_set(name: str):
    with pytest.raises(AttributeError, match=f"KeyLoan is a finished .* '{name}' cannot be set"):
        setattr(KeyLoan, name, 5)


@pytest.mark.parametrize("name", ["lent", "lend", "version", "spec"])
def test_nothing_of_a_finished_definition_can_be_deleted(name: str):
    with pytest.raises(AttributeError, match=f"finished definition, so '{name}' cannot be del"):
        delattr(KeyLoan, name)
