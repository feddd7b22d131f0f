"""Data and payloads as JSON text and back, exact and typed."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from hashlib import sha256
from operator import attrgetter
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

import attrs

from propflow.definition import Effect
from propflow.definition.fields import is_frozen, types_of
from propflow.definition.payload import converter, know_enums, problems_of
from propflow.definition.spec import WorkflowSpec
from propflow.errors import InvalidPayload, PayloadTooLarge, Problem, UnreadableData

MAX_PAYLOAD_BYTES = 1024 * 1024
"""The largest payload that is stored: 1 MiB of JSON in UTF-8. Larger things belong in files."""


_PLAIN = (
    *(str, bytes, int, float, Decimal, type(None), enum.Enum, uuid.UUID),
    *(dt.datetime, dt.date, dt.timedelta),
)


def is_immutable(kind: Any) -> bool:
    """Whether no value of the type can change, nor anything in it, so that it can be shared."""
    origin = get_origin(kind)
    if origin in (tuple, frozenset, Union, UnionType):
        return all(is_immutable(part) for part in get_args(kind) if part is not ...)
    if is_frozen(kind):
        return all(is_immutable(part) for part in types_of(kind).values())
    return isinstance(kind, type) and issubclass(kind, _PLAIN)


class _Written(str):
    """JSON text that knows the value it was written from, for a store that hands it back itself."""

    __slots__ = ("value",)

    value: Any


class Codec:
    """Writes and reads the values of one version of a workflow."""

    def __init__(self, spec: WorkflowSpec) -> None:
        for kind in (spec.data, *(event.payload for event in spec.events.values())):
            know_enums(kind)
        self._spec = spec
        self._types = types_of(spec.data)
        self._shares_data = is_immutable(spec.data)
        self._indexed = tuple((name, attrgetter(name)) for name in spec.indexed)
        self._structure_data = converter(explains=False).get_structure_hook(spec.data)
        self._unstructure_data = converter().get_unstructure_hook(spec.data)

    @staticmethod
    def hash_data(text: str) -> str:
        """Return the SHA-256 of data as JSON text, in hex."""
        return sha256(text.encode()).hexdigest()

    def write_data(self, event: str, data: Any) -> str:
        """Return the data as JSON text.

        Raises:
            InvalidPayload: A value in them is not of its field's type, or cannot be written.
        """
        text = self._write(f"{event}, its data", data, self._unstructure_data)
        if self._shares_data:
            text = _Written(text)
            text.value = data
        return text

    def write_payload(self, event: str, payload: Any) -> str | None:
        """Return an event's payload as JSON text.

        Raises:
            InvalidPayload: A value in it is not of its field's type, or cannot be written.
            PayloadTooLarge: It is larger than 1 MiB.
        """
        if payload is None:
            return None
        text = self._write(event, payload, converter().unstructure)
        size = len(text) if text.isascii() else len(text.encode())
        if size > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(self._spec.name, event, size, MAX_PAYLOAD_BYTES)
        return text

    def write_effect(self, event: str, effect: Effect) -> str:
        """Return an effect as JSON text.

        Raises:
            InvalidPayload: A value in it is not of its field's type, or cannot be written.
        """
        where = f"{event}, its effect {type(effect).__name__}"
        return self._write(where, effect, converter().unstructure)

    def _write(self, where: str, value: Any, unstructure: Callable[[Any], Any]) -> str:
        try:
            text = _dump(unstructure(value))
            if not text.isascii():
                text.encode()  # a lone surrogate cannot be stored
        except RecursionError:
            problem = Problem("$", "nested too deep to be stored; flatten it")
            raise InvalidPayload(self._spec.name, where, [problem]) from None
        except Exception as error:
            raise InvalidPayload(self._spec.name, where, _unwritable(value, error)) from error
        return text

    def read_data(self, text: str) -> Any:
        """Return the data that `write_data` wrote.

        Raises:
            UnreadableData: The text does not fit the data class of this version.
        """
        if isinstance(text, _Written):
            return text.value
        return self._read(text, self._spec.data, self._structure_data, "its data")

    def read_payload(self, event: str, text: str | None) -> Any:
        """Return the payload that `write_payload` wrote.

        Raises:
            UnreadableData: The text does not fit the event's payload class of this version.
        """
        if text is None:
            return None
        kind = self._spec.events[event].payload if event in self._spec.events else None
        return self._read(
            text, kind, converter(explains=False).structure, f"the payload of {event}"
        )

    def _read(
        self, text: str, kind: type | None, structure: Callable[[Any, Any], Any], what: str
    ) -> Any:
        try:
            return structure(_load(text), kind)
        except Exception as error:
            name, version = self._spec.name, self._spec.version
            problems = _unreadable(text, kind) or [Problem("$", str(error))]
            raise UnreadableData(f"{what} in {name} version {version}", problems) from error

    def indexed(self, data: Any) -> tuple[tuple[str, str], ...]:
        """Return the values of the workflow's indexed fields as canonical text."""
        if not self._indexed:
            return ()
        return tuple((name, canonical(get(data))) for name, get in self._indexed)

    def where(self, values: Mapping[str, Any]) -> tuple[tuple[tuple[str, str], ...], list[Problem]]:
        """Return what to look for as canonical text, and what is wrong with it."""
        problems: list[Problem] = []
        for name, value in values.items():
            if name not in self._spec.indexed:
                known = ", ".join(self._spec.indexed) or "none"
                problems.append(
                    Problem(name, f"is not in {self._spec.name}.indexed, which has {known}")
                )
                continue
            try:
                converter().unstructure(value, unstructure_as=self._types[name])
            except (TypeError, ValueError) as error:
                problems.append(Problem(name, str(error)))
        if problems:
            return (), problems
        return tuple((name, canonical(value)) for name, value in values.items()), problems


def canonical(value: Any) -> str:
    """Return one text for equal values: numbers without trailing zeros, moments in UTC.

    Text has a quotation mark before it, so that it differs from a number, and from no value.
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    plain = value if type(value) is str else converter().unstructure(value)
    return '"' + plain if isinstance(plain, str) else _dump(plain)


_load = json.JSONDecoder().decode
_dump = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


def _unreadable(text: str, kind: type | None) -> list[Problem]:
    """Return everything that keeps a text from being read; the quick reader stops at the first."""
    try:
        converter().structure(_load(text), cast("Any", kind))
    except Exception as error:  # noqa: BLE001 - whatever a field's own class raises
        return problems_of(error)
    return []


def _unwritable(value: Any, error: Exception) -> list[Problem]:
    """Return every field that cannot be written, or the error itself where none can be named."""
    kind = cast("Any", type(value))
    types = types_of(kind) if attrs.has(kind) else {}
    problems: list[Problem] = []
    for name, wanted in types.items():
        try:
            _dump(converter().unstructure(getattr(value, name), unstructure_as=wanted)).encode()
        except Exception as wrong:  # noqa: BLE001 - whatever a field's own class raises
            problems.append(Problem(name, str(wrong)))
    return problems or [Problem("$", str(error))]
