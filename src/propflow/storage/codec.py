"""Data and payloads as JSON text and back, exact and typed."""

from __future__ import annotations

import datetime as dt
import enum
import json
import uuid
from collections.abc import Callable, Mapping
from decimal import Decimal
from operator import attrgetter
from types import UnionType
from typing import Any, Union, cast, get_args, get_origin

import attrs

from propflow.definition import ADOPTED, MIGRATED, REDACTED, Effect, Migration, Redaction
from propflow.definition.fields import is_frozen, types_of
from propflow.definition.own_step import OWN_STEPS
from propflow.definition.payload import converter, know_enums, problems_of
from propflow.definition.spec import WorkflowSpec
from propflow.errors import InvalidPayload, PayloadTooLarge, Problem, UnreadableData
from propflow.storage.json_text import Writer, dump, writer_for
from propflow.storage.sealing import hash_data

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


class Codec:
    """Writes and reads the values of one version of a workflow.

    Attributes:
        shares_data: The data cannot change, so that a store in memory may hand them back.
    """

    hash_data = staticmethod(hash_data)

    def __init__(self, spec: WorkflowSpec) -> None:
        for kind in (spec.data, *(event.payload for event in spec.events.values())):
            know_enums(kind)
        self._spec = spec
        self._types = types_of(spec.data)
        self.shares_data = is_immutable(spec.data)
        self._indexed = tuple((name, attrgetter(name)) for name in spec.indexed)
        self._structure_data = converter(explains=False).get_structure_hook(spec.data)
        self._put_data = writer_for(spec.data)
        self._put_payload = {
            event.name: writer_for(event.payload) for event in spec.events.values()
        }
        self._put_payload |= {name: writer_for(kind) for name, kind in OWN_STEPS.items()}
        self._put_effect: dict[type, Writer] = {}
        self._put_payload[MIGRATED] = self._put_migration
        self._put_payload[REDACTED] = self._put_redaction
        self._put_payload[ADOPTED] = self._put_data

    def write_data(self, event: str, data: Any) -> str:
        """Return the data as JSON text.

        Raises:
            InvalidPayload: A value in them is not of its field's type, or cannot be written.
        """
        return self._write(event, ", its data", data, self._put_data)

    def write_payload(self, event: str, payload: Any) -> str | None:
        """Return an event's payload as JSON text.

        Raises:
            InvalidPayload: A value in it is not of its field's type, or cannot be written.
            PayloadTooLarge: It is larger than 1 MiB.
        """
        if payload is None:
            return None
        text = self._write(event, "", payload, self._put_payload[event])
        size = len(text) if text.isascii() else len(text.encode())
        if size > MAX_PAYLOAD_BYTES:
            raise PayloadTooLarge(self._spec.name, event, size, MAX_PAYLOAD_BYTES)
        return text

    def write_effect(self, event: str, effect: Effect) -> str:
        """Return an effect as JSON text.

        Raises:
            InvalidPayload: A value in it is not of its field's type, or cannot be written.
        """
        kind = type(effect)
        put = self._put_effect.get(kind)
        if put is None:
            put = self._put_effect[kind] = writer_for(kind)
        return self._write(event, f", its effect {kind.__name__}", effect, put)

    def _write(self, event: str, what: str, value: Any, put: Callable[[Any], str]) -> str:
        try:
            text = put(value)
            if not text.isascii():
                text.encode()  # a lone surrogate cannot be stored
        except RecursionError:
            problem = Problem("$", "nested too deep to be stored; flatten it")
            raise InvalidPayload(self._spec.name, event + what, [problem]) from None
        except Exception as error:
            problems = _unwritable(value, error)
            raise InvalidPayload(self._spec.name, event + what, problems) from error
        return text

    def read_data(self, text: str) -> Any:
        """Return the data that `write_data` wrote.

        Raises:
            UnreadableData: The text does not fit the data class of this version.
        """
        return self._read(text, self._spec.data, self._structure_data, "its data")

    def read_payload(self, event: str, text: str | None) -> Any:
        """Return the payload that `write_payload` wrote.

        Raises:
            UnreadableData: The text does not fit the event's payload class of this version.
        """
        if text is None:
            return None
        kind: type | None = OWN_STEPS.get(event)
        if event in self._spec.events:
            kind = self._spec.events[event].payload
        if event == MIGRATED:
            return self._read(text, None, self._structure_migration, "a migration")
        if event == REDACTED:
            return self._read(text, None, self._structure_redaction, "a redaction")
        if event == ADOPTED:
            kind = self._spec.data
        return self._read(
            text, kind, converter(explains=False).structure, f"the payload of {event}"
        )

    def _put_migration(self, migration: Migration) -> str:
        kept = attrs.asdict(migration, recurse=False)
        del kept["data"]
        return f'{dump(kept)[:-1]},"data":{self._put_data(migration.data)}}}'

    def _structure_migration(self, kept: Any, _: Any) -> Migration:
        return Migration(**{**kept, "data": self._structure_data(kept["data"], self._spec.data)})

    def _put_redaction(self, redaction: Redaction) -> str:
        kept = converter().unstructure(attrs.evolve(redaction, data=None))
        del kept["data"]
        return f'{dump(kept)[:-1]},"data":{self._put_data(redaction.data)}}}'

    def _structure_redaction(self, kept: Any, _: Any) -> Redaction:
        data = self._structure_data(kept["data"], self._spec.data)
        return attrs.evolve(converter().structure({**kept, "data": None}, Redaction), data=data)

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
                canonical(value).encode()
            except UnicodeEncodeError:
                problems.append(Problem(name, "holds half a surrogate pair; mend the text"))
            except (TypeError, ValueError) as error:
                problems.append(Problem(name, str(error)))
        if problems:
            return (), problems
        return tuple((name, canonical(value)) for name, value in values.items()), problems


def read_effect(kind: type[Effect] | None, text: str) -> Any:
    """Return the effect that `Codec.write_effect` wrote, its plain fields for no class.

    Raises:
        UnreadableData: The text does not fit the class.
    """
    if kind is None:
        return _load(text)
    try:
        return converter(explains=False).structure(_load(text), kind)
    except Exception as error:
        problems = _unreadable(text, kind) or [Problem("$", str(error))]
        raise UnreadableData(f"an effect {kind.__name__}", problems) from error


def canonical(value: Any) -> str:
    """Return one text for equal values: numbers without trailing zeros, moments in UTC.

    Text has a quotation mark before it, so that it differs from a number, and from no value.
    """
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    plain = value if type(value) is str else converter().unstructure(value)
    return '"' + plain if isinstance(plain, str) else dump(plain)


_load = json.JSONDecoder().decode


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
            dump(converter().unstructure(getattr(value, name), unstructure_as=wanted)).encode()
        except Exception as wrong:  # noqa: BLE001 - whatever a field's own class raises
            problems.append(Problem(name, str(wrong)))
    return problems or [Problem("$", str(error))]
