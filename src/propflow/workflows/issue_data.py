"""What an issue keeps, what its events carry, and what a host may set about it."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

import attrs

from propflow.definition import TimeLimit
from propflow.unspecified import Unspecified, UnspecifiedType
from propflow.workflows.emergency_event import Severity

RECORDABLE: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "found_at": ("时间", "time"),
        "place": ("地点", "place"),
        "zone": ("区域", "zone"),
        "finder": ("发现人", "finder"),
        "description": ("问题描述", "description"),
        "photos": ("照片", "photos"),
        "category": ("类别", "category"),
        "severity": ("严重程度", "severity"),
        "on_site_action": ("现场措施", "action on site"),
    }
)
"""The fields of the patrol record that `IssueSettings.min_fields` may name, with their labels."""


class CancelReason(enum.StrEnum):
    """Why an issue is cancelled."""

    NOT_A_PROBLEM = "not_a_problem"
    DUPLICATE = "duplicate"


@attrs.frozen
class IssueData:
    """What is kept about an issue.

    Attributes:
        place: Where it was found.
        description: What is wrong.
        found_at: When it was found, an aware datetime in UTC; the opening's ``occurred_at``.
        finder: Id of whoever found it.
        zone: The patrol zone.
        category: What it is about, such as cleaning; the host's own codes.
        severity: How grave it is; the host's own codes.
        on_site_action: What was done at once.
        photos: Ids of the photos of the problem.
        recurrence_of: Id of an earlier, ended issue that has come up again.
        department: The department that it was referred to.
        handler: Id of whoever accepted it there.
        rectification: What was done about it, as last reported.
        held_until: Until when it was put on hold last, an aware datetime, if that was said.
        after_photos: Ids of the photos taken after the last rectification.
        fixer: Id of whoever reported the last rectification as done.
        verifier: Id of whoever passed it.
        rounds: How many checks it has failed.
        bounces: How many times departments have sent it back.
        escalated: It has come to `IssueSettings.max_rounds` or `max_bounces`.
        emergency_kind: The type of the emergency declared last.
        emergency_report: Id of the event report of the emergency declared last.
        cancel_reason: Why it was cancelled.
        duplicate_of: Id of the issue that this one repeats.
    """

    place: str
    description: str
    found_at: datetime | None = None
    finder: str = ""
    zone: str = ""
    category: str = ""
    severity: str = ""
    on_site_action: str = ""
    photos: tuple[str, ...] = ()
    recurrence_of: str = ""
    department: str = ""
    handler: str = ""
    rectification: str = ""
    held_until: datetime | None = None
    after_photos: tuple[str, ...] = ()
    fixer: str = ""
    verifier: str = ""
    rounds: int = 0
    bounces: int = 0
    escalated: bool = False
    emergency_kind: str = ""
    emergency_report: str = ""
    cancel_reason: CancelReason | None = None
    duplicate_of: str = ""


@attrs.frozen
class Found:
    """One entry of the public-area patrol record (公共区域巡检记录表).

    Its time is the step's ``occurred_at``.

    Attributes:
        place: Where.
        description: What is wrong.
        finder: Id of whoever found it; blank for whoever records it.
        zone: The patrol zone.
        category: What it is about; the host's own codes.
        severity: How grave it is; the host's own codes.
        on_site_action: What was done at once.
        photos: Ids of photos of the problem.
        recurrence_of: Id of an earlier, ended issue that has come up again.
    """

    place: str
    description: str
    finder: str = ""
    zone: str = ""
    category: str = ""
    severity: str = ""
    on_site_action: str = ""
    photos: tuple[str, ...] = ()
    recurrence_of: str = ""


@attrs.frozen
class Rectification:
    """What was done about an issue.

    Attributes:
        rectification: What was done.
        after_photos: Ids of photos taken afterwards.
    """

    rectification: str = ""
    after_photos: tuple[str, ...] = ()


@attrs.frozen
class Referral:
    """To whom an issue is referred.

    Attributes:
        department: The department concerned.
    """

    department: str


@attrs.frozen
class EmergencyDeclaration:
    """An issue that turns out to be an emergency.

    Attributes:
        kind: The type of event, for which a plan must be registered.
        description: What happens; blank for the issue's own description.
        severity: Its class, if it is clear already.
    """

    kind: str
    description: str = ""
    severity: Severity | None = None


@attrs.frozen
class Stabilisation:
    """How an emergency ended on the spot.

    Attributes:
        report: Id of the event report.
        refer_to: The department that must do the rest; blank if nothing is left to do.
    """

    report: str
    refer_to: str = ""


@attrs.frozen
class Hold:
    """Why an issue is put on hold, and until when.

    Attributes:
        reason: Why.
        held_until: When the work goes on at the latest, an aware datetime, if that is known.
    """

    reason: str
    held_until: datetime | None = None


@attrs.frozen
class FailedCheck:
    """Why a re-check was not passed.

    Attributes:
        reason: What is still not as required.
        department: The department that must do it, for what was fixed on site; blank for the one
            that the issue was referred to before, if any.
    """

    reason: str
    department: str = ""


@attrs.frozen
class Cancellation:
    """Why an issue is cancelled.

    Attributes:
        reason: The reason.
        duplicate_of: Id of the issue that this one repeats.
    """

    reason: CancelReason
    duplicate_of: str = ""


def _names(values: Iterable[str]) -> frozenset[str]:
    return frozenset(values)


def _plans(plans: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(plans))


def _only(*known: str) -> Callable[[Any, Any, frozenset[str]], None]:
    def check(_settings: Any, field: Any, given: frozenset[str]) -> None:
        if unknown := sorted(given.difference(known)):
            raise ValueError(
                f"{field.name} names {', '.join(unknown)}; it may name {', '.join(known)}"
            )

    return check


_LIMIT = attrs.validators.optional(attrs.validators.ge(1))


@attrs.frozen
class IssueSettings:
    """What a host may set about issues: ``Issue.with_settings(max_rounds=3)``.

    Attributes:
        min_fields: Fields of the patrol record that may not be blank, of those in `RECORDABLE`.
        after_photos: Events that need photos of the result: ``fix_on_site``, ``rectify``.
        emergency_plans: Ids of the registered emergency plans by type of event.
        four_eyes: Whoever rectified an issue may not verify it.
        max_hold: How long a hold may last at the most, which then must say until when; `None`
            for no maximum.
        max_bounces: How many times departments may send an issue back before each further time
            escalates, that one included; `None` for no limit.
        max_rounds: How many checks an issue may fail before each further one escalates, that one
            included; `None` for no limit. It never passes by itself.
        handling_limit: How long until what was found is fixed, referred or an emergency. Clause 4.3
            has "in time within the duty period" (A15), which `joint_liability` judges by shifts.
        rectification_limit: How long from the referral until it is rectified, and again from each
            failed check; holds do not count.
        verification_limit: How long until customer service has checked it.
    """

    min_fields: frozenset[str] = attrs.field(
        default=frozenset({"found_at", "place", "finder", "description"}),
        converter=_names,
        validator=_only(*RECORDABLE),
    )
    after_photos: frozenset[str] = attrs.field(
        default=frozenset[str](), converter=_names, validator=_only("fix_on_site", "rectify")
    )
    emergency_plans: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_plans)
    four_eyes: bool = True
    max_hold: timedelta | None = None
    max_bounces: int | None = attrs.field(default=None, validator=_LIMIT)
    max_rounds: int | None = attrs.field(default=None, validator=_LIMIT)
    handling_limit: TimeLimit | UnspecifiedType = Unspecified
    rectification_limit: TimeLimit | UnspecifiedType = Unspecified
    verification_limit: TimeLimit | UnspecifiedType = Unspecified
