"""What may happen: workflows, states, events and guards as frozen, typed data."""

from propflow.definition.action import Action
from propflow.definition.actor import SYSTEM, Actor
from propflow.definition.case import Case
from propflow.definition.context import Context
from propflow.definition.effect import Effect, FireCase, Notify, StartCase
from propflow.definition.entry import Entry
from propflow.definition.event import BoundEvent, Event
from propflow.definition.fact import Cases, Fact, cases
from propflow.definition.guard import Guard, Refusal, guard
from propflow.definition.role import Role
from propflow.definition.settings import Settings
from propflow.definition.state import ANY, PREVIOUS, SAME, START, State, Transitions
from propflow.definition.workflow import Workflow

__all__ = [
    "ANY",
    "PREVIOUS",
    "SAME",
    "START",
    "SYSTEM",
    "Action",
    "Actor",
    "BoundEvent",
    "Case",
    "Cases",
    "Context",
    "Effect",
    "Entry",
    "Event",
    "Fact",
    "FireCase",
    "Guard",
    "Notify",
    "Refusal",
    "Role",
    "Settings",
    "StartCase",
    "State",
    "Transitions",
    "Workflow",
    "cases",
    "guard",
]
