"""A finding: what an inspector saw, under which rule."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import cast

import attrs


def _ids(given: Iterable[str]) -> tuple[str, ...]:
    """The ids once each, sorted, so that equal findings are equal however they were written.

    A lone string is one id, not its letters. What is no id at all is kept, for `assess` to report.
    """
    loose: object = given
    several = isinstance(loose, Iterable) and not isinstance(loose, str)
    values = cast("Iterable[str]", loose if several else (loose,))
    by_text = {(type(value).__name__, str(value)): value for value in values}
    return tuple(by_text[key] for key in sorted(by_text))


@attrs.frozen
class Finding:
    """One observation of an inspector under one rule.

    Attributes:
        rule: the id of the rule that is broken.
        persons: the persons concerned; needed by a rule counted by person.
        places: the places concerned; needed by a rule counted by place.
        inspection: during which inspection; findings without one belong to one unnamed inspection.
            An inspection is one sheet filled in, so each has an id of its own.
        department: the inspected department.
        fact: the host's id of what was seen. Within an account one fact is charged once, under
            whatever rules it was noted. Without one, every finding is a fact of its own.
        found_at: when, as an aware datetime.
        by: who found it.
        severity: one of the severities that the rule names, if it names any.
    """

    rule: str
    persons: tuple[str, ...] = attrs.field(default=(), converter=_ids, kw_only=True)
    places: tuple[str, ...] = attrs.field(default=(), converter=_ids, kw_only=True)
    inspection: str | None = attrs.field(default=None, kw_only=True)
    department: str | None = attrs.field(default=None, kw_only=True)
    fact: str | None = attrs.field(default=None, kw_only=True)
    found_at: datetime | None = attrs.field(default=None, kw_only=True)
    by: str | None = attrs.field(default=None, kw_only=True)
    severity: str | None = attrs.field(default=None, kw_only=True)
