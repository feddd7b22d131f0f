"""Follow-up visits as complaints and repair orders use them: their results and who is content."""

from __future__ import annotations

import enum
from typing import Any

import attrs

from propflow.definition import Case, Context, guard


class VisitResult(enum.StrEnum):
    """What a follow-up visit (回访) found."""

    SATISFIED = "satisfied"
    DISSATISFIED = "dissatisfied"
    UNREACHABLE = "unreachable"


@attrs.frozen
class Visit:
    """One attempt at a follow-up visit.

    Attributes:
        result: What it found; an attempt that reached nobody is one too.
        remark: What was said.
    """

    result: VisitResult
    remark: str = ""


@guard(zh="回访结果为不满意", en="the visit found the resident dissatisfied")
def dissatisfied(_case: Case[Any], payload: Visit, _context: Context) -> bool:
    """Whether the matter has to be taken up again."""
    return payload.result == VisitResult.DISSATISFIED
