"""States, and the transitions that are drawn between them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Generic, TypeVar, overload

import attrs

from propflow.definition.guard import Guard

PL = TypeVar("PL")
PL_contra = TypeVar("PL_contra", contravariant=True)


@attrs.frozen(eq=False, kw_only=True, repr=False)
class State:
    """A place where a case rests, declared as a class attribute of its workflow.

    Attributes:
        name: The attribute's name, once the class is built.
        zh: The Chinese label.
        en: The English label.
        final: A case may end here. Only a transition drawn from it by name leaves it (a
            reopening); `ANY` does not include it.
        within: The state that this one is nested in.
        initial: The one to enter when a transition leads to the state that it is nested in.
        source: The clause that it implements.
    """

    name: str = attrs.field(default="", init=False)
    zh: str = ""
    en: str = ""
    final: bool = False
    within: State | None = None
    initial: bool = False
    source: str = ""

    def __set_name__(self, owner: type, name: str) -> None:
        object.__setattr__(self, "name", self.name or name)

    def __rshift__(self, target: State) -> Transitions[object]:
        return Transitions((self,), target)

    def __rrshift__(self, sources: Sequence[State]) -> Transitions[object]:
        return Transitions(tuple(sources), self)

    def __repr__(self) -> str:
        return f"State({self.name or self.zh!r})"


class Transitions(Generic[PL_contra]):
    """Transitions from some states to one, drawn with ``>>``."""

    __slots__ = ("guards", "sources", "target")

    def __init__(
        self,
        sources: tuple[State, ...],
        target: State,
        guards: tuple[Guard[Any, PL_contra], ...] = (),
    ) -> None:
        self.sources = sources
        self.target = target
        self.guards = guards

    @overload  # before the first guard the payload is open, and checkers take it from the guard
    def when(self: Transitions[object], *guards: Guard[Any, PL]) -> Transitions[PL]: ...
    @overload
    def when(self: Transitions[PL], *guards: Guard[Any, PL]) -> Transitions[PL]: ...
    def when(self: Transitions[Any], *guards: Guard[Any, Any]) -> Transitions[Any]:
        """Return the same transitions, taken only when the guards consent.

        Of several transitions of one event from one state the first whose guards consent is taken.
        """
        return Transitions(self.sources, self.target, (*self.guards, *guards))


def _marker(name: str) -> State:
    state = State()
    object.__setattr__(state, "name", name)
    return state


START = _marker("START")
"""Where every case comes from: ``START >> found`` opens one."""

PREVIOUS = _marker("PREVIOUS")
"""Back to where the case came from: ``on_hold >> PREVIOUS``."""

SAME = _marker("SAME")
"""Right here: ``[a, b] >> SAME`` acts without moving; `Case.previous` stays too."""

ANY = _marker("ANY")
"""Every state that is not final: ``ANY >> cancelled``."""

MARKERS = frozenset({START, PREVIOUS, SAME, ANY})
