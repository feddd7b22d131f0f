"""What a daily digest keeps, what goes into it, and what a host may set about it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from types import MappingProxyType
from typing import Any
from zoneinfo import ZoneInfo

import attrs

from propflow.calendar.moments import wall_moment
from propflow.calendar.window import clock
from propflow.calendar.zones import zone_or_problem
from propflow.definition import Case
from propflow.errors import Problem
from propflow.workflows.issue_data import IssueData


@attrs.frozen
class DigestItem:
    """An issue as it is reported.

    Attributes:
        issue_id: Id of the issue.
        department: The department that it was referred to; blank if to none.
        place: Where it was found.
        description: What is wrong.
        found_at: When it was found, an aware datetime.
        synced_late: It was found before the last digest, but known only after that.
    """

    issue_id: str
    department: str
    place: str
    description: str
    found_at: datetime
    synced_late: bool = False


@attrs.frozen
class DigestDay:
    """What opens a digest.

    Attributes:
        day: The day that it is sent on.
    """

    day: date


@attrs.frozen
class Compilation:
    """What a digest reports; a later compilation replaces an earlier one.

    Attributes:
        items: Every issue that is known and was not reported yet.
    """

    items: tuple[DigestItem, ...] = ()


@attrs.frozen
class DigestData:
    """What is kept about a digest.

    Attributes:
        day: The day that it is sent on.
        items: What it reports.
        compiled_at: When that was put together, an aware datetime in UTC.
        sent_at: When it was sent, likewise.
        late: It was not sent before the time that is set.
    """

    day: date
    items: tuple[DigestItem, ...] = ()
    compiled_at: datetime | None = None
    sent_at: datetime | None = None
    late: bool = False


def digest_items(
    issues: Iterable[Case[IssueData]], *, last: datetime | None, reported: Collection[str] = ()
) -> tuple[DigestItem, ...]:
    """Return what a digest reports, by department and then by the time of finding.

    Args:
        issues: The issues that are known; give all that may not have been reported yet.
        last: When the digest before was compiled, an aware datetime; `None` for the first.
        reported: Ids of the issues that earlier digests reported; these are left out.

    Source: 物业客服部巡检管理规程 4.10 (A21).
    """
    items = [
        DigestItem(
            issue_id=issue.id,
            department=issue.data.department,
            place=issue.data.place,
            description=issue.data.description,
            found_at=found_at,
            synced_late=last is not None and found_at <= last,
        )
        for issue in issues
        if issue.id not in reported
        for found_at in [issue.data.found_at or issue.opened_at]
    ]
    return tuple(sorted(items, key=lambda item: (item.department, item.found_at, item.issue_id)))


def _heads(heads: Mapping[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(heads))


def _is_clock(_settings: Any, _field: Any, text: str) -> None:
    if clock(text) is None:
        raise ValueError(f"before={text!r} is no time of the day; write it as '18:30'")


def _is_zone(_settings: Any, _field: Any, name: str) -> None:
    there = zone_or_problem(name)
    if isinstance(there, Problem):
        raise ValueError(str(there))  # noqa: TRY004  # its value is wrong, not its type


@attrs.frozen
class DigestSettings:
    """What a host may set about digests: ``DailyDigest.with_settings(heads={"cleaning": "u7"})``.

    Attributes:
        before: The time of the day before which it is sent; at that time it is late.
        zone: The zone whose wall clock that is; assumed, as the text names none.
        heads: By department, whom its part is for. A department that is reported and not named
            here has its part sent to the role ``department_head``.
        send_nil: A department of `heads` without an issue is told so, and so is the supervisor of
            a day without any; assumed.
    """

    before: str = attrs.field(default="18:30", validator=_is_clock)
    zone: str = attrs.field(default="Asia/Shanghai", validator=_is_zone)
    heads: Mapping[str, str] = attrs.field(factory=dict[str, str], converter=_heads)
    send_nil: bool = True

    def due(self, day: date) -> datetime:
        """The moment from which on a digest of the day is late, in the zone."""
        return wall_moment(day, clock(self.before) or 0, ZoneInfo(self.zone))
