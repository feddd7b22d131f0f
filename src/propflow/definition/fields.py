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


def required(kind: type) -> tuple[str, ...]:
    """Return the names of the fields that must be given."""
    return tuple(f.name for f in attrs.fields(kind) if f.init and f.default is attrs.NOTHING)


def types_of(kind: type) -> dict[str, Any]:
    """Return the type of each field; as it is written where its names cannot be resolved here."""
    written = {field.name: field.type for field in attrs.fields(kind)}
    try:
        resolved = typing.get_type_hints(kind, include_extras=True)
    except NameError:
        return written
    return {name: resolved.get(name, written[name]) for name in written}


def unreadable(kind: type) -> str | None:
    """Return why the types of the fields cannot be read, `None` if they can."""
    try:
        typing.get_type_hints(kind)
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        return f"{error}"
    return None


def fits(given: Any, wanted: Any) -> bool:
    """Whether every value of type `given` comes back as it is from a field of type `wanted`.

    A subclass does not fit: it would be stored and read again as what its field says.
    """
    return wanted is Any or given == wanted or members(given) <= members(wanted)


def members(kind: Any) -> frozenset[Any]:
    """Return the members of a union, or the type alone."""
    is_union = typing.get_origin(kind) in (typing.Union, types.UnionType)
    return frozenset(typing.get_args(kind)) if is_union else frozenset({kind})


def settable(kind: type) -> frozenset[str]:
    """Return the names of the fields that can be given; the others are computed from them."""
    return frozenset(field.name for field in attrs.fields(kind) if field.init)


def copied(payload: type | None, data: type, history_only: Iterable[str]) -> tuple[str, ...]:
    """Return the fields that an accepted payload hands to the data."""
    kept_back = set(history_only)
    known = settable(data)
    return tuple(n for n in names(payload) if n in known and n not in kept_back)


def copier(data: type, taken: Iterable[str]) -> Callable[[Any, Any, Any], Any]:
    """Return an update ``(case, payload, context) -> data`` that takes fields from the payload."""
    from_payload = set(taken)
    values = ", ".join(
        f"{field.alias}={'payload' if field.name in from_payload else 'case.data'}.{field.name}"
        for field in attrs.fields(data)
        if field.init
    )
    source = f"lambda case, payload, _: data({values})"
    # Made for the class, as attrs makes its methods: a third of the cost of a loop over its fields.
    made: Callable[[Any, Any, Any], Any] = eval(source, {"data": data})  # noqa: S307 - identifiers
    return made


def opener(data: type, payload: type | None, history_only: Iterable[str]) -> Callable[[Any], Any]:
    """Return a function that builds a new case's data from the payload that opens it."""
    taken = copied(payload, data, history_only)
    if payload is data and len(taken) == len(settable(data)):
        return lambda value: value
    plan = tuple((f.alias or f.name, f.name) for f in attrs.fields(data) if f.name in taken)
    return lambda value: data(**{alias: getattr(value, name) for alias, name in plan})


def copying_problems(
    where: str, payload: type | None, data: type, history_only: Iterable[str]
) -> Iterator[Problem]:
    """Yield what keeps the payload's fields from becoming the data's."""
    given = {} if payload is None else types_of(payload)
    wanted = types_of(data)
    known = settable(data)
    kept_back = set(history_only)
    for name, kind in given.items():
        if name in kept_back or (payload is data and name not in known):
            continue
        if name not in known:
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


def opening_problems(
    where: str, payload: type | None, data: type, history_only: Iterable[str]
) -> Iterator[Problem]:
    """Yield what keeps a new case's data from being built from the payload that opens it."""
    given = copied(payload, data, history_only)
    for name in required(data):
        if name not in given:
            yield Problem(
                where,
                f"the opening gives no {name!r}, which {data.__name__} requires: "
                "add it to the payload or give it a default",
            )


def shown(kind: Any) -> str:
    """Return a type as a person would write it."""
    return kind.__name__ if isinstance(kind, type) else str(kind)
