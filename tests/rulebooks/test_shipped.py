"""The shipped books against their source document."""

from __future__ import annotations

from collections import Counter
from importlib.resources import files

import pytest

from propflow.rulebooks import load, shipped
from propflow.scoring import (
    Account,
    CheckItem,
    Clause,
    Consequence,
    Count,
    Deduction,
    Dimension,
    Matter,
    Provenance,
    ScoreItem,
    ScoreSection,
    ScoreTotal,
    Unit,
    Unspecified,
)

SEED = (files("propflow.rulebooks") / "seed.txt").read_text(encoding="utf-8").replace("\n", "")
BOOKS = {name: load(name) for name in shipped()}
A, B = BOOKS["sheet_staff_image"], BOOKS["sheet_order_fire_safety"]
PATROL, CARD = BOOKS["patrol_regulation"], BOOKS["residential_scorecard_130"]
CHECKS, MODEL, MANUAL = (
    BOOKS[name] for name in ("service_checks_10", "model_service_rules", "cs_manual")
)
IN_ORDER = [BOOKS["front_matter"], PATROL, CARD, CHECKS, MODEL, A, B, MANUAL]
RULES = [rule for book in BOOKS.values() for rule in (*book.rules, *book.contents)]

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
    "隐情不报": "隐瞒不报",
    "温度宜适宜": "温度适宜",
    "客户服务服": "客户服务部",
}

# Headings of the source that run into the wording after them, and are no part of it.
HEADINGS = (
    *("3 工作内容3.1 ", "3.3 日检:", "3.4 周检", "3.5 巡检", "4 巡检要求"),
    *("二、服务准备1. 员工形象", "2. 工作环境", "三、服务流程1. 电话接听", "2. 接待服务"),
    *("3. 服务项目介绍", "4. 服务过程", "5. 服务时长", "四、服务态度1. 称呼礼貌"),
    *("2. 细节关怀", "3. 语言表达", "1.0客户服务部工作内容概述1.1 概述"),
    *("服务质量检查细则范文一、引言", "一、", "二、", "三、", "四、", "五、", "六、"),
)


def test_every_book_of_the_source_ships_under_its_own_name():
    assert [book.id for book in BOOKS.values()] == list(shipped())
    assert {book.id: len(book.rules) for book in IN_ORDER} == {
        "front_matter": 2,
        "patrol_regulation": 36,
        "residential_scorecard_130": 26,
        "service_checks_10": 12,
        "model_service_rules": 23,
        "sheet_staff_image": 15,
        "sheet_order_fire_safety": 13,
        "cs_manual": 9,
    }
    assert len(shipped()) == len(IN_ORDER)


def test_there_are_136_rules_and_97_entries_each_with_an_id_of_its_own():
    assert sum(len(book.rules) for book in IN_ORDER) == 136
    assert sum(len(book.contents) for book in IN_ORDER) == 97
    assert len({rule.id for rule in RULES}) == 136 + 97


def test_every_kind_of_rule_is_there_as_often_as_in_the_source():
    kinds = Counter(
        getattr(rule, "about", None) or type(rule).__name__
        for book in IN_ORDER
        for rule in book.rules
    )
    # The three rings are a limit of time and a question; they are asked, so they are a check item.
    assert kinds == {
        "Deduction": 26,
        "ScoreItem": 13,
        "ScoreSection": 6,
        "ScoreTotal": 1,
        "CheckItem": 31 + 1,
        "Consequence": 4,
        Matter.SCHEDULE: 5,
        Matter.TIMER: 4 - 1,
        Matter.GUARD: 1,
        Matter.WORKFLOW: 6,
        Matter.ROLE: 4,
        Matter.PERMISSION: 7,
        Matter.FORM: 5,
        Matter.REPORT: 3,
        Matter.NOTIFICATION: 2,
        Matter.CONFIG: 3,
        Matter.POLICY: 8,
        Matter.META: 7,
    }


def in_the_order_of_the_source(book):
    first, *rest = book.rules
    return [first, *book.contents, *rest]


