"""What a patrol keeps, what its events carry, and what a host may set about it."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from datetime import datetime, timedelta

import attrs

from propflow.calendar import JOINT_PATROL, Punctuality


class Evidence(enum.StrEnum):
    """How somebody shows to have been at a point."""

    NONE = "none"
    QR = "qr"
    NFC = "nfc"
    GPS = "gps"
    PHOTO = "photo"


@attrs.frozen
class RoutePoint:
    """A point of a route.

    Attributes:
        id: Its id, unique on the route.
        name: What people call it.
        evidence: What a check-in there must show; `Evidence.NONE` for anything.
    """

    id: str
    name: str = ""
    evidence: Evidence = Evidence.NONE


@attrs.frozen
class PointCheck:
    """A check-in as it is kept.

    Attributes:
        point: Id of the point.
        at: When, an aware datetime in UTC.
        by: Id of whoever checked in.
        evidence: What it shows.
        reading: What was read or taken: the code, the position, the photo's id.
    """

    point: str
    at: datetime
    by: str
    evidence: Evidence
    reading: str


@attrs.frozen
class PatrolPlan:
    """What opens a patrol.

    Attributes:
        schedule: Id of the schedule that it is an occurrence of.
        starts: When its window opens, an aware datetime.
        ends: When its window closes, an aware datetime.
        route: The points, in order; empty where the host plans none.
        leader: Id of whoever leads, blank if nobody does.
        participants: Ids of those who take part.
    """

    schedule: str
    starts: datetime
    ends: datetime
    route: tuple[RoutePoint, ...] = ()
    leader: str = ""
    participants: tuple[str, ...] = ()


@attrs.frozen
class PatrolData:
    """What is kept about a patrol.

    Attributes:
        schedule: Id of the schedule that it is an occurrence of.
        starts: When its window opens.
        ends: When its window closes.
        route: The points, in order.
        leader: Id of whoever leads.
        participants: Ids of those who take part.
        present: Ids of those who were there as it began.
        began_at: When it began, an aware datetime in UTC.
        completed_at: When it was completed, likewise.
        checks: The check-ins, in order.
        issues: Ids of the issues that were found.
        punctuality: How it was kept, once that is known; no points follow from it.
    """

    schedule: str
    starts: datetime
    ends: datetime
    route: tuple[RoutePoint, ...] = ()
    leader: str = ""
    participants: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    began_at: datetime | None = None
    completed_at: datetime | None = None
    checks: tuple[PointCheck, ...] = ()
    issues: tuple[str, ...] = ()
    punctuality: Punctuality | None = None


@attrs.frozen
class Attendance:
    """Who is there as a patrol begins.

    Attributes:
        present: Their ids; whoever begins it need not be named.
    """

    present: tuple[str, ...] = ()


@attrs.frozen
class CheckIn:
    """A check-in at a point.

    Attributes:
        point: Id of the point.
        evidence: What shows it.
        reading: What was read or taken: the code, the position, the photo's id.
    """

    point: str
    evidence: Evidence = Evidence.NONE
    reading: str = ""


@attrs.frozen
class PatrolFinding:
    """A problem found on the way; it opens an issue in the same commit.

    Attributes:
        place: Where.
        description: What is wrong.
        zone: The patrol zone.
        category: What it is about; the host's own codes.
        severity: How grave it is; the host's own codes.
        on_site_action: What was done at once.
        photos: Ids of photos of the problem.
    """

    place: str
    description: str
    zone: str = ""
    category: str = ""
    severity: str = ""
    on_site_action: str = ""
    photos: tuple[str, ...] = ()


def _names(names: Iterable[str]) -> frozenset[str]:
    return frozenset(names)


_NO_TIME = timedelta()
_NOT_NEGATIVE = attrs.validators.ge(_NO_TIME)


@attrs.frozen
class PatrolSettings:
    """What a host may set about patrols: ``Patrol.with_settings(in_order=True)``.

    Attributes:
        min_participants: How many must be there as a patrol begins; `None` for no quorum, which
            the text does not ask for (A08).
        leader_required: The schedules that begin only with their leader there; the joint patrol is
            led by the project general manager (clause 3.5.1).
        every_point: It is completed only when every point was checked in at.
        in_order: Points are checked in at in the order of the route.
        min_stay: How much time lies between two check-ins at least.
        tolerance: By how much the window is wider at both ends.
    """

    min_participants: int | None = attrs.field(
        default=None, validator=attrs.validators.optional(attrs.validators.ge(1))
    )
    leader_required: frozenset[str] = attrs.field(
        default=frozenset({JOINT_PATROL.id}), converter=_names
    )
    every_point: bool = False
    in_order: bool = False
    min_stay: timedelta = attrs.field(default=_NO_TIME, validator=_NOT_NEGATIVE)
    tolerance: timedelta = attrs.field(default=_NO_TIME, validator=_NOT_NEGATIVE)
