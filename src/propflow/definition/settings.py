"""Settings: what a host may choose about a workflow that ships with propflow."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping
from types import NoneType, UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    Generic,
    Literal,
    ParamSpec,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
)

import attrs

from propflow.definition.fields import types_of

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

    It raises a `TypeError` for a setting that is not declared and for a value of another type, and
    whatever the class itself raises for a value that cannot be.

    Args:
        kind: A frozen attrs class, every field of which has a default.
    """

    def __init__(self, kind: Callable[P, S]) -> None:
        self.kind = kind

    def __get__(self, instance: None, owner: type[W]) -> Callable[P, type[W]]:
        def with_settings(*args: P.args, **kwargs: P.kwargs) -> type[W]:
            named = _named(owner.__name__, self.kind, args, kwargs)
            values = attrs.evolve(cast("Any", owner.spec.settings), **named)
            _check_types(owner.__name__, values, named)
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


def _named(
    workflow: str, kind: Callable[..., Any], args: tuple[Any, ...], kwargs: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what was chosen by its name."""
    signature = inspect.signature(kind)
    try:
        return signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        known = ", ".join(signature.parameters) or "none"
        raise TypeError(f"{workflow}.with_settings: {error}; it has {known}") from None


def _check_types(workflow: str, values: Any, names: Iterable[str]) -> None:
    """Refuse values of another type than their setting; what lies within a collection is not told.

    Raises:
        TypeError: For the first that does not fit.
    """
    kind: type[Any] = values.__class__
    fields = {field.alias: field.name for field in attrs.fields(kind)}
    types = types_of(kind)
    for name in names:
        value, wanted = getattr(values, fields[name]), types[fields[name]]
        if not _fits(value, wanted):
            words = getattr(wanted, "__name__", None) if get_args(wanted) == () else None
            raise TypeError(f"{workflow}.with_settings: {name}={value!r} is not {words or wanted}")


def _fits(value: object, wanted: Any) -> bool:
    origin = get_origin(wanted)
    if origin in (Union, UnionType):
        return any(_fits(value, each) for each in get_args(wanted))
    if origin is Literal:
        return value in get_args(wanted)
    kind = NoneType if wanted is None else origin or wanted
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    try:
        return isinstance(value, kind)
    except TypeError:  # such as Any, or a protocol that cannot be asked
        return True
