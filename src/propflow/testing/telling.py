"""Which fields of the data tell cases apart: those that decide what may happen next."""

from __future__ import annotations

import dis
import functools
import sys
from collections.abc import Callable, Hashable, Iterator
from types import CodeType, FunctionType, ModuleType
from typing import Any, cast

import attrs

from propflow.definition.spec import WorkflowSpec
from propflow.testing.samples import saturated

_READ_ALL = frozenset({"getattr", "asdict", "astuple", "vars", "__dict__"})
"""Names by which a function may read a field whose name does not stand in it."""

_NOT_OF_HOSTS = frozenset({*sys.stdlib_module_names, "attr", "attrs"})
"""Packages whose functions know no field of a host's by its name."""

_PAYLOAD = 1
"""The place of the payload among the arguments of a guard or an update that takes three."""


def telling(spec: WorkflowSpec) -> Callable[[Any], Hashable]:
    """Return an abstraction for a workflow of which nothing else is known.

    It keeps the fields that `deciding_fields` names, as `saturated` has them. What is only kept,
    such as a place or a remark, and what is only counted tell no cases apart.
    """
    names = deciding_fields(spec)
    kind = attrs.make_class("Told", [*names], frozen=True)  # so that a budget can name what grows

    def abstract(data: Any) -> Hashable:
        told: Hashable = kind(*(saturated(getattr(data, name)) for name in names))
        return told

    return abstract


def deciding_fields(spec: WorkflowSpec) -> tuple[str, ...]:
    """Return the fields of the data that guards and deadlines read, and what those come from.

    It is read off the code of these functions, of updates that set such a field, and of whatever
    they name. A field that only the update reads which sets it is a count, and left out. A function
    that can read fields by other means than their names counts as reading them all.
    """
    fields = frozenset(field.name for field in attrs.fields(cast("Any", spec.data)))
    found: set[str] = set()
    for function in _deciders(spec):
        found |= _read(function, spec.data)
    updates = [event.update for event in spec.events.values() if event.update is not None]
    pairs = [(_set(each) & fields, _read(each, spec.data) & fields) for each in updates]
    grows = True
    while grows:
        before = len(found)
        for written, read in pairs:
            if written & found:
                found |= read - (written - found)
        grows = len(found) > before
    everything = bool(found & _READ_ALL)
    return tuple(
        field.name
        for field in attrs.fields(cast("Any", spec.data))
        if everything or field.name in found
    )


def _deciders(spec: WorkflowSpec) -> Iterator[object]:
    for event in spec.events.values():
        for guard in (*event.guards, *(g for each in event.transitions for g in each.guards)):
            yield guard.function
    for deadline in spec.deadlines.values():
        yield deadline.limit_of
        yield deadline.moment_of


def _read(value: object, data: type) -> frozenset[str]:
    """Return every name that a function reads of anything but its payload, as far as can be told.

    What it calls is read too: globals, parts of modules, methods and properties of the data.
    """
    function = _plain(value)
    if function is None:
        return frozenset()
    names = frozenset(_names(function.__code__, _payload_of(function)))
    waiting, seen = [*_called(function, names, data)], {function.__code__}
    while waiting:
        called = _plain(waiting.pop())
        if called is not None and called.__code__ not in seen:
            seen.add(called.__code__)
            more = frozenset(_names(called.__code__, None))
            names |= more
            waiting += _called(called, more, data)
    return names


def _plain(value: object) -> FunctionType | None:
    """Return the function of a host's that is called, `None` if it is none."""
    while isinstance(value, functools.partial):
        value = value.func
    if isinstance(value, property):
        value = value.fget
    value = getattr(value, "__func__", value)
    if not isinstance(value, FunctionType):
        value = vars(type(value)).get("__call__")
    if not isinstance(value, FunctionType) or value.__module__.partition(".")[0] in _NOT_OF_HOSTS:
        return None
    return value


def _payload_of(function: FunctionType) -> str | None:
    code = function.__code__
    return code.co_varnames[_PAYLOAD] if code.co_argcount == _PAYLOAD + 2 else None


def _names(code: CodeType, payload: str | None) -> Iterator[str]:
    """Yield the names in some code, but for what is read of the payload directly."""
    before: object = None
    for each in dis.get_instructions(code):
        if each.argval in code.co_names and not (payload and _last(before) == payload):
            yield str(each.argval)
        before = each.argval if each.opname.startswith("LOAD_FAST") else None
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant, None)


def _last(argument: object) -> object:
    """Return the variable on top of the stack; one instruction may have loaded two."""
    return cast("tuple[object, ...]", argument)[-1] if isinstance(argument, tuple) else argument


def _called(function: FunctionType, names: frozenset[str], data: type) -> Iterator[object]:
    for cell in function.__closure__ or ():
        yield cell.cell_contents
    for name in names:
        found = function.__globals__.get(name)
        yield found
        yield vars(data).get(name)
        if isinstance(found, ModuleType):
            yield from (vars(found).get(each) for each in names)


def _set(update: object) -> frozenset[str]:
    """Return the names that an update gives values to, such as those of ``attrs.evolve``."""
    function = _plain(update)
    found: set[str] = set()
    waiting = [] if function is None else [function.__code__]
    while waiting:
        for constant in waiting.pop().co_consts:
            if isinstance(constant, CodeType):
                waiting.append(constant)
            elif isinstance(constant, tuple):
                found |= {each for each in cast("Any", constant) if isinstance(each, str)}
    return frozenset(found)
