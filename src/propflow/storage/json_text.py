"""JSON text of values, written by a function that is made for their class.

Every step writes two values or three, and most fields hold text. Making a dictionary with cattrs
and handing that to `json` costs five times as much as writing the fields in a row, so for a frozen
class a function is made that does just that, as attrs makes an `__init__`; a field that is not
plain is written by cattrs and `json`, for itself. A value that is not exactly of its field's type
goes the long way as a whole, which also says what is wrong with it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from json.encoder import encode_basestring
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin

import attrs

from propflow.definition.fields import is_frozen, types_of
from propflow.definition.payload import converter

Writer = Callable[[Any], str]

dump: Writer = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode
"""Write plain data as JSON text: compact, fields in order, nothing escaped that need not be."""

_PLAIN = {
    str: ("type({0}) is str", "quoted({0})"),
    int: ("type({0}) is int", "str({0})"),
    bool: ("type({0}) is bool", "'true' if {0} else 'false'"),
    tuple[str, ...]: (
        "type({0}) is tuple and all_text.issuperset(map(type, {0}))",
        "'[%s]' % ','.join(map(quoted, {0}))",
    ),
}
"""For a field's type: when the short way may be taken, and the text; both as Python."""


def writer_for(kind: Any) -> Writer:
    """Return what writes values of a class as JSON text; of any class for `None`.

    The writer raises what cattrs and `json` raise for a value that cannot be written.
    """
    long_way = _long_way(kind)
    if not is_frozen(kind):
        return long_way
    types = types_of(kind)
    fields = {field.name: types[field.name] for field in attrs.fields(kind) if field.init}
    plain = {name: way for name, of in fields.items() if (way := _plain(of)) is not None}
    if not plain:
        return long_way
    names: dict[str, Any] = {
        "quoted": encode_basestring,
        "all_text": frozenset({str}),
        "long_way": long_way,
        **{f"put_{name}": _long_way(of) for name, of in fields.items() if name not in plain},
    }
    exec(_source(list(fields), plain), names)  # noqa: S102 - the class's own names, identifiers
    made: Writer = names["write"]
    return made


def _long_way(kind: Any) -> Writer:
    unstructure: Callable[[Any], Any] = (
        converter().unstructure if kind is None else converter().get_unstructure_hook(kind)
    )
    return lambda value: dump(unstructure(value))


def _source(fields: Sequence[str], plain: Mapping[str, tuple[str, str]]) -> str:
    """Return the source of the short way."""
    checks = [check.format(f"_{name}") for name, (check, _) in plain.items()]
    texts = [
        f'"{name}":{{{plain[name][1].format(f"_{name}")}}}'
        if name in plain
        else f'"{name}":{{put_{name}(_{name})}}'
        for name in fields
    ]
    return "\n".join(
        [
            "def write(value):",
            *(f"    _{name} = value.{name}" for name in fields),
            f"    if {' and '.join(checks)}:",
            "        try:",
            f"            return f'''{{{{{','.join(texts)}}}}}'''",
            "        except Exception:",
            "            pass  # the long way says what is wrong",
            "    return long_way(value)",
        ]
    )


def _plain(kind: Any) -> tuple[str, str] | None:
    """Return how a field of this type is written, `None` for one that takes the long way."""
    if kind in _PLAIN:
        return _PLAIN[kind]
    members = set(get_args(kind)) - {NoneType}
    if get_origin(kind) not in (Union, UnionType) or len(members) != 1:
        return None
    way = _PLAIN.get(members.pop())
    if way is None:
        return None
    check, text = way
    return f"({{0}} is None or {check})", f"'null' if {{0}} is None else {text}"
