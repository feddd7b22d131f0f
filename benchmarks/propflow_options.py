"""propflow's `options` as a way to answer; pure, from the compiled plan, as the engine asks it."""

from __future__ import annotations

from benchmarks.contest import DATA, NOW
from benchmarks.options import Answer
from benchmarks.propflow_orders import RepairOrder
from benchmarks.values import Actor, Case, Repair
from propflow import Context
from propflow.decision import Option, plan_of
from propflow.decision.options import options


class Options:
    """The context is made anew for each answer, as the engine makes it."""

    name = "propflow, options"

    def case(self, state: str) -> Case[Repair]:
        return Case("r-1", state, None, DATA, 1, "repair_order", 1, NOW)

    def answer(self, case: Case[Repair], actor: Actor) -> tuple[Option, ...]:
        return options(plan_of(RepairOrder), case, Context(actor, NOW, NOW))

    def read(self, case: Case[Repair], actor: Actor) -> Answer:
        return {
            option.event: (option.answer, frozenset(reason.code for reason in option.reasons))
            for option in self.answer(case, actor)
        }


make = Options
