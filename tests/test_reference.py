"""The reference pages leave nothing out, and name nothing that is not there."""

from __future__ import annotations

import inspect
import re
from pathlib import Path

import attrs
import pytest
from typer.main import get_command

from propflow import Engine, errors, metrics, testing
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
from propflow.storage import (
    Change,
    Message,
    Outcome,
    OwningStore,
    Query,
    Ref,
    Snapshot,
    StoredEntry,
)
from propflow.testing import Capability
from propflow.testing.workflow_mutation import mutants
from propflow.workflows import Issue, roles
from tests.runtime.deadlines import Answered
from tests.runtime.ladders import Mends

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
        "deadline": definition_json.DeadlineDefinition,
    }
    found = {cells[0].strip(): set(named(cells[1])) for cells in rows("definition-json.md")}
    for name, kind in classes.items():
        assert fields_of(kind) <= found[name], name


def test_every_role_stands_on_the_page_of_words():
    text = (REFERENCE / "words.md").read_text(encoding="utf-8")
    for role in vars(roles).values():
        if isinstance(role, roles.Role):
            assert re.search(rf"\| {role.zh}[^|]*\| `{role.name}` \|", text), role.name


def test_every_figure_stands_on_its_page():
    figures = {name for name in metrics.__all__ if name.islower() and name != "trace"}
    assert {name for cells in rows("metrics.md") for name in named(cells[1])} == figures


def test_every_meaning_stands_on_the_page_of_figures():
    text = (REFERENCE / "metrics.md").read_text(encoding="utf-8")
    assert {name for name in metrics.Meaning.__members__ if f"`{name}`" not in text} == set()


def test_every_decision_stands_in_the_index_with_its_title():
    index = (DECISIONS / "README.md").read_text(encoding="utf-8")
    for note in sorted(DECISIONS.glob("0*.md")):
        title = note.read_text(encoding="utf-8").partition("\n")[0].split(" ", 2)[2]
        assert f"({note.name}) | 2026-" in index
        assert title in index


def test_every_name_for_tests_stands_on_the_page_of_testing():
    listed = {name for cells in rows("testing.md") for name in named(cells[0])}
    fields = {mutant.field for workflow in (Issue, Mends, Answered) for mutant in mutants(workflow)}
    assert listed - fields == set(testing.__all__)
    assert fields <= listed


def test_every_method_of_a_store_stands_on_its_page():
    methods = {name for name in dir(OwningStore) if not name.startswith("_")}
    calls = [cells for cells in rows("store.md") if "(" in cells[0]]
    listed = {named(cells[0])[0].partition("(")[0]: cells for cells in calls}
    assert set(listed) == methods
    for name in methods:
        options = inspect.signature(getattr(OwningStore, name)).parameters.values()
        keywords = {each.name for each in options if each.kind is each.KEYWORD_ONLY}
        assert set(re.findall(r"(\w+)=", named(listed[name][0])[0])) == keywords, name


@pytest.mark.parametrize("kind", [Ref, Snapshot, StoredEntry, Message, Change, Query])
def test_every_field_of_a_stored_value_stands_on_the_page_of_stores(kind):
    (fields,) = [cells[1] for cells in rows("store.md") if named(cells[0]) == [kind.__name__]]
    wanted = set(kind._fields) if kind is Ref else fields_of(kind)
    listed = set(named(re.sub(r"\(.*?\)", "", fields)))
    assert listed == wanted


def test_every_outcome_stands_on_the_page_of_stores():
    listed = {name for cells in rows("store.md") for name in named(cells[0]) if name.isupper()}
    assert listed == set(Outcome.__members__)


def test_every_capability_of_a_store_stands_on_the_page_of_adapters():
    cells = rows("../how-to/write-your-own-adapter.md")
    listed = {name for row in cells for name in named(row[0]) if name.isupper()}
    assert listed == set(Capability.__members__)
