"""propflow: typed, durable workflows and exact scoring for property-management systems."""

from typing import TYPE_CHECKING, Any

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Action,
    Actor,
    Case,
    Context,
    Deadline,
    Event,
    Fact,
    FireCase,
    Notify,
    Refusal,
    Role,
    Rung,
    StartCase,
    State,
    Workflow,
    guard,
)
from propflow.errors import Conflict, NotFound, PropflowError, Refused

if TYPE_CHECKING:
    from propflow.runtime import AsyncEngine, Engine

__all__ = [
    "ANY",
    "PREVIOUS",
    "SAME",
    "START",
    "SYSTEM",
    "Action",
    "Actor",
    "AsyncEngine",
    "Case",
    "Conflict",
    "Context",
    "Deadline",
    "Engine",
    "Event",
    "Fact",
    "FireCase",
    "NotFound",
    "Notify",
    "PropflowError",
    "Refusal",
    "Refused",
    "Role",
    "Rung",
    "StartCase",
    "State",
    "Workflow",
    "guard",
]


def __getattr__(name: str) -> Any:
    # An engine brings as much as all the rest, and a module that only defines has no need of it.
    if name in {"AsyncEngine", "Engine"}:
        from propflow import runtime

        return getattr(runtime, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
