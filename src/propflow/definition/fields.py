"""How a payload's fields become the data's fields."""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from propflow.errors import Problem


def is_frozen(kind: Any) -> bool:
    """Whether `kind` is a frozen attrs class, so that its values can be shared and never drift."""
    return isinstance(kind, type) and attrs.has(kind) and attrs.inspect(kind).is_frozen


def names(kind: type | None) -> tuple[str, ...]:
    """Return the field names of an attrs class, none for no class."""
    return () if kind is None else tuple(field.name for field in attrs.fields(kind))


def types_of(kind: type) -> dict[str, Any]:
    """Return the type of each field; as it is written where its names cannot be resolved here."""
    written = {field.name: field.type for field in attrs.fields(kind)}
    try:
        resolved = typing.get_type_hints(kind, include_extras=True)
    except NameError:
        return written
    return {name: resolved.get(name, written[name]) for name in written}


def fits(given: Any, wanted: Any) -> bool:
    """Whether a value of type `given` may be copied into a field of type `wanted`."""
    if given == wanted or wanted is Any:
        return True
    if typing.get_origin(wanted) in (typing.Union, types.UnionType):
        return members(given) <= members(wanted)
    return isinstance(given, type) and isinstance(wanted, type) and issubclass(given, wanted)


def members(kind: Any) -> frozenset[Any]:
    """Return the members of a union, or the type alone."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return frozenset(typing.get_args(kind)) if is_union else frozenset({kind})


def copied(payload: type | None, data: type, history_only: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that an accepted payload hands to the data."""
    kept_back = set(history_only)
    known = set(names(data))
    return tuple(n for n in names(payload) if n in known and n not in kept_back)


def copier(data: type, taken: Iterable[str]) -> Callable[[Any, Any], Any]:
    """Return a function ``(data, payload) -> data`` that takes named fields from the payload."""
    from_payload = set(taken)
    plan = [(field.alias or field.name, field.name) for field in attrs.fields(data) if field.init]
    kept = [(alias, name) for alias, name in plan if name not in from_payload]
    given = [(alias, name) for alias, name in plan if name in from_payload]

    def copy(old: Any, payload: Any) -> Any:
        values = {alias: getattr(old, name) for alias, name in kept}
        for alias, name in given:
            values[alias] = getattr(payload, name)
        return data(**values)

    return copy


def opener(data: type, payload: type | None) -> Callable[[Any], Any]:
    """Return a function that builds a new case's data from the payload that opens it."""
    if payload is data:
        return lambda value: value
    known = set(names(payload))
    plan = tuple((f.alias or f.name, f.name) for f in attrs.fields(data) if f.name in known)
    return lambda value: data(**{alias: getattr(value, name) for alias, name in plan})


def copying_problems(
    where: str, payload: type | None, data: type, history_only: Iterable[str]
) -> Iterator[Problem]:
    """Yield what keeps the payload's fields from becoming the data's."""
    given = {} if payload is None else types_of(payload)
    wanted = types_of(data)
    kept_back = set(history_only)
    for name, kind in given.items():
        if name in kept_back:
            continue
        if name not in wanted:
            yield Problem(
                where,
                f"nothing takes the payload field {name!r}: add it to {data.__name__}, "
                "name it in history_only=, or write update=",
            )
        elif not fits(kind, wanted[name]):
            yield Problem(
                where,
                f"the payload field {name!r} is {shown(kind)} and {data.__name__}.{name} is "
                f"{shown(wanted[name])}: give them one type, or write update=",
            )


def opening_problems(where: str, payload: type | None, data: type) -> Iterator[Problem]:
    """Yield what keeps a new case's data from being built from the payload that opens it."""
    given = set(names(payload))
    for field in attrs.fields(data):
        if field.init and field.default is attrs.NOTHING and field.name not in given:
            yield Problem(
                where,
                f"the opening gives no {field.name!r}, which {data.__name__} requires: "
                "add it to the payload or give it a default",
            )


def shown(kind: Any) -> str:
    """Return a type as a person would write it."""
    return kind.__name__ if isinstance(kind, type) else str(kind)
