from __future__ import annotations

import subprocess
import sys
import tomllib
from decimal import Decimal
from importlib.resources import files
from pathlib import Path

import pytest

from propflow.errors import InvalidRuleBook, UnknownRuleBook
from propflow.rulebooks import load, shipped
from propflow.scoring import (
    Count,
    Finding,
    Limit,
    Link,
    Matter,
    Repetition,
    Rung,
    Severity,
    Unspecified,
    assess,
)

HEAD = """\
id = "mine"
title = { zh = "表", en = "Sheet" }
account = "department"
"""

RULE = """
[[rules]]
id = "ded_a"
kind = "deduction"
clause = "1"
text_zh = "原文"
text_zh_clean = "读法"
text_en = "text"
points = "1"
unit = "person"
provenance = "explicit"
"""

KINDS = (
    "write one of deduction, score_item, score_section, score_total, check_item, penalty, clause, "
    "schedule, timer, guard, workflow, role, permission, form, report, notification, config, "
    "policy, meta"
)


@pytest.fixture
def book(tmp_path):
    def write(text):
        path = tmp_path / "mine.toml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def problems_of(path):
    with pytest.raises(InvalidRuleBook) as refusal:
        load(path)
    assert str(refusal.value).startswith("the rule book mine.toml has ")
    return [str(problem) for problem in refusal.value.problems]


def test_a_book_of_the_hosts_own(book):
    mine = load(book(HEAD + RULE + 'same_as = ["x"]\ncount = "occurrence"\n'))
    (rule,) = mine.deductions
    assert (rule.points, rule.count, rule.same_as) == (Decimal(1), Count.OCCURRENCE, ("x",))
    assert not rule.set_by_host
    assert assess(mine, [Finding("ded_a", persons=["p1"])] * 2).total == 2


@pytest.mark.parametrize("name", shipped())
def test_a_shipped_book_copied_to_a_file_is_the_same_book(book, name):
    text = (files("propflow.rulebooks") / f"{name}.toml").read_text(encoding="utf-8")
    assert load(book(text)) == load(name)


