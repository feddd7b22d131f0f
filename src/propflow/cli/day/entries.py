"""What a day file says: who there is, and what happened when."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, TypeAlias

import attrs

from propflow.cli.day.table import Fault
from propflow.definition import Action, Actor
from propflow.scoring import Finding

# China has had this one offset since 1991. `zoneinfo` would ask for zone data that not every
# machine has.
CHINA = dt.timezone(dt.timedelta(hours=8), "Asia/Shanghai")


@attrs.frozen
class Person:
    """Somebody who acts on the day."""

    id: str
    name: str
    roles: frozenset[str]

    @property
    def actor(self) -> Actor:
        """The person as an actor."""
        return Actor(self.id, self.roles)


@attrs.frozen
class Mark:
    """The place in the file that an entry comes from."""

    line: int
    column: int

    def fault(self, message: str) -> Fault:
        """Return a fault of the entry."""
        return Fault(self.line, self.column, message)


@attrs.frozen
class Step:
    """One step of a case, or its opening.

    Attributes:
        mark: Where it stands.
        at: When it happened.
        by: Who took it.
        on: The case's name in the file.
        action: What was asked.
        opens: The step opens the case.
        refusal: `None` where the step must be accepted; else the codes of the reasons that must
            be given, none of them for any reason.
    """

    mark: Mark
    at: dt.datetime
    by: Person
    on: str
    action: Action[Any, Any]
    opens: bool
    refusal: frozenset[str] | None


@attrs.frozen
class Observation:
    """One finding for a deduction sheet."""

    mark: Mark
    at: dt.datetime
    by: Person
    sheet: str
    finding: Finding


Entry: TypeAlias = Step | Observation


@attrs.frozen
class Day:
    """A day, checked as far as it can be without running it.

    Attributes:
        file: Name of the file.
        date: The date.
        title: What the day is called.
        people: Who acts, by id.
        plans: Ids of the registered emergency plans by type of event.
        points: Points of the host for rules that the source leaves open, by rule id.
        entries: What happened, in order.
    """

    file: str
    date: dt.date
    title: str
    people: Mapping[str, Person]
    plans: Mapping[str, str]
    points: Mapping[str, str]
    entries: tuple[Entry, ...]
