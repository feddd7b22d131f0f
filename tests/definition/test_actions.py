"""Actions: typed by calling the event, and from untyped values as a form or a file gives them."""

from __future__ import annotations

import datetime as dt
import enum
from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow.definition import START, Action, Event, State, Workflow
from propflow.errors import InvalidPayload, UnknownEvent
from tests.definition.loans import KeyLoan, Request, Return


def faults_of(workflow: type[Workflow[Any]], event: str, payload: Any) -> list[str]:
    with pytest.raises(InvalidPayload) as refused:
        workflow.action(event, payload)
    assert (refused.value.workflow, refused.value.event) == (workflow.name, event)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.parametrize("event", ["give_back", "resume"])
@pytest.mark.parametrize("payload", [[], ["returned_in"], "returned_in", 5, [("returned_in", "x")]])
def test_what_is_no_mapping_is_refused_whatever_the_event_takes(event: str, payload: Any):
    (fault,) = faults_of(KeyLoan, event, payload)
    assert fault.startswith("$: ")
    assert fault.endswith(f" is {type(payload).__name__}, not a mapping of the payload's fields")
