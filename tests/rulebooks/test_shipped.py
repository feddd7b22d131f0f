"""The shipped sheets against their source document."""

from __future__ import annotations

from importlib.resources import files

import pytest

from propflow.rulebooks import load, shipped
from propflow.scoring import Account, Clause, Count, Provenance, Unit, Unspecified

SEED = (files("propflow.rulebooks") / "seed.txt").read_text(encoding="utf-8").replace("\n", "")
BOOKS = {name: load(name) for name in shipped()}
A, B = BOOKS["sheet_staff_image"], BOOKS["sheet_order_fire_safety"]
RULES = [rule for book in BOOKS.values() for rule in book.rules]

# Slips of the source and our reading of them, for the wordings that hold them.
READINGS = {
    "职工": "员工",
    "显然褶皱": "明显褶皱",
    "不洁净、齐整": "不洁净、整齐",
    "二朗腿": "二郎腿",
    "站即刻袖手": "站立时袖手",
    "私自离岗": "擅自离岗",
    "窜岗": "串岗",
    "看报书报": "看书看报",
    "没关的事": "无关的事",
    "客服招待": "客服接待",
    "一般话": "普通话",
    "署名": "签名",
    "次序保护": "秩序维护",
    "不熟习": "不熟悉",
    "基本状况": "基本情况",
    "数目地点": "数量位置",
    "住所散布": "住宅分布",
    "未拟订": "未制定",
    "应急方案": "应急预案",
    "不完好": "不完整",
    "超前": "提前",
    "交接班登记": "交接班记录",
    "消监控人员": "消防监控人员",
    "每一仪容仪表发现": "每发现",
    "每发二服务态度现": "每发现",
    "一业务技术5、": "",
}


def test_the_two_sheets_ship():
    assert {book.id for book in BOOKS.values()} == set(shipped())
    assert {"sheet_staff_image", "sheet_order_fire_safety"} <= set(shipped())


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_raw_wording_stands_in_the_source_letter_by_letter(rule):
    assert rule.text_zh in SEED


def test_the_wordings_cover_their_part_of_the_source_without_a_gap():
    whole = "".join(rule.text_zh for book in (A, B) for rule in book.rules)
    assert whole in SEED


def letters(text):
    return "".join(each for each in text if "\u4e00" <= each <= "\u9fff" or each == "X")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_cleaned_wording_differs_from_the_raw_by_the_listed_readings_alone(rule):
    read = rule.text_zh
    for slip, reading in READINGS.items():
        read = read.replace(slip, reading)
    assert letters(rule.text_zh_clean) == letters(read)
    assert not any(slip in rule.text_zh_clean for slip in READINGS)
    assert " " not in rule.text_zh_clean or isinstance(rule, Clause)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_damaged_wording_carries_its_ruling(rule):
    labels = {"每一仪容仪表发现", "每发二服务态度现", "一业务技术5、"}
    assert ("A35" in rule.rulings) == any(label in rule.text_zh for label in labels)
    slips = set(READINGS) - labels - {"消监控人员"}
    assert not any(slip in rule.text_zh for slip in slips) or "A42" in rule.rulings
    assert ("A44" in rule.rulings) == ("消监控人员" in rule.text_zh)


def table(book):
    return [(rule.id, rule.clause, str(rule.unit), rule.points) for rule in book.deductions]


def test_sheet_a_rule_by_rule():
    assert table(A) == [
        ("ded_no_uniform", "一.1", "person", 1),
        ("ded_uniform_mismatched", "一.2", "person", 1),
        ("ded_uniform_untidy", "一.3", "person", 1),
        ("ded_no_badge", "一.4", "person", Unspecified),
        ("ded_hair_nails", "一.5", "person", 1),
        ("ded_bad_sitting_posture", "二.1", "person", 1),
        ("ded_bad_standing_posture", "二.2", "person", 1),
        ("ded_absent_from_post", "二.3", "person", 1),
        ("ded_unrelated_activities", "二.4", "person", 1),
        ("ded_visitor_not_greeted", "二.5", "person", Unspecified),
        ("ded_phone_no_greeting", "二.6", "person", Unspecified),
        ("ded_uncivil_language", "二.7", "person", Unspecified),
        ("ded_office_untidy", "二.8", "place", 1),
    ]


