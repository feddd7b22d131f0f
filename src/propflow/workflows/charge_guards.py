"""What must hold of charges, wherever points are taken from somebody."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from propflow.definition import Case, Context, guard
from propflow.scoring import Charge, charged

_CLAUSE = "物业客服部巡检管理规程 4.2"
_PRACTICE = "物业客服部巡检管理规程 4.2 (not in the text; trade practice)"


class Charging(Protocol):
    """A payload with charges."""

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What is charged."""
        ...


class Charged(Protocol):
    """Data with charges."""

    @property
    def charges(self) -> tuple[Charge, ...]:
        """What has been charged."""
        ...


@guard(
    zh="每项扣分须写明条款或事由",
    en="every charge must name a rule or give a reason",
    source=_CLAUSE,
)
def charges_grounded(_case: Case[Any], payload: Charging, _context: Context) -> bool:
    """Whether each charge has a rule's id or words (A11)."""
    return all(each.rule.strip() or each.reason.strip() for each in payload.charges)


@guard(zh="须至少有一项扣分或警告", en="something must be charged", source=_CLAUSE)
def something_charged(_case: Case[Any], payload: Charging, _context: Context) -> bool:
    """Whether there is a charge at all; one of no points may carry a warning."""
    return bool(payload.charges)


@guard(
    zh="改判须减轻,且任何一项不得加重",
    en="what is decided instead must be less, and in nothing more",
    source=_PRACTICE,
)
def less_than_before(case: Case[Charged], payload: Charging, _context: Context) -> bool:
    """Whether points or warnings become fewer, and neither becomes more."""
    before, after = charged(case.data.charges), charged(payload.charges)
    return after != before and _at_most(after, before)


def _at_most(after: Sequence[Any], before: Sequence[Any]) -> bool:
    return all(new <= old for new, old in zip(after, before, strict=True))
