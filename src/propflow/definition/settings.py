"""Settings: what a host may choose about a workflow that ships with propflow."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeVar, cast

import attrs

if TYPE_CHECKING:
    from propflow.definition.workflow import Workflow

P = ParamSpec("P")
S = TypeVar("S")
W = TypeVar("W", bound="Workflow[Any]")


class Settings(Generic[P, S]):
    """Declares what can be set: ``with_settings = Settings(IssueSettings)``.

    Guards, updates and effects read the values with ``context.settings(IssueSettings)``.
    ``Issue.with_settings(max_rounds=3)`` is then a new definition of the same name, which the host
    registers instead; nothing global changes.

    Args:
        kind: A frozen attrs class, every field of which has a default.
    """

    def __init__(self, kind: Callable[P, S]) -> None:
        self.kind = kind

    def __get__(self, instance: None, owner: type[W]) -> Callable[P, type[W]]:
        def with_settings(*args: P.args, **kwargs: P.kwargs) -> type[W]:
            named = inspect.signature(self.kind).bind(*args, **kwargs).arguments
            values = attrs.evolve(cast("Any", owner.spec.settings), **named)
            body = {
                "name": owner.spec.name,
                "version": owner.spec.version,
                "chosen_settings": values,
                "__module__": owner.__module__,
                "__doc__": owner.__doc__,
                "__qualname__": owner.__qualname__,
            }
            make = cast("Any", type(owner))
            return cast("type[W]", make(owner.__name__, (owner,), body))

        return with_settings
