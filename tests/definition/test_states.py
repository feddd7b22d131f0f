"""States and the transitions between them, as they are written and as they are read."""

from __future__ import annotations

import attrs
import pytest

from propflow.definition import ANY, PREVIOUS, SAME, START, Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan


@pytest.mark.parametrize("name", [field.name for field in attrs.fields(State)])
def test_nothing_of_a_state_can_be_set(name: str):
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        setattr(KeyLoan.lent, name, "x")
