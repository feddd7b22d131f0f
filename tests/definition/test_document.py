"""A definition as data: equal after a trip through JSON, whoever makes the trip."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import attrs
import cattrs
import pytest

from propflow.calendar import WorkingDays, weekdays
from propflow.definition import (
    Case,
    Context,
    Event,
    Notify,
    Role,
    Settings,
    Workflow,
    fields,
    guard,
)
from propflow.definition.document import (
    ClassDefinition,
    Definition,
    EventDefinition,
    FieldDefinition,
    SettingDefinition,
    StateDefinition,
)
from propflow.errors import InvalidDefinition
from tests.definition.flows import Flow, Item
from tests.definition.loans import KeyLoan, head, keeper

MODULE = "tests.definition.loans"


def _none(*_: object) -> tuple[()]:
    return ()


def test_the_text_of_a_workflow_does_not_keep_the_indentation_of_its_class():
    assert KeyLoan.definition().doc == (
        "Keys lent out of the key cabinet.\n\nThe manual, chapter 14."
    )


def by_name(workflow: type[Workflow[Any]]) -> dict[str, EventDefinition]:
    return {event.name: event for event in workflow.definition().events}


def test_a_definition_is_equal_after_a_trip_through_json():
    definition = KeyLoan.definition()
    assert Definition.from_json(definition.to_json()) == definition


def test_a_definition_is_equal_after_a_trip_through_a_plain_cattrs_converter():
    definition = KeyLoan.definition()
    converter = cattrs.Converter()
    text = json.dumps(converter.unstructure(definition))
    assert converter.structure(json.loads(text), Definition) == definition


def test_json_keeps_chinese_readable():
    assert "钥匙借用" in KeyLoan.definition().to_json()


def test_a_definition_holds_names_labels_and_sources():
    definition = KeyLoan.definition()
    assert (definition.name, definition.version) == ("key_loan", 2)
    assert (definition.zh, definition.en) == ("钥匙借用", "Key loan")
    assert (definition.needs, definition.indexed) == (("open_days",), ("borrower",))
    assert definition.states[:2] == (
        StateDefinition("requested", "待发放", "Requested", False, None, False, "14.1"),  # noqa: FBT003
        StateDefinition("out", "借出中", "Out", False, None, False, ""),  # noqa: FBT003
    )
    assert [s.name for s in definition.states if s.within == "out"] == ["lent", "overdue"]
    assert [s.name for s in definition.states if s.initial] == ["lent"]
    assert [s.name for s in definition.states if s.final] == ["returned", "lost"]
    assert by_name(KeyLoan)["request"].source == "14.1"


def test_classes_stand_with_their_fields_and_types():
    assert KeyLoan.definition().data == ClassDefinition(
        f"{MODULE}:Loan",
        (
            FieldDefinition("key", "str", required=True),
            FieldDefinition("borrower", "str", required=True),
            FieldDefinition("returned_in", "str", required=False),
            FieldDefinition("reminders", "int", required=False),
        ),
    )
    assert by_name(KeyLoan)["resume"].payload is None


def test_markers_stand_spelled_out_as_plain_transitions():
    events = by_name(KeyLoan)
    drawn = {
        name: [(t.source, t.target, t.previous) for t in events[name].transitions]
        for name in events
    }
    assert drawn["request"] == [("START", "requested", None)]
    assert drawn["lend"] == [("requested", "out", None)]
    assert drawn["remind"] == [("out", None, None)]
    assert drawn["hold"] == [("requested", "held", None), ("out", "held", None)]
    assert drawn["resume"] == [
        ("held", "requested", "requested"),
        ("held", "lent", "lent"),
        ("held", "overdue", "overdue"),
    ]
    assert drawn["lose"] == [
        (name, "lost", None) for name in ("requested", "lent", "overdue", "held")
    ]


def test_functions_stand_by_their_ids():
    events = by_name(KeyLoan)
    assert events["remind"].update == f"{MODULE}:_remind"
    assert events["give_back"].effects == (f"{MODULE}:_tell",)
    assert [guard.function for guard in events["lend"].guards] == [
        f"{MODULE}:not_the_borrower",
        f"{MODULE}:few_reminders",
    ]
    (stated,) = events["give_back"].guards
    assert (stated.code, stated.takes_payload) == ("condition_stated", True)
    assert events["lend"].update is None


def test_roles_stand_with_their_labels_and_the_system_as_one_of_them():
    events = by_name(KeyLoan)
    assert events["hold"].by == (keeper, head)
    assert events["expire"].by == (Role("SYSTEM", "系统", "System"),)
    assert events["lose"].by == ()


def test_effects_that_are_values_stand_in_their_own_text():
    assert by_name(KeyLoan)["lose"].effects == (repr(Notify("key_lost", to="head")),)


class Adder:
    """A callable that is no function, and so has no name of its own."""

    def __call__(self, case: Case[Item], payload: Item, context: Context) -> Item:
        return payload


class Anonymous(Flow):
    """Has functions without names."""

    change = Event(
        Item,
        (Flow.begun >> Flow.done).when(guard(zh="一", en="one", code="one")(lambda c, x: True)),
        zh="改",
        en="Change",
        guards=[guard(zh="二", en="two", code="two")(lambda c, p, x: True)],
        update=lambda case, payload, context: payload,
        effects=lambda case, payload, context: (),
    )
    swap = Event(
        Item, Flow.begun >> Flow.done, zh="换", en="Swap", update=Adder(), effects=partial(_none, 1)
    )


def test_a_function_without_a_name_stands_under_its_events():
    change, swap = by_name(Anonymous)["change"], by_name(Anonymous)["swap"]
    assert change.update == "anonymous.change.update"
    assert change.effects == ("anonymous.change.effects",)
    assert change.guards[0].function == "anonymous.change.guards.two"
    assert change.transitions[0].guards[0].function == "anonymous.change.guards.one"
    assert swap.update == "anonymous.swap.update"
    assert swap.effects == ("anonymous.swap.effects",)


@pytest.mark.parametrize("text", ["", "{", "nonsense"])
def test_text_that_is_no_json_is_refused(text: str):
    with pytest.raises(InvalidDefinition, match="the definition has 1 problem"):
        Definition.from_json(text)


@pytest.mark.parametrize("text", ["{}", '{"name": "x"}'])
def test_json_that_is_no_definition_is_refused(text: str):
    with pytest.raises(InvalidDefinition, match="version: is missing"):
        Definition.from_json(text)


def test_the_types_of_a_class_stand_as_written_where_they_cannot_be_read():
    kind = attrs.make_class("Odd", {"size": attrs.field(type="Unheard")})
    assert fields.types_of(kind) == {"size": "Unheard"}


@attrs.frozen
class CalendarSettings:
    """Settings of which one is no JSON."""

    working_days: WorkingDays = attrs.field(factory=lambda: weekdays({1, 2, 3, 4, 5}))
    four_eyes: bool = True


class Calendared(KeyLoan):
    """A loan with a calendar among its settings."""

    name = "calendared"
    with_settings = Settings(CalendarSettings)


def test_a_setting_that_json_lacks_stands_there_by_its_words():
    definition = Calendared.definition()
    assert definition.settings == (
        SettingDefinition("working_days", '"the plain weekdays"'),
        SettingDefinition("four_eyes", "true"),
    )
    assert Definition.from_json(definition.to_json()) == definition
