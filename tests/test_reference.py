"""The reference pages leave nothing out, and name nothing that is not there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest
from typer.main import get_command

from propflow import Engine, errors
from propflow.cli.app import app
from propflow.decision import Accepted, Option
from propflow.definition import Action, Actor, Case, Entry
from propflow.definition import document as definition_json
from propflow.rulebooks import shipped
from propflow.rulebooks.loader import KINDS
from propflow.runtime import Page
from propflow.scoring import (
    CheckItem,
    Consequence,
    Deduction,
    Rule,
    RuleBook,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
)
from propflow.workflows import roles

REFERENCE = Path(__file__).parents[1] / "docs" / "reference"
DECISIONS = REFERENCE.parent / "decisions"


def rows(page: str) -> list[list[str]]:
    """Return the cells of every table row of a page."""
    lines = (REFERENCE / page).read_text(encoding="utf-8").splitlines()
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| ")]


def named(cell: str) -> list[str]:
    """Return what stands between backquotes."""
    return re.findall(r"`([^`]+)`", cell)


def fields_of(kind: type) -> set[str]:
    return {field.name for field in attrs.fields(kind) if not field.name.startswith("_")}


def test_every_error_stands_on_the_page_of_errors():
    raised = {
        name
        for name, value in vars(errors).items()
        if inspect.isclass(value) and issubclass(value, Exception) and not name.startswith("_")
    }
    listed = [named(cells[0])[0] for cells in rows("errors.md") if named(cells[0])]
    assert sorted([*listed, "PropflowError"]) == sorted(raised)


def test_the_fields_of_every_error_are_those_on_the_page():
    for error, _, fields, _ in rows("errors.md"):
        if not named(error):
            continue
        kind = getattr(errors, named(error)[0])
        source = "".join(
            inspect.getsource(k) for k in kind.__mro__ if k.__module__.startswith("propflow.errors")
        )
        set_there = set(re.findall(r"self\.(\w+)(?:: [^=\n]+)? = ", source))
        listed = set(named(re.sub(r"\(.*?\)", "", fields)))
        assert listed == set_there - {"args", "subject"}, kind.__name__


def test_every_call_of_the_engine_stands_on_its_page():
    calls = {name for name in dir(Engine) if not name.startswith("_")}
    listed = [
        re.split(r"\W", named(cells[0])[0])[0] for cells in rows("engine.md") if named(cells[0])
    ]
    assert calls == {name for name in listed if name.islower()}


def test_the_options_of_a_call_are_those_on_the_page():
    for cells in rows("engine.md"):
        for call in named(cells[0]):
            name, _, options = call.partition("(")
            if options and name != "Engine":
                wanted = set(inspect.signature(getattr(Engine, name)).parameters)
                assert set(re.findall(r"(\w+)=", options)) <= wanted


@pytest.mark.parametrize("kind", [Case, Entry, Action, Actor, Option, Page])
def test_every_field_of_a_value_stands_on_the_page_of_the_engine(kind):
    (fields,) = [cells[1] for cells in rows("engine.md") if named(cells[0]) == [kind.__name__]]
    assert set(named(fields)) == fields_of(kind)


def test_the_fields_of_an_acceptance_stand_on_the_page_of_the_engine():
    (fields,) = [cells[1] for cells in rows("engine.md") if named(cells[0]) == ["Accepted"]]
    assert set(named(fields)) == fields_of(Accepted) | {"accepted", "reasons"}


def test_every_command_stands_on_the_page_of_the_command_line():
    commands = set(get_command(app).commands)
    listed = {
        word.split()[1]
        for cells in rows("command-line.md")
        for word in named(cells[0])
        if word.startswith("propflow ")
    }
    assert commands == listed


def test_every_option_of_a_command_stands_on_the_page_of_the_command_line():
    text = (REFERENCE / "command-line.md").read_text(encoding="utf-8")
    for command in get_command(app).commands.values():
        for option in command.params:
            for name in option.opts:
                if name.startswith("--"):
                    assert name in text, (command.name, name)


@pytest.mark.parametrize(
    ("kind", "left_out"),
    [
        (RuleBook, set()),
        (Rule, set()),
        *((kind, {"set_by_host"}) for kind in (Deduction, ScoreItem, ScoreSection, ScoreTotal)),
        (CheckItem, set()),
        (Consequence, set()),
    ],
)
def test_every_key_of_a_rule_book_stands_on_its_page(kind, left_out):
    keys = {name for cells in rows("rule-books.md") for name in named(cells[0])}
    assert fields_of(kind) - left_out <= keys
    kinds = (RuleBook, Deduction, ScoreItem, CheckItem, Consequence)
    assert keys <= {"kind", *shipped()}.union(*map(fields_of, kinds))


def test_every_kind_of_rule_stands_on_the_page_of_rule_books():
    (kinds,) = [cells[2] for cells in rows("rule-books.md") if named(cells[0]) == ["kind"]]
    assert set(named(kinds)) == {f'"{kind}"' for kind in KINDS}


def test_every_field_of_a_definition_stands_on_its_page():
    classes = {
        "definition": definition_json.Definition,
        "state": definition_json.StateDefinition,
        "event": definition_json.EventDefinition,
        "transition": definition_json.TransitionDefinition,
        "guard": definition_json.GuardDefinition,
        "class": definition_json.ClassDefinition,
        "field": definition_json.FieldDefinition,
        "setting": definition_json.SettingDefinition,
    }
    found = {cells[0].strip(): set(named(cells[1])) for cells in rows("definition-json.md")}
    for name, kind in classes.items():
        assert fields_of(kind) <= found[name], name


def test_every_role_stands_on_the_page_of_words():
    text = (REFERENCE / "words.md").read_text(encoding="utf-8")
    for role in vars(roles).values():
        if isinstance(role, roles.Role):
            assert re.search(rf"\| {role.zh}[^|]*\| `{role.name}` \|", text), role.name


def test_every_decision_stands_in_the_index_with_its_title():
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    for note in sorted(DECISIONS.glob("0*.md")):
        title = note.read_text(encoding="utf-8").partition("\n")[0].split(" ", 2)[2]
        assert f"({note.name}) | 2026-" in index
        assert title in index
