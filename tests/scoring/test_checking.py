from __future__ import annotations

from fractions import Fraction

import pytest

from propflow.errors import InexactNumber, InvalidAnswers, UnknownRule
from propflow.rulebooks import load
from propflow.scoring import Answer, Dimension, Rating, check, rate

CHECKS = load("service_checks_10")
MODEL = load("model_service_rules")
IDS = [item.id for item in CHECKS.check_items]


def test_the_pass_rate_counts_what_passed_and_what_failed():
    answers = dict.fromkeys(IDS, Answer.PASS) | {
        IDS[0]: Answer.FAIL,
        IDS[1]: Answer.NOT_APPLICABLE,
        IDS[2]: Answer.OBSERVATION,
    }
    result = check(CHECKS, answers)
    assert result.passed == tuple(IDS[3:])
    assert (result.failed, result.not_applicable, result.observations) == (
        (IDS[0],),
        (IDS[1],),
        (IDS[2],),
    )
    assert result.unanswered == ()
    assert result.pass_rate == Fraction(7, 8)


def test_an_unfinished_list_has_no_rate_and_says_what_lacks():
    result = check(CHECKS, {IDS[0]: "pass"})
    assert result.passed == (IDS[0],)
    assert result.unanswered == tuple(IDS[1:])
    assert result.pass_rate is None


def test_a_list_without_a_verdict_has_no_rate():
    assert check(CHECKS, dict.fromkeys(IDS, Answer.NOT_APPLICABLE)).pass_rate is None


def test_several_books_are_checked_together():
    everything = dict.fromkeys([*IDS, *(item.id for item in MODEL.check_items)], Answer.PASS)
    assert check([CHECKS, MODEL], everything).pass_rate == 1


def test_unknown_items_and_wrong_answers_are_named_all_at_once():
    with pytest.raises(UnknownRule) as unknown:
        check(CHECKS, {"x": Answer.PASS, "service_checks_10_title": Answer.PASS})
    assert unknown.value.rules == ("x", "service_checks_10_title")
    with pytest.raises(InvalidAnswers) as refusal:
        check(CHECKS, {IDS[0]: "yes", IDS[1]: True, IDS[2]: ["pass"], IDS[3]: "fail"})
    assert [problem.where for problem in refusal.value.problems] == IDS[:3]
    assert "give one of pass, fail, not_applicable, observation" in str(refusal.value)


@pytest.mark.parametrize(
    ("rings", "answer"),
    [(0, Answer.PASS), (3, Answer.PASS), ("3.5", Answer.FAIL), (4, Answer.FAIL)],
)
def test_three_rings_pass_and_four_do_not(rings, answer):
    assert MODEL.rule("std_phone_three_rings").judge(rings) is answer


def test_an_item_without_a_limit_is_only_observed():
    assert MODEL.rule("std_air_temp_light").judge("26") is Answer.OBSERVATION
    with pytest.raises(InexactNumber, match="std_air_temp_light"):
        MODEL.rule("std_air_temp_light").judge(26.5)


def test_ratings_give_the_mean_and_the_gap_of_each_dimension_that_was_rated():
    results = rate(
        CHECKS,
        [
            Rating("check_service_speed", 5, 4),
            Rating("check_response_time", 5, "4.5"),
            Rating("check_feedback_handling", 4, 3),
            Rating("check_environment_facilities", 3, 4),
        ],
    )
    assert [
        (each.dimension, each.ratings, each.expected, each.perceived, each.gap) for each in results
    ] == [
        (Dimension.TANGIBLES, 1, 3, 4, 1),
        (Dimension.RESPONSIVENESS, 3, Fraction(14, 3), Fraction(23, 6), Fraction(-5, 6)),
    ]


def test_what_cannot_be_rated_is_refused():
    with pytest.raises(UnknownRule) as unknown:
        rate(CHECKS, [Rating("x", 1, 1), Rating("y", 1, 1), Rating("x", 1, 1)])
    assert unknown.value.rules == ("x", "y")
    with pytest.raises(InvalidAnswers, match="has no dimension") as untagged:
        rate(MODEL, [Rating("std_dress_tidy", 1, 1), Rating("std_dress_tidy", 2, 1)])
    assert len(untagged.value.problems) == 1
    with pytest.raises(InexactNumber, match=r"rating 2 \(check_service_speed\), perceived"):
        rate(CHECKS, [Rating("check_service_speed", 1, 1), Rating("check_service_speed", 1, 0.5)])


def test_nothing_rated_gives_nothing():
    assert rate(CHECKS, []) == ()
