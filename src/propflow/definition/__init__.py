"""What may happen: workflows, states, events and guards as frozen, typed data."""

from propflow.definition.action import Action
from propflow.definition.actor import SYSTEM, Actor
from propflow.definition.case import Case
from propflow.definition.context import Context
from propflow.definition.deadline import Deadline, Rung, TimeLimit
from propflow.definition.effect import Effect, FireCase, Notify, StartCase
from propflow.definition.entry import ADOPTED, MIGRATED, Entry, Migration
from propflow.definition.event import BoundEvent, Event
from propflow.definition.fact import Cases, Fact, cases
from propflow.definition.guard import Guard, Refusal, guard
from propflow.definition.redaction import REDACTED, Redacted, Redaction
from propflow.definition.role import Role
from propflow.definition.settings import Settings
from propflow.definition.state import ANY, PREVIOUS, SAME, START, State, Transitions
from propflow.definition.workflow import Workflow

__all__ = [
    "ADOPTED",
    "ANY",
    "MIGRATED",
    "PREVIOUS",
    "REDACTED",
    "SAME",
    "START",
    "SYSTEM",
    "Action",
    "Actor",
    "BoundEvent",
    "Case",
    "Cases",
    "Context",
    "Deadline",
    "Effect",
    "Entry",
    "Event",
    "Fact",
    "FireCase",
    "Guard",
    "Migration",
    "Notify",
    "Redacted",
    "Redaction",
    "Refusal",
    "Role",
    "Rung",
    "Settings",
    "StartCase",
    "State",
    "TimeLimit",
    "Transitions",
    "Workflow",
    "cases",
    "guard",
]
