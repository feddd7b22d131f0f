"""Workflows: the class that a definition is written as."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from propflow.definition.action import Action
from propflow.definition.build import build
from propflow.definition.deadline import Deadline
from propflow.definition.event import BoundEvent, Event
from propflow.definition.fact import Fact
from propflow.definition.spec import WorkflowSpec
from propflow.definition.state import State

if TYPE_CHECKING:
    from propflow.definition.document import Definition

D = TypeVar("D")

_WORD_STARTS = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class _Body(dict[str, Any]):
    """A class body that remembers which declarations a later one of the same name has hidden."""

    def __init__(self) -> None:
        super().__init__()
        self.hidden: list[str] = []

    def __setitem__(self, name: str, value: Any) -> None:
        if isinstance(self.get(name), State | Event | Deadline):
            self.hidden.append(name)
        super().__setitem__(name, value)


class _WorkflowType(type):
    """Reads and checks a workflow when its class is made, and freezes it."""

    @classmethod
    def __prepare__(cls, name: str, bases: tuple[type, ...], /, **_: Any) -> _Body:
        return _Body()

    def __new__(cls, name: str, bases: tuple[type, ...], body: dict[str, Any], /) -> Any:
        made: Any = super().__new__(cls, name, bases, dict(body))
        if not bases or bases == (Generic,):
            return made
        if "name" not in body:
            made.name = _WORD_STARTS.sub("_", name).lower()
        spec = build(made, body.hidden if isinstance(body, _Body) else ())
        bound: dict[str, BoundEvent[..., Any, Any]] = {
            name: BoundEvent(spec.name, getattr_static(made, name)) for name in spec.events
        }
        made.bound_events = MappingProxyType(bound)
        made.spec = spec
        return made

    def __setattr__(cls, name: str, value: Any) -> None:
        finished = isinstance(vars(cls).get("spec"), WorkflowSpec)
        if finished:
            raise AttributeError(cls._finished(f"{name!r} cannot be set"))
        super().__setattr__(name, value)

    def __delattr__(cls, name: str) -> None:
        raise AttributeError(cls._finished(f"{name!r} cannot be deleted"))

    def _finished(cls, so: str) -> str:
        name = cls.__name__
        return f"{name} is a finished definition, so {so}; write a subclass or a new version"


def getattr_static(owner: type, name: str) -> Any:
    """Return a class attribute as declared, past its descriptor."""
    return next(vars(kind)[name] for kind in owner.__mro__ if name in vars(kind))


class Workflow(Generic[D], metaclass=_WorkflowType):
    """The root of every definition: ``class KeyLoan(Workflow[Loan])``.

    The class body declares states, events and deadlines. Making the class checks it and raises
    `InvalidDefinition` with all problems at once; after that it is frozen. It is never
    instantiated: the running thing is a `Case`.

    Attributes:
        name: Identifies the workflow in the store; the class's name in snake_case if not given.
        version: Identifies this definition of it; a positive whole number.
        zh: The Chinese label.
        en: The English label.
        needs: The facts that guards and effects read.
        indexed: The data fields that `find(where=)` can use.
        spec: The checked definition, for propflow's other rooms.
        bound_events: The events by name, for propflow's other rooms.
        chosen_settings: The values given to ``with_settings``, for propflow's other rooms.
    """

    name: ClassVar[str]
    version: ClassVar[int] = 1
    zh: ClassVar[str] = ""
    en: ClassVar[str] = ""
    needs: ClassVar[tuple[Fact[Any], ...]] = ()
    indexed: ClassVar[tuple[str, ...]] = ()
    spec: ClassVar[WorkflowSpec]
    bound_events: ClassVar[Mapping[str, BoundEvent[..., Any, Any]]]
    chosen_settings: ClassVar[object] = None

    @classmethod
    def action(
        cls: type[Workflow[D]], event: str, payload: Mapping[str, Any] | None = None
    ) -> Action[Any, D]:
        """Make an action from untyped values, as they come from a form or a file.

        Text is read as what the payload's field asks for: whole numbers, `Decimal`, ``true`` and
        ``false``, ISO 8601 moments with an offset, enum values.

        Args:
            event: The event's name.
            payload: The payload's fields by name.

        Raises:
            UnknownEvent: The workflow has no such event; the message lists those it has.
            InvalidPayload: Fields are missing, unknown or of the wrong type; `problems` lists all.
        """
        from propflow.definition.payload import structure_payload

        values: Mapping[str, Any] = {} if payload is None else payload
        return Action(cls.spec.name, event, structure_payload(cls.spec, event, values))

    @classmethod
    def definition(cls) -> Definition:
        """Return the definition as plain frozen data, which goes to JSON and back."""
        from propflow.definition.document import describe

        return describe(cls.spec)
