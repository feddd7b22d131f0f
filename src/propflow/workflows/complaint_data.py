"""What a complaint keeps, what its events carry, and what a host may set about it."""

from __future__ import annotations

import enum

import attrs

from propflow.definition import TimeLimit
from propflow.unspecified import Unspecified, UnspecifiedType
from propflow.workflows.visits import VisitResult


class ComplaintLevel(enum.StrEnum):
    """How a complaint is classified when it is registered."""

    ORDINARY = "ordinary"
    URGENT = "urgent"
    MAJOR = "major"


@attrs.frozen
class ComplaintData:
    """What is kept about a complaint.

    Attributes:
        subject: What it is about, in a few words.
        description: What the complainant says.
        complainant: Id of whoever complains.
        received_by: Id of whoever took it down.
        place: Where.
        channel: How it came, such as telephone; the host's own codes.
        remedy_sought: What the complainant asks for.
        issue_id: Id of the issue that it is about.
        category: The host's own codes.
        level: How it was classified.
        repeat: The same household has brought the same valid complaint before.
        escalation_level: How many times it has been escalated.
        department: The department that it was assigned to.
        handler: Id of whoever looks into it.
        bounces: How many times departments have sent it back.
        answer: The answer given last.
        answered_by: Id of whoever gave it.
        visits: How many follow-up visits were tried since the last answer.
        visit_result: What the last of them found.
        visitor: Id of whoever made it.
        merged_into: Id of the complaint that this one was merged into.
        merged_ids: Ids of the complaints that were merged into this one.
        urges: How many times it has been urged.
        reopenings: How many times it has been reopened.
    """

    subject: str
    description: str
    complainant: str = ""
    received_by: str = ""
    place: str = ""
    channel: str = ""
    remedy_sought: str = ""
    issue_id: str = ""
    category: str = ""
    level: ComplaintLevel = ComplaintLevel.ORDINARY
    repeat: bool = False
    escalation_level: int = 0
    department: str = ""
    handler: str = ""
    bounces: int = 0
    answer: str = ""
    answered_by: str = ""
    visits: int = 0
    visit_result: VisitResult | None = None
    visitor: str = ""
    merged_into: str = ""
    merged_ids: tuple[str, ...] = ()
    urges: int = 0
    reopenings: int = 0


@attrs.frozen
class Complained:
    """A complaint as it comes in, to whomever it comes.

    Attributes:
        subject: What it is about, in a few words.
        description: What the complainant says.
        complainant: Id of whoever complains; blank for whoever takes it down.
        place: Where.
        channel: How it came; the host's own codes.
        remedy_sought: What the complainant asks for.
        issue_id: Id of the issue that it is about.
    """

    subject: str
    description: str
    complainant: str = ""
    place: str = ""
    channel: str = ""
    remedy_sought: str = ""
    issue_id: str = ""


@attrs.frozen
class Registration:
    """The first assessment of a complaint.

    Attributes:
        level: Its class.
        repeat: The same household has brought the same valid complaint before.
        category: The host's own codes.
    """

    level: ComplaintLevel = ComplaintLevel.ORDINARY
    repeat: bool = False
    category: str = ""


@attrs.frozen
class Assignment:
    """To whom a complaint is assigned.

    Attributes:
        department: The department responsible.
    """

    department: str


@attrs.frozen
class Transfer:
    """To which other department a complaint goes, and why.

    Attributes:
        department: The other department.
        reason: Why.
    """

    department: str
    reason: str


@attrs.frozen
class Answer:
    """What the complainant is told.

    Attributes:
        answer: The answer.
    """

    answer: str


@attrs.frozen
class Invalidity:
    """Why a complaint is not valid, and what the complainant was told.

    Attributes:
        reason: Why.
        answer: The explanation given to the complainant.
    """

    reason: str
    answer: str


@attrs.frozen
class Merge:
    """With which other complaint of the same cause one is merged.

    Attributes:
        into: Id of the other complaint, which goes on for both.
    """

    into: str


@attrs.frozen
class MergedCase:
    """A complaint that another one takes in.

    Attributes:
        case_id: Id of the one that was merged.
    """

    case_id: str


@attrs.frozen
class ComplaintSettings:
    """What a host may set about complaints: ``Complaint.with_settings(visit_required=False)``.

    Attributes:
        visit_required: A complaint is closed only after a follow-up visit; one that reached nobody
            counts.
        max_bounces: How many times departments may send a complaint back before each further time
            escalates, that one included; `None` for no limit.
        acknowledgement_limit: How long until the complainant is told that it was received. The
            sources of the trade differ in this and the next two, and the manual names none.
        reply_limit: How long until it is answered; holds do not count.
        visit_limit: How long after the answer until it is visited and closed.
    """

    visit_required: bool = True
    max_bounces: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    acknowledgement_limit: TimeLimit | UnspecifiedType = Unspecified
    reply_limit: TimeLimit | UnspecifiedType = Unspecified
    visit_limit: TimeLimit | UnspecifiedType = Unspecified
