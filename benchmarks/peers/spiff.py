"""SpiffWorkflow: each state is a manual task, an exclusive choice of where to go on.

The workflow tree grows by a task a step, which is its audit trail; the record of the contest is
written beside it. A choice without a match breaks a SpiffWorkflow task for good, so the default
leads back to the same state, and that is how the host sees a refusal.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from SpiffWorkflow.specs.ExclusiveChoice import ExclusiveChoice
from SpiffWorkflow.specs.WorkflowSpec import WorkflowSpec
from SpiffWorkflow.util.task import TaskState
from SpiffWorkflow.workflow import Workflow

from benchmarks.contest import (
    DATA,
    STATES,
    TRANSITIONS,
    Refused,
    View,
    is_staff,
    on_the_team,
    record,
)
from benchmarks.values import Actor, Entry


class Asked:
    """The condition of one transition: its event was asked for, by staff, of the team."""

    def __init__(self, event: str) -> None:
        self.event = event

    def _matches(self, task: Any) -> bool:
        order = task.workflow.data
        return (
            order["event"] == self.event
            and is_staff(order["actor"])
            and on_the_team(order["data"], order["actor"])
        )


class Spiff:
    """A step puts the request into the workflow's data and runs the one task that is ready."""

    name = "SpiffWorkflow"
    guards = True

    def __init__(self) -> None:
        self.spec = WorkflowSpec("order", addstart=True)
        tasks = {name: ExclusiveChoice(self.spec, name, manual=True) for name in STATES}
        self.spec.start.connect(tasks["reported"])
        for source, event, target in TRANSITIONS:
            tasks[source].connect_if(Asked(event), tasks[target])
        for task in tasks.values():
            task.connect(task)

    def open(self) -> Any:
        order = Workflow(self.spec)
        order.data.update(data=DATA, history=list[Entry]())
        order.run_all()
        order.data["task"] = order.get_next_task(state=TaskState.READY, manual=True)
        return order

    def fire(self, order: Any, event: str, actor: Actor, now: datetime) -> Any:
        data = order.data
        data["event"], data["actor"] = event, actor
        task = data["task"]
        task.run()
        (after,) = task.children
        data["task"] = after
        source, target = task.task_spec.name, after.task_spec.name
        if source == target:
            raise Refused
        record(data["history"], actor, event, source, target, now)
        return order

    def view(self, order: Any) -> View:
        history = order.data["history"]
        task = order.data["task"]
        return View(task.task_spec.name, len(history), history[-1] if history else None)


make = Spiff
