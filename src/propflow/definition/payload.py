"""Values in and out of plain data, strictly: for the untyped entrance and for storage.

The one place beside `document` where the definition room uses cattrs.
"""

from __future__ import annotations

import datetime as dt
import enum
import functools
import reprlib
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any, cast, get_args, get_origin

from propflow.definition.fields import is_frozen, types_of
from propflow.errors import InvalidPayload, Problem, UnknownEvent

if TYPE_CHECKING:
    from cattrs import Converter

    from propflow.definition.spec import WorkflowSpec

_LONGEST = 160
"""The most characters of what others say about a value; it may repeat the whole of it."""


def structure_payload(spec: WorkflowSpec, event: str, values: Mapping[str, Any]) -> Any:
    """Build an event's payload from untyped values.

    Raises:
        UnknownEvent: The workflow has no such event.
        InvalidPayload: With every field that is missing, unknown or of the wrong type.
    """
    if event not in spec.events:
        raise UnknownEvent(spec.name, event, tuple(spec.events))
    kind = spec.events[event].payload
    given: object = values
    if not isinstance(given, Mapping):
        whole = Problem("$", f"{_wrong(given)}, not a mapping of the payload's fields")
        raise InvalidPayload(spec.name, event, [whole])
    if kind is None:
        if values:
            unknown = [Problem(str(name), "the event takes no payload") for name in values]
            raise InvalidPayload(spec.name, event, unknown)
        return None
    try:
        payload: Any = converter().structure(values, cast("Any", kind))
    except Exception as error:  # cattrs collects whatever a field's own class raises
        raise InvalidPayload(spec.name, event, problems_of(error)) from error
    return payload


def problems_of(error: BaseException) -> list[Problem]:
    """Return what cattrs found wrong, one problem a field."""
    from cattrs import transform_error

    found: list[Problem] = []
    for line in transform_error(error, format_exception=_words):
        message, _, path = line.rpartition(" @ ")
        found.append(Problem(_shortened(path.removeprefix("$.")), message))
    return found


def _words(error: BaseException, kind: type | None) -> str:
    from cattrs.errors import ForbiddenExtraKeysError

    if isinstance(error, ForbiddenExtraKeysError):
        return f"unknown fields {', '.join(sorted(map(str, error.extra_fields)))}"
    if isinstance(error, RecursionError):
        return "is nested too deep; flatten it"
    said = _shortened(str(error))
    if kind is None:  # not from one field: the class itself refused, in its own words
        return f"{type(error).__name__}: {said}" if isinstance(error, KeyError) else said
    if isinstance(error, KeyError):
        return "is missing"
    return f"is not {getattr(kind, '__name__', kind)}: {said}"


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


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
    made.register_structure_hook_factory(_is_collection, _reading_all)
    for kind, write in _WRITERS.items():
        made.register_unstructure_hook(kind, _writing(write, kind))
    # A plain value in the place of a member could not be read back.
    for kind in (enum.Enum, enum.IntEnum, enum.StrEnum):
        made.register_unstructure_hook(kind, _write_member)
    return made


def know_enums(kind: Any) -> None:
    """Let the converter tell apart the members of the enums in a type, whatever they are made of.

    Without this a member of another enum would be written, and could not be read back.
    """
    for part in get_args(kind):
        know_enums(part)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        converter().register_unstructure_hook(kind, _writing_members(kind))
    elif is_frozen(kind):
        for part in types_of(cast("Any", kind)).values():
            know_enums(part)


def _writing_members(kind: type[enum.Enum]) -> Callable[[Any], Any]:
    def hook(value: Any) -> Any:
        if not isinstance(value, kind):
            raise TypeError(f"{reprlib.repr(value)} is no {kind.__name__}")
        return value.value

    return hook


def _ordered(values: Iterable[Any]) -> list[Any]:
    """Return a set's values in one order, so that equal sets are written alike."""
    return sorted(values, key=repr)  # values of any kind, where `<` knows only some


def _reading(read: Callable[[Any], Any], kind: type) -> Callable[[Any, Any], Any]:
    check = _CHECKS.get(kind)

    def hook(value: Any, wanted: Any) -> Any:
        plain = value if type(value) in (kind, wanted) else read(value)
        if check is not None:
            check(plain)
        return plain if wanted is kind else wanted(plain)  # an enum of such values

    return hook


