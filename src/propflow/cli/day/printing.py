"""Showing a day that was run: its timeline, its cases, who may do what next, its sheets."""

from __future__ import annotations

import datetime as dt
import enum
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, TypeAlias, cast

import attrs
from rich import box
from rich.console import Console
from rich.table import Table

from propflow.cli.console import Lang, print_table
from propflow.cli.day.entries import CHINA, Step
from propflow.cli.day.running import CaseFile, DayRun, Happened, Sheet, Taken, TurnedDown
from propflow.definition import START, Case, Workflow
from propflow.definition import Entry as HistoryEntry
from propflow.errors import UnspecifiedPointsError
from propflow.scoring import Assessment
from propflow.scoring.points import shown

_Columns: TypeAlias = tuple[tuple[str, str], ...]

_TIMELINE: _Columns = (
    ("时间", "time"),
    ("人员", "who"),
    ("对象", "on"),
    ("事项", "what"),
    ("结果", "result"),
)
_HISTORY: _Columns = (
    ("序号", "no."),
    ("时间", "time"),
    ("人员", "who"),
    ("事项", "event"),
    ("状态", "state"),
    ("内容", "payload"),
)
_OPTIONS: _Columns = (
    ("对象", "on"),
    ("人员", "who"),
    ("可做", "may"),
    ("视内容而定", "may, depending on what is given"),
)
_SHEET: _Columns = (("规则", "rule"), ("扣分", "points"), ("依据", "why"))


