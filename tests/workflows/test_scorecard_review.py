"""A scorecard's way to its publication, and the plan for each low item."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal

import attrs
import pytest

from propflow import SYSTEM, Actor, Engine, Refused
from propflow.decision import replay
from propflow.errors import InexactNumber
from propflow.rulebooks import load
from propflow.scoring import Score, Standing, evaluate
from propflow.testing import FakeClock
from propflow.workflows import ImprovementPlan, ScorecardReview, roles
from tests.workflows.points import GUO, LIN, THURSDAY, ZHAO
from tests.workflows.walking import everyone, outcomes, pairs

HEAD = Actor("head", [roles.department_head])
BOOK = load("residential_scorecard_130")
FULL = {item.id: Score(item.max_points) for item in BOOK.score_items}
LOW = {
    "item_public_area_cleanliness": Score("5.9"),
    "item_greening_landscape": Score("6"),  # exactly 0.6 is not low
    "item_community_activities": Score.not_applicable("无活动场地"),
    "item_satisfaction_level": Score("0"),
}
CARD = evaluate(BOOK, FULL | LOW)
BEGUN = ScorecardReview.begin(book=BOOK.id, period="2026-H1")
PUBLISHED = ScorecardReview.publish(published_on=date(2026, 7, 1))


@pytest.fixture
def clock():
    return FakeClock(THURSDAY)


@pytest.fixture
def engine(store, clock):
    return Engine(store, [ScorecardReview, ImprovementPlan], clock=clock)


def codes(engine, case, action, by):
    with pytest.raises(Refused) as raised:
        engine.fire(case, action, by=by)
    return {reason.code for reason in raised.value.reasons}


def published(engine, card=CARD, follows=""):
    opening = ScorecardReview.begin(book=BOOK.id, period="2026-H1", follows=follows)
    review = engine.start(opening, by=GUO)
    review = engine.fire(review, ScorecardReview.score(items=card.items), by=LIN)
    review = engine.fire(review, ScorecardReview.review(), by=ZHAO)
    return engine.fire(review, PUBLISHED, by=GUO)


def test_a_published_card_has_its_points_and_a_plan_for_each_low_item(engine):
    review = published(engine)
    data = review.data
    assert (review.state, data.total, data.maximum) == ("published", CARD.total, CARD.maximum)
    assert data.maximum == 120
    assert (data.scored_by, data.reviewed_by, data.published_by) == ("lin", "zhao", "guo")
    assert data.low_items == tuple(each.item for each in CARD.low())
    assert data.low_items == ("item_public_area_cleanliness", "item_satisfaction_level")
    plans = list(engine.find(ImprovementPlan, where={"review": review.id}))
    assert sorted(plan.data.item for plan in plans) == sorted(data.low_items)
    assert {str(plan.data.points) for plan in plans} == {"5.9", "0"}
    assert replay(ScorecardReview, review.id, engine.history(review.id)) == review
    assert engine.fire(review, ScorecardReview.archive(), by=GUO).state == "archived"


def test_scoring_again_after_an_improvement_leaves_the_published_card_alone(engine):
    first = published(engine)
    better = CARD.rescored({"item_public_area_cleanliness": Score("9")})
    second = published(engine, better, follows=first.id)
    assert engine.get(first.id, ScorecardReview) == first
    assert second.data.low_items == ("item_satisfaction_level",)
    assert [each.id for each in engine.find(ScorecardReview, where={"follows": first.id})] == [
        second.id
    ]


def test_an_incomplete_card_is_not_scored(engine):
    review = engine.start(BEGUN, by=GUO)
    for items in (evaluate(BOOK, LOW).items, ()):
        action = ScorecardReview.score(items=items)
        assert codes(engine, review, action, LIN) == {"wholly_scored"}


@pytest.mark.parametrize(
    "change",
    [
        {"points": Decimal("10.1")},
        {"points": Decimal(-1)},
        {"points": None},
        {"standing": Standing.NOT_APPLICABLE},
        {"item": "item_greening_landscape"},
    ],
)
def test_items_that_cannot_be_are_refused(engine, change):
    review = engine.start(BEGUN, by=GUO)
    first, *rest = CARD.items
    action = ScorecardReview.score(items=(attrs.evolve(first, **change), *rest))
    assert codes(engine, review, action, LIN) == {"items_within_bounds"}


def test_whoever_scored_it_does_not_review_it_unless_the_host_says_so(engine):
    review = engine.start(BEGUN, by=GUO)
    lin = everyone(ScorecardReview, "lin")
    review = engine.fire(review, ScorecardReview.score(items=CARD.items), by=lin)
    assert codes(engine, review, ScorecardReview.review(), lin) == {"reviewed_by_another"}
    loose = ScorecardReview.with_settings(four_eyes=False)
    assert outcomes(loose, "scored", ScorecardReview.review(), lin, review.data) == "reviewed"
    assert engine.fire(review, ScorecardReview.send_back(reason="重评"), by=ZHAO).state == "draft"


@pytest.mark.parametrize(
    ("ratio", "low"), [("0.59", 1), ("0.61", 3), (0, 0), (1, 3), (Decimal("0.6"), 2)]
)
def test_the_threshold_is_the_hosts(store, clock, ratio, low):
    ours = ScorecardReview.with_settings(low_score_ratio=ratio)
    review = published(Engine(store, [ours, ImprovementPlan], clock=clock))
    assert len(review.data.low_items) == low == len(CARD.low(ratio))


def test_a_threshold_that_is_none_is_refused():
    with pytest.raises(InexactNumber):
        ScorecardReview.with_settings(low_score_ratio=0.6)
    with pytest.raises(ValueError, match="low_score_ratio"):
        ScorecardReview.with_settings(low_score_ratio="1.1")


# 改进 -------------------------------------------------------------------------------------------


ACTIONS = {
    "plan": ImprovementPlan.plan(measures="培训", owner="wang", due=date(2025, 6, 2)),
    "send_back": ImprovementPlan.send_back(reason="太笼统"),
    "approve": ImprovementPlan.approve(),
    "begin": ImprovementPlan.begin(),
    "finish": ImprovementPlan.finish(result="已培训"),
    "verify": ImprovementPlan.verify(),
    "reject": ImprovementPlan.reject(reason="无效果"),
    "mark_overdue": ImprovementPlan.mark_overdue(),
}
WAYS = {
    ("required", "plan"): "planned",
    ("planned", "send_back"): "required",
    ("planned", "approve"): "approved",
    ("approved", "begin"): "in_progress",
    ("in_progress", "finish"): "done",
    ("done", "verify"): "verified",
    ("done", "reject"): "in_progress",
    **{
        (state, "mark_overdue"): state
        for state in ("required", "planned", "approved", "in_progress", "done")
    },
}


@pytest.mark.parametrize(("state", "event"), pairs(ImprovementPlan, ACTIONS))
def test_the_table_of_a_plan_and_nothing_but_the_table(engine, state, event):
    data = engine.start(low_item(), by=SYSTEM).data
    data = attrs.evolve(data, owner="wang", due=date(2025, 6, 2))
    actor = everyone(ImprovementPlan, "somebody")
    expected = WAYS.get((state, event), {"wrong_state"})
    assert outcomes(ImprovementPlan, state, ACTIONS[event], actor, data) == expected


def low_item():
    return ImprovementPlan.require(item="item_x", points=Decimal(1), maximum=Decimal(10))


def test_a_plan_is_verified_by_somebody_else_and_rejected_as_often_as_it_takes(engine):
    plan = engine.start(low_item(), by=GUO)
    blank = ImprovementPlan.plan(measures=" ", owner="guo", due=date(2026, 4, 1))
    assert codes(engine, plan, blank, HEAD) == {"measures_named"}
    plan = engine.fire(
        plan, ImprovementPlan.plan(measures="培训", owner="guo", due=date(2026, 4, 1)), by=HEAD
    )
    for action, actor in (
        (ImprovementPlan.approve(), ZHAO),
        (ImprovementPlan.begin(), HEAD),
        (ImprovementPlan.finish(result="已培训"), HEAD),
    ):
        plan = engine.fire(plan, action, by=actor)
    assert codes(engine, plan, ImprovementPlan.verify(), GUO) == {"verified_by_another"}
    plan = engine.fire(plan, ImprovementPlan.reject(reason="无效果"), by=ZHAO)
    assert codes(engine, plan, ImprovementPlan.finish(result=" "), HEAD) == {"result_named"}
    plan = engine.fire(plan, ImprovementPlan.finish(result="再培训"), by=HEAD)
    plan = engine.fire(plan, ImprovementPlan.verify(), by=ZHAO)
    assert (plan.state, plan.data.rounds, plan.data.verified_by) == ("verified", 1, "zhao")
    assert replay(ImprovementPlan, plan.id, engine.history(plan.id)) == plan


def test_a_plan_is_overdue_when_its_day_has_passed_in_the_hosts_zone(engine, clock):
    plan = engine.start(low_item(), by=SYSTEM)
    plan = engine.fire(
        plan, ImprovementPlan.plan(measures="培训", owner="wang", due=date(2026, 4, 1)), by=HEAD
    )
    midnight = datetime.fromisoformat("2026-04-02T00:00+08:00")
    clock.set(midnight - timedelta(microseconds=1))
    assert codes(engine, plan, ImprovementPlan.mark_overdue(), SYSTEM) == {"newly_overdue"}
    clock.set(midnight)
    plan = engine.fire(plan, ImprovementPlan.mark_overdue(), by=SYSTEM)
    assert (plan.state, plan.data.overdue) == ("planned", True)
    assert codes(engine, plan, ImprovementPlan.mark_overdue(), SYSTEM) == {"newly_overdue"}