def test_sheet_b_rule_by_rule():
    assert table(B) == [
        ("ded_duties_unknown", "一.1", "person", 1),
        ("ded_estate_facts_unknown", "一.2", "person", 1),
        ("ded_fire_equipment_skill", "一.3", "person", 1),
        ("ded_alarm_procedure_unknown", "一.4", "person", 1),
        ("ded_patrol_route_missing", "一.5a", "flat", 1),
        ("ded_patrol_route_unknown", "一.5b", "person", 1),
        ("ded_emergency_scheme_missing", "一.6", "flat", 1),
        ("ded_duty_log_defective", "一.7a", "place", 1),
        ("ded_handover_log_incomplete", "一.7b", "place", Unspecified),
        ("ded_fire_control_skill", "一.8a", "person", 1),
        ("ded_fire_control_log_missing", "一.8b", "place", 1),
        ("ded_fire_control_log_incomplete", "一.8c", "place", Unspecified),
    ]


def test_six_numbers_are_missing_and_say_so():
    assert A.unspecified() == (
        "ded_no_badge",
        "ded_visitor_not_greeted",
        "ded_phone_no_greeting",
        "ded_uncivil_language",
    )
    assert B.unspecified() == ("ded_handover_log_incomplete", "ded_fire_control_log_incomplete")
    for book in (A, B):
        for rule in book.deductions:
            missing = rule.id in book.unspecified()
            assert (rule.provenance is Provenance.UNSPECIFIED) == missing
            assert ("A34" in rule.rulings) == missing


def test_forms_are_clauses_without_points():
    assert [rule.id for rule in A.rules if isinstance(rule, Clause)] == [
        "sheet_staff_image_form",
        "sheet_signatures",
    ]
    assert [rule.id for rule in B.rules if isinstance(rule, Clause)] == [
        "sheet_order_fire_safety_form"
    ]


def test_the_sheets_charge_the_department_and_count_distinct():
    assert {book.account for book in (A, B)} == {Account.DEPARTMENT}
    assert {rule.count for book in (A, B) for rule in book.deductions} == {Count.DISTINCT}


def test_sections_are_named_after_the_lost_row_labels():
    names = [[(each.number, each.zh) for each in book.sections] for book in (A, B)]
    assert names == [[("一", "仪容仪表"), ("二", "服务态度")], [("一", "业务技术")]]
    for book in (A, B):
        for rule in book.deductions:
            assert rule.section == rule.clause.split(".")[0]


def test_sheet_b_says_that_it_is_cut_off():
    assert B.incomplete
    assert len(B.missing) == 2
    assert not A.incomplete
    assert A.missing == ()


def test_flat_rules_cite_their_ruling():
    flat = [rule for rule in B.deductions if rule.unit is Unit.FLAT]
    assert all("A36" in rule.rulings for rule in flat)


def test_links_to_the_model_text_tie_no_two_rules_of_a_sheet():
    linked = [group for book in (A, B) for rule in book.deductions for group in rule.same_as]
    assert len(linked) == len(set(linked)) == 7
    assert {rule.id for rule in A.deductions if rule.same_as} == {
        rule.id for rule in A.deductions if "A33" in rule.rulings
    }


def test_only_the_gaps_of_a_log_are_excluded():
    excluded = {rule.id: rule.excluded_by for rule in B.deductions if rule.excluded_by}
    assert excluded == {"ded_fire_control_log_incomplete": ("ded_fire_control_log_missing",)}


def test_the_appearance_rule_can_lose_either_of_its_halves():
    assert [each.id for each in A.rule("ded_hair_nails").conditions] == ["men", "women"]
    for each in A.rule("ded_hair_nails").conditions:
        assert each.applies
        assert each.zh in A.rule("ded_hair_nails").text_zh_clean