def test_the_quotations_in_their_order_are_the_source_but_for_five_separators():
    position, between = 0, []
    for rule in (rule for book in IN_ORDER for rule in in_the_order_of_the_source(book)):
        start = SEED.index(rule.text_zh, position)
        between += [SEED[position:start]] if start > position else []
        position = start + len(rule.text_zh)
    assert between == ["、"] * 5
    assert position == len(SEED)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_raw_wording_stands_in_the_source_letter_by_letter(rule):
    assert rule.text_zh in SEED


def letters(text):
    return "".join(each for each in text if "\u4e00" <= each <= "\u9fff" or each == "X")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_the_cleaned_wording_differs_from_the_raw_by_the_listed_readings_alone(rule):
    heading = max((each for each in HEADINGS if rule.text_zh.startswith(each)), key=len, default="")
    read = rule.text_zh.removeprefix(heading)
    for slip, reading in READINGS.items():
        read = read.replace(slip, reading)
    assert letters(rule.text_zh_clean) == letters(read)
    assert not any(slip in rule.text_zh_clean for slip in READINGS)
    assert " " not in rule.text_zh_clean or isinstance(rule, Clause)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_damaged_wording_carries_its_ruling(rule):
    labels = {"每一仪容仪表发现", "每发二服务态度现", "一业务技术5、"}
    assert ("A35" in rule.rulings) == any(label in rule.text_zh for label in labels)
    slips = set(READINGS) - labels - {"消监控人员", "客户服务服"}
    assert not any(slip in rule.text_zh for slip in slips) or "A42" in rule.rulings
    assert ("A01" in rule.rulings) == ("客户服务服" in rule.text_zh)
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


def rules_of(book, kind):
    return [rule for rule in book.rules if isinstance(rule, kind)]


def test_the_card_item_by_item():
    assert [
        (item.id, item.section, item.max_points, str(item.method)) for item in CARD.score_items
    ] == [
        ("item_public_area_cleanliness", "一", 10, "judged"),
        ("item_greening_landscape", "一", 10, "judged"),
        ("item_equipment_operation", "一", 10, "judged"),
        ("item_safety_facilities", "二", 10, "judged"),
        ("item_emergency_plan_execution", "二", 10, "judged"),
        ("item_service_attitude", "三", 10, "judged"),
        ("item_service_efficiency", "三", 10, "judged"),
        ("item_community_management", "四", 10, "judged"),
        ("item_community_activities", "四", 10, "judged"),
        ("item_fee_transparency", "五", 5, "judged"),
        ("item_company_compliance", "五", 5, "judged"),
        ("item_survey_held", "六", 10, "judged"),
        ("item_satisfaction_level", "六", 20, "mapping"),
    ]
    assert {item.weight for item in CARD.score_items} == {1}
    assert [(each.section, each.max_points) for each in rules_of(CARD, ScoreSection)] == [
        *(("一", 30), ("二", 20), ("三", 20), ("四", 20), ("五", 10), ("六", 30))
    ]
    assert [each.max_points for each in rules_of(CARD, ScoreTotal)] == [130]


def test_every_number_of_the_card_stands_in_its_wording():
    for rule in rules_of(CARD, ScoreItem | ScoreSection):
        assert f"(分值:{rule.max_points}分)" in rule.text_zh


def test_every_number_of_a_deduction_stands_in_its_wording():
    for rule in [rule for rule in RULES if isinstance(rule, Deduction)]:
        if rule.points is not Unspecified:
            assert f"{rule.points}分" in rule.text_zh.replace(" ", "")


def test_what_each_book_leaves_to_the_host():
    assert {book.id: book.unspecified() for book in IN_ORDER if book not in (A, B)} == {
        "front_matter": (),
        "patrol_regulation": (
            "daily_inspection_zone_table",
            "weekly_inspection_window",
            "weekly_inspection_time_table",
            "violation_slip_announcement",
            "violation_slip_monthly_statement",
            "joint_liability_double_penalty",
            "obstruction_liability",
            "issue_emergency_branch",
        ),
        "residential_scorecard_130": (
            "item_service_efficiency",
            "item_satisfaction_level",
            "scorecard_publication",
        ),
        "service_checks_10": (),
        "model_service_rules": ("std_service_duration",),
        "cs_manual": (),
    }
    for rule in RULES:
        lacking = {Provenance.UNSPECIFIED, Provenance.MISSING}
        entry = isinstance(rule, Clause) and rule.about is Matter.ENTRY
        assert entry or rule.is_unspecified == (rule.provenance in lacking)