def test_a_byte_order_mark_and_windows_line_ends_do_no_harm(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes(b"\xef\xbb\xbf" + (HEAD + RULE).replace("\n", "\r\n").encode())
    assert load(path).deductions[0].id == "ded_a"


@pytest.mark.parametrize("name", ["sheet_staff_imag", "../seed", "", "sheet_staff_image.toml"])
def test_an_unknown_name_names_the_shipped_books(name):
    with pytest.raises(UnknownRuleBook, match=r"pass a pathlib\.Path") as refusal:
        load(name)
    assert refusal.value.name == name
    assert refusal.value.shipped == shipped()
    assert "sheet_staff_image" in str(refusal.value)


def test_a_file_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "mine.toml"
    assert problems_of(path) == [f"{path}: cannot be read: No such file or directory"]


@pytest.mark.parametrize(
    ("points", "value"),
    [
        ("1", Decimal(1)),
        ('"0.5"', Decimal("0.5")),
        ('"unspecified"', Unspecified),
        ("0", Decimal(0)),
    ],
)
def test_points_are_whole_numbers_strings_or_unspecified(book, points, value):
    provenance = '"unspecified"' if value is Unspecified else '"explicit"'
    text = RULE.replace('"1"\nunit', f"{points}\nunit").replace('"explicit"', provenance)
    assert load(book(HEAD + text)).deductions[0].points == value


def test_the_line_of_a_toml_fault_is_given(book):
    assert problems_of(book(HEAD + "incomplete = yes\n")) == [
        "line 4, column 14: is not TOML: Invalid value"
    ]
    assert problems_of(book(HEAD + 'source = "seed')) == [
        "end of document: is not TOML: Unterminated string"
    ]


def test_the_line_of_foreign_bytes_is_given(tmp_path):
    path = tmp_path / "mine.toml"
    path.write_bytes((HEAD + 'source = "扣分"').encode("gb18030"))
    assert problems_of(path) == ["line 2: is not UTF-8; save the file in that encoding"]


@pytest.mark.parametrize("rules", ["", "rules = []", 'rules = "none"', "[rules]\nid = 1"])
def test_a_book_without_rules_is_refused(book, rules):
    assert problems_of(book(HEAD + rules)) == [
        "the book: has no rules; write each under a line [[rules]]"
    ]


def test_all_faults_are_reported_at_once_each_at_its_place(book):
    text = """\
titel = "?"
account = "company"
incomplete = "no"
sections = [{ number = "一", zh = "甲" }]
missing = "much"

[[rules]]
id = "ded_a"
kind = "deduction"
clause = "1"
text_zh = "原文"
text_zh_clean = " "
points = 0.5
unit = "head"
provenance = "explicit"
same_as = "x"
rulings = ["A1", 2]
set_by_host = true

[[rules]]
id = "ded_a"
kind = "fine"

[[rules]]
kind = "clause"
clause = "1"
text_zh = "原文"
text_zh_clean = "读法"
text_en = "text"
provenance = "explicit"
points = "1"
"""
    found = problems_of(book(text))
    clause_keys = "id, clause, text_zh, text_zh_clean, text_en, provenance, section, rulings, needs"
    assert sorted(found) == sorted(
        [
            "the head of the book: id is missing",
            "the head of the book: title is missing",
            (
                "the head of the book: titel is not a key that is read; known are "
                "id, title, account, sections, source, incomplete, missing, missing_clauses, "
                "rulings"
            ),
            "the head of the book: account is 'company'; write one of department, person",
            "the head of the book: incomplete is 'no'; write true or false",
            "the head of the book: sections[0].en is missing",
            "the head of the book: missing is 'much'; write a list: [ … ]",
            "line 7, rule ded_a: text_en is missing",
            (
                "line 7, rule ded_a: text_zh_clean is ' '; "
                "write a text that is not blank, in quotation marks"
            ),
            (
                "line 7, rule ded_a: points wrong: 0.5 is not exact; "
                "write the number as a string, e.g. '0.5'"
            ),
            "line 7, rule ded_a: unit is 'head'; write one of person, place, occurrence, flat",
            "line 7, rule ded_a: same_as is 'x'; write a list: [ … ]",
            (
                "line 7, rule ded_a: rulings[1] is 2; "
                "write a text that is not blank, in quotation marks"
            ),
            (
                "line 7, rule ded_a: set_by_host is not a key that is read; known are "
                f"{clause_keys}, points, unit, count, same_as, excluded_by, conditions, "
                "cap, severities, repetition"
            ),
            f"line 20, rule ded_a: kind is 'fine'; {KINDS}",
            "line 20, rule ded_a: the id is taken by an earlier rule; give it one of its own",
            "line 24, rule 3: id is missing",
            f"line 24, rule 3: points is not a key that is read; known are {clause_keys}",
        ]
    )


def test_faults_between_rules_are_reported_with_the_others(book):
    doubled = RULE.replace('"person"', '"persons"') + RULE + 'section = "二"\nexcluded_by = ["x"]\n'
    assert problems_of(book(HEAD + doubled)) == [
        "line 5, rule ded_a: unit is 'persons'; write one of person, place, occurrence, flat",
        "line 16, rule ded_a: the id is taken by an earlier rule; give it one of its own",
        "line 16, rule ded_a: section '二' is not among the book's sections",
        "line 16, rule ded_a: excluded_by names 'x', which is not another rule of this book",
    ]


@pytest.mark.parametrize("points", ["nan", "inf", "-1", '"-0.5"', '"half"', "true", "[1]", "1.0"])
def test_points_that_cannot_be_points_are_refused(book, points):
    text = RULE.replace('"1"\nunit', f"{points}\nunit")
    (problem,) = problems_of(book(HEAD + text))
    assert problem.startswith("line 5, rule ded_a: points wrong: ")


def test_missing_points_are_no_unspecified_points(book):
    text = RULE.replace('points = "1"\n', "")
    assert problems_of(book(HEAD + text)) == ["line 5, rule ded_a: points is missing"]


CARD_HEAD = """\
id = "card"
title = { zh = "评分表", en = "Card" }
sections = [{ number = "一", zh = "甲", en = "A" }, { number = "二", zh = "乙", en = "B" }]
"""


def scored(rule_id, kind, points, *, section=None, extra=""):
    place = f'section = "{section}"\n' if section else ""
    text = RULE.replace("ded_a", rule_id).replace('"deduction"', f'"{kind}"')
    return text.replace('points = "1"\nunit = "person"', f"max_points = {points}\n{place}{extra}")


CARD = (
    CARD_HEAD
    + scored("sec_1", "score_section", 15, section="一")
    + scored("item_1", "score_item", 10, section="一")
    + scored("item_2", "score_item", 5, section="一", extra='weight = "0.5"\n')
    + scored("sec_2", "score_section", 20, section="二")
    + scored("item_3", "score_item", 20, section="二")
    + scored("total", "score_total", 35)
)


def test_a_card_of_the_hosts_own(book):
    card = load(book(CARD))
    assert [(item.max_points, item.weight) for item in card.score_items] == [
        (10, 1),
        (5, Decimal("0.5")),
        (20, 1),
    ]
    assert card.account is None


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (
            ("max_points = 5", "max_points = 6"),
            ["line 5, rule sec_1: section 一 declares 15 points, but item_1 10 + item_2 6 is 16"],
        ),
        (
            ("max_points = 35", "max_points = 36"),
            ["line 66, rule total: the total declares 36 points, but sec_1 15 + sec_2 20 is 35"],
        ),
        (
            ("max_points = 20", "max_points = 19.0"),
            [
                (
                    "line 42, rule sec_2: max_points wrong: 19.0 is not exact; "
                    "write the number as a string, e.g. '0.5'"
                )
            ],
        ),
    ],
)
def test_a_sum_that_is_off_is_named_with_its_section(book, change, named):
    problems = problems_of(book(CARD.replace(*change)))
    assert [each for each in problems if "item_3" not in each] == named


