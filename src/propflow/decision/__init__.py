"""What happens: a pure decision on one step, compiled from the workflow's `transitions` machine."""

from propflow.decision.decide import Accepted, decide, new_case
from propflow.decision.options import Option
from propflow.decision.plan import Plan, plan_of
from propflow.decision.questions import check, options
from propflow.decision.replay import replay

__all__ = [
    "Accepted",
    "Option",
    "Plan",
    "check",
    "decide",
    "new_case",
    "options",
    "plan_of",
    "replay",
]
