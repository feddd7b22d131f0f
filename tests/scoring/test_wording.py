from __future__ import annotations

import attrs
import pytest

from propflow.rulebooks import load
from propflow.scoring import Count, Finding, Label, Unit, assess

A = load("sheet_staff_image")
B = load("sheet_order_fire_safety")


def whys(book, *findings):
    return [line.why for line in assess(book, findings).lines]


@pytest.mark.parametrize(
    ("persons", "zh", "en"),
    [
        (["p1"], "1人 × 1分 = 1分", "1 person × 1 = 1"),
        (["p1", "p2"], "2人 × 1分 = 2分", "2 persons × 1 = 2"),
    ],
)
def test_a_line_shows_its_wording_and_its_reckoning(persons, zh, en):
    assert whys(A, Finding("ded_no_uniform", persons=persons)) == [
        Label(
            zh=f"一.1 未着工作服,每发现1人扣1分。 {zh}",
            en=f"一.1 No uniform: 1 point per person. {en}",
        )
    ]


def test_places_and_inspections_have_their_own_words():
    flat, places = whys(
        B,
        Finding("ded_duty_log_defective", places=["R1", "R2"]),
        Finding("ded_emergency_scheme_missing", inspection="i1"),
        Finding("ded_emergency_scheme_missing", inspection="i2"),
    )
    assert flat.zh.endswith("2次检查 × 1分 = 2分")
    assert flat.en.endswith("2 inspections × 1 = 2")
    assert places.zh.endswith("2处 × 1分 = 2分")
    assert places.en.endswith("2 places × 1 = 2")


def test_missing_points_are_said_and_not_reckoned():
    (why,) = whys(A, Finding("ded_no_badge", persons=["p1"]))
    assert why.zh.endswith("1人,原文未给出分值，须由使用单位设定")
    assert why.en.endswith("1 person; the source gives no points, the host must set them")


def test_points_of_the_host_are_said_to_be_the_hosts():
    book = A.with_values({"ded_no_badge": "0.50"})
    (why,) = whys(book, Finding("ded_no_badge", persons=["p1", "p2"]))
    assert why.zh.endswith("2人 × 0.5分 = 1分（分值由使用单位设定）")
    assert why.en.endswith("2 persons × 0.5 = 1 (points set by the host)")


def test_counting_every_time_is_said():
    rules = tuple(attrs.evolve(rule, count=Count.OCCURRENCE) for rule in A.deductions[:1])
    book = attrs.evolve(A, rules=rules)
    (why,) = whys(book, *[Finding("ded_no_uniform", persons=["p1"])] * 3)
    assert why.zh.endswith("3人次 × 1分 = 3分")
    assert why.en.endswith("3 persons (each time) × 1 = 3")


def test_occurrences_are_their_own_unit():
    rules = (attrs.evolve(A.deductions[0], unit=Unit.OCCURRENCE),)
    book = attrs.evolve(A, rules=rules)
    (why,) = whys(book, *[Finding("ded_no_uniform")] * 2)
    assert why.zh.endswith("2次 × 1分 = 2分")
    assert why.en.endswith("2 occurrences × 1 = 2")


def test_a_switched_off_condition_is_said():
    book = A.switch_off("ded_hair_nails", "women")
    (why,) = whys(book, Finding("ded_hair_nails", persons=["p1"]))
    assert "（不适用：女的长发未梳理齐整、披肩,涂有色指甲油）" in why.zh
    assert "(not applied: women: long hair uncombed or loose, coloured nail varnish)" in why.en
    assert "不适用：男的" not in why.zh


def test_what_was_set_aside_says_which_rule_is_charged_instead():
    findings = [
        Finding("ded_fire_control_log_missing", places=["R1"]),
        Finding("ded_fire_control_log_incomplete", places=["R1"]),
    ]
    (aside,) = assess(B, findings).set_aside
    assert aside.why == Label(
        zh="已按“一.8b 无值班记录,每发现一处扣1分。”扣分，二者不并罚",
        en="charged under 'ded_fire_control_log_missing', which leaves nothing to this rule",
    )
