"""Settings: what a host may choose about a workflow, as a new definition of the same name."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Literal

import attrs
import pytest

from propflow.definition import Settings
from propflow.definition.document import Definition
from tests.definition.faults import faults_of
from tests.definition.flows import Flow
from tests.definition.loans import KeyLoan, Loan, LoanSettings


def test_chosen_settings_make_a_new_definition_of_the_same_name_and_version():
    patient = KeyLoan.with_settings(most_reminders=9)
    assert patient is not KeyLoan
    assert issubclass(patient, KeyLoan)
    assert (patient.name, patient.version) == ("key_loan", 2)
    assert patient.spec.settings == LoanSettings(most_reminders=9)
    assert patient.spec.data is Loan


def test_choosing_settings_leaves_the_original_alone():
    before = KeyLoan.definition()
    KeyLoan.with_settings(most_reminders=9)
    assert KeyLoan.spec.settings == LoanSettings()
    assert KeyLoan.definition() == before


def test_a_definition_without_chosen_settings_has_their_defaults():
    assert KeyLoan.spec.settings == LoanSettings(most_reminders=3, strict=False)


def test_a_workflow_may_declare_no_settings():
    assert Flow.spec.settings is None


def test_later_choices_build_on_earlier_ones():
    chosen = KeyLoan.with_settings(most_reminders=9).with_settings(strict=True)
    assert chosen.spec.settings == LoanSettings(most_reminders=9, strict=True)


def test_settings_may_be_chosen_by_position():
    assert KeyLoan.with_settings(9).spec.settings == LoanSettings(most_reminders=9)


@pytest.mark.parametrize(
    ("args", "kwargs"), [((1, True, 3), {}), ((), {"most": 1}), ((1,), {"most_reminders": 1})]
)
def test_settings_that_are_not_declared_cannot_be_chosen(args: Any, kwargs: Any):
    with pytest.raises(TypeError, match="argument"):
        KeyLoan.with_settings(*args, **kwargs)


def test_a_misspelt_setting_is_answered_with_those_that_there_are():
    with pytest.raises(TypeError) as refused:
        KeyLoan.with_settings(most_reminder=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    assert str(refused.value) == (
        "KeyLoan.with_settings: got an unexpected keyword argument 'most_reminder'; "
        "it has most_reminders, strict"
    )


class Everything(Flow):
    @attrs.frozen
    class Chosen:
        days: int = 1
        share: float = 0.5
        until: date | None = None
        kind: Literal["short", "long"] = "short"
        names: Sequence[str] = ()
        by_name: Mapping[str, int] = attrs.field(factory=dict[str, int])
        told: Callable[[], object] | None = None
        anything: Any = None
        even: int = attrs.field(default=2, converter=int)
        _hidden: bool = False

    with_settings = Settings(Chosen)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("days", "3"),
        ("days", True),
        ("days", 1.0),
        ("share", "0.5"),
        ("until", "2026-03-01"),
        ("kind", "middle"),
        ("names", 5),
        ("by_name", ["a"]),
        ("told", "me"),
        ("hidden", 1),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(name: str, value: Any):
    with pytest.raises(TypeError) as refused:
        Everything.with_settings(**{name: value})
    assert f"Everything.with_settings: {name}={value!r} is not " in str(refused.value)


def test_a_value_that_fits_passes():
    chosen: dict[str, Any] = {
        "days": 3,
        "share": 1,
        "until": date(2026, 3, 1),
        "kind": "long",
        "names": ["a"],
        "by_name": {"a": 1},
        "told": print,
        "anything": object,
        "even": "4",
        "hidden": True,
    }
    settings: Any = Everything.with_settings(**chosen).spec.settings
    assert (settings.even, settings.until) == (4, date(2026, 3, 1))
    assert Everything.with_settings(until=None).spec.settings == Everything.Chosen()


def test_chosen_settings_stand_in_the_definition_and_in_its_json():
    definition = KeyLoan.with_settings(most_reminders=9).definition()
    assert {s.name: s.value for s in definition.settings} == {
        "most_reminders": "9",
        "strict": "false",
    }
    assert Definition.from_json(definition.to_json()) == definition
    assert definition != KeyLoan.definition()


def test_a_definition_with_chosen_settings_keeps_its_names_and_text():
    chosen = KeyLoan.with_settings(strict=True)
    assert chosen.__name__ == "KeyLoan"
    assert chosen.__module__ == KeyLoan.__module__
    assert chosen.__doc__ == KeyLoan.__doc__
    assert attrs.evolve(chosen.definition(), settings=()) == attrs.evolve(
        KeyLoan.definition(), settings=()
    )


@attrs.frozen
class Other:
    colour: str = "red"


def test_a_subclass_that_declares_settings_anew_has_those():
    class Painted(KeyLoan.with_settings(most_reminders=9)):  # type: ignore[misc]
        with_settings = Settings(Other)

    assert Painted.spec.settings == Other()
    assert Painted.with_settings(colour="blue").spec.settings == Other("blue")


def test_a_subclass_keeps_what_was_chosen_for_its_parent():
    class Patient(KeyLoan.with_settings(most_reminders=9)):  # type: ignore[misc]
        pass

    assert Patient.spec.settings == LoanSettings(9)


@attrs.define
class Mutable:
    colour: str = "red"


@attrs.frozen
class Demanding:
    colour: str
    size: int
    shade: str = ""


@pytest.mark.parametrize("kind", [Mutable, dict, 5])
def test_settings_must_be_a_frozen_attrs_class(kind: Any):
    def make() -> None:
        class Bad(Flow):
            with_settings = Settings(kind)

    words = f"{kind!r} must be a frozen attrs class: Settings(IssueSettings)"
    assert faults_of(make) == [f"Bad.with_settings: {words}"]


def test_every_setting_needs_a_default():
    def make() -> None:
        class Bad(Flow):
            with_settings = Settings(Demanding)

    assert faults_of(make) == [
        "Bad.with_settings: the setting 'colour' of Demanding needs a default",
        "Bad.with_settings: the setting 'size' of Demanding needs a default",
    ]
