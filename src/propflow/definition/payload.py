"""Values in and out of plain data, strictly: for the untyped entrance and for storage.

The one place beside `document` where the definition room uses cattrs.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import uuid
from collections.abc import Callable, Iterable, Mapping
from collections.abc import Set as AbstractSet
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast

from propflow.errors import InvalidPayload, Problem, UnknownEvent

if TYPE_CHECKING:
    from cattrs import Converter

    from propflow.definition.spec import WorkflowSpec


def structure_payload(spec: WorkflowSpec, event: str, values: Mapping[str, Any]) -> Any:
    """Build an event's payload from untyped values.

    Raises:
        UnknownEvent: The workflow has no such event.
        InvalidPayload: With every field that is missing, unknown or of the wrong type.
    """
    if event not in spec.events:
        raise UnknownEvent(spec.name, event, tuple(spec.events))
    kind = spec.events[event].payload
    if kind is None:
        if values:
            unknown = [Problem(str(name), "the event takes no payload") for name in values]
            raise InvalidPayload(spec.name, event, unknown)
        return None
    try:
        payload: Any = converter().structure(values, cast("Any", kind))
    except RecursionError:
        raise InvalidPayload(spec.name, event, [Problem("$", "nested too deep")]) from None
    except Exception as error:  # cattrs collects whatever a field's own class raises
        raise InvalidPayload(spec.name, event, problems_of(error)) from error
    return payload


def problems_of(error: BaseException) -> list[Problem]:
    """Return what cattrs found wrong, one problem a field."""
    from cattrs import transform_error

    found: list[Problem] = []
    for line in transform_error(error, format_exception=_words):
        message, _, path = line.rpartition(" @ ")
        found.append(Problem(path.removeprefix("$.") or "$", message))
    return found


def _words(error: BaseException, kind: type | None) -> str:
    from cattrs.errors import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown fields {', '.join(sorted(map(str, error.extra_fields)))}"
    if isinstance(error, KeyError):
        return "is missing"
    wanted = getattr(kind, "__name__", str(kind)) if kind is not None else "a value"
    return f"is not {wanted}: {error}"


@functools.cache
def converter(*, explains: bool = True) -> Converter:
    """Return propflow's converter: exact, strict, and refusing what it does not know.

    Args:
        explains: Whether it reports every problem with its place, or stops at the first: faster.
    """
    from cattrs import Converter

    made = Converter(
        forbid_extra_keys=True,
        detailed_validation=explains,
        unstruct_collection_overrides={AbstractSet: _ordered},
    )
    for kind, read in _READERS.items():
        made.register_structure_hook(kind, _reading(read, kind))
    for kind, write in _WRITERS.items():
        made.register_unstructure_hook(kind, _writing(write, kind))
    for kind in (str, bool, float):
        made.register_unstructure_hook(kind, _passing(kind))
    return made


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Return a set's values in one order, so that equal sets are written alike."""
    return sorted(values, key=lambda value: (type(value).__name__, value))


def _reading(read: Callable[[Any], Any], kind: type) -> Callable[[Any, Any], Any]:
    def hook(value: Any, asked: type) -> Any:
        if type(value) is asked:
            return value
        plain = value if type(value) is kind else read(value)
        return plain if asked is kind else asked(plain)  # an enum of such values

    return hook


def _passing(kind: type) -> Callable[[Any], Any]:
    """Return a hook for values that are plain already."""

    def hook(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        raise TypeError(f"{value!r} is not {kind.__name__}")

    return hook


def _writing(write: Callable[[Any], Any], kind: type) -> Callable[[Any], Any]:
    def hook(value: Any) -> Any:
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{value!r} is not {kind.__name__}")
        return write(value.value if isinstance(value, enum.Enum) else value)

    return hook


def _wrong(value: Any) -> TypeError:
    return TypeError(f"{value!r} is {type(value).__name__}")


def _read_text(value: Any) -> str:
    raise _wrong(value)


def _read_int(value: Any) -> int:
    if isinstance(value, str):
        return int(value)
    raise _wrong(value)


def _read_bool(value: Any) -> bool:
    words = {"true": True, "false": False}
    if isinstance(value, str) and value.lower() in words:
        return words[value.lower()]
    raise _wrong(value)


def _read_float(value: Any) -> float:
    if isinstance(value, str | int) and not isinstance(value, bool):
        return float(value)
    raise _wrong(value)


def _read_decimal(value: Any) -> Decimal:
    if isinstance(value, str | int) and not isinstance(value, bool):
        try:
            return Decimal(value)
        except InvalidOperation:
            raise ValueError(f"{value!r} is not a number") from None
    raise _wrong(value)


def _read_moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        return aware(dt.datetime.fromisoformat(value))
    raise _wrong(value)


def _read_date(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    raise _wrong(value)


def _read_duration(value: Any) -> dt.timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        return dt.timedelta(microseconds=value)
    raise _wrong(value)


def aware(moment: dt.datetime) -> dt.datetime:
    """Return the moment if it has an offset.

    Raises:
        ValueError: It has none, so nobody can say when it is.
    """
    if moment.tzinfo is None:
        raise ValueError(f"{moment.isoformat()} has no UTC offset")
    return moment


_READERS: dict[type, Callable[[Any], Any]] = {
    str: _read_text,
    int: _read_int,
    bool: _read_bool,
    float: _read_float,
    Decimal: _read_decimal,
    dt.datetime: _read_moment,
    dt.date: _read_date,
    dt.timedelta: _read_duration,
}

_WRITERS: dict[type, Callable[[Any], Any]] = {
    int: int,
    Decimal: str,
    dt.datetime: lambda value: aware(value).isoformat(),
    dt.date: lambda value: value.isoformat(),
    dt.timedelta: lambda value: value // dt.timedelta(microseconds=1),
    uuid.UUID: str,
}
