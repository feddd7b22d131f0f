"""What steps of an issue must meet."""

from __future__ import annotations

import attrs

from propflow.definition import Case, Context, Guard, Refusal, guard
from propflow.workflows.issue_data import (
    RECORDABLE,
    Cancellation,
    CancelReason,
    EmergencyDeclaration,
    Found,
    Hold,
    IssueData,
    IssueSettings,
    Rectification,
    Referral,
    Stabilisation,
)

CLAUSE_4_3 = "物业客服部巡检管理规程 4.3"
CLAUSE_4_6 = "物业客服部巡检管理规程 4.6"
CLAUSE_4_11 = "物业客服部巡检管理规程 4.11"
PRACTICE = "物业客服部巡检管理规程 4.6 (not in the text; trade practice)"


def recorded(case: Case[IssueData], payload: Found, context: Context) -> IssueData:
    """Return the data of an issue as it is recorded: who found it, and when."""
    finder = payload.finder.strip() or context.actor.id
    return attrs.evolve(case.data, finder=finder, found_at=context.occurred_at)


@guard(zh="巡检记录须填写必填项", en="the patrol record must be complete", source=CLAUSE_4_6)
def record_complete(case: Case[IssueData], payload: Found, context: Context) -> bool | Refusal:
    """Whether every field that `IssueSettings.min_fields` names is filled in."""
    record = recorded(case, payload, context)
    wanted = context.settings(IssueSettings).min_fields
    missing = [
        labels
        for name, labels in RECORDABLE.items()
        if name in wanted and _is_blank(getattr(record, name))
    ]
    if not missing:
        return True
    return Refusal(
        "record_complete",
        f"巡检记录缺少:{'、'.join(zh for zh, _ in missing)}",
        f"the patrol record lacks: {', '.join(en for _, en in missing)}",
    )


def _is_blank(value: object) -> bool:
    return not (value.strip() if isinstance(value, str) else value)


@guard(zh="须指明相关部门", en="the department concerned must be named", source=CLAUSE_4_6)
def department_named(_case: Case[IssueData], payload: Referral, _context: Context) -> bool:
    """Whether the department is more than blanks."""
    return bool(payload.department.strip())


@guard(
    zh="该类突发事件须有已登记的应急预案",
    en="an emergency plan must be registered for this type of event",
    code="no_emergency_plan",
    source=CLAUSE_4_6,
)
def plan_registered(
    _case: Case[IssueData], payload: EmergencyDeclaration, context: Context
) -> bool:
    """Whether `IssueSettings.emergency_plans` has a plan for the type of event."""
    return bool(context.settings(IssueSettings).emergency_plans.get(payload.kind))


@guard(zh="须附事件报告", en="the event report must be attached", source=CLAUSE_4_6)
def report_attached(_case: Case[IssueData], payload: Stabilisation, _context: Context) -> bool:
    """Whether the report's id is more than blanks."""
    return bool(payload.report.strip())


@guard(zh="余下工作已指明部门", en="a department is named for the rest", source=CLAUSE_4_6)
def rest_is_referred(_case: Case[IssueData], payload: Stabilisation, _context: Context) -> bool:
    """Whether something is left for a department to do."""
    return bool(payload.refer_to.strip())


def after_photos_for(event: str) -> Guard[IssueData, Rectification]:
    """Return the guard that asks for photos where `IssueSettings.after_photos` names the event."""

    @guard(
        zh="须附整改后照片",
        en="photos taken after the rectification are required",
        code="after_photos_given",
        source=CLAUSE_4_11,
    )
    def given(_case: Case[IssueData], payload: Rectification, context: Context) -> bool:
        required = event in context.settings(IssueSettings).after_photos
        return not required or any(photo.strip() for photo in payload.after_photos)

    return given


@guard(
    zh="整改人不得验证自己的整改",
    en="whoever rectified the issue may not verify it",
    source=CLAUSE_4_11,
)
def not_the_fixer(case: Case[IssueData], context: Context) -> bool:
    """Whether the verifier is somebody else, unless `IssueSettings.four_eyes` is off."""
    four_eyes = context.settings(IssueSettings).four_eyes
    return not four_eyes or context.actor.id != case.data.fixer


@guard(
    zh="须注明挂起期限,且不得超过最长期限",
    en="the hold must say until when, within the longest that is allowed",
    source=PRACTICE,
)
def within_the_longest_hold(_case: Case[IssueData], payload: Hold, context: Context) -> bool:
    """Whether the hold ends in time, where `IssueSettings.max_hold` sets a maximum."""
    longest = context.settings(IssueSettings).max_hold
    if longest is None:
        return True
    until = payload.held_until
    return until is not None and until <= context.occurred_at + longest


@guard(
    zh="须指明与哪一个其他问题重复",
    en="the issue that this one repeats must be named, and be another one",
    source=PRACTICE,
)
def duplicate_named(case: Case[IssueData], payload: Cancellation, _context: Context) -> bool:
    """Whether a duplicate says of which other issue."""
    if payload.reason != CancelReason.DUPLICATE:
        return True
    return payload.duplicate_of.strip() not in ("", case.id)