def test_an_item_outside_every_declared_section_counts_towards_the_total(book):
    more = scored("item_4", "score_item", "1") + scored("sec_3", "score_section", "0", section="三")
    assert problems_of(book(CARD + more)) == [
        "line 88, rule sec_3: section '三' is not among the book's sections",
        (
            "line 66, rule total: the total declares 35 points, but sec_1 15 + sec_2 20 + "
            "sec_3 0 + item_4 1 is 36"
        ),
    ]


def test_a_shipped_card_with_one_point_less_is_refused_by_section_and_total(book):
    text = (files("propflow.rulebooks") / "residential_scorecard_130.toml").read_text("utf-8")
    changed = text.replace('max_points = "20"\nprovenance', 'max_points = "19"\nprovenance', 1)
    assert changed != text
    problems = problems_of(book(changed))
    assert len(problems) == 2
    assert "rule sec_2_safety_security: section 二 declares 19 points" in problems[0]
    assert "rule scorecard_total_130: the total declares 130 points" in problems[1]
    assert problems[1].endswith(" is 129")


def test_every_kind_of_rule_is_read_with_all_that_it_may_hold(book):
    deduction = (
        RULE
        + """\
cap = "5"
severities = [{ id = "grave", zh = "严重", en = "grave", multiplier = "2" }]
repetition = { zone = "UTC", rungs = [{ time = 3, adds = "0.5" }] }
"""
    )
    penalty = RULE.replace("ded_a", "pen_a").replace('"deduction"', '"penalty"')
    penalty = (
        penalty.replace('points = "1"\nunit = "person"', 'base_rule = "ded_a"')
        + """\
multiplier = "2"
warnings = 1
liable = ["inspector"]
chain = [{ party = "department_head", share = "2.5" }]
"""
    )
    check = RULE.replace("ded_a", "check_a").replace('"deduction"', '"check_item"')
    check = (
        check.replace('points = "1"\nunit = "person"', 'dimension = "empathy"')
        + """\
limit = { metric = "rings", at_most = 3 }
"""
    )
    mine = load(book(HEAD + deduction + penalty + check))
    (rule,) = mine.deductions
    assert rule.cap == 5
    assert rule.severity("grave") == Severity("grave", "严重", "grave", "2")
    assert rule.severity("slight") is None
    assert rule.repetition == Repetition((Rung(3, "0.5"),), zone="UTC")
    (consequence,) = mine.consequences
    assert (consequence.multiplier, consequence.warnings) == (2, 1)
    assert consequence.chain == (Link("department_head", "2.5"),)
    (item,) = mine.check_items
    assert item.limit == Limit("rings", 3)


@pytest.mark.parametrize("time", ['"3"', "true", "3.0"])
def test_a_count_is_a_whole_number(book, time):
    text = RULE + f"repetition = {{ rungs = [{{ time = {time}, adds = 1 }}] }}\n"
    (problem,) = problems_of(book(HEAD + text))
    assert problem.startswith("line 5, rule ded_a: repetition.rungs[0].time is ")
    assert problem.endswith("; write a whole number")


def test_a_clause_says_what_it_is_about_by_its_kind(book):
    plain = RULE.replace('points = "1"\nunit = "person"\n', "").replace("deduction", "clause")
    permission = plain.replace("ded_a", "p").replace('"clause"\nclause', '"permission"\nclause')
    rules = load(book(HEAD + plain + permission)).rules
    assert [rule.about for rule in rules] == [None, Matter.PERMISSION]


