"""What steps of a violation slip must meet."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from propflow.definition import Case, Context, guard
from propflow.scoring import is_month
from propflow.workflows.roles import REVIEWERS, plays_any
from propflow.workflows.violation_slip_data import (
    Announcement,
    Appeal,
    Settlement,
    Slip,
    ViolationSlipData,
    ViolationSlipSettings,
)

CLAUSE_4_2 = "物业客服部巡检管理规程 4.2"
PRACTICE = "物业客服部巡检管理规程 4.2 (not in the text; trade practice)"


@guard(
    zh="须写明当事人和违纪事实",
    en="the person and the conduct must be named",
    source=CLAUSE_4_2,
)
def person_and_conduct_named(
    _case: Case[ViolationSlipData], payload: Slip, _context: Context
) -> bool:
    """Whether both are more than blanks."""
    return bool(payload.person.strip() and payload.conduct.strip())


@guard(
    zh="须由项目总经理或办公室开具",
    en="the general manager or the office must issue it",
    code="approved",
    source=PRACTICE,
)
def approved(_case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether somebody who approves it issues it, where `approval` is on."""
    wanted = context.settings(ViolationSlipSettings).approval
    return not wanted or plays_any(context.actor, REVIEWERS)


@guard(zh="不得给自己开违纪单", en="nobody issues a slip against themself", source=PRACTICE)
def not_against_oneself(case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether the issuer is another person, unless `four_eyes` is off."""
    four_eyes = context.settings(ViolationSlipSettings).four_eyes
    return not four_eyes or context.actor.id != case.data.person


@guard(
    zh="只宣布例会前已上交的违纪单,且例会已召开",
    en="a meeting announces what was handed in before it, and has taken place",
    source=CLAUSE_4_2,
)
def handed_in_before_the_meeting(
    case: Case[ViolationSlipData], payload: Announcement, context: Context
) -> bool:
    """Whether the meeting's day is neither before the slip was handed in nor to come (A13)."""
    zone = ZoneInfo(context.settings(ViolationSlipSettings).zone)
    handed_in_at = case.data.handed_in_at
    return (
        handed_in_at is not None
        and handed_in_at.astimezone(zone).date() <= payload.meeting
        and payload.meeting <= context.now.astimezone(zone).date()
    )


@guard(
    zh="须为自然月,如2026-03", en="it must be a calendar month, such as 2026-03", source=CLAUSE_4_2
)
def a_month(_case: Case[ViolationSlipData], payload: Settlement, _context: Context) -> bool:
    """Whether the month is one, or is left out."""
    month = payload.month.strip()
    return not month or is_month(month)


@guard(zh="只限当事人本人", en="only for the person concerned", source=PRACTICE)
def by_the_person(case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether the person whom the slip is about acts."""
    return context.actor.id == case.data.person


@guard(zh="须写明申诉理由", en="the appeal must say why", source=PRACTICE)
def appeal_grounded(_case: Case[ViolationSlipData], payload: Appeal, _context: Context) -> bool:
    """Whether the appeal is more than blanks."""
    return bool(payload.appealed_for.strip())


@guard(
    zh="须在所设的申诉期内申诉",
    en="an appeal must come within the time that is set for appeals",
    source=PRACTICE,
)
def within_the_appeal_window(case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether the person appealed within `appeal_window` of the announcement."""
    window = context.settings(ViolationSlipSettings).appeal_window
    announced_at = case.data.announced_at
    if window is None or announced_at is None:
        return False
    return context.occurred_at <= announced_at + window


@guard(zh="同一违纪单只能申诉一次", en="a slip is appealed against once", source=PRACTICE)
def not_appealed_before(case: Case[ViolationSlipData], _context: Context) -> bool:
    """Whether this is the first appeal."""
    return case.data.appeals == 0


@guard(
    zh="须由开单人和当事人以外的人处理",
    en="neither the issuer nor the person concerned may decide on it",
    source=PRACTICE,
)
def decided_by_another(case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether somebody else decides on an appeal or a revocation (A50)."""
    return context.actor.id not in (case.data.issuer, case.data.person)


@guard(
    zh="须待申诉期满",
    en="the time for appeals must be over",
    source=PRACTICE,
)
def appeal_window_over(case: Case[ViolationSlipData], context: Context) -> bool:
    """Whether no appeal can come any more: none is open, and the window has passed."""
    window = context.settings(ViolationSlipSettings).appeal_window
    announced_at = case.data.announced_at
    if window is None or case.data.appeals or announced_at is None:
        return True
    return context.now > announced_at + window
