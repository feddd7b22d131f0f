"""评分: a scorecard, from its scoring over the review to its publication.

The note at the end of the scorecard asks to publish the scores periodically and to draw up measures
for low-scoring items. It names neither period nor threshold: publishing is a step that somebody
takes (A28), and the threshold is a setting with a visible default (A29).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal

import attrs

from propflow.definition import (
    START,
    SYSTEM,
    Case,
    Context,
    Effect,
    Event,
    Settings,
    StartCase,
    State,
    Workflow,
    guard,
)
from propflow.scoring import ItemScore, Number, Standing
from propflow.scoring.points import EXACT, exact
from propflow.workflows.improvement_plan import ImprovementPlan
from propflow.workflows.reasons import Reason, reason_given
from propflow.workflows.roles import inspector, office, project_general_manager

_NOTE = "住宅物业管理服务质量考核评分细则 note"
_PRACTICE = "住宅物业管理服务质量考核评分细则 note (not in the text; trade practice)"


@attrs.frozen
class ScorecardReviewData:
    """What is kept about one scoring of a card.

    Attributes:
        book: Id of the rule book.
        period: What it is for, such as ``2026-H1``; the host's own codes.
        follows: Id of the published review whose low items are scored again; that one stays.
        items: Every item as it was scored.
        total: What was earned, without weights.
        maximum: What could be earned, without what is not applicable.
        scored_by: Id of whoever scored it.
        reviewed_by: Id of whoever reviewed it.
        published_by: Id of whoever published it.
        published_on: The day, as the publication says.
        published_at: When the step was taken, an aware datetime in UTC.
        low_items: Ids of the items that were low when it was published.
    """

    book: str
    period: str
    follows: str = ""
    items: tuple[ItemScore, ...] = ()
    total: Decimal | None = None
    maximum: Decimal | None = None
    scored_by: str = ""
    reviewed_by: str = ""
    published_by: str = ""
    published_on: date | None = None
    published_at: datetime | None = None
    low_items: tuple[str, ...] = ()


@attrs.frozen
class CardOpening:
    """Which card is to be scored, and for when.

    Attributes:
        book: Id of the rule book.
        period: What it is for; the host's own codes.
        follows: Id of the published review whose low items are scored again.
    """

    book: str
    period: str
    follows: str = ""


@attrs.frozen
class Scores:
    """A card with its scores.

    Attributes:
        items: Every item: ``items`` of a `propflow.scoring.Scorecard`.
    """

    items: tuple[ItemScore, ...]


@attrs.frozen
class PublicationDay:
    """The day of a publication.

    Attributes:
        published_on: The day.
    """

    published_on: date


def _ratio(value: Number) -> Decimal:
    return exact(value, "low_score_ratio")


@attrs.frozen
class ScorecardReviewSettings:
    """What a host may set about reviews of scorecards.

    Attributes:
        low_score_ratio: Below which part of its maximum an item is low, from 0 to 1; 0.6 is an
            assumption (A29).
        four_eyes: Whoever scored a card may not review it.
    """

    low_score_ratio: Decimal = attrs.field(
        default=Decimal("0.6"), converter=_ratio, validator=attrs.validators.le(Decimal(1))
    )
    four_eyes: bool = True


@guard(
    zh="每项须评分,或注明不适用",
    en="every item must be scored, or said not to apply",
    source=_NOTE,
)
def wholly_scored(_case: Case[ScorecardReviewData], payload: Scores, _context: Context) -> bool:
    """Whether there are items, and none is missing."""
    return bool(payload.items) and all(
        each.standing is not Standing.MISSING for each in payload.items
    )


@guard(
    zh="各项得分须在零分与满分之间,且不得重复",
    en="each item stands once, with points from 0 to its maximum",
    source=_NOTE,
)
def items_within_bounds(
    _case: Case[ScorecardReviewData], payload: Scores, _context: Context
) -> bool:
    """Whether points are where they must be, and no item comes twice."""
    ids = [each.item for each in payload.items]
    return len(set(ids)) == len(ids) and all(
        (each.points is not None) is (each.standing is Standing.SCORED)
        and 0 <= (each.points or 0) <= each.maximum
        for each in payload.items
    )


@guard(
    zh="评分人不得复核自己的评分",
    en="whoever scored a card may not review it",
    source=_PRACTICE,
)
def reviewed_by_another(case: Case[ScorecardReviewData], context: Context) -> bool:
    """Whether somebody else reviews, unless `four_eyes` is off."""
    four_eyes = context.settings(ScorecardReviewSettings).four_eyes
    return not four_eyes or context.actor.id != case.data.scored_by


def _score(
    case: Case[ScorecardReviewData], payload: Scores, context: Context
) -> ScorecardReviewData:
    total, maximum = Decimal(0), Decimal(0)
    for each in payload.items:
        if each.points is not None:
            total = EXACT.add(total, each.points)
            maximum = EXACT.add(maximum, each.maximum)
    return attrs.evolve(
        case.data,
        items=payload.items,
        total=total,
        maximum=maximum,
        scored_by=context.actor.id,
    )


def _review(
    case: Case[ScorecardReviewData], _payload: None, context: Context
) -> ScorecardReviewData:
    return attrs.evolve(case.data, reviewed_by=context.actor.id)


def _publish(
    case: Case[ScorecardReviewData], payload: PublicationDay, context: Context
) -> ScorecardReviewData:
    ratio = context.settings(ScorecardReviewSettings).low_score_ratio
    return attrs.evolve(
        case.data,
        published_on=payload.published_on,
        published_at=context.occurred_at,
        published_by=context.actor.id,
        low_items=tuple(
            each.item
            for each in case.data.items
            if each.points is not None and each.points < EXACT.multiply(ratio, each.maximum)
        ),
    )


def _require_plans(
    case: Case[ScorecardReviewData], _payload: PublicationDay, _context: Context
) -> Iterator[Effect]:
    for each in case.data.items:
        if each.item in case.data.low_items and each.points is not None:
            plan = ImprovementPlan.require(
                item=each.item,
                points=each.points,
                maximum=each.maximum,
                review=case.id,
                why=each.why.zh,
            )
            yield StartCase(plan, by=SYSTEM)


class ScorecardReview(Workflow[ScorecardReviewData]):
    """评分: scored, reviewed by another, published with a plan for each low item, archived.

    Scoring again after an improvement is a new review that names the published one (``follows``).
    Publishing is a step of people: the note names no period for it (A28), so there is no deadline.
    """

    version = 1
    zh = "评分"
    en = "Scorecard review"
    indexed = ("book", "period", "follows")
    with_settings = Settings(ScorecardReviewSettings)

    draft = State(zh="待评分", en="Draft", source=_NOTE)
    scored = State(zh="已评分", en="Scored", source=_NOTE)
    reviewed = State(zh="已复核", en="Reviewed", source=_PRACTICE)
    published = State(zh="已公示", en="Published", source=_NOTE)
    archived = State(zh="已归档", en="Archived", final=True, source=_PRACTICE)

    begin = Event(CardOpening, START >> draft, zh="开始评分", en="Begin", by=office, source=_NOTE)
    score = Event(
        Scores,
        draft >> scored,
        zh="评分",
        en="Score",
        by=(inspector, office),
        guards=[wholly_scored, items_within_bounds],
        update=_score,
        source=_NOTE,
    )
    send_back = Event(
        Reason,
        [scored, reviewed] >> draft,
        zh="退回",
        en="Send back",
        by=project_general_manager,
        guards=[reason_given],
        history_only=("reason",),
        source=_PRACTICE,
    )
    review = Event(
        scored >> reviewed,
        zh="复核",
        en="Review",
        by=project_general_manager,
        guards=[reviewed_by_another],
        update=_review,
        source=_PRACTICE,
    )
    publish = Event(
        PublicationDay,
        reviewed >> published,
        zh="公示",
        en="Publish",
        by=office,
        update=_publish,
        effects=_require_plans,
        source=_NOTE,
    )
    archive = Event(published >> archived, zh="归档", en="Archive", by=office, source=_PRACTICE)
