from __future__ import annotations

from datetime import date
from decimal import Decimal, localcontext
from fractions import Fraction

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import (
    IncompleteScorecard,
    InexactNumber,
    InvalidPoints,
    InvalidRuleBook,
    InvalidScore,
    UnknownRule,
    UnspecifiedPointsError,
    UnspecifiedRuleError,
)
from propflow.rulebooks import load
from propflow.scoring import (
    Band,
    Finding,
    Label,
    Method,
    RuleBook,
    Score,
    Standing,
    assess,
    evaluate,
    linear,
    next_publication,
    percent,
    publish,
)

CARD = load("residential_scorecard_130")
SHEET = load("sheet_staff_image")
MAXIMA = {item.id: item.max_points for item in CARD.score_items}
FULL = {item: Score(points) for item, points in MAXIMA.items()}
CLEAN, SURVEY, LEVEL = "item_public_area_cleanliness", "item_survey_held", "item_satisfaction_level"


def problems_of(scores, card=CARD, **options):
    with pytest.raises(InvalidScore) as refusal:
        evaluate(card, scores, **options)
    return [str(problem) for problem in refusal.value.problems]


def card_with(item=CLEAN, **changes):
    rules = tuple(attrs.evolve(rule, **changes) if rule.id == item else rule for rule in CARD.rules)
    return attrs.evolve(CARD, rules=rules)


def points_in(outcome, item):
    (found,) = (each for each in outcome.items if each.item == item)
    return found.points


def test_a_full_card():
    outcome = evaluate(CARD, FULL)
    assert (outcome.total, outcome.maximum, outcome.share) == (130, 130, Fraction(1))
    assert isinstance(outcome.total, Decimal)
    assert [(each.number, each.total, each.maximum) for each in outcome.sections] == [
        *(("一", 30, 30), ("二", 20, 20), ("三", 20, 20), ("四", 20, 20), ("五", 10, 10)),
        ("六", 30, 30),
    ]
    assert outcome.sections[0].title == Label(
        "基础设施维护与管理", "Infrastructure maintenance and management"
    )
    assert outcome.low() == ()


def test_an_incomplete_card_has_no_total_but_its_complete_sections_have():
    outcome = evaluate(CARD, {CLEAN: Score("9"), SURVEY: Score("10"), LEVEL: Score("12.5")})
    assert outcome.total is None
    assert outcome.share is None
    assert outcome.maximum == 130
    assert [each.total for each in outcome.sections] == [None] * 5 + [Decimal("22.5")]
    assert len(outcome.missing) == 10
    assert CLEAN not in outcome.missing
    assert outcome.items[1].standing is Standing.MISSING
    assert outcome.items[1].why.zh.endswith(" 未评分")


def test_what_does_not_apply_leaves_points_and_maximum_and_is_shown():
    scores = FULL | {CLEAN: Score.not_applicable("工地未交付"), LEVEL: Score("15")}
    outcome = evaluate(CARD, scores)
    assert (outcome.total, outcome.maximum, outcome.share) == (115, 120, Fraction(115, 120))
    assert (outcome.sections[0].total, outcome.sections[0].maximum) == (20, 20)
    assert outcome.not_applicable == (CLEAN,)
    assert outcome.low() == ()
    assert outcome.items[0].why.zh.endswith(" 不适用：工地未交付")
    assert outcome.items[0].why.en.endswith(" Not applicable: 工地未交付")


def test_a_card_of_which_nothing_applies_has_no_share():
    outcome = evaluate(CARD, dict.fromkeys(MAXIMA, Score.not_applicable("x")))
    assert (outcome.total, outcome.maximum, outcome.share) == (0, 0, None)


def test_every_fault_of_the_scores_is_reported_at_once():
    assert problems_of(
        {
            CLEAN: Score("10.5"),
            SURVEY: Score.not_applicable("  "),
            LEVEL: Score.deducted(assess(SHEET, [])),
            "item_service_attitude": Score.measured("95"),
            "item_service_efficiency": "9",
        }
    ) == [
        f"{SURVEY}: does not apply, and nobody says why; give a reason",
        f"{LEVEL}: its method is mapping, so it is not scored from deductions",
        "item_service_attitude: its method is judged; give points, or a mapping in mappings=",
        (
            "item_service_efficiency: '9' is no score; "
            "write Score('9') or Score.not_applicable('why')"
        ),
        f"{CLEAN}: 10.5 is above the 10 points",
    ]


