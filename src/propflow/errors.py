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


# Storage -----------------------------------------------------------------------------------------


class StoreError(PropflowError):
    """A store could not do what was asked."""


class StoreUnavailable(StoreError):
    """The database cannot be reached, is closed, or does not answer."""


class SchemaMissing(StoreError):
    """The database does not have propflow's tables."""


class UnreadableData(_Problems, StoreError):
    """Stored data do not fit their class; it was changed without a new version."""


class PayloadTooLarge(PropflowError):
    """A payload is larger than what is stored."""

    def __init__(self, workflow: str, event: str, size: int, limit: int) -> None:
        self.workflow = workflow
        self.event = event
        self.size = size
        self.limit = limit
        super().__init__(
            f"the payload of {workflow}.{event} has {size} bytes, the limit is {limit}; "
            "keep large things in files and store where they are"
        )


class InvalidQuery(_Problems):
    """A search that cannot be made; `problems` lists every part that is wrong."""


# Runtime -----------------------------------------------------------------------------------------


class NotFound(PropflowError):
    """No case has this id, in the tenant that was asked."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        super().__init__(f"no case {case_id!r}; check the id, and the tenant of the engine")


class Conflict(PropflowError):
    """Someone was faster: the case is not at the revision that the step was meant for."""

    def __init__(self, case_id: str, expected: int, actual: int | None) -> None:
        self.case_id = case_id
        self.expected = expected
        self.actual = actual
        found = "was changed meanwhile" if actual is None else f"is at {actual}"
        super().__init__(
            f"the case {case_id!r} {found}, not at revision {expected}; "
            "read it again and decide anew"
        )


class CaseExists(Conflict):
    """A case with the id to open exists already."""

    def __init__(self, case_id: str) -> None:
        super().__init__(case_id, 0, None)
        self.args = (f"a case {case_id!r} exists already; choose another id, or fire it instead",)


class KeyReused(PropflowError):
    """An idempotency key came back with another request than the first, or from another actor."""

    def __init__(self, key: str, case_id: str) -> None:
        self.key = key
        self.case_id = case_id
        super().__init__(
            f"the key {key!r} was used on case {case_id!r} for another request; make a new key for "
            "each request, and repeat it only with the same content and as the same actor"
        )


class InvalidId(PropflowError):
    """An id or key that cannot be stored."""

    def __init__(self, name: str, value: object, why: str) -> None:
        self.name = name
        self.value = value
        super().__init__(f"{name}={value!r} {why}")


class InvalidRegistration(_Problems):
    """Workflows that an engine cannot run; `problems` lists all of them."""


class UnknownWorkflow(PropflowError):
    """The engine has no such workflow, or not this version of it."""

    def __init__(self, workflow: str, version: int | None, known: Sequence[str]) -> None:
        self.workflow = workflow
        self.version = version
        self.known = tuple(known)
        what = workflow if version is None else f"{workflow} version {version}"
        super().__init__(
            f"the engine has no {what}; it has {', '.join(known) or 'none'}; "
            "register it: Engine(store, [...])"
        )


class EffectChainError(PropflowError):
    """Effects that open or fire further cases run in a cycle, or too deep.

    Attributes:
        chain: The steps that led there, as ``workflow.event on case``.
    """

    def __init__(self, why: str, chain: Sequence[str]) -> None:
        self.chain = tuple(chain)
        super().__init__(f"the effects {why}: {' → '.join(chain)}; nothing was changed")


class TenancyError(PropflowError):
    """An engine is used without the tenant it requires, or leaves the one it is scoped to."""


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


class InvalidPoints(_Problems, ScoringError):
    """Numbers that cannot be points: not a number, below zero, or beyond all measure."""


class InexactNumber(InvalidPoints):
    """A float, NaN or infinity where points are counted; points are exact."""


class UnknownRuleBook(ScoringError):
    """No rule book of this name ships with propflow."""

    def __init__(self, name: str, shipped: Sequence[str]) -> None:
        self.name = name
        self.shipped = tuple(shipped)
        super().__init__(
            f"no rule book {name!r} ships with propflow; the shipped ones are "
            f"{', '.join(self.shipped)}; for a file of your own pass a pathlib.Path"
        )


class AmbiguousRule(ScoringError):
    """Two of the books passed hold a rule of the same id, so a finding would not say which."""

    def __init__(self, rules: Sequence[str], books: Sequence[str]) -> None:
        self.rules = tuple(rules)
        self.books = tuple(books)
        super().__init__(
            f"{', '.join(map(repr, rules))} stands in more than one of the books "
            f"{', '.join(books)}; pass only one of them, or rename the rule in your own book"
        )


class UnspecifiedError(ScoringError):
    """A computation needs values that the source document leaves open."""

    def __init__(self, rules: Sequence[str], message: str) -> None:
        self.rules = tuple(rules)
        super().__init__(message)


class UnspecifiedPointsError(UnspecifiedError):
    """A total needs the points of rules whose number the source leaves out; names all of them."""

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


# The command -------------------------------------------------------------------------------------


class MissingExtra(PropflowError):
    """An optional library is asked for that is not installed.

    Attributes:
        extra: The extra of propflow that brings it.
        package: The library.
    """

    def __init__(self, extra: str, package: str) -> None:
        self.extra = extra
        self.package = package
        super().__init__(f'{package} is not installed; run: pip install "propflow[{extra}]"')


class CannotLoad(PropflowError):
    """A module or class that holds workflows cannot be loaded; the cause is chained, if any."""

    def __init__(self, target: str, why: str) -> None:
        self.target = target
        super().__init__(f"cannot load {target}: {why}")


class InvalidDayFile(_Problems):
    """A day file that cannot be run; `problems` names the place of each fault."""
