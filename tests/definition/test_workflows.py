"""Workflows: classes that are read, checked and frozen."""

from __future__ import annotations

import pytest

from propflow.definition import START, Event, State, Workflow
from propflow.errors import InvalidDefinition
from tests.definition.faults import faults_of
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan


@pytest.mark.parametrize("name", ["lent", "lend", "version", "spec", "new"])
def test_nothing_of_a_finished_definition_can_be_set(name: str):
    with pytest.raises(AttributeError, match=f"KeyLoan is a finished .* '{name}' cannot be set"):
        setattr(KeyLoan, name, 5)


@pytest.mark.parametrize("name", ["lent", "lend", "version", "spec"])
def test_nothing_of_a_finished_definition_can_be_deleted(name: str):
    with pytest.raises(AttributeError, match=f"finished definition, so '{name}' cannot be del"):
        delattr(KeyLoan, name)


def test_all_faults_of_a_class_are_reported_at_once():
    def make() -> None:
        class Bad(Workflow[Item]):
            version = 0
            indexed = ("colour",)

            Open = State(zh="开", en="Open")
            twice = State(zh="甲", en="A")
            twice = State(zh="乙", en="B")  # noqa: PIE794  # the fault
            lonely = State(zh="丙", final=True)
            stuck = State(zh="丁", en="D")

            begin = Event(Item, START >> Open, zh="始", en="Begin", guards=[print])
            fail = Event(Open >> stuck, [Open] >> Flow.done, zh="败", en="Fail")
            stop = Event(zh="停", en="Stop", by="me", effects=[5])

    assert faults_of(make) == [
        "Bad.twice: declared twice; the second hides the first",
        "Bad.version: 0 must be a whole number from 1",
        "Bad.Open: must be lower-case letters, digits and _",
        (
            "Bad.fail: the target 'done' is no state of this workflow; declare it in the class, or "
            "look for a later attribute of the same name"
        ),
        "Bad.lonely: has no label in en",
        "Bad.indexed: Item has no field 'colour'",
        "Bad.begin: the guard <built-in function print> is not made with @guard(zh=…, en=…)",
        "Bad.stop: has no transition",
        "Bad.stop: the effect 5 is neither an Effect nor a function",
        "Bad.stop: by='me' is neither a Role nor SYSTEM",
        "Bad.Open: has no way to a final state",
        "Bad.twice: cannot be reached from START",
        "Bad.twice: is a dead end; draw a transition out, or mark it final",
        "Bad.lonely: cannot be reached from START",
        "Bad.stuck: is a dead end; draw a transition out, or mark it final",
    ]


def test_the_message_counts_the_faults_and_gives_each_its_line():
    with pytest.raises(InvalidDefinition) as refused:

        class Bad(Flow):
            version = 0
            name = "Bad"

    assert str(refused.value).splitlines() == [
        "the workflow Bad has 2 problems:",
        "  - Bad.name: 'Bad' must be lower-case letters, digits and _",
        "  - Bad.version: 0 must be a whole number from 1",
    ]


@pytest.mark.parametrize("mapping", ["states", "events"])
def test_the_parts_of_a_finished_definition_cannot_be_exchanged(mapping: str):
    with pytest.raises(TypeError, match="does not support item assignment"):
        getattr(KeyLoan.spec, mapping)["new"] = 5
    with pytest.raises(TypeError, match="does not support item assignment"):
        KeyLoan.bound_events["new"] = 5  # type: ignore[index]


def test_a_subclass_has_what_its_parent_declares_and_a_name_of_its_own():
    class LongLoan(KeyLoan):
        """Lent for longer."""

        version = 3
        extend = Event(KeyLoan.lent >> KeyLoan.lent, zh="续借", en="Extend")

    assert (LongLoan.name, LongLoan.version) == ("long_loan", 3)
    assert LongLoan.spec.data is KeyLoan.spec.data
    assert list(LongLoan.spec.events) == [*KeyLoan.spec.events, "extend"]
    assert LongLoan.lend().workflow == "long_loan"
    assert KeyLoan.lend().workflow == "key_loan"
    assert "extend" not in KeyLoan.spec.events


def test_a_subclass_may_declare_an_event_anew():
    class Free(KeyLoan):
        lend = Event(KeyLoan.requested >> KeyLoan.lent, zh="借", en="Lend")

    assert Free.spec.events["lend"].by == ()
    assert KeyLoan.spec.events["lend"].by != ()


def test_a_subclass_may_drop_an_event():
    class Plain(KeyLoan):
        resume = None  # type: ignore[assignment]
        release = Event(KeyLoan.held >> KeyLoan.requested, zh="放", en="Release")

    assert "resume" not in Plain.spec.events


def test_a_subclass_that_declares_a_state_anew_must_draw_to_it_anew():
    def make() -> None:
        class Bad(Flow):
            done = State(zh="毕", en="Over", final=True)

    assert faults_of(make)[0] == (
        "Bad.finish: the target 'done' is no state of this workflow; declare it in the class, or "
        "look for a later attribute of the same name"
    )


def test_states_and_events_may_come_from_a_class_beside_the_workflow():
    class Ended:
        ended = State(zh="终止", en="Ended", final=True)

    class Good(Ended, Flow):
        stop = Event(Flow.begun >> Ended.ended, zh="止", en="Stop")

    assert Good.spec.states["ended"] is Ended.ended
    assert Good.stop().event == "stop"


def test_the_text_of_a_workflow_is_its_own_and_not_its_parents():
    class Silent(Flow):
        pass

    assert (Flow.spec.doc, Silent.spec.doc) == ("Opens and ends.", "")
