"""What must hold for the steps of a complaint."""

from __future__ import annotations

from propflow.definition import Case, Context, guard
from propflow.workflows.complaint_data import (
    Answer,
    Assignment,
    ComplaintData,
    ComplaintSettings,
    Invalidity,
    Merge,
    Transfer,
)
from propflow.workflows.roles import CUSTOMER_SERVICE, plays_any

_HANDLING = "物业客户服务手册 7.2 (title only; trade practice)"
_VISIT = "物业客户服务手册 9.0 (title only; trade practice)"


@guard(
    zh="只限投诉人本人或客服部",
    en="only for the complainant or the customer-service department",
    source=_HANDLING,
)
def complainant_or_desk(case: Case[ComplaintData], context: Context) -> bool:
    """Whether a resident acts on a complaint of their own."""
    return context.actor.id == case.data.complainant or plays_any(context.actor, CUSTOMER_SERVICE)


@guard(zh="须指明责任部门", en="the department responsible must be named", source=_HANDLING)
def department_named(
    _case: Case[ComplaintData], payload: Assignment | Transfer, _context: Context
) -> bool:
    """Whether the department is more than blanks."""
    return bool(payload.department.strip())


@guard(zh="须转给另一个部门", en="it must go to another department", source=_HANDLING)
def another_department(case: Case[ComplaintData], payload: Transfer, _context: Context) -> bool:
    """Whether the complaint would really move."""
    return payload.department.strip() != case.data.department


@guard(zh="须写明答复内容", en="what the complainant is told must be written", source=_HANDLING)
def answer_given(
    _case: Case[ComplaintData], payload: Answer | Invalidity, _context: Context
) -> bool:
    """Whether the answer is more than blanks."""
    return bool(payload.answer.strip())


@guard(zh="不得与自身合并", en="a complaint cannot be merged into itself", source=_HANDLING)
def into_another(case: Case[ComplaintData], payload: Merge, _context: Context) -> bool:
    """Whether the other complaint is another one."""
    return payload.into != case.id


@guard(
    zh="已有其他投诉并入的案件须继续办理,应将对方并入本案",
    en="a complaint that others were merged into goes on itself; merge the other one into it",
    source=_HANDLING,
)
def nothing_merged_into_it(case: Case[ComplaintData], _context: Context) -> bool:
    """Whether no other complainant depends on this complaint."""
    return not case.data.merged_ids


@guard(zh="须先回访", en="a follow-up visit must come first", source=_VISIT)
def visited_if_required(case: Case[ComplaintData], context: Context) -> bool:
    """Whether somebody visited after the last answer, or `visit_required` is off."""
    required = context.settings(ComplaintSettings).visit_required
    return not required or case.data.visit_result is not None