def test_a_book_with_deductions_says_whose_points_they_are(book):
    assert problems_of(book(HEAD.replace('account = "department"\n', "") + RULE)) == [
        (
            "line 4, rule ded_a: costs points, but the book does not say whose; "
            "give the book an account"
        )
    ]


ENTRY = '{ id = "toc_a", clause = "1", text_zh = "一", text_zh_clean = "一", text_en = "One" }'


def test_faults_of_the_contents_are_reported_with_those_of_the_rules(book):
    entry = RULE.replace("[[rules]]", "[[contents]]").replace('kind = "deduction"\n', "")
    assert problems_of(book(HEAD + RULE + entry)) == [
        *(
            f"line 16, entry ded_a: {key} is not a key that is read; known are id, clause, "
            "text_zh, text_zh_clean, text_en, provenance, section, rulings, needs"
            for key in ("points", "unit")
        ),
        "line 16, entry ded_a: the id is taken by an earlier rule; give it one of its own",
    ]
    assert problems_of(book(HEAD + f"contents = [{ENTRY}]" + RULE)) == [
        "entry toc_a: provenance is missing"
    ]
    assert problems_of(book(HEAD + 'contents = "none"' + RULE)) == [
        "the book: contents is no list; write contents = [ … ]"
    ]


def test_rules_written_in_one_line_are_named_by_id_or_number(book):
    text = 'rules = [{ id = "ded_a", kind = "x" }, "ded_b", { kind = ["clause"] }]'
    assert problems_of(book(HEAD + text)) == [
        f"rule ded_a: kind is 'x'; {KINDS}",
        "rule 2: 'ded_b' is not a table of keys and values",
        f"rule 3: kind is ['clause']; {KINDS}",
    ]


def test_scoring_does_not_need_the_loader():
    code = "import sys, propflow.scoring; print(sorted({'cattrs', 'tomllib'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


def test_a_path_is_a_file_even_when_it_has_a_shipped_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InvalidRuleBook, match="cannot be read"):
        load(Path("sheet_staff_image"))


def test_a_thousand_faults_are_all_named_in_one_reading(book, monkeypatch):
    parsed = []
    loads = tomllib.loads
    monkeypatch.setattr(tomllib, "loads", lambda text: parsed.append(text) or loads(text))
    faulty = RULE.replace('"1"\nunit', "0.5\nunit").replace('"person"', '"head"')
    rules = [faulty.replace("ded_a", f"ded_{number}") for number in range(1000)]
    found = problems_of(book(HEAD + "".join(rules)))
    lines_each = RULE.count("\n")
    assert len(parsed) == 1
    assert found == [
        f"line {5 + number * lines_each}, rule ded_{number}: {message}"
        for number in range(1000)
        for message in (
            "points wrong: 0.5 is not exact; write the number as a string, e.g. '0.5'",
            "unit is 'head'; write one of person, place, occurrence, flat",
        )
    ]


def test_a_file_of_ten_megabytes_is_refused_before_it_is_parsed(book, monkeypatch):
    monkeypatch.delattr(tomllib, "loads")  # whoever parses it fails
    rules = RULE * (10_000_000 // len(RULE))
    assert problems_of(book(HEAD + rules)) == [
        "the file: is larger than 1 MiB; write several books"
    ]


def test_a_book_of_a_thousand_rules_is_small_enough(book):
    rules = [RULE.replace("ded_a", f"ded_{number}") for number in range(1000)]
    assert len(load(book(HEAD + "".join(rules))).rules) == 1000


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a = " + "[" * 100_000, "the file: is nested too deeply; "),
        ("a = " + "{ a = " * 100_000, "the file: is nested too deeply; "),
        ("\n" + "a." * 100_000 + "b = 1", "line 2: has a key of 32 parts or more; "),
        ("[" + ' \'a\' . "\\"" .' * 40 + "b]", "line 1: has a key of 32 parts or more; "),
        ("a = " + "9" * 5000, "the file: holds a number that cannot be read: "),
    ],
)
def test_a_text_that_would_exhaust_the_reader_is_refused(book, text, problem):
    (found,) = problems_of(book(text))
    assert found.startswith(problem)


def test_dots_within_a_text_are_no_long_key(book):
    name = ".".join("abcdefghijklmnopqrstuvwxyz")
    assert load(book(HEAD + RULE.replace('"text"', f'"{name} {"." * 99}"'))).rules
