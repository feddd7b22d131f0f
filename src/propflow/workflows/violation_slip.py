"""违纪单: a slip about a breach of discipline, from its issue to the month's statement.

Clause 4.2 of the patrol regulation: an inspector issues it, hands it in at the end of the week, the
office announces it at the weekly meeting and counts it at the end of the month. Drafts, approval,
appeal and revocation are trade practice. It ends at points; propflow knows no money.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import attrs

from propflow.definition import (
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Effect,
    Event,
    Notify,
    Settings,
    StartCase,
    State,
    Workflow,
)
from propflow.scoring import Charge, Verdict, charges_against, month_of
from propflow.workflows.charge_guards import (
    charges_grounded,
    less_than_before,
    something_charged,
)
from propflow.workflows.ledger_entry import post_all, reverse_all
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import REVIEWERS, inspector, office
from propflow.workflows.violation_slip_data import (
    Announcement,
    Appeal,
    Reduction,
    Settlement,
    Slip,
    ViolationSlipData,
    ViolationSlipSettings,
    document_of,
    hand_in_due,
)
from propflow.workflows.violation_slip_guards import (
    CLAUSE_4_2,
    PRACTICE,
    a_month,
    appeal_grounded,
    appeal_window_over,
    approved,
    by_the_person,
    decided_by_another,
    handed_in_before_the_meeting,
    not_against_oneself,
    not_appealed_before,
    person_and_conduct_named,
    within_the_appeal_window,
)


def _write(case: Case[ViolationSlipData], _payload: Slip, context: Context) -> ViolationSlipData:
    return attrs.evolve(case.data, issuer=context.actor.id, noted_at=context.occurred_at)


def _issue(case: Case[ViolationSlipData], _payload: None, context: Context) -> ViolationSlipData:
    return attrs.evolve(case.data, issuer=context.actor.id, issued_at=context.occurred_at)


def _hand_in(case: Case[ViolationSlipData], _payload: None, context: Context) -> ViolationSlipData:
    settings = context.settings(ViolationSlipSettings)
    issued_at = case.data.issued_at
    due = None if issued_at is None else hand_in_due(issued_at, settings)
    late = None if due is None else context.occurred_at > due
    return attrs.evolve(case.data, handed_in_at=context.occurred_at, late=late)


def _announce(
    case: Case[ViolationSlipData], payload: Announcement, context: Context
) -> ViolationSlipData:
    return attrs.evolve(case.data, meeting=payload.meeting, announced_at=context.occurred_at)


def _tell_the_person(
    case: Case[ViolationSlipData], payload: Announcement, _context: Context
) -> Iterator[Effect]:
    yield Notify(
        "violation_slip_announced",
        to=case.data.person,
        data={"case_id": case.id, "meeting": payload.meeting.isoformat()},
    )


def _appeal(case: Case[ViolationSlipData], payload: Appeal, _context: Context) -> ViolationSlipData:
    return attrs.evolve(case.data, appeals=case.data.appeals + 1, appealed_for=payload.appealed_for)


def _uphold(case: Case[ViolationSlipData], _payload: Reason, context: Context) -> ViolationSlipData:
    return attrs.evolve(case.data, heard_by=context.actor.id)


def _reduce(
    case: Case[ViolationSlipData], payload: Reduction, context: Context
) -> ViolationSlipData:
    return attrs.evolve(case.data, heard_by=context.actor.id, charges=payload.charges)


def _settle(
    case: Case[ViolationSlipData], payload: Settlement, context: Context
) -> ViolationSlipData:
    month = payload.month.strip()
    zone = context.settings(ViolationSlipSettings).zone
    return attrs.evolve(case.data, month=month or month_of(context.now, zone))


def _post(
    case: Case[ViolationSlipData], _payload: Settlement, _context: Context
) -> Iterator[Effect]:
    yield from post_all(document_of(case))


def _revoke(case: Case[ViolationSlipData], _payload: Reason, context: Context) -> ViolationSlipData:
    return attrs.evolve(case.data, revoked_by=context.actor.id)


def _give_back(
    case: Case[ViolationSlipData], payload: Reason, context: Context
) -> Iterator[Effect]:
    if case.data.month:
        month = month_of(context.now, context.settings(ViolationSlipSettings).zone)
        yield from reverse_all(document_of(case), month=month, reason=payload.reason)


def _hand_in_due(data: ViolationSlipData, settings: ViolationSlipSettings) -> datetime | None:
    return None if data.issued_at is None else hand_in_due(data.issued_at, settings)


class ViolationSlip(Workflow[ViolationSlipData]):
    """违纪单: issued, handed in, announced, settled into the ledger's month.

    A slip that is revoked after that is taken back from the ledger by reversals, in the month of
    the revocation, and in the same commit.
    """

    version = 1
    zh = "违纪单"
    en = "Violation slip"
    indexed = ("person", "department", "about", "month")
    with_settings = Settings(ViolationSlipSettings)

    draft = State(zh="草稿", en="Draft", source=PRACTICE)
    issued = State(zh="已开具", en="Issued", source=CLAUSE_4_2)
    handed_in = State(zh="已上交", en="Handed in", source=CLAUSE_4_2)
    announced = State(zh="已宣布", en="Announced", source=CLAUSE_4_2)
    under_appeal = State(zh="申诉中", en="Under appeal", source=PRACTICE)
    settled = State(zh="已结算", en="Settled", final=True, source=CLAUSE_4_2)
    revoked = State(zh="已撤销", en="Revoked", final=True, source=PRACTICE)

    write = Event(
        Slip,
        START >> draft,
        zh="填写",
        en="Write",
        by=(inspector, SYSTEM),
        guards=[person_and_conduct_named, something_charged, charges_grounded],
        update=_write,
        source=CLAUSE_4_2,
    )
    issue = Event(
        draft >> issued,
        zh="开具",
        en="Issue",
        by=(inspector, *REVIEWERS),
        guards=[approved, not_against_oneself],
        update=_issue,
        source=CLAUSE_4_2,
    )
    hand_in = Event(
        issued >> handed_in,
        zh="上交",
        en="Hand in",
        by=(inspector, *REVIEWERS),
        update=_hand_in,
        source=CLAUSE_4_2,
    )
    announce = Event(
        Announcement,
        handed_in >> announced,
        zh="宣布",
        en="Announce",
        by=office,
        guards=[handed_in_before_the_meeting],
        update=_announce,
        effects=_tell_the_person,
        source=CLAUSE_4_2,
    )
    appeal = Event(
        Appeal,
        announced >> under_appeal,
        zh="申诉",
        en="Appeal",
        guards=[by_the_person, appeal_grounded, within_the_appeal_window, not_appealed_before],
        update=_appeal,
        source=PRACTICE,
    )
    uphold = Event(
        Reason,
        under_appeal >> announced,
        zh="维持",
        en="Uphold",
        by=REVIEWERS,
        guards=[decided_by_another, reason_given],
        update=_uphold,
        source=PRACTICE,
    )
    reduce = Event(
        Reduction,
        under_appeal >> announced,
        zh="减轻",
        en="Reduce",
        by=REVIEWERS,
        guards=[decided_by_another, reason_given, charges_grounded, less_than_before],
        update=_reduce,
        source=PRACTICE,
    )
    settle = Event(
        Settlement,
        announced >> settled,
        zh="结算",
        en="Settle",
        by=office,
        guards=[a_month, appeal_window_over],
        update=_settle,
        effects=_post,
        source=CLAUSE_4_2,
    )
    revoke = Event(
        Reason,
        [draft, issued, handed_in, announced, under_appeal, settled] >> revoked,
        zh="撤销",
        en="Revoke",
        by=REVIEWERS,
        guards=[decided_by_another, reason_given],
        update=_revoke,
        effects=_give_back,
        source=PRACTICE,
    )

    handing_in = Deadline(
        issued, at=_hand_in_due, zh="上交时限", en="Handing in", source=CLAUSE_4_2
    )


def slip_against(
    person: str, conduct: str, charges: tuple[Charge, ...], *, about: str, department: str = ""
) -> StartCase:
    """Return the effect that drafts a slip, in the commit of the step that declares it.

    Args:
        person: Id of whoever it is about.
        conduct: What was done, in words.
        charges: What it charges.
        about: Id of the case that it follows from.
        department: Id of that person's department.
    """
    slip = ViolationSlip.write(
        person=person, conduct=conduct, charges=charges, department=department, about=about
    )
    return StartCase(slip, by=SYSTEM)


def slips_for(
    verdict: Verdict, *, conduct: str, about: str, role: str | None = None
) -> Iterator[StartCase]:
    """Yield the effects that draft a slip against each person whom a verdict charges.

    Args:
        verdict: Of `propflow.scoring.joint_liability`, say; one that does not apply drafts none.
        conduct: What was done, in words.
        about: Id of the case that was judged.
        role: Only against whoever answers in this role, such as ``inspector``.

    Raises:
        UnspecifiedPointsError: The points are the host's to set, and it has not.
    """
    liable = [each.party for each in verdict.penalties if role in (None, each.role)]
    for person in dict.fromkeys(liable):
        yield slip_against(person, conduct, charges_against(verdict, person), about=about)
