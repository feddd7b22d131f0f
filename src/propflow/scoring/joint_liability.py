"""Joint liability of an inspector for a problem not handled in time (clause 4.3).

The clause leaves open what "in time" is, whose duty period, which complaints, double of what, who
is doubled, and whether reporting a problem is handling it. Ruling A15 decides; every part of it is
a field of `LiabilityTerms`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

import attrs

from propflow.definition.entry import Entry
from propflow.errors import InvalidFinding, Problem, UnknownShift
from propflow.scoring.consequence import Consequence
from propflow.scoring.deduction import Deduction
from propflow.scoring.points import Points
from propflow.scoring.rule import Label
from propflow.scoring.verdict import (
    Ground,
    Penalty,
    Verdict,
    greatest_multiplier,
    multiplied,
    reckoned,
)
from propflow.unspecified import Unspecified

JOINT_LIABILITY: Final = "joint_liability_unhandled_complaint"
"""The id of the rule that is judged."""


@attrs.frozen
class Shift:
    """One inspector's duty period (当值时间).

    Attributes:
        person: the inspector.
        start: its beginning, an aware datetime; it belongs to the shift.
        end: its end, an aware datetime; it belongs to the shift.
    """

    person: str
    start: datetime
    end: datetime


@attrs.frozen
class LinkedComplaint:
    """A complaint that is linked to an issue.

    Attributes:
        id: its id.
        issue: the id of the issue that it is about.
        received_at: when it was received, an aware datetime.
    """

    id: str
    issue: str
    received_at: datetime


class Doubled(StrEnum):
    """Who gets the multiplied penalty; the other gets the base points once."""

    INSPECTOR = "inspector"
    RESPONSIBLE = "responsible"
    BOTH = "both"


class ComplaintSince(StrEnum):
    """From when on a complaint counts."""

    FOUND = "found"  # after the problem was found
    DEADLINE = "deadline"  # after it should have been handled


@attrs.frozen(kw_only=True)
class LiabilityTerms:
    """How the open words of clause 4.3 are read; the values are those of ruling A15.

    Attributes:
        unhandled: the states in which an issue counts as not handled. Being fixed on site, being
            referred and being handled as an emergency all count as handling, because clause 4.6
            orders exactly these; add `referred` for a stricter reading.
        within: a deadline earlier than the end of the shift, counted from when it was found.
        complaint_since: from when on a complaint counts.
        doubled: who gets the multiplied penalty.
    """

    unhandled: frozenset[str] = frozenset({"found"})
    within: timedelta | None = None
    complaint_since: ComplaintSince = ComplaintSince.FOUND
    doubled: Doubled = Doubled.INSPECTOR


LITERAL = LiabilityTerms()
"""Clause 4.3 as ruling A15 reads it."""


def joint_liability(
    issue: str,
    history: Sequence[Entry],
    *,
    inspector: str,
    shift: Shift | None,
    complaints: Iterable[LinkedComplaint],
    at: datetime,
    consequences: Sequence[Consequence],
    base: Deduction | None = None,
    responsible: str | None = None,
    terms: LiabilityTerms = LITERAL,
) -> Verdict:
    """Whether the inspector is jointly liable for an issue, on which grounds, and for how much.

    Points that the host has not given leave the verdict readable; only asking for them raises.

    Args:
        issue: the id of the issue.
        history: its history from the opening on.
        inspector: who found it.
        shift: the inspector's duty period in which that was.
        complaints: complaints, of which those linked to this issue are looked at.
        at: the moment of judgement, an aware datetime; nothing later is known.
        consequences: what the regulation orders, e.g. `joint_liability_double_penalty`. Their
            multipliers do not compound.
        base: the rule of the host's own staff assessment system that is multiplied.
        responsible: who is directly responsible; gets the base points once.
        terms: how the clause is read.

    Raises:
        UnknownShift: it is not known when the inspector was on duty.
        InvalidFinding: the history is empty, a moment has no UTC offset, or the shift is another
            person's or ends before it begins; names every fault.

    Source: patrol_regulation 4.3.
    """
    if shift is None:
        raise UnknownShift(issue, inspector)
    linked = [each for each in complaints if each.issue == issue]
    _refuse_faulty(history, inspector, shift, linked, at)
    found_at = history[0].occurred_at
    deadline = shift.end if terms.within is None else min(shift.end, found_at + terms.within)
    left = [entry.occurred_at for entry in history if entry.target not in terms.unhandled]
    handled_at = min((each for each in left if each <= at), default=None)
    since = found_at if terms.complaint_since is ComplaintSince.FOUND else deadline
    verdict = Verdict(
        rule=JOINT_LIABILITY,
        grounds=(
            _found_on_duty(found_at, shift),
            _not_in_time(handled_at, deadline, at),
            _complained([each for each in linked if since < each.received_at <= at]),
        ),
    )
    if not verdict.applies:
        return verdict
    points = Unspecified if base is None else base.points
    penalties = _penalties(inspector, responsible, points, consequences, terms.doubled)
    return attrs.evolve(
        verdict,
        penalties=tuple(penalties),
        base_rule="joint_liability_double_penalty" if base is None else base.id,
        hint="pass the rule of your staff assessment system in base=" if base is None else None,
    )


def _refuse_faulty(
    history: Sequence[Entry],
    inspector: str,
    shift: Shift,
    complaints: Iterable[LinkedComplaint],
    at: datetime,
) -> None:
    moments = [
        ("at", at),
        ("shift.start", shift.start),
        ("shift.end", shift.end),
        *((f"complaint {each.id}", each.received_at) for each in complaints),
        *((f"history, revision {entry.revision}", entry.occurred_at) for entry in history),
    ]
    problems = [
        Problem(where, f"{moment.isoformat()} has no UTC offset; give an aware datetime")
        for where, moment in moments
        if moment.utcoffset() is None
    ]
    if not history:
        problems.append(Problem("history", "is empty; pass it from the opening of the issue on"))
    if shift.person != inspector:
        message = f"is that of {shift.person!r}, not of the inspector {inspector!r}"
        problems.append(Problem("shift", message))
    if not problems and shift.end < shift.start:
        problems.append(Problem("shift", "ends before it begins"))
    if problems:
        raise InvalidFinding("the question of joint liability", problems)


def _found_on_duty(found_at: datetime, shift: Shift) -> Ground:
    holds = shift.start <= found_at <= shift.end
    zh, en = ("在", "within") if holds else ("不在", "outside")
    found, start, end = _shown(found_at), _shown(shift.start), _shown(shift.end)
    return Ground(
        "found_on_duty",
        holds,
        Label(
            f"发现时间{found}{zh}当值时间{start}至{end}内",
            f"found at {found}, {en} the duty period from {start} to {end}",
        ),
    )


def _not_in_time(handled_at: datetime | None, deadline: datetime, at: datetime) -> Ground:
    due = _shown(deadline)
    if handled_at is not None:
        holds, when = handled_at > deadline, _shown(handled_at)
        zh, en = ("逾期", "late") if holds else ("及时", "in time")
        why = Label(f"{when}处理，期限{due}，{zh}", f"handled at {when}, due {due}: {en}")
    elif at > deadline:
        holds = True
        why = Label(f"至期限{due}未处理", f"not handled by {due}")
    else:
        holds = False
        why = Label(f"尚未处理，期限{due}未到", f"not handled yet, and not due before {due}")
    return Ground("not_handled_in_time", holds, why)


def _complained(complaints: Sequence[LinkedComplaint]) -> Ground:
    ids = ", ".join(each.id for each in complaints)
    why = Label("没有与该问题相关的投诉", "no complaint about this problem followed")
    if complaints:
        why = Label(f"遭到投诉：{ids}", f"complaints: {ids}")
    return Ground("complaint_followed", bool(complaints), why)


def _shown(moment: datetime) -> str:
    return moment.isoformat(sep=" ", timespec="minutes")


def _penalties(
    inspector: str,
    responsible: str | None,
    base: Points,
    consequences: Sequence[Consequence],
    doubled: Doubled,
) -> Iterator[Penalty]:
    greatest = greatest_multiplier(consequences)
    for role, party, text in (
        (Doubled.INSPECTOR, inspector, Label("巡检人员连带责任", "inspector, jointly liable")),
        (Doubled.RESPONSIBLE, responsible, Label("直接责任人", "directly responsible")),
    ):
        if party is not None:
            factor = greatest if doubled in (role, Doubled.BOTH) else Decimal(1)
            how = reckoned(base, factor)
            why = Label(f"{text.zh}{how.zh}", f"{text.en}{how.en}")
            yield Penalty(party, role.value, multiplied(base, factor), 0, why)
