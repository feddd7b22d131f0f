"""The lines of a day file that ask for a step of a case."""

from __future__ import annotations

import datetime as dt
import enum
import re
import typing
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from propflow.cli.day.entries import Person, Step
from propflow.cli.day.lines import Faults, Line, check_fields, near, split
from propflow.definition import Action, Workflow, fields
from propflow.errors import InvalidPayload

_LONGEST_ID = 255
_REFUSED = "refused"
_NUMBER = re.compile(r"-[0-9]+$")  # the second case of its kind that a case opens, and so on

_EXPECTED: Mapping[Any, str] = {
    str: "text",
    bool: "true or false",
    int: "a whole number",
    Decimal: "a number such as 12.50",
    dt.datetime: "a moment such as 2025-03-10T09:30+08:00",
    dt.date: "a date such as 2025-03-10",
}


class Events:
    """Checks steps against the workflows, and case names against the steps before them."""

    def __init__(self, faults: Faults, workflows: Mapping[str, type[Workflow[Any]]]) -> None:
        self._faults = faults
        self._workflows = workflows
        self._opened: dict[str, str] = {}
        self._events = [
            f"{w.spec.name}.{event}" for w in workflows.values() for event in w.spec.events
        ]

    def step(self, line: Line, at: dt.datetime, by: Person) -> Step | None:
        """Read a step."""
        refusal = self._refusal(line)
        if line.what.text not in self._events:
            wanted = "expected workflow.event, finding, day, person, plan or points"
            self._faults.at(line.what, f"{wanted}{near(line.what.text, self._events)}")
            return None
        name, _, event = line.what.text.partition(".")
        workflow = self._workflows[name]
        opens = workflow.spec.events[event].opening
        self._check_case(line, workflow, opens=opens)
        if opens and refusal is None:
            self._opened.setdefault(line.on.text, name)
        action = self._action(line, workflow, event)
        if action is None:
            return None
        return Step(line.mark, at, by, line.on.text, action, opens, refusal)

    def _refusal(self, line: Line) -> frozenset[str] | None:
        if not line.expect.text:
            return None
        word, colon, codes = line.expect.text.partition(":")
        if word.strip() != _REFUSED or (colon and not split(codes)):
            found = line.expect.text
            self._faults.at(
                line.expect, f"expected nothing, refused, or refused: code; code, found {found!r}"
            )
        return frozenset(split(codes))

    def _check_case(self, line: Line, workflow: type[Workflow[Any]], *, opens: bool) -> None:
        name = line.on.text
        if not 0 < len(name) <= _LONGEST_ID:
            self._faults.at(
                line.on, f"expected the case's name, of at most {_LONGEST_ID} characters"
            )
        elif opens and "/" in name:
            self._faults.at(line.on, f"expected a name without /, found {name!r}")
        elif opens and name in self._opened:
            self._faults.at(line.on, f"expected a new name, found {name!r} again")
        elif not opens:
            self._check_opened(line, workflow.spec.name)

    def _check_opened(self, line: Line, workflow: str) -> None:
        name = line.on.text
        opener, slash, child = name.rpartition("/")
        if (opener if slash else name) not in self._opened:
            hint = near(name, self._opened)
            self._faults.at(line.on, f"expected a case that an earlier line opens{hint}")
            return
        actual = _NUMBER.sub("", child) if slash else self._opened[name]
        if actual != workflow:
            self._faults.at(line.on, f"expected a case of {workflow}, found {name!r} of {actual}")

    def _action(
        self, line: Line, workflow: type[Workflow[Any]], event: str
    ) -> Action[Any, Any] | None:
        payload = workflow.spec.events[event].payload
        types = {} if payload is None else fields.types_of(payload)
        if not check_fields(line, self._faults, types):
            return None
        values = {
            name: split(field.value) if _is_many(types[name]) else field.value
            for name, field in line.fields.items()
        }
        try:
            return workflow.action(event, values)
        except InvalidPayload as error:
            for problem in error.problems:
                name = problem.where.partition("[")[0].partition(".")[0]
                if name in line.fields:
                    field = line.fields[name]
                    wanted = _expected(types[name])
                    self._faults.at(
                        field.cell, f"expected {wanted} as {name}, found {field.value!r}"
                    )
                elif name in types:
                    self._faults.at(line.what, f"expected a cell {name}=… for {line.what.text}")
                else:
                    self._faults.at(line.what, f"{line.what.text}: {problem}")
        return None


def _is_many(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    return isinstance(origin, type) and issubclass(origin, Sequence | frozenset)


def _expected(kind: Any) -> str:
    """Say what may stand in a field of a type."""
    words: list[str] = []
    for member in fields.members(kind):
        if isinstance(member, type) and issubclass(member, enum.Enum):
            words.append(f"one of {', '.join(str(value.value) for value in member)}")
        elif member in _EXPECTED:
            words.append(_EXPECTED[member])
        elif _is_many(member):
            words.append("values parted by ;")
    return " or ".join(words) or fields.shown(kind)
