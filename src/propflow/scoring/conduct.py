"""Conduct of inspectors and departments: concealment (clause 4.4) and obstruction (clause 4.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import attrs

from propflow.scoring.consequence import Consequence
from propflow.scoring.deduction import Deduction
from propflow.scoring.finding import Finding
from propflow.scoring.points import Number, exact_all, shown
from propflow.scoring.rule import Label
from propflow.scoring.verdict import Ground, Penalty, Verdict, penalise
from propflow.unspecified import Unspecified


@attrs.frozen
class ConcealmentReport:
    """A report that an inspector conceals problems or falsifies.

    Who reported it is not part of this value, and so of nothing that is computed from it.

    Attributes:
        id: the id of the case; one confirmed case is charged once, however much it holds.
        inspector: who is said to conceal.
        inspector_department: to which department that person belongs.
        concealed_department: whose problems are concealed.
        confirmed_at: when the report was found true, an aware datetime; None until then.
    """

    id: str
    inspector: str
    inspector_department: str
    concealed_department: str
    confirmed_at: datetime | None = None


@attrs.frozen
class Concealment:
    """The outcome of a report.

    Attributes:
        verdict: whether clause 4.4 applies, and the warning that follows.
        findings: what is to be assessed with the regulation's book; empty if it does not apply.
    """

    verdict: Verdict
    findings: tuple[Finding, ...]


def concealment(
    report: ConcealmentReport, *, deduction: Deduction, consequences: Sequence[Consequence]
) -> Concealment:
    """Whether clause 4.4 applies: only if confirmed, and only to the inspector's own department.

    Args:
        report: the report.
        deduction: the rule that is broken, `concealment_deduction`.
        consequences: what follows beside the points, `concealment_written_warning`.

    Source: patrol_regulation 4.4.
    """
    confirmed = report.confirmed_at is not None
    own = report.inspector_department == report.concealed_department
    grounds = (
        Ground(
            "confirmed",
            confirmed,
            Label("检举已查实", "the report is confirmed")
            if confirmed
            else Label("检举尚未查实", "the report is not confirmed"),
        ),
        Ground(
            "own_department",
            own,
            Label("隐瞒的是本部门的问题", "problems of the own department were concealed")
            if own
            else Label("不是本部门的问题，4.4 不适用", "another department: 4.4 does not cover it"),
        ),
    )
    verdict = Verdict(deduction.id, grounds)
    if not verdict.applies:
        return Concealment(verdict, ())
    parties = {role: report.inspector for each in consequences for role in each.liable}
    penalties = penalise(deduction.points, consequences, parties)
    finding = Finding(
        deduction.id, persons=[report.inspector], fact=report.id, found_at=report.confirmed_at
    )
    return Concealment(attrs.evolve(verdict, penalties=penalties), (finding,))


def obstruction(
    liability: Consequence,
    parties: Mapping[str, str],
    *,
    points: Mapping[str, Number] | None = None,
) -> Verdict:
    """Who answers for resisting or excluding inspectors, and with what.

    The clause names no points and no form (A17). Without the host's, the verdict says who is
    liable, and asking for points raises.

    Args:
        liability: the clause, `obstruction_liability`.
        parties: who fills each liable role: `department_supervisor` and `person_concerned`.
        points: what each role loses.

    Raises:
        MissingParty: a liable role is not filled; names all of them.
        InexactNumber: a number of points is a float, NaN or an infinity.
        InvalidPoints: a number of points is none or is below zero.

    Source: patrol_regulation 4.5.
    """
    given = exact_all("the points for obstruction", points or {})
    found = Label("抵触或排斥巡检人员", "the inspectors were resisted or excluded")
    penalties: list[Penalty] = []
    for penalty in penalise(Unspecified, [liability], parties):
        number = given.get(penalty.role)
        why = penalty.why
        if number is not None:
            amount = shown(number)
            why = Label(
                f"{why.zh} {amount}分（分值由使用单位设定）",
                f"{why.en} {amount} (points set by the host)",
            )
        set_points = Unspecified if number is None else number
        penalties.append(attrs.evolve(penalty, points=set_points, why=why))
    return Verdict(
        rule=liability.id,
        grounds=(Ground("obstruction", holds=True, why=found),),
        penalties=tuple(penalties),
        hint="pass what each liable role loses in points=",
    )