_COLLECTIONS: dict[Any, Callable[[Iterable[Any]], Any]] = {
    list: list,
    set: set,
    frozenset: frozenset,
    tuple: tuple,
    AbstractSet: frozenset,
    Sequence: tuple,
}


_TEXT = frozenset({str})


def _is_list_of_text(values: Any) -> bool:
    return values.__class__ is list and _TEXT.issuperset(map(type, values))


def _is_collection(kind: Any) -> bool:
    origin, members = get_origin(kind), get_args(kind)
    return origin in _COLLECTIONS and (origin is not tuple or members[-1:] == (...,))


def _reading_all(kind: Any, made: Converter) -> Callable[[Any, Any], Any]:
    """Return a hook that does not take one text for many: its letters are not meant."""
    from cattrs.cols import list_structure_factory

    many: Any = list[get_args(kind)[0]]  # type: ignore[misc]  # a type made at run time
    read = list_structure_factory(many, made)
    collect = _COLLECTIONS[get_origin(kind)]
    of_text = get_args(kind)[0] is str

    def hook(values: Any, wanted: Any) -> Any:
        if of_text and _is_list_of_text(values):
            return collect(values)  # almost every collection, settled in a moment
        if isinstance(values, str | bytes | Mapping) or not isinstance(values, Iterable):
            raise _wrong(values)
        return collect(read(values, wanted))

    return hook


def _writing(write: Callable[[Any], Any], kind: type) -> Callable[[Any], Any]:
    check = _CHECKS.get(kind)
    as_it_is = kind if write is kind and check is None else None

    def hook(value: Any) -> Any:
        if type(value) is as_it_is:
            return value  # almost every value, settled in a moment
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            raise TypeError(f"{reprlib.repr(value)} is not {kind.__name__}")
        if check is not None:
            check(value)
        return write(value.value if isinstance(value, enum.Enum) else value)

    return hook


def _write_member(value: Any) -> Any:
    if not isinstance(value, enum.Enum):
        raise TypeError(f"{reprlib.repr(value)} is no member of its enum")
    return value.value


def _wrong(value: Any) -> TypeError:
    return TypeError(f"{reprlib.repr(value)} is {type(value).__name__}")


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
            raise ValueError(f"{reprlib.repr(value)} is not a number") from None
    raise _wrong(value)


def _read_moment(value: Any) -> dt.datetime:
    if isinstance(value, str):
        return dt.datetime.fromisoformat(value)
    raise _wrong(value)


def _read_date(value: Any) -> dt.date:
    if isinstance(value, str):
        return dt.date.fromisoformat(value)
    raise _wrong(value)


def _read_uuid(value: Any) -> uuid.UUID:
    if isinstance(value, str):
        return uuid.UUID(value)
    raise _wrong(value)


def _read_duration(value: Any) -> dt.timedelta:
    if isinstance(value, int) and not isinstance(value, bool):
        return dt.timedelta(microseconds=value)
    raise _wrong(value)


def _check_aware(moment: dt.datetime) -> None:
    if moment.utcoffset() is None:
        raise ValueError(f"{moment.isoformat()} has no UTC offset")


def _check_finite(number: Decimal | float) -> None:
    if not Decimal(number).is_finite():  # a signalling NaN has no place in `math`
        raise ValueError(f"{number} is not a finite number")


_CHECKS: dict[type, Callable[[Any], None]] = {
    dt.datetime: _check_aware,
    Decimal: _check_finite,
    float: _check_finite,
}
"""What a value must meet beside being of its type, on its way in and out."""

_READERS: dict[type, Callable[[Any], Any]] = {
    str: _read_text,
    int: _read_int,
    bool: _read_bool,
    float: _read_float,
    Decimal: _read_decimal,
    dt.datetime: _read_moment,
    dt.date: _read_date,
    dt.timedelta: _read_duration,
    uuid.UUID: _read_uuid,
}

_WRITERS: dict[type, Callable[[Any], Any]] = {
    str: str,
    int: int,
    bool: bool,
    float: float,
    Decimal: str,
    dt.datetime: lambda value: value.isoformat(),
    dt.date: lambda value: value.isoformat(),
    dt.timedelta: lambda value: value // dt.timedelta(microseconds=1),
    uuid.UUID: str,
}
