"""The context of a decision: who, when, and what the host knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar, cast

import attrs

from propflow.definition.actor import Actor
from propflow.definition.fact import Fact
from propflow.errors import MissingFact, MissingSettings

T = TypeVar("T")
NO_FACTS: Mapping[str, Any] = {}


@attrs.frozen(slots=False, eq=False)  # made for every step: faster so, if larger
class Context:
    """Who asks and when, with the host's answers; handed to guards, updates and effects.

    Attributes:
        actor: Who asks for the step.
        now: When it is decided, an aware datetime; the engine's clock says so.
        occurred_at: When it happened, an aware datetime; earlier than `now` for what arrives late.
    """

    actor: Actor
    now: datetime
    occurred_at: datetime
    _facts: Mapping[str, Any] = attrs.field(default=NO_FACTS, alias="facts")
    _settings: object = attrs.field(default=None, alias="settings")

    @property
    def has_facts(self) -> bool:
        """Whether the host answered any fact."""
        return bool(self._facts)

    def without_facts(self) -> Context:
        """Return the context that an update may see."""
        return Context(self.actor, self.now, self.occurred_at, settings=self._settings)

    def fact(self, fact: Fact[T]) -> T:
        """Return the host's answer.

        Raises:
            MissingFact: The workflow does not list the fact in `needs`, or this is an `update`,
                which may not read facts because replay could not repeat it.
        """
        try:
            return cast("T", self._facts[fact.name])
        except KeyError:
            raise MissingFact(fact.name) from None

    def settings(self, kind: type[T]) -> T:
        """Return the settings of the workflow, as declared with `Settings`.

        Raises:
            MissingSettings: The workflow declares no settings of this class.
        """
        if isinstance(self._settings, kind):
            return self._settings
        raise MissingSettings(kind.__name__)