def test_the_patrol_regulation_skips_three_clauses_and_nothing_is_made_up_for_them():
    assert PATROL.missing_clauses == ("4.7", "4.8", "4.9")
    assert PATROL.incomplete
    clauses = [rule.clause for rule in PATROL.rules]
    assert not set(clauses) & set(PATROL.missing_clauses)
    assert clauses.index("4.10") == clauses.index("4.6") + 4


def test_clause_4_4_costs_an_inspector_five_points_and_a_warning_each_time():
    (rule,) = PATROL.deductions
    assert (rule.id, rule.points, rule.unit) == ("concealment_deduction", 5, Unit.PERSON)
    assert rule.counts_every_time
    assert PATROL.account is Account.PERSON


def test_the_consequences_of_the_patrol_regulation():
    assert [
        (rule.clause, rule.base_rule, rule.multiplier, rule.warnings, rule.liable)
        for rule in PATROL.consequences
    ] == [
        ("4.3", None, None, 0, ("inspector",)),
        ("4.3", None, 2, 0, ("inspector",)),
        ("4.4", "concealment_deduction", None, 1, ("inspector",)),
        ("4.5", None, None, 0, ("department_supervisor", "person_concerned")),
    ]


def test_the_ten_checks_carry_our_dimensions_and_their_overlaps():
    assert [rule.dimension for rule in CHECKS.check_items] == [
        Dimension.ASSURANCE,
        Dimension.RESPONSIVENESS,
        Dimension.RELIABILITY,
        Dimension.ASSURANCE,
        Dimension.RELIABILITY,
        Dimension.RESPONSIVENESS,
        Dimension.EMPATHY,
        Dimension.TANGIBLES,
        Dimension.EMPATHY,
        Dimension.RESPONSIVENESS,
    ]
    assert {rule.id: rule.overlaps for rule in CHECKS.check_items if rule.overlaps} == {
        "check_service_speed": ("check_response_time",),
        "check_response_time": ("check_service_speed",),
        "check_tracking_feedback": ("check_feedback_handling",),
        "check_feedback_handling": ("check_tracking_feedback",),
    }


def test_the_model_text_shares_every_matter_that_sheet_a_links():
    linked = {group for rule in MODEL.check_items for group in rule.same_as}
    assert linked == {group for rule in A.deductions for group in rule.same_as}
    for rule in MODEL.check_items:
        assert bool(rule.same_as) == ("A33" in rule.rulings)


def test_three_rings_are_the_one_number_of_the_model_text():
    limits = {rule.id: rule.limit for rule in MODEL.check_items if rule.limit}
    assert [(rule, each.metric, each.at_most) for rule, each in limits.items()] == [
        ("std_phone_three_rings", "rings_before_answer", 3)
    ]


def test_the_contents_of_the_manual():
    entries = MANUAL.contents
    numbers = [entry.clause for entry in entries]
    assert sum(number.endswith(".0") for number in numbers) == 18
    assert [number for number, often in Counter(numbers).items() if often > 1] == ["4.3.1"]
    assert {"17.3", "17.5"} <= set(numbers)
    assert MANUAL.missing_clauses == ("17.4",)
    assert "12.3.3" in numbers
    assert [entry.clause for entry in entries if entry.provenance is Provenance.MISSING] == [
        "4.1.3",
        "4.1.4",
    ]
    for entry in entries:
        assert entry.about is Matter.ENTRY
        assert entry.text_zh.replace(" ", "") == entry.clause + entry.text_zh_clean
        assert entry.text_en.isascii() or "贴心" in entry.text_en


def test_books_without_deductions_charge_nobody():
    for book in BOOKS.values():
        assert (book.account is None) == (not book.deductions)


def test_check_items_and_consequences_stand_in_the_books_that_hold_them():
    holders = {
        kind: {book.id for book in IN_ORDER if rules_of(book, kind)}
        for kind in (CheckItem, Consequence)
    }
    assert holders == {
        CheckItem: {"patrol_regulation", "service_checks_10", "model_service_rules"},
        Consequence: {"patrol_regulation"},
    }
