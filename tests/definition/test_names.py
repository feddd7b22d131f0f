"""Names: of a workflow, and of what it declares."""

from __future__ import annotations

import pytest

from propflow.definition import Event, State, Workflow
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item

RESERVED = [
    *("action", "bound_events", "chosen_settings", "definition", "en", "indexed", "name"),
    *("needs", "spec", "version", "with_settings", "zh"),
]


@pytest.mark.parametrize("name", RESERVED)
def test_a_state_may_not_take_the_name_of_what_every_workflow_has(name: str):
    def make() -> None:
        class Bad(Flow):
            locals()[name] = State(zh="甲", en="A")

    assert f"Bad.{name}: the name is taken by Workflow.{name}; rename the state" in faults_of(make)


@pytest.mark.parametrize("name", RESERVED)
def test_an_event_may_not_take_the_name_of_what_every_workflow_has(name: str):
    def make() -> None:
        class Bad(Flow):
            locals()[name] = Event(Flow.begun >> Flow.done, zh="甲", en="A")

    assert f"Bad.{name}: the name is taken by Workflow.{name}; rename the event" in faults_of(make)


def test_every_name_of_a_workflow_is_reserved():
    public = {name for name in [*vars(Workflow), *Workflow.__annotations__] if name[0] != "_"}
    assert public | {"with_settings"} == set(RESERVED)


@pytest.mark.parametrize("name", ["state", "trigger"])
def test_an_event_may_not_take_the_name_of_what_a_machine_gives_its_models(name: str):
    def make() -> None:
        class Bad(Flow):
            locals()[name] = Event(Flow.begun >> Flow.done, zh="甲", en="A")

    assert faults_of(make) == [
        f"Bad.{name}: the name is taken by the transitions machine; rename the event"
    ]


@pytest.mark.parametrize("written", ["name", ["name"], None, Item])
@pytest.mark.parametrize("attribute", ["needs", "indexed"])
def test_lists_of_a_workflow_are_tuples(attribute: str, written: object):
    def make() -> None:
        class Bad(Flow):
            locals()[attribute] = written

    assert faults_of(make) == [f"Bad.{attribute}: {written!r} must be a tuple: (…,)"]
