"""The laws of joint liability, to be tried on a rule book that holds the rule of clause 4.3."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import attrs
from hypothesis import strategies as st

from propflow.definition import START, Actor, Entry
from propflow.scoring import (
    JOINT_LIABILITY,
    ComplaintSince,
    Consequence,
    Deduction,
    Doubled,
    Label,
    LiabilityTerms,
    LinkedComplaint,
    RuleBook,
    Shift,
    Verdict,
    joint_liability,
)
from propflow.testing.laws import Law, law

_ISSUE: Final = "issue"
_INSPECTOR: Final = "inspector"
_START: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_HOURS: Final = 8
_SHIFT: Final = Shift(_INSPECTOR, _START, _START + timedelta(hours=_HOURS))
_END_OF_DAY: Final = _START + timedelta(hours=2 * _HOURS)
_MINUTES: Final = 2 * _HOURS * 60
_STATES: Final = ("found", "referred", "fixed_on_site", "emergency", "in_progress")


@attrs.frozen
class Told:
    """What happened to one issue, and how the clause is read; moments are minutes of the shift.

    Attributes:
        found: when the inspector found it.
        steps: when it went into which state, in this order.
        complaints: when somebody complained about it.
        terms: how the open words of the clause are read.
    """

    found: int
    steps: tuple[tuple[int, str], ...]
    complaints: tuple[int, ...]
    terms: LiabilityTerms

    def earlier(self, minutes: int) -> Told:
        """The same, with every step so much earlier, though not before it was found."""
        return attrs.evolve(
            self,
            steps=tuple((max(self.found, when - minutes), state) for when, state in self.steps),
        )

    def __str__(self) -> str:
        steps = "".join(f", {state} at {_clock(when)}" for when, state in self.steps)
        complaints = ", ".join(map(_clock, self.complaints)) or "none"
        return (
            f"\n  on duty {_clock(0)} to {_clock(_HOURS * 60)}, found at {_clock(self.found)}"
            f"{steps}; complaints: {complaints}\n  {self.terms}"
        )


def liability_laws(book: RuleBook) -> Iterator[Law]:
    """The laws of joint liability, for a book that holds its rule."""
    if not any(rule.id == JOINT_LIABILITY for rule in book.consequences):
        return
    bases = st.sampled_from([None, *book.deductions])
    yield law(
        "no_complaint_no_joint_liability",
        Label("没有投诉就没有连带责任", "without a complaint nobody is jointly liable"),
        st.tuples(_told(most_complaints=0), bases),
        lambda drawn: _uncomplained(book.consequences, *drawn),
    )
    yield law(
        "earlier_handling_never_creates_liability",
        Label("处理得更早不会产生责任", "earlier handling never creates liability"),
        st.tuples(_told(most_complaints=3), st.integers(1, _MINUTES), bases),
        lambda drawn: _sooner(book.consequences, *drawn),
    )


def _told(*, most_complaints: int) -> st.SearchStrategy[Told]:
    minutes = st.integers(0, _MINUTES)
    return st.builds(
        _in_order,
        found=st.integers(0, _HOURS * 60),
        steps=st.lists(st.tuples(minutes, st.sampled_from(_STATES)), max_size=4),
        complaints=st.lists(minutes, max_size=most_complaints),
        terms=st.builds(
            LiabilityTerms,
            unhandled=st.sampled_from([frozenset({"found"}), frozenset({"found", "referred"})]),
            within=st.none() | minutes.map(lambda number: timedelta(minutes=number)),
            complaint_since=st.sampled_from(ComplaintSince),
            doubled=st.sampled_from(Doubled),
        ),
    )


def _in_order(
    found: int, steps: list[tuple[int, str]], complaints: list[int], terms: LiabilityTerms
) -> Told:
    after = tuple(sorted((max(found, when), state) for when, state in steps))
    return Told(found, after, tuple(sorted(complaints)), terms)


def _uncomplained(
    consequences: Sequence[Consequence], told: Told, base: Deduction | None
) -> str | None:
    verdict = _judged(consequences, told, base)
    if not verdict.applies and not verdict.penalties:
        return None
    return f"{_INSPECTOR} is held liable for{told}"


def _sooner(
    consequences: Sequence[Consequence], told: Told, minutes: int, base: Deduction | None
) -> str | None:
    sooner = told.earlier(minutes)
    if _judged(consequences, told, base).applies or not _judged(consequences, sooner, base).applies:
        return None
    return f"nobody is liable for{told}\nand {_INSPECTOR} is, for{sooner}"


def _judged(consequences: Sequence[Consequence], told: Told, base: Deduction | None) -> Verdict:
    return joint_liability(
        _ISSUE,
        list(_history(told)),
        inspector=_INSPECTOR,
        shift=_SHIFT,
        complaints=[
            LinkedComplaint(f"complaint {number}", _ISSUE, _moment(when))
            for number, when in enumerate(told.complaints, start=1)
        ],
        at=_END_OF_DAY,
        consequences=consequences,
        base=base,
        responsible="somebody else",
        terms=told.terms,
    )


def _history(told: Told) -> Iterator[Entry]:
    source = START.name
    for revision, (when, state) in enumerate([(told.found, "found"), *told.steps], start=1):
        moment = _moment(when)
        yield Entry(Actor(_INSPECTOR), "step", None, source, state, moment, moment, revision)
        source = state


def _moment(minutes: int) -> datetime:
    return _START + timedelta(minutes=minutes)


def _clock(minutes: int) -> str:
    moment = _moment(minutes)
    day = "" if moment.date() == _START.date() else " the day after"
    return f"{moment:%H:%M}{day}"
