"""Errors about what a decision may end in instead of a step."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from propflow.errors.root import PropflowError, Refusal


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


class EntryRedacted(PropflowError):
    """An entry cannot be repeated: a redaction has taken its payload away.

    Attributes:
        case_id: The case.
        revision: The entry's revision.
        by: Revision of the entry that says who took its payload away, when and why.
    """

    def __init__(self, case_id: str, revision: int, by: int) -> None:
        self.case_id = case_id
        self.revision = revision
        self.by = by
        super().__init__(
            f"the payload of entry {revision} of case {case_id!r} was redacted, as entry {by} "
            f"says: nobody can repeat it; the case is as entry {by} holds it, and what came after"
        )
