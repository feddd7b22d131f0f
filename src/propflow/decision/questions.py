"""What may be asked of a case without taking a step, as pure as the decision itself."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from propflow.decision.decide import decide, utc
from propflow.decision.options import Option
from propflow.decision.options import options as options_of
from propflow.decision.plan import plan_of
from propflow.definition import Action, Actor, Case, Context
from propflow.definition.context import NO_FACTS
from propflow.definition.workflow import Workflow
from propflow.errors import Refused
from propflow.errors.root import Refusal

D = TypeVar("D")


def check(
    workflow: type[Workflow[D]],
    case: Case[D],
    action: Action[Any, D],
    actor: Actor,
    now: datetime,
    *,
    facts: Mapping[str, Any] = NO_FACTS,
) -> tuple[Refusal, ...]:
    """Return every reason why a step may not be taken; none if it may.

    Takes and raises what `decide` does.
    """
    decision = decide(workflow, case, action, actor, now, facts=facts)
    return decision.reasons if isinstance(decision, Refused) else ()


def options(
    workflow: type[Workflow[D]],
    case: Case[D],
    actor: Actor,
    now: datetime,
    *,
    facts: Mapping[str, Any] = NO_FACTS,
) -> tuple[Option, ...]:
    """Return every event that can be asked of a case, and whether the actor may ask for it.

    Args:
        workflow: The definition.
        case: The case as it is.
        actor: Who would ask.
        now: When, an aware datetime.
        facts: The host's answers by the names of the facts.

    Raises:
        NaiveDatetime: `now` has no UTC offset.
        FunctionRaised: A guard is broken.
    """
    moment = utc("now", now)
    context = Context(actor, moment, moment, facts, workflow.spec.settings)
    return options_of(plan_of(workflow), case, context)
