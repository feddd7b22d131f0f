"""A few values of every kind, so that a workflow can be tried before its host has written any."""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import types
import typing
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence, Sized
from collections.abc import Set as AbstractSet
from decimal import Decimal
from typing import Any, TypeVar, cast, get_args, get_origin

import attrs

from propflow.definition import SYSTEM, Action, Actor, Role, Workflow
from propflow.definition.fields import types_of
from propflow.errors import InvalidTrial, Problem, PropflowError
from propflow.testing.play import MOMENT

D = TypeVar("D")

_MOST = 3
"""Numbers beyond it, and collections longer than it, count as one."""

_TRIES = 10_000
"""How many combinations of values are tried where a class takes few of them."""

_MONTH = "2025-12"
"""A month that is over when everything is tried."""

SAMPLES: Mapping[Any, tuple[Any, ...]] = {
    str: ("a", ""),
    bool: (True, False),
    int: (1, 0),
    float: (1.0, 0.0),
    Decimal: (Decimal(1), Decimal(0)),
    dt.datetime: (MOMENT,),
    dt.date: (MOMENT.date(),),
    dt.timedelta: (dt.timedelta(days=1), dt.timedelta(0)),
    uuid.UUID: (uuid.UUID(int=1),),
}
_COLLECTIONS: Mapping[Any, Callable[..., Any]] = {
    tuple: tuple,
    Sequence: tuple,
    list: list,
    set: set,
    frozenset: frozenset,
    AbstractSet: frozenset,
}


def actors(workflow: type[Workflow[Any]]) -> tuple[Actor, ...]:
    """Return who may try a workflow: one for each role, one without any, and the system if asked.

    Add one for each conflict of interest: nobody here plays two roles, and nobody shares one.
    """
    asked = [who for event in workflow.spec.events.values() for who in event.by]
    roles = dict.fromkeys(who.name for who in asked if isinstance(who, Role))
    system = (SYSTEM,) if SYSTEM in asked else ()
    return (*(Actor(f"{name}-1", [name]) for name in roles), Actor("nobody-1"), *system)


def payloads(workflow: type[Workflow[D]]) -> tuple[Action[Any, D], ...]:
    """Return some actions for each event that has a payload.

    In one everything is given, in one every text is empty, every number zero and every choice
    left open, and one has each member of an enum.

    Raises:
        InvalidTrial: A field is of a kind that nothing is known of; names every such field.
    """
    problems: list[Problem] = []
    found: list[Action[Any, D]] = []
    for name, event in workflow.spec.events.items():
        if event.payload is None:
            continue
        try:
            values = samples_of(event.payload)
        except _UnknownKind as unknown:
            problems.append(Problem(f"{name}.{unknown.field}", f"no sample of {unknown.kind}"))
            continue
        found += [Action(workflow.spec.name, name, value) for value in values]
    if problems:
        raise InvalidTrial(f"the trial of {workflow.spec.name}", problems)
    return tuple(found)


class _UnknownKind(Exception):
    def __init__(self, kind: Any, field: str = "") -> None:
        super().__init__(kind)
        self.kind = kind
        self.field = field


def samples_of(kind: Any) -> tuple[Any, ...]:
    """Return some values of a type, the fullest first."""
    if kind in SAMPLES:
        return SAMPLES[kind]
    if kind is type(None):
        return (None,)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return tuple(kind)
    if isinstance(kind, type) and attrs.has(cast("Any", kind)):
        return tuple(_built(kind))
    return _of_generic(kind)


def _of_generic(kind: Any) -> tuple[Any, ...]:
    origin, parts = get_origin(kind), get_args(kind)
    if origin in (typing.Union, types.UnionType):
        values = [value for part in parts for value in samples_of(part)]
        return tuple(sorted(values, key=lambda value: value is None))
    if origin is typing.Literal:
        return parts
    if origin in _COLLECTIONS:
        make = _COLLECTIONS[origin]
        return (make(samples_of(parts[0])[:1]), make(()))
    raise _UnknownKind(kind)


def _built(kind: Any) -> Iterator[Any]:
    """Yield a value with every field given, then one for each other value of each field."""
    written = types_of(kind)
    choices: dict[str, tuple[Any, ...]] = {}
    for field in attrs.fields(kind):
        if not field.init:
            continue
        try:
            values = samples_of(written[field.name])
            moments = sum(isinstance(each[0], dt.datetime) for each in choices.values())
            choices[field.alias or field.name] = _choices(field.name, values, moments)
        except _UnknownKind as unknown:
            if field.default is attrs.NOTHING:
                raise _UnknownKind(unknown.kind, field.name) from None
    fullest = _nearest(kind, {name: values[0] for name, values in choices.items()}, choices)
    barest = _nearest(kind, {name: values[-1] for name, values in choices.items()}, choices)
    if fullest is None or barest is None:
        raise _UnknownKind(kind)
    for each in (fullest, *_members(fullest, choices), barest):
        built = _made(kind, each)
        if built is not None:
            yield built


def _made(kind: Any, values: Mapping[str, Any]) -> Any:
    """Return a value, `None` if a validator knows better."""
    try:
        return kind(**values)
    except (TypeError, ValueError, PropflowError):
        return None


def _nearest(
    kind: Any, values: Mapping[str, Any], choices: Mapping[str, tuple[Any, ...]]
) -> dict[str, Any] | None:
    """Return values that a class takes, with as few others than those given as may be."""
    changes = (
        dict(zip(names, others, strict=True))
        for count in range(_MOST + 1)
        for names in itertools.combinations(choices, count)
        for others in itertools.product(*(choices[name] for name in names))
    )
    tried = ({**values, **change} for change in itertools.islice(changes, _TRIES))
    return next((each for each in tried if _made(kind, each) is not None), None)


def _choices(name: str, values: tuple[Any, ...], moments: int) -> tuple[Any, ...]:
    """Return the values to try for a field: months as such, moments in the order of the fields."""
    first = values[0]
    if first == SAMPLES[str][0] and (name == "month" or name.endswith("_month")):
        return (_MONTH, *values[1:])
    if isinstance(first, dt.datetime):
        return (first + dt.timedelta(hours=moments), *values[1:])
    return values


def _members(
    fullest: Mapping[str, Any], choices: Mapping[str, tuple[Any, ...]]
) -> Iterator[dict[str, Any]]:
    """Yield the fullest value with each other member of an enum in it."""
    for name, values in choices.items():
        for value in values[1:]:
            if isinstance(value, enum.Enum):
                yield {**fullest, name: value}


def saturated(data: Any) -> Any:
    """Return data with what counts up bounded: the abstraction where the host gives none.

    Numbers count up to three, collections by their length up to three, moments as given or not.
    It keeps a search finite, and may take cases for one that a guard on a larger number tells
    apart; write an abstraction of your own for a limit beyond three.
    """
    bounded: Any = data
    kind = cast("Any", type(data))
    if isinstance(data, bool | str | enum.Enum):
        pass
    elif isinstance(data, int | float | Decimal):
        bounded = max(-_MOST, min(data, _MOST))
    elif isinstance(data, dt.timedelta):
        bounded = (data > dt.timedelta(0)) - (data < dt.timedelta(0))
    elif isinstance(data, dt.date):
        bounded = "given"
    elif attrs.has(kind):
        bounded = tuple(saturated(getattr(data, field.name)) for field in attrs.fields(kind))
    elif isinstance(data, Sized):
        bounded = min(len(data), _MOST)
    return bounded
