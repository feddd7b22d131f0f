"""One step at a time, for the tests of the decision."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from propflow.decision import Accepted, decide, new_case, plan_of
from propflow.definition import Action, Actor, Case, Workflow
from propflow.errors import Refused
from tests.definition.loans import head, keeper

D = TypeVar("D")

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ANYONE = Actor("u7")
KEEPER = Actor("k1", roles=[keeper])
HEAD = Actor("h1", roles=[head])


def later(hours: int) -> datetime:
    return NOON + timedelta(hours=hours)


def opened(
    workflow: type[Workflow[D]], action: Action[Any, D], *, by: Actor = ANYONE
) -> Accepted[D]:
    """Return the accepted opening of a case."""
    case = new_case(plan_of(workflow), action, case_id="c1", opened_at=NOON)
    return accepted(workflow, case, action, by=by)


def accepted(
    workflow: type[Workflow[D]],
    case: Case[D],
    action: Action[Any, D],
    *,
    by: Actor = ANYONE,
    now: datetime = NOON,
) -> Accepted[D]:
    """Return the step, which must be accepted."""
    answer = decide(workflow, case, action, by, now)
    assert not isinstance(answer, Refused), answer
    return answer


def codes(answer: Accepted[Any] | Refused) -> list[str]:
    """Return the codes of the reasons of a refusal."""
    assert isinstance(answer, Refused)
    assert not answer.accepted
    return [reason.code for reason in answer.reasons]
