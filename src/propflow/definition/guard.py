"""Guards: conditions that a step must meet, with the words to say so when it does not."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar, overload

import attrs

from propflow.definition.case import Case
from propflow.definition.context import Context

D = TypeVar("D")
PL = TypeVar("PL")
D_contra = TypeVar("D_contra", contravariant=True)
PL_contra = TypeVar("PL_contra", contravariant=True)

_TAKES_CASE_AND_CONTEXT = 2
_TAKES_PAYLOAD_TOO = 3
_NEVER_FALSY = (
    inspect.iscoroutinefunction,
    inspect.isgeneratorfunction,
    inspect.isasyncgenfunction,
)
"""Kinds of functions whose call returns something truthy, so that they would always consent."""
_OPEN_ENDED = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)


@attrs.frozen
class Refusal:
    """One reason why a step was refused.

    Attributes:
        code: For programs; stable across releases of the definition.
        zh: For people, in Chinese.
        en: For people, in English.
    """

    code: str
    zh: str
    en: str


@attrs.frozen(eq=False)
class Guard(Generic[D_contra, PL_contra]):
    """A condition with its labels; made with the decorator `guard`.

    Attributes:
        function: The condition itself.
        zh: What must hold, in Chinese.
        en: What must hold, in English.
        code: The reason code given when it does not hold.
        source: The clause that it implements.
        takes_payload: The function takes ``(case, payload, context)``; `None` if it is no plain
            function of these or of ``(case, context)``, which the workflow reports when it is
            built.
    """

    function: Callable[..., object]
    zh: str
    en: str
    code: str
    source: str
    takes_payload: bool | None
    refusal: Refusal = attrs.field(init=False)

    def __attrs_post_init__(self) -> None:
        object.__setattr__(self, "refusal", Refusal(self.code, self.zh, self.en))

    def __call__(self, *arguments: Any) -> object:
        """Ask the function as it was written; for tests of a guard by itself."""
        return self.function(*arguments)


class _Decorator(Protocol):
    @overload
    def __call__(self, function: Callable[[Case[D], Context], object], /) -> Guard[D, object]: ...
    @overload
    def __call__(self, function: Callable[[Case[D], PL, Context], object], /) -> Guard[D, PL]: ...


def guard(*, zh: str, en: str, code: str = "", source: str = "") -> _Decorator:
    """Make a guard of a pure function ``(case, context)`` or ``(case, payload, context)``.

    The function returns a truthy value to consent, a falsy one to refuse with the guard's own
    labels, or a `Refusal` with others. One that raises is a bug and surfaces as `FunctionRaised`.

    Args:
        zh: What must hold, in Chinese, as the refused person will read it.
        en: The same in English.
        code: The reason code; the function's name if none is given.
        source: The clause implemented, such as ``"巡检管理规程 4.6"``.
    """

    def decorate(function: Callable[..., object]) -> Guard[Any, Any]:
        name = code or getattr(function, "__name__", "guard")
        return Guard(function, zh, en, name, source, _takes_payload(function))

    return decorate


def _takes_payload(function: Callable[..., object]) -> bool | None:
    if any(kind(function) for kind in _NEVER_FALSY):
        return None
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # not callable, or written in C without a signature
        return None
    required = [p.kind for p in parameters if p.default is p.empty and p.kind not in _OPEN_ENDED]
    if inspect.Parameter.KEYWORD_ONLY in required:
        return None
    return {_TAKES_CASE_AND_CONTEXT: False, _TAKES_PAYLOAD_TOO: True}.get(len(required))