@pytest.mark.parametrize("value", [9.0, float("nan"), "-1", "nine", True, None])
def test_a_score_is_an_exact_number_from_zero(value):
    with pytest.raises(InvalidPoints):
        Score(value)


def test_every_unknown_item_is_named_wherever_it_stands():
    with pytest.raises(UnknownRule) as refusal:
        evaluate(
            CARD,
            {"x": Score(1), "sec_6_satisfaction": Score(1)},
            weights={"y": 1},
            mappings={"z": Decimal},
        )
    assert refusal.value.rules == ("x", "sec_6_satisfaction", "y", "z")


def test_weights_change_the_share_and_never_the_total():
    scores = FULL | {LEVEL: Score(10)}
    outcome = evaluate(CARD, scores, weights={LEVEL: "2", CLEAN: "0.5"})
    assert outcome.total == 120
    assert outcome.share == Fraction(120 + 10 - 5, 130 + 20 - 5)
    assert evaluate(CARD, scores).share == Fraction(120, 130)


def test_the_books_own_weights_hold_unless_others_are_given():
    card = card_with(LEVEL, weight="3")
    scores = FULL | {LEVEL: Score(0)}
    assert evaluate(card, scores).share == Fraction(110, 170)
    assert evaluate(card, scores, weights={LEVEL: 1}).share == Fraction(110, 130)


def test_weights_that_are_all_zero_are_refused():
    zero = dict.fromkeys(MAXIMA, 0)
    (problem,) = problems_of(FULL, weights=zero)
    assert "are all zero" in problem
    alone = evaluate(CARD, FULL | {CLEAN: Score.not_applicable("x")}, weights=zero | {CLEAN: 1})
    assert alone.share is None
    assert alone.total == 120


@pytest.mark.parametrize(("weight", "error"), [(0.5, InexactNumber), ("-1", InvalidPoints)])
def test_weights_are_exact_and_not_below_zero(weight, error):
    with pytest.raises(error):
        evaluate(CARD, FULL, weights={CLEAN: weight})


def test_new_maxima_are_summed_up_again():
    with pytest.raises(InvalidRuleBook) as refusal:
        CARD.with_maxima({CLEAN: "20"})
    (problem,) = refusal.value.problems
    assert "section 一 declares 30 points" in problem.message
    assert problem.message.endswith(" is 40")
    card = CARD.with_maxima({CLEAN: 20, "sec_1_infrastructure": 40, "scorecard_total_130": 140})
    outcome = evaluate(card, FULL)
    assert (outcome.total, outcome.maximum) == (130, 140)
    assert outcome.items[0].why.zh.endswith(" 得10分，满分20分（满分由使用单位设定）")
    assert CARD.rule(CLEAN).max_points == 10


@pytest.mark.parametrize("rule", ["scorecard_purpose", "x"])
def test_maxima_belong_to_items_sections_and_the_total(rule):
    with pytest.raises(UnknownRule):
        CARD.with_maxima({rule: 1})


def test_a_survey_is_never_mapped_unless_the_host_says_how():
    with pytest.raises(UnspecifiedRuleError, match="no mapping for item_satisfaction_level"):
        evaluate(CARD, {LEVEL: Score.measured("86.5")})
    outcome = evaluate(
        CARD,
        {LEVEL: Score.measured("86.5")},
        mappings={LEVEL: lambda percentage: linear(percentage, 20)},
    )
    assert points_in(outcome, LEVEL) == Decimal("17.3")
    assert " 测得86.5，得17.3分，满分20分" in outcome.items[-1].why.zh
    assert points_in(evaluate(CARD, {LEVEL: Score("17.3")}), LEVEL) == Decimal("17.3")


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        (lambda _: 0.5, "0.5 is not exact"),
        (lambda _: "-1", "-1 is below zero"),
        (lambda value: value, "86 is above the 20 points"),
    ],
)
def test_what_a_mapping_gives_is_checked(mapping, message):
    (problem,) = problems_of({LEVEL: Score.measured(86)}, mappings={LEVEL: mapping})
    assert message in problem


def test_linear_is_exact_whatever_context_the_host_has_set():
    with localcontext() as context:
        context.prec = 2
        assert str(linear("86.55", "20")) == "17.31"
    for wrong in ("100.1", "-1"):
        with pytest.raises(InvalidPoints):
            linear(wrong, 20)
    with pytest.raises(InexactNumber):
        linear(86.5, 20)