class DayPrinter:
    """Prints a day in the language of the reader."""

    def __init__(self, console: Console, run: DayRun, lang: Lang) -> None:
        self._console = console
        self._run = run
        self._lang = lang

    def print(self) -> None:
        """Print all of it."""
        day = self._run.day
        self._console.print(f"{day.title} {day.date} {CHINA}".strip(), style="bold", soft_wrap=True)
        self._timeline()
        self._histories()
        self._options()
        for sheet in self._run.sheets:
            self._sheet(sheet)

    def _timeline(self) -> None:
        self._heading("时间线", "Timeline")
        table = self._table(_TIMELINE)
        for happened in self._run.happened:
            for row in self._rows(happened):
                table.add_row(*row, style="red" if isinstance(happened, TurnedDown) else None)
        print_table(self._console, table)

    def _rows(self, happened: Happened) -> list[tuple[str, ...]]:
        if isinstance(happened, Taken | TurnedDown):
            step = happened.step
            head = (_time(step.at), step.by.name, step.on, self._what(step))
            if isinstance(happened, TurnedDown):
                return [(*head, self._why(happened))]
            also: list[tuple[str, ...]] = [
                ("", "", name, self._say("同时开立", "opened with it"), self._state(case))
                for name, case in happened.also.items()
            ]
            return [(*head, self._state(happened.case)), *also]
        finding = happened.finding
        found = ", ".join((*finding.persons, *finding.places)) or finding.department or ""
        what = self._say("扣分发现", "Finding for a sheet")
        return [(_time(happened.at), happened.by.name, finding.rule, what, found)]

    def _what(self, step: Step) -> str:
        event = self._run.workflows[step.action.workflow].spec.events[step.action.event]
        return self._say(event.zh, event.en)

    def _why(self, turned_down: TurnedDown) -> str:
        reasons = [
            f"{self._say(reason.zh, reason.en)} [{reason.code}]"
            for reason in turned_down.refused.reasons
        ]
        return f"{self._say('被拒绝', 'refused')}: {'; '.join(reasons)}"

    def _histories(self) -> None:
        self._heading("各案件的历史", "The history of each case")
        for file in self._run.cases:
            spec = file.workflow.spec
            label = self._say(spec.zh, spec.en)
            self._console.print(
                f"\n{file.name}  {label}: {self._state(file.case)}", style="bold", soft_wrap=True
            )
            table = self._table(_HISTORY)
            for entry in file.history:
                table.add_row(*self._entry(file.workflow, entry))
            print_table(self._console, table)

    def _entry(self, workflow: type[Workflow[Any]], entry: HistoryEntry) -> tuple[str, ...]:
        event = workflow.spec.events[entry.event]
        person = self._run.day.people.get(entry.actor.id)
        return (
            str(entry.revision),
            _time(entry.occurred_at),
            entry.actor.id if person is None else person.name,
            self._say(event.zh, event.en),
            self._move(workflow.spec.name, entry.source, entry.target),
            _written(entry.payload),
        )

    def _options(self) -> None:
        self._heading("谁接下来可以做什么", "Who may do what next")
        table = self._table(_OPTIONS)
        for file in self._run.cases:
            for row in self._options_of(file):
                table.add_row(*row)
        print_table(self._console, table)

    def _options_of(self, file: CaseFile) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for person_id, options in file.options.items():
            said = [
                ", ".join(self._say(o.zh, o.en) for o in options if o.answer == answer)
                for answer in ("allowed", "depends")
            ]
            if any(said):
                rows.append((file.name, self._run.day.people[person_id].name, *said))
        return rows

    def _sheet(self, sheet: Sheet) -> None:
        self._heading(sheet.book.title.zh, sheet.book.title.en)
        table = self._table(_SHEET)
        for line in sheet.completed.lines:
            missing = self._say("缺", "missing")
            points = shown(line.points) if isinstance(line.points, Decimal) else missing
            table.add_row(line.rule, points, self._say(line.why.zh, line.why.en))
        print_table(self._console, table)
        for aside in sheet.completed.set_aside:
            self._say_line(f"{aside.finding.rule}: {self._say(aside.why.zh, aside.why.en)}")
        if sheet.shipped.unspecified:
            self._total(sheet.shipped, "仅按原文", "by the source alone")
        self._total(sheet.completed, "合计扣分", "total deducted")
        left_open = ", ".join(sheet.book.unspecified())
        heading = self._say(
            "本表原文缺分值的规则", "rules of this sheet without points in the source"
        )
        self._say_line(f"{heading}: {left_open}")

    def _total(self, assessment: Assessment, zh: str, en: str) -> None:
        label = self._say(zh, en)
        try:
            self._say_line(f"{label}: {shown(assessment.total)}", style="bold")
        except UnspecifiedPointsError as error:
            none = self._say("没有合计,缺分值", "no total, points are missing for")
            self._say_line(f"{label}: {none}: {', '.join(error.rules)}", style="yellow")

    def _move(self, workflow: str, source: str, target: str) -> str:
        states = self._run.workflows[workflow].spec.states
        said = [
            self._say(states[name].zh, states[name].en)
            for name in (source, target)
            if name != START.name
        ]
        return " → ".join(dict.fromkeys(said))

    def _state(self, case: Case[Any]) -> str:
        state = self._run.workflows[case.workflow].spec.states[case.state]
        return self._say(state.zh, state.en)

    def _say(self, zh: str, en: str) -> str:
        return self._lang.pick(zh, en)

    def _heading(self, zh: str, en: str) -> None:
        self._say_line(f"\n{self._say(zh, en)}", style="bold blue")

    def _say_line(self, text: str, *, style: str | None = None) -> None:
        self._console.print(text, style=style, soft_wrap=True)

    def _table(self, columns: _Columns) -> Table:
        return Table(
            *(self._say(zh, en) for zh, en in columns), box=box.SIMPLE_HEAD, pad_edge=False
        )


def _time(moment: dt.datetime) -> str:
    return f"{moment.astimezone(CHINA):%H:%M}"


def _written(payload: Any) -> str:
    """Return the fields of a payload that say something."""
    if payload is None:
        return ""
    values: Mapping[str, Any] = attrs.asdict(payload, recurse=False)
    said = {name: _value(value) for name, value in values.items()}
    return "; ".join(f"{name}={text}" for name, text in said.items() if text)


def _value(value: Any) -> str:
    if isinstance(value, enum.Enum):
        return str(value.value)
    if isinstance(value, tuple | frozenset):
        return ", ".join(_value(each) for each in cast("Iterable[Any]", value))
    return "" if value is None or value is False else str(value)
