"""Events: what may be asked of a case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, Generic, ParamSpec, TypeAlias, TypeVar, cast, overload

from propflow.definition.action import Action
from propflow.definition.actor import Actor
from propflow.definition.case import Case
from propflow.definition.context import Context
from propflow.definition.effect import Effect
from propflow.definition.guard import Guard
from propflow.definition.role import Role
from propflow.definition.state import Transitions

if TYPE_CHECKING:
    from propflow.definition.workflow import Workflow

P = ParamSpec("P")
PL = TypeVar("PL")
D = TypeVar("D")

By: TypeAlias = Role | Actor | Sequence[Role | Actor]


class Event(Generic[P, PL]):
    """A request that a case may get, declared as a class attribute of its workflow.

    ``Event(Loan, START >> requested, …)`` takes the payload class first; an event without a
    payload starts with its transitions.

    Args:
        payload: An attrs class; its values travel with the event.
        edges: The transitions, tried in this order.
        zh: The Chinese label.
        en: The English label.
        by: The role or roles that may ask (any of them), `SYSTEM`, or nothing for anyone.
        guards: What must hold whichever transition is taken.
        update: A pure function ``(case, payload, context) -> data``. Without it the payload's
            fields are copied into the data's fields of the same name.
        history_only: Payload fields that are kept in the history alone.
        effects: Effect values, or a pure function ``(case, payload, context) -> effects`` that
            is given the case as it is after the step.
        source: The clause implemented.
    """

    @overload
    def __init__(
        self: Event[[], None],
        *edges: Transitions[None],
        zh: str = "",
        en: str = "",
        by: By = (),
        guards: Sequence[Guard[Any, None]] = (),
        update: Callable[[Case[Any], None, Context], Any] | None = None,
        effects: Sequence[Effect] | Callable[[Case[Any], None, Context], Iterable[Effect]] = (),
        source: str = "",
    ) -> None: ...
    @overload
    def __init__(
        self,
        payload: Callable[P, PL],
        /,
        *edges: Transitions[PL],
        zh: str = "",
        en: str = "",
        by: By = (),
        guards: Sequence[Guard[Any, PL]] = (),
        update: Callable[[Case[Any], PL, Context], Any] | None = None,
        history_only: Sequence[str] = (),
        effects: Sequence[Effect] | Callable[[Case[Any], PL, Context], Iterable[Effect]] = (),
        source: str = "",
    ) -> None: ...
    def __init__(
        self,
        *arguments: Any,
        zh: str = "",
        en: str = "",
        by: By = (),
        guards: Sequence[Guard[Any, Any]] = (),
        update: Callable[[Case[Any], Any, Context], Any] | None = None,
        history_only: Sequence[str] = (),
        effects: Sequence[Effect] | Callable[[Case[Any], Any, Context], Iterable[Effect]] = (),
        source: str = "",
    ) -> None:
        has_payload = bool(arguments) and not isinstance(arguments[0], Transitions)
        self.name = ""
        self.payload: Any = arguments[0] if has_payload else None
        self.edges: tuple[Transitions[Any], ...] = arguments[has_payload:]
        self.zh = zh
        self.en = en
        if isinstance(by, str) or not isinstance(by, Iterable):
            by = cast("Sequence[Role | Actor]", (by,))  # the letters of a text are no roles
        self.by: tuple[Role | Actor, ...] = tuple(by)
        self.guards = tuple(guards)
        self.update = update
        self.history_only = tuple(history_only)
        self.effects = effects
        self.source = source

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = self.name or name

    def __get__(self, instance: None, owner: type[Workflow[D]]) -> BoundEvent[P, PL, D]:
        bound: BoundEvent[P, PL, D] = cast("Any", owner.bound_events[self.name])
        return bound

    def __repr__(self) -> str:
        return f"Event({self.name or self.zh!r})"


class BoundEvent(Generic[P, PL, D]):
    """An event of one workflow; calling it with the payload's fields makes an `Action`."""

    __slots__ = ("_action", "_payload", "name", "workflow")

    def __init__(self, workflow: str, event: Event[P, PL]) -> None:
        self.workflow = workflow
        self.name = event.name
        self._payload: Callable[P, PL] | None = event.payload
        self._action: Action[Any, D] = Action(workflow, event.name, None)

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> Action[PL, D]:
        """Make the action.

        Raises:
            TypeError: The fields are not those of the payload.
        """
        if self._payload is None:
            if args or kwargs:
                raise TypeError(f"{self.workflow}.{self.name} takes no payload")
            return self._action
        return Action(self.workflow, self.name, self._payload(*args, **kwargs))

    def __repr__(self) -> str:
        return f"<event {self.workflow}.{self.name}>"
