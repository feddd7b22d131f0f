"""Reading a day file: all of it checked, and every bad line reported, before anything runs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from propflow.cli.day.entries import CHINA, Day, Entry, Person
from propflow.cli.day.events import Events
from propflow.cli.day.lines import (
    Faults,
    Line,
    check_blank,
    check_fields,
    check_header,
    line_of,
    near,
    read_date,
    read_time,
    split,
)
from propflow.cli.day.sheets import Sheets
from propflow.cli.day.table import Cell, Fault, read_rows
from propflow.definition import Role, Workflow
from propflow.errors import InvalidDayFile


def read_day(content: bytes, file: str, workflows: Mapping[str, type[Workflow[Any]]]) -> Day:
    """Return the day that a file describes.

    Args:
        content: The file: CSV in UTF-8.
        file: Its name, for messages.
        workflows: The workflows that it may use, by name.

    Raises:
        InvalidDayFile: With every fault of the file, each with its line and column.
    """
    faults = Faults()
    rows: list[tuple[Cell, ...]] = []
    for row in read_rows(content):
        if isinstance(row, Fault):
            faults.append(row)
        else:
            rows.append(row)
    if not rows:
        faults.append(Fault(1, 1, "expected a header and lines, found none"))
    elif check_header(rows[0], faults):
        lines = [line_of(row, faults) for row in rows[1:]]
        day = _Reading(faults, workflows).day(lines, file)
        if not faults:
            return day
    faults.sort(key=lambda fault: (fault.line, fault.column))
    raise InvalidDayFile(file, [fault.in_file(file) for fault in faults])


class _Reading:
    """What has been declared so far."""

    def __init__(self, faults: Faults, workflows: Mapping[str, type[Workflow[Any]]]) -> None:
        self._faults = faults
        self._workflows = workflows
        self._roles = {
            who.name
            for workflow in workflows.values()
            for event in workflow.spec.events.values()
            for who in event.by
            if isinstance(who, Role)
        }
        self._sheets = Sheets(faults)
        self._day: Line | None = None
        self._date = dt.date.min
        self._people: dict[str, Person] = {}
        self._plans: dict[str, str] = {}

    def day(self, lines: list[Line], file: str) -> Day:
        """Read what is declared, wherever it stands, and then what happened."""
        declare = {
            "day": self._declare_day,
            "person": self._declare_person,
            "plan": self._declare_plan,
            "points": self._sheets.declare_points,
        }
        for line in lines:
            if line.what.text in declare:
                check_blank(line, self._faults, "time", "expect")
                declare[line.what.text](line)
        if self._day is None:
            self._faults.append(Fault(1, 1, "expected a line ,,day,2025-03-10 with the date"))
        return Day(
            file=file,
            date=self._date,
            title=self._title(),
            people=self._people,
            plans=self._plans,
            points=self._sheets.points,
            entries=self._entries([line for line in lines if line.what.text not in declare]),
        )

    def _title(self) -> str:
        title = None if self._day is None else self._day.fields.get("title")
        return "" if title is None else title.value

    def _declare_day(self, line: Line) -> None:
        check_blank(line, self._faults, "who")
        check_fields(line, self._faults, ("title",))
        if self._day is not None:
            self._faults.at(line.what, "expected one day in a file, found a second")
            return
        self._day = line
        self._date = read_date(line.on, self._faults)

    def _declare_person(self, line: Line) -> None:
        check_blank(line, self._faults, "on")
        check_fields(line, self._faults, ("name", "roles"))
        known = line.fields
        roles = split(known["roles"].value) if "roles" in known else ()
        for role in roles:
            if role not in self._roles:
                hint = f"{near(role, self._roles)}; there are {', '.join(sorted(self._roles))}"
                self._faults.at(known["roles"].cell, f"expected a role{hint}")
        known_as = line.who.text
        if not known_as:
            self._faults.at(line.who, "expected the person's id")
        elif known_as in self._people:
            self._faults.at(line.who, f"expected each person once, found {known_as!r} again")
        else:
            name = known["name"].value if "name" in known else known_as
            self._people[known_as] = Person(known_as, name, frozenset(roles))

    def _declare_plan(self, line: Line) -> None:
        check_blank(line, self._faults, "who")
        if not check_fields(line, self._faults, ("id",), required=("id",)):
            return
        kind = line.on.text
        if not kind:
            self._faults.at(line.on, "expected the type of emergency that the plan is for")
        elif kind in self._plans:
            self._faults.at(line.on, f"expected one plan for each type, found {kind!r} again")
        else:
            self._plans[kind] = line.fields["id"].value

    def _entries(self, lines: list[Line]) -> tuple[Entry, ...]:
        events = Events(self._faults, self._workflows)
        entries: list[Entry | None] = []
        latest = dt.datetime.combine(self._date, dt.time.min, CHINA)
        for line in lines:
            moment = self._moment(line, latest)
            read = self._sheets.observation if line.what.text == "finding" else events.step
            entries.append(read(line, moment, self._person(line)))
            latest = max(latest, moment)
        return tuple(entry for entry in entries if entry is not None)

    def _moment(self, line: Line, latest: dt.datetime) -> dt.datetime:
        """Return when it happened; what stands in for a bad time is never used."""
        time = read_time(line.time, self._faults)
        if time is None:
            return latest
        moment = dt.datetime.combine(self._date, time, CHINA)
        if moment < latest:
            wanted = f"{latest:%H:%M:%S} or later, for lines stand in the order of time"
            self._faults.at(line.time, f"expected {wanted}; found {line.time.text}")
        return moment

    def _person(self, line: Line) -> Person:
        """Return who it was; what stands in for an unknown person is never used."""
        known = self._people.get(line.who.text)
        if known is not None:
            return known
        hint = near(line.who.text, self._people)
        self._faults.at(line.who, f"expected the id of a person of this file{hint}")
        return Person(line.who.text, "", frozenset())