@pytest.mark.parametrize(
    ("measured", "points"), [("100", 10), ("99.9", 6), ("95", 6), ("94", 3), ("90", 3), ("89", 0)]
)
def test_bands_give_the_points_of_the_first_band_reached(measured, points):
    bands = (Band("100", 10), Band("95", 6), Band("90", 3))
    card = card_with(method=Method.BANDS, bands=bands)
    assert points_in(evaluate(card, {CLEAN: Score.measured(measured)}), CLEAN) == points


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"method": Method.BANDS}, "bands belong to method bands, and that method needs them"),
        ({"bands": (Band(1, 1),)}, "bands belong to method bands, and that method needs them"),
        (
            {"method": Method.BANDS, "bands": (Band(1, 1), Band(2, 0))},
            "bands go from the highest down, and a higher one never earns less",
        ),
        (
            {"method": Method.BANDS, "bands": (Band(2, 1), Band(1, 2))},
            "bands go from the highest down, and a higher one never earns less",
        ),
        (
            {"method": Method.BANDS, "bands": (Band(2, 11),)},
            "a band earns more than the 10 points of the item",
        ),
        ({"floor": 11}, "the floor is above the 10 points of the item"),
    ],
)
def test_an_item_that_contradicts_itself_is_refused(changes, message):
    with pytest.raises(InvalidRuleBook) as refusal:
        card_with(**changes)
    assert [problem.message for problem in refusal.value.problems] == [message]


@pytest.mark.parametrize(("floor", "points"), [("0", "7.5"), ("8", "8")])
def test_an_item_may_be_what_deductions_leave(floor, points):
    card = card_with(method=Method.FROM_DEDUCTIONS, floor=floor)
    sheet = SHEET.with_values({"ded_no_badge": "0.5"})
    found = assess(
        sheet,
        [
            Finding("ded_no_uniform", persons=["p1", "p2"]),
            Finding("ded_no_badge", persons=["p1"]),
        ],
    )
    outcome = evaluate(card, {CLEAN: Score.deducted(found)})
    assert points_in(outcome, CLEAN) == Decimal(points)
    assert " the maximum less 2.5: " in outcome.items[0].why.en
    many = Finding("ded_no_uniform", persons=map(str, range(20)))
    below = evaluate(card, {CLEAN: Score.deducted(assess(sheet, [many]))})
    assert points_in(below, CLEAN) == Decimal(floor)


def test_missing_points_of_a_sheet_stop_the_item_and_are_named():
    found = assess(SHEET, [Finding("ded_no_badge", persons=["p1"])])
    with pytest.raises(UnspecifiedPointsError):
        Score.deducted(found)


def test_low_is_strictly_below_the_ratio():
    outcome = evaluate(CARD, {CLEAN: Score(6), SURVEY: Score("5.99"), LEVEL: Score(13)})
    assert [each.item for each in outcome.low()] == [SURVEY]
    assert [each.item for each in outcome.low(Decimal("0.65"))] == [CLEAN, SURVEY]
    assert [each.item for each in outcome.low("0.66")] == [CLEAN, SURVEY, LEVEL]
    assert outcome.low(0) == ()
    assert outcome.low(1) == (outcome.items[0], *outcome.items[-2:])


@pytest.mark.parametrize(
    ("ratio", "error"), [(0.6, InexactNumber), ("1.1", InvalidPoints), ("-0.1", InvalidPoints)]
)
def test_the_ratio_is_exact_and_from_zero_to_one(ratio, error):
    with pytest.raises(error):
        evaluate(CARD, FULL).low(ratio)


def test_publishing_asks_for_an_improvement_of_every_low_item():
    outcome = evaluate(CARD, FULL | {CLEAN: Score("5.9"), LEVEL: Score(12)})
    published = publish(outcome, on=date(2025, 3, 31))
    (plan,) = published.improvements
    assert (plan.item, plan.points, plan.maximum) == (CLEAN, Decimal("5.9"), 10)
    assert plan.why == outcome.items[0].why
    assert published.low_score_ratio == Decimal("0.6")
    more = publish(outcome, on=date(2025, 3, 31), low_score_ratio="0.7").improvements
    assert [each.item for each in more] == [CLEAN, LEVEL]


def test_an_incomplete_card_is_not_published():
    with pytest.raises(IncompleteScorecard, match="not scored yet") as refusal:
        publish(evaluate(CARD, {CLEAN: Score(1)}), on=date(2025, 3, 31))
    assert len(refusal.value.missing) == 12


