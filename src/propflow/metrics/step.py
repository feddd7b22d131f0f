"""Steps: which entries of a history a figure looks at, and what it takes from them."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from types import MappingProxyType

import attrs

from propflow.errors import InvalidMetric, Problem


class Meaning(enum.StrEnum):
    """What a step of a case means to the figures; a workflow's own names go beside them."""

    ACCEPTED = "accepted"
    """The case was taken in; its clocks start."""
    EXCLUDED = "excluded"
    """It was found invalid, merged, withdrawn or cancelled as an error; no figure counts it."""
    RESPONDED = "responded"
    ARRIVED = "arrived"
    RESOLVED = "resolved"
    CLOSED = "closed"
    REOPENED = "reopened"
    HELD = "held"
    RESUMED = "resumed"
    REQUIRED = "required"
    """A rectification was asked for, or asked for again after a failed check."""
    RECTIFIED = "rectified"
    CHECKED = "checked"
    """It was verified, with whatever result."""
    PASSED = "passed"
    """It was verified and passed; the same entry is `CHECKED` too."""
    VISIT_DUE = "visit_due"
    """From here on a follow-up visit is owed."""
    VISITED = "visited"
    ANSWERED = "answered"
    """A valid answer was given; who was not reached, or said nothing, gave none."""
    SATISFIED = "satisfied"
    """The answer was of the satisfied; the same entry is `ANSWERED` too."""
    REPEATED = "repeated"
    """The complaint was flagged as a repeat."""
    PLANNED = "planned"
    """A patrol was planned; its moment is the opening of its window, its count its points."""
    PLANNED_END = "planned_end"
    """The same entry, its moment the end of the window."""
    BEGUN = "begun"
    COMPLETED = "completed"
    CHECKED_IN = "checked_in"
    """A point was checked in at; its text names the point."""
    SAMPLED = "sampled"
    SAMPLE_PASSED = "sample_passed"
    """A sampled unit passed; the same entry is `SAMPLED` too."""
    POSTED = "posted"
    """Points were posted to a ledger; its text is how many, below zero for a reversal."""


def _names(names: str | Iterable[str]) -> frozenset[str]:
    return frozenset((names,) if isinstance(names, str) else names)


def _where(
    where: Mapping[str, str | bool | Iterable[str]],
) -> Mapping[str, frozenset[str] | bool]:
    return MappingProxyType(
        {
            name: values if isinstance(values, bool) else _names(values)
            for name, values in where.items()
        }
    )


@attrs.frozen(kw_only=True)
class Step:
    """Which entries of a history are meant; what is left empty is not looked at.

    Attributes:
        events: Names of events, one or several.
        sources: Names of the states before.
        targets: Names of the states after.
        where: For fields of the payload the texts, or the truth value, that are meant.
        at: A field of the payload with an aware datetime, which is then the moment of the step in
            place of ``occurred_at``.
        text: A field of the payload whose text is kept, such as which point it was.
        count: A field of the payload, a list, the number of whose elements is kept.

    Raises:
        InvalidMetric: it names nothing, which would mean every entry; or a field is no name.
    """

    events: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    sources: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    targets: frozenset[str] = attrs.field(default=frozenset[str](), converter=_names)
    where: Mapping[str, frozenset[str] | bool] = attrs.field(
        factory=dict[str, "frozenset[str] | bool"], converter=_where
    )
    at: str = ""
    text: str = ""
    count: str = ""

    def __attrs_post_init__(self) -> None:
        problems: list[Problem] = []
        if not (self.events or self.sources or self.targets):
            problems.append(Problem("events", "name an event, or a state before or after it"))
        problems += [
            Problem(name, f"{name!r} is no name of a field")
            for name in self.fields
            if not name.isidentifier()
        ]
        if problems:
            raise InvalidMetric("the step", problems)

    @property
    def fields(self) -> frozenset[str]:
        """The fields of the payload that it looks at."""
        return frozenset((*self.where, *filter(None, (self.at, self.text, self.count))))
