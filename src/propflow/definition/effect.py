"""Effects: what follows from a step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import attrs

from propflow.definition.action import Action
from propflow.definition.actor import Actor


class Effect:
    """The root of every effect; a host's own effects are frozen attrs classes below it.

    Effects are values: deciding returns them, and they leave through the outbox after the commit,
    except for `StartCase` and `FireCase`, which are carried out within it.
    """

    __slots__ = ()


def _names(to: str | Sequence[str]) -> tuple[str, ...]:
    return (to,) if isinstance(to, str) else tuple(to)


@attrs.frozen
class Notify(Effect):
    """A message to people, for the host's own channels.

    Attributes:
        topic: What it is about; the host maps it to a template.
        to: Whom it is for: ids or role names, as the host's channels understand them.
        data: Values for the template.
    """

    topic: str
    to: tuple[str, ...] = attrs.field(converter=_names)
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any])


@attrs.frozen
class StartCase(Effect):
    """Another case to open in the same commit; if it is refused, the whole step is.

    Attributes:
        action: The opening of the other workflow.
        by: Who opens it: the acting actor (`None`), or `SYSTEM`.
        id: The new case's id; one is made if none is given.
    """

    action: Action[Any, Any]
    by: Actor | None = None
    id: str | None = None


@attrs.frozen
class FireCase(Effect):
    """A step of another case to take in the same commit; if it is refused, the whole step is.

    Attributes:
        case_id: The other case, of the same tenant.
        action: The step.
        by: Who takes it: the acting actor (`None`), or `SYSTEM`.
    """

    case_id: str
    action: Action[Any, Any]
    by: Actor | None = None
