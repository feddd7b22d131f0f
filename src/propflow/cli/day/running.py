"""Running a day through an engine: what became of each step, and how all stands at its end."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import attrs

from propflow.cli.day.entries import Day, Observation, Person, Step
from propflow.cli.day.sheets import SHEETS
from propflow.cli.day.table import Fault
from propflow.decision import Option
from propflow.definition import Case, Workflow
from propflow.definition import Entry as HistoryEntry
from propflow.errors import InvalidDayFile, NotFound, PropflowError, Refused, StoreError
from propflow.rulebooks import load
from propflow.runtime import Engine
from propflow.scoring import Assessment, RuleBook, assess
from propflow.storage import OwningStore
from propflow.workflows import EmergencyEvent, Issue

Workflows: TypeAlias = Mapping[str, type[Workflow[Any]]]


@attrs.frozen
class Taken:
    """A step that was accepted.

    Attributes:
        step: The step.
        case: The case after it.
        also: What it opened in the same commit, by the names that the file may use.
    """

    step: Step
    case: Case[Any]
    also: Mapping[str, Case[Any]]


@attrs.frozen
class TurnedDown:
    """A step that was refused, as the file expects."""

    step: Step
    refused: Refused


Happened: TypeAlias = Taken | TurnedDown | Observation


@attrs.frozen
class CaseFile:
    """A case at the end of the day.

    Attributes:
        name: Its name in the file.
        workflow: Its workflow.
        case: As it stands.
        history: Everything that happened to it.
        options: What each person may ask for next, refusals left out; nothing for an ended case.
    """

    name: str
    workflow: type[Workflow[Any]]
    case: Case[Any]
    history: tuple[HistoryEntry, ...]
    options: Mapping[str, tuple[Option, ...]]


@attrs.frozen
class Sheet:
    """One deduction sheet.

    Attributes:
        book: Its rules, as shipped.
        shipped: What the findings cost by the source alone.
        completed: The same with the points that the host sets; the total is there if these are
            all that the source leaves open.
    """

    book: RuleBook
    shipped: Assessment
    completed: Assessment


@attrs.frozen
class DayRun:
    """What became of a day."""

    day: Day
    workflows: Workflows
    happened: tuple[Happened, ...]
    cases: tuple[CaseFile, ...]
    sheets: tuple[Sheet, ...]


def run_day(
    day: Day,
    store: OwningStore[Any],
    workflows: Workflows,
    progress: Callable[[], object] = lambda: None,
) -> DayRun:
    """Run a day on an empty store.

    Args:
        day: The day.
        store: Where its cases are kept.
        workflows: The workflows, by name.
        progress: Called after every entry.

    Raises:
        InvalidDayFile: Steps did not end as the file expects; names every one that does not merely
            follow from another. The store holds what came before, so let it go.
        StoreError: The store does not work.
    """
    chosen = {**workflows, Issue.spec.name: Issue.with_settings(emergency_plans=day.plans)}
    run = _Run(day, store, chosen)
    for entry in day.entries:
        run.enter(entry)
        progress()
    if run.faults:
        raise InvalidDayFile(day.file, [fault.in_file(day.file) for fault in run.faults])
    return DayRun(day, chosen, tuple(run.happened), run.case_files(), _sheets(day))


class _Run:
    """The run so far."""

    def __init__(self, day: Day, store: OwningStore[Any], workflows: Workflows) -> None:
        self._day = day
        self._workflows = workflows
        self._now = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._engine = Engine(store, workflows.values(), clock=lambda: self._now)
        self._cases: dict[str, Case[Any]] = {}
        self._astray: set[str] = set()
        self.happened: list[Happened] = []
        self.faults: list[Fault] = []

    def enter(self, entry: Step | Observation) -> None:
        """Take a step, or take note of a finding."""
        if isinstance(entry, Observation):
            self.happened.append(entry)
        elif entry.on.partition("/")[0] not in self._astray:
            self._now = entry.at
            faults = len(self.faults)
            self._take(entry)
            if len(self.faults) > faults:  # what follows on this case would go wrong for that alone
                self._astray.add(entry.on.partition("/")[0])

    def _take(self, step: Step) -> None:
        try:
            after = self._ask(step)
        except Refused as refused:
            self._refused(step, refused)
        except StoreError:
            raise
        except PropflowError as error:
            self.faults.append(step.mark.fault(f"{_what(step)} failed: {error}"))
        else:
            if step.refusal is not None:
                self.faults.append(
                    step.mark.fault(f"expected {_what(step)} to be refused; it was accepted")
                )
                return
            also = self._opened_by(step)
            self._cases |= {step.on: after, **also}
            self.happened.append(Taken(step, after, also))

    def _ask(self, step: Step) -> Case[Any]:
        actor = step.by.actor
        if step.opens:
            return self._engine.start(step.action, by=actor, id=step.on)
        return self._engine.fire(self._known(step.on).id, step.action, by=actor)

    def _known(self, name: str) -> Case[Any]:
        known = self._cases.get(name)
        if known is None:  # such as the emergency of an issue for which none was declared
            raise NotFound(name)
        return known

    def _refused(self, step: Step, refused: Refused) -> None:
        codes = frozenset(reason.code for reason in refused.reasons)
        why = "; ".join(f"{reason.en} {reason.zh} [{reason.code}]" for reason in refused.reasons)
        if step.refusal is None:
            message = f"expected {_what(step)} to be accepted; it was refused: {why}"
        elif step.refusal and step.refusal != codes:
            wanted = "; ".join(sorted(step.refusal))
            message = f"expected {_what(step)} to be refused for {wanted}; it was refused: {why}"
        else:
            self.happened.append(TurnedDown(step, refused))
            return
        self.faults.append(step.mark.fault(message))

    def _opened_by(self, step: Step) -> dict[str, Case[Any]]:
        """Return the emergency that a step of an issue has opened, under the issue's name."""
        action = step.action
        if action.workflow != Issue.spec.name or not Issue.spec.events[action.event].effects:
            return {}
        known = {case.id for case in self._cases.values()}
        found = self._engine.find(EmergencyEvent, where={"issue_id": step.on})
        name = f"{step.on}/{EmergencyEvent.spec.name}"
        return {  # found oldest first, so that each keeps its name
            name if number == 1 else f"{name}-{number}": case
            for number, case in enumerate(found, 1)
            if case.id not in known
        }

    def case_files(self) -> tuple[CaseFile, ...]:
        """Return every case as it stands."""
        return tuple(self._case_file(name, case.id) for name, case in self._cases.items())

    def _case_file(self, name: str, case_id: str) -> CaseFile:
        workflow = self._workflows[self._cases[name].workflow]
        case = self._engine.get(case_id, workflow)
        open_to: Sequence[Person] = ()
        if not workflow.spec.states[case.state].final:
            open_to = tuple(self._day.people.values())
        options = {person.id: self._options(case, person) for person in open_to}
        return CaseFile(name, workflow, case, self._engine.history(case_id), options)

    def _options(self, case: Case[Any], person: Person) -> tuple[Option, ...]:
        found = self._engine.options(case, by=person.actor)
        return tuple(option for option in found if option.answer != "refused")


def _what(step: Step) -> str:
    return f"{step.action.workflow}.{step.action.event} on {step.on}"


def _sheets(day: Day) -> tuple[Sheet, ...]:
    noted = [entry for entry in day.entries if isinstance(entry, Observation)]
    sheets: list[Sheet] = []
    for name in SHEETS:
        book = load(name)
        rules = {rule.id for rule in book.deductions}
        points = {rule: value for rule, value in day.points.items() if rule in rules}
        findings = [entry.finding for entry in noted if entry.sheet == name]
        completed = assess(book.with_values(points), findings)
        sheets.append(Sheet(book, assess(book, findings), completed))
    return tuple(sheets)
