"""Names: of a workflow, and of what it declares."""

from __future__ import annotations

import types

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


@pytest.mark.parametrize("name", ["Flow", "1st", "_flow", "key-loan", "", "流程", None, 5])
def test_the_name_of_a_workflow_is_plain(name: object):
    def make() -> None:
        class Bad(Flow):
            locals()["name"] = name

    assert faults_of(make) == [f"Bad.name: {name!r} must be lower-case letters, digits and _"]


@pytest.mark.parametrize("version", [0, -1, "1", 1.0, True, None])
def test_the_version_of_a_workflow_is_a_whole_number_from_1(version: object):
    def make() -> None:
        class Bad(Flow):
            locals()["version"] = version

    assert faults_of(make) == [f"Bad.version: {version!r} must be a whole number from 1"]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("KeyLoan", "key_loan"),
        ("HTTPCase", "http_case"),
        ("Sheet2Copy", "sheet2_copy"),
        ("Loan", "loan"),
        ("two_words", "two_words"),
    ],
)
def test_a_workflow_that_names_itself_nothing_has_its_class_name_in_snake_case(
    written: str, name: str
):
    made = types.new_class(written, (Flow,))
    assert (made.name, made.spec.name, made.finish.workflow) == (name, name, name)


@pytest.mark.parametrize("name", ["Lent", "_lent", "lentUntil", "已借出"])
def test_names_of_states_and_events_are_plain(name: str):
    def make() -> None:
        class Bad(Flow):
            locals()[name] = Event(Flow.begun >> Flow.done, zh="甲", en="A")

    assert faults_of(make) == [f"Bad.{name}: must be lower-case letters, digits and _"]


def test_a_workflow_declares_states_and_events():
    def make() -> None:
        class Bad(Workflow[Item]):
            pass

    assert faults_of(make) == ["Bad: declares no state", "Bad: declares no event"]


def test_a_workflow_without_events_is_not_blamed_for_what_follows_from_that():
    def make() -> None:
        class Bad(Workflow[Item]):
            begun = State(zh="开", en="Open")

    assert faults_of(make) == ["Bad: declares no event"]


def test_one_state_or_event_under_two_names_is_reported():
    def make() -> None:
        class Bad(Flow):
            ended = Flow.done
            stop = vars(Flow)["finish"]

    assert faults_of(make)[:2] == [
        "Bad.ended: is the same state as 'done'; declare one each",
        "Bad.stop: is the same event as 'finish'; declare one each",
    ]


@pytest.mark.parametrize("second", [State(zh="甲", en="A"), None, 5, "text"])
def test_a_declaration_that_a_later_one_hides_is_reported(second: object):
    def make() -> None:
        class Bad(Flow):
            extra = Event(Flow.begun >> Flow.done, zh="甲", en="A")
            extra = second  # noqa: PIE794  # the fault

    assert faults_of(make)[0] == "Bad.extra: declared twice; the second hides the first"


def test_what_is_no_declaration_may_be_assigned_again():
    class Good(Flow):
        note = 1
        note = 2  # noqa: PIE794  # what is tested

    assert Good.note == 2