def test_scoring_again_leaves_the_published_card_alone():
    outcome = evaluate(
        CARD,
        FULL | {CLEAN: Score(5), LEVEL: Score.measured(50)},
        weights={CLEAN: 2},
        mappings={LEVEL: lambda value: linear(value, 20)},
    )
    published = publish(outcome, on=date(2025, 3, 31))
    again = published.card.rescored({CLEAN: Score(9)})
    assert (again.total, published.card.total) == (119, 115)
    assert published.card == outcome
    assert again.share == Fraction(130 - 10 - 1 + 9, 140)
    with pytest.raises(InvalidScore):
        again.rescored({CLEAN: Score(11)})
    with pytest.raises(TypeError):
        again.scores[CLEAN] = Score(10)


@pytest.mark.parametrize(
    ("last", "months", "due"),
    [
        (date(2025, 3, 15), 3, date(2025, 6, 15)),
        (date(2025, 11, 30), 3, date(2026, 2, 28)),
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 12, 31), 12, date(2026, 12, 31)),
    ],
)
def test_the_next_publication_is_so_many_months_later(last, months, due):
    assert next_publication(last, every_months=months) == due


def test_the_period_of_publication_is_not_guessed():
    with pytest.raises(UnspecifiedRuleError, match="publication_period") as refusal:
        next_publication(date(2025, 3, 31))
    assert refusal.value.rules == ("scorecard_publication",)


@pytest.mark.parametrize("months", [0, -1, 1.5, True, "3"])
def test_a_period_is_a_whole_number_of_months(months):
    with pytest.raises(InvalidPoints, match="whole number from 1"):
        next_publication(date(2025, 3, 31), every_months=months)


def test_items_outside_every_section_come_last_under_the_books_title():
    items = CARD.score_items
    book = RuleBook(
        id="card",
        title=CARD.title,
        rules=(attrs.evolve(items[0], section=None), attrs.evolve(items[3])),
        sections=CARD.sections,
    )
    sections = evaluate(book, {}).sections
    assert [(each.number, each.title) for each in sections] == [
        ("二", sections[0].title),
        (None, CARD.title),
    ]


def test_a_book_without_items_makes_an_empty_card():
    empty = evaluate(SHEET, {})
    assert (empty.total, empty.maximum, empty.share, empty.sections) == (0, 0, None, ())


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (None, "n/a"),
        (Fraction(0), "0.00%"),
        (Fraction(1), "100.00%"),
        (Fraction(115, 130), "88.46%"),
        (Fraction(1, 3), "33.33%"),
        (Fraction(66665, 1_000_000), "6.67%"),
        (Fraction(1, 20_000), "0.01%"),
    ],
)
def test_a_share_is_rounded_half_up_only_when_it_is_shown(share, text):
    assert percent(share) == text


given_scores = st.fixed_dictionaries(
    {},
    optional={
        item: st.one_of(
            st.decimals(0, int(maximum), places=2).map(Score),
            st.just(Score.not_applicable("x")),
        )
        for item, maximum in MAXIMA.items()
    },
)
weights = st.dictionaries(st.sampled_from(list(MAXIMA)), st.integers(1, 9))


@given(given_scores)
def test_items_sum_to_sections_and_sections_to_the_total(scores):
    outcome = evaluate(CARD, scores)
    totals = [section.total for section in outcome.sections]
    assert (outcome.total is None) == (None in totals) == bool(outcome.missing)
    if outcome.total is not None:
        assert outcome.total == sum(totals)
        assert 0 <= outcome.total <= outcome.maximum
    assert outcome.maximum == sum(section.maximum for section in outcome.sections)
    for section in outcome.sections:
        if section.total is not None:
            assert section.total == sum(each.points or 0 for each in section.items)


@given(given_scores, weights, st.integers(1, 100))
def test_all_weights_times_the_same_leave_the_share(scores, some, factor):
    every = {item: some.get(item, 1) for item in MAXIMA}
    scaled = {item: weight * factor for item, weight in every.items()}
    one, other = (evaluate(CARD, scores, weights=each) for each in (every, scaled))
    assert one.share == other.share
    assert one.share is None or 0 <= one.share <= 1
    ones = evaluate(CARD, scores, weights=dict.fromkeys(MAXIMA, factor)).share
    assert ones == evaluate(CARD, scores).share
