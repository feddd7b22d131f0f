"""Every error that propflow raises, in one tree under `PropflowError`.

Errors carry fields, not only text, and each message says what was wrong, where, and what to do.
Where an input has several problems, one error reports them all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal, Protocol


class PropflowError(Exception):
    """The root of every error that propflow raises on purpose."""


class Refusal(Protocol):
    """What a reason has; `propflow.Refusal` is the value."""

    @property
    def code(self) -> str:
        """For programs."""
        ...

    @property
    def zh(self) -> str:
        """For people, in Chinese."""
        ...

    @property
    def en(self) -> str:
        """For people, in English."""
        ...


class Problem:
    """One thing wrong in an input that may hold several: where it is, and what to do."""

    __slots__ = ("message", "where")

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        self.message = message

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"

    def __repr__(self) -> str:
        return f"Problem({self.where!r}, {self.message!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (self.where, self.message) == (other.where, other.message)

    def __hash__(self) -> int:
        return hash((self.where, self.message))


class _Problems(PropflowError):
    """An input refused whole, with every problem that was found in it."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.subject = subject
        self.problems: tuple[Problem, ...] = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        plural = "problem" if len(self.problems) == 1 else "problems"
        super().__init__(f"{subject} has {len(self.problems)} {plural}:\n{lines}")


# Definition --------------------------------------------------------------------------------------


class InvalidDefinition(_Problems):
    """A workflow class that cannot work; `problems` names the place of each fault."""


class UnknownEvent(PropflowError):
    """An action names an event that its workflow does not have."""

    def __init__(self, workflow: str, event: str, known: Sequence[str]) -> None:
        self.workflow = workflow
        self.event = event
        self.known = tuple(known)
        super().__init__(f"{workflow} has no event {event!r}; it has {', '.join(known)}")


class InvalidPayload(_Problems):
    """A payload that is not the event's; `problems` lists every field that is wrong."""

    def __init__(self, workflow: str, event: str, problems: Iterable[Problem]) -> None:
        self.workflow = workflow
        self.event = event
        super().__init__(f"the payload of {workflow}.{event}", problems)


class MissingFact(PropflowError):
    """A function reads a fact that it has not been given."""

    def __init__(self, fact: str) -> None:
        self.fact = fact
        super().__init__(
            f"the fact {fact!r} is not at hand; list it in Workflow.needs and answer it in "
            "Engine(facts=…); an update= may read no facts"
        )


class MissingSettings(PropflowError):
    """A function reads settings that its workflow does not declare."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        super().__init__(
            f"the workflow has no settings of class {kind}; declare "
            f"with_settings = Settings({kind})"
        )


# Decision ----------------------------------------------------------------------------------------


class Refused(PropflowError):
    """A step that may not be taken; nothing has changed.

    Attributes:
        workflow: Name of the workflow.
        event: Name of the event that was asked for.
        case_id: The case, or the id that the new case would have had.
        reasons: Every reason, each with `code`, `zh` and `en`.
    """

    accepted: Literal[False] = False

    def __init__(self, workflow: str, event: str, case_id: str, reasons: Sequence[Refusal]) -> None:
        self.workflow = workflow
        self.event = event
        self.case_id = case_id
        self.reasons = tuple(reasons)
        why = "; ".join(f"{reason.en} [{reason.code}] {reason.zh}" for reason in self.reasons)
        super().__init__(f"{workflow}.{event} was refused on case {case_id!r}: {why}")


class FunctionRaised(PropflowError):
    """A function of the definition is broken: it raised, or returned what it may not.

    Nothing has changed; the cause is chained. Mend the function: this is a bug of the definition,
    neither a refusal nor consent.

    Attributes:
        workflow: Name of the workflow.
        event: Name of the event that was asked for.
        role: What the function is there: guard, update or effects.
        code: The guard's code, empty for the others.
    """

    def __init__(self, workflow: str, event: str, role: str, code: str) -> None:
        self.workflow = workflow
        self.event = event
        self.role = role
        self.code = code
        name = f"the guard {code!r}" if code else f"the {role} function"
        super().__init__(
            f"{name} of {workflow}.{event} is broken; nothing was changed; see the cause above"
        )


class WrongWorkflow(PropflowError):
    """A case or an action belongs to another workflow than the one it is used with."""

    def __init__(self, what: str, actual: str, wanted: str) -> None:
        self.actual = actual
        self.wanted = wanted
        super().__init__(f"{what} belongs to the workflow {actual!r}, not to {wanted!r}")


class NaiveDatetime(PropflowError):
    """A datetime without a UTC offset; nobody can say when that is."""

    def __init__(self, name: str, moment: datetime) -> None:
        self.name = name
        self.moment = moment
        super().__init__(
            f"{name}={moment.isoformat()} has no UTC offset; give an aware datetime, such as "
            "datetime.now(ZoneInfo('Asia/Shanghai'))"
        )


class BrokenHistory(PropflowError):
    """A history that cannot have led to its case."""

    def __init__(self, case_id: str, revision: int, why: str) -> None:
        self.case_id = case_id
        self.revision = revision
        super().__init__(f"the history of case {case_id!r} breaks at revision {revision}: {why}")


# Scoring -----------------------------------------------------------------------------------------


class ScoringError(PropflowError):
    """A rule book, a finding or a computation on points that cannot be right."""


class InvalidRuleBook(_Problems, ScoringError):
    """A rule book that cannot be loaded; `problems` names the place of each fault."""


class UnknownRule(ScoringError):
    """A finding or a value names a rule that none of the books holds."""

    def __init__(self, rules: Sequence[str], books: Sequence[str]) -> None:
        self.rules = tuple(rules)
        self.books = tuple(books)
        super().__init__(
            f"no rule {', '.join(map(repr, rules))} in {', '.join(books) or 'no book at all'}; "
            "check the spelling or pass the book that holds it"
        )


class InvalidFinding(_Problems, ScoringError):
    """Findings that cannot be assessed; `problems` names each one."""


class InexactNumber(ScoringError):
    """A float where points are counted; points are exact, so give a Decimal, an int or a string."""

    def __init__(self, where: str, value: object) -> None:
        self.where = where
        self.value = value
        super().__init__(f"{where}: {value!r} is not exact; write it as a string, e.g. '0.5'")


class UnspecifiedError(ScoringError):
    """A computation needs values that the source document leaves open."""

    def __init__(self, rules: Sequence[str], message: str) -> None:
        self.rules = tuple(rules)
        super().__init__(message)


class UnspecifiedPointsError(UnspecifiedError):
    """A total needs the points of rules whose number is missing in the source; names all of them."""

    def __init__(self, rules: Sequence[str]) -> None:
        values = ", ".join(f"{rule!r}: '…'" for rule in rules)
        super().__init__(
            rules,
            f"the source gives no points for {', '.join(rules)}; "
            f"set them with book.with_values({{{values}}})",
        )


class UnspecifiedRuleError(UnspecifiedError):
    """A rule without numbers of its own, such as a schedule, lacks a value that was asked for."""

    def __init__(self, rule: str, parameter: str) -> None:
        self.parameter = parameter
        super().__init__(
            (rule,), f"the source gives no {parameter} for {rule}; the host must set it"
        )
