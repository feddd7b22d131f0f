"""Strict structuring of TOML tables: nothing is coerced, and all faults of a table come at once.

The one file of the rule books that knows cattrs.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from enum import StrEnum
from functools import cache, partial
from typing import Any, Final, TypeVar, get_args

import attrs
from cattrs import ClassValidationError, Converter, ForbiddenExtraKeysError, IterableValidationError
from cattrs.gen import make_dict_structure_fn, override

from propflow.errors import InvalidPoints
from propflow.scoring import (
    Clause,
    Deduction,
    Points,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
    Unspecified,
)
from propflow.scoring.points import exact

T = TypeVar("T")

_NEVER_READ: Final = {
    "about",  # the kind says it
    "set_by_host",  # a file speaks for its source, not for a host
}


class Unreadable(Exception):
    """A table that cannot become a value; `messages` says everything that is wrong with it.

    It never leaves the loader, which knows the place of the table.
    """

    def __init__(self, messages: Iterable[str]) -> None:
        self.messages = tuple(messages)
        super().__init__(*self.messages)


def structured(table: object, kind: type[T]) -> T:
    """The table as a value of this class.

    Raises:
        Unreadable: keys are missing, unknown or hold the wrong thing; says so for all of them.
    """
    if not isinstance(table, dict):
        raise Unreadable([f"{table!r} is not a table of keys and values"])
    try:
        return _converter().structure(table, kind)
    except ClassValidationError as error:
        raise Unreadable(_messages(error, "")) from None


@cache
def _converter() -> Converter:
    converter = Converter(forbid_extra_keys=True, detailed_validation=True)
    converter.register_structure_hook(str, _text)
    converter.register_structure_hook(bool, _switch)
    converter.register_structure_hook(int, _count)
    converter.register_structure_hook(Decimal, _number)
    converter.register_structure_hook(StrEnum, _choice)
    converter.register_structure_hook_func(lambda kind: kind == Points, _points)
    converter.register_structure_hook_func(
        lambda kind: getattr(kind, "__origin__", None) is tuple, partial(_several, converter)
    )
    for kind in (Clause, Deduction, ScoreItem, ScoreSection, ScoreTotal):
        omitted: Any = {name: override(omit=True) for name in _NEVER_READ}
        hook = make_dict_structure_fn(kind, converter, _cattrs_forbid_extra_keys=True, **omitted)
        converter.register_structure_hook(kind, hook)
    return converter


def _text(value: object, _: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"is {value!r}; write a text that is not blank, in quotation marks")
    return value


def _several(converter: Converter, value: object, kind: Any) -> tuple[object, ...]:
    if not isinstance(value, list):
        raise ValueError(f"is {value!r}; write a list: [ … ]")  # noqa: TRY004 - a fault of the file
    members: Any = list[get_args(kind)[0]]  # type: ignore[misc]  # a type made at run time
    return tuple(converter.structure(value, members))


def _switch(value: object, _: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(f"is {value!r}; write true or false")  # noqa: TRY004 - a fault of the file
    return value


def _count(value: object, _: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise ValueError(f"is {value!r}; write a whole number")  # noqa: TRY004 - a fault of the file
    return value


def _points(value: object, _: Any) -> Points:
    return Unspecified if value == Unspecified.value else _number(value, _)


def _number(value: object, _: Any) -> Decimal:
    try:
        return exact(value, "points")
    except InvalidPoints as error:
        raise ValueError(f"wrong: {error.problems[0].message}") from None


def _choice(value: object, kind: type[StrEnum]) -> StrEnum:
    choices = [member.value for member in kind]
    if value not in choices:
        raise ValueError(f"is {value!r}; write one of {', '.join(choices)}")
    return kind(str(value))


def _messages(error: BaseException, path: str) -> Iterator[str]:
    if isinstance(error, ClassValidationError):
        noted, others = error.group_exceptions()
        for inner, note in noted:
            yield from _messages(inner, f"{path}.{note.name}".lstrip("."))
        for inner in others:
            yield from _messages(inner, path)
    elif isinstance(error, IterableValidationError):
        for inner, place in error.group_exceptions()[0]:
            yield from _messages(inner, f"{path}[{place.index}]")
    elif isinstance(error, ForbiddenExtraKeysError):
        unknown = error.extra_fields | _NEVER_READ
        known = ", ".join(each.name for each in attrs.fields(error.cl) if each.name not in unknown)
        for key in sorted(error.extra_fields):
            yield f"{f'{path}.{key}'.lstrip('.')} is not a key that is read; known are {known}"
    elif isinstance(error, KeyError):
        yield f"{path} is missing"
    else:
        yield f"{path} {error}"
