"""`propflow score`: findings under a rule book, or every bad line and nothing else."""

from __future__ import annotations

import json

import pytest

SHEET = "sheet_staff_image"


@pytest.fixture
def table(tmp_path):
    """Write a table of findings, and return its path."""

    def write(*lines):
        path = tmp_path / "findings.csv"
        path.write_text("\n".join(lines), encoding="utf-8")
        return path

    return write


@pytest.fixture
def good(table):
    return table(
        "persons,rule,places,department,found_at,inspection",
        '"p1;p2",ded_no_uniform,,cleaning,2026-03-02T09:40+08:00,mon',
        "",
        "# p2 again",
        "p2,ded_no_uniform,,cleaning,2026-03-02T09:50+08:00,mon",
        ",ded_office_untidy,R1,cleaning,,mon",
    )


def test_findings_are_scored(command, good):
    result = command("score", SHEET, good, "--lang", "en")
    assert result.exit_code == 0
    assert [line.split() for line in result.output.splitlines()] == [
        ["rule", "count", "each", "points"],
        ["ded_no_uniform", "2", "1", "2"],
        ["ded_office_untidy", "1", "1", "1"],
        ["total", "3"],
        ["department:", "cleaning", "3"],
    ]


def test_the_lines_of_the_file_behind_the_points_are_told(command, good):
    output = command("score", SHEET, good, "--explain").output
    assert "ded_no_uniform  (行 lines 2, 5)\n" in output
    assert "  一.1 未着工作服,每发现1人扣1分。 2人 × 1分 = 2分\n" in output
    assert "  一.1 No uniform: 1 point per person. 2 persons × 1 = 2\n" in output


def test_ids_may_be_parted_as_chinese_keyboards_do(command, table):
    file = table("rule,persons", "ded_no_uniform,张三；李四", 'ded_no_uniform,"李四; 王五"')
    assert ["ded_no_uniform", "3", "1", "3"] in [
        line.split() for line in command("score", SHEET, file).output.splitlines()
    ]


@pytest.mark.parametrize("cell", ["张三、李四", "张三，李四", '"张三,李四"'])
def test_several_ids_that_would_count_as_one_are_refused(command, table, cell):
    result = command("score", SHEET, table("rule,persons", f"ded_no_uniform,{cell}"))
    assert result.exit_code == 1
    text = cell.strip('"')
    assert f"expected ids parted by ; and found {text!r} (cell B2)" in result.output


def test_what_is_set_aside_is_told_with_its_ruling(command, table):
    book = "sheet_order_fire_safety"
    file = table(
        "rule,places,inspection,fact",
        "ded_fire_control_log_missing,R1,mon,",
        "ded_fire_control_log_incomplete,R1,mon,",
    )
    result = command("score", book, file, "--explain", "--lang", "en")
    assert result.exit_code == 0
    assert "ded_fire_control_log_incomplete set aside A59  (lines 3)" in result.output


def test_json_has_points_as_text(command, good):
    result = command("score", SHEET, good, "--json")
    assert result.exit_code == 0
    document = json.loads(result.output)
    assert (document["book"], document["total"], document["unspecified"]) == (SHEET, "3", [])
    assert [(line["rule"], line["points"], line["file_lines"]) for line in document["lines"]] == [
        ("ded_no_uniform", "2", [2, 5]),
        ("ded_office_untidy", "1", [6]),
    ]
    (bill,) = document["bills"]
    assert (bill["account"], bill["holder"], bill["total"]) == ("department", "cleaning", "3")
    assert document["set_aside"] == []


def test_points_that_are_not_given_end_with_one_and_guess_nothing(command, table):
    file = table("rule,persons", "ded_no_badge,p1")
    result = command("score", SHEET, file)
    assert result.exit_code == 1
    assert "未给出 not given" in result.stdout
    assert "the source gives no points for ded_no_badge; set them with --points" in result.stderr
    document = json.loads(command("score", SHEET, file, "--json").stdout)
    assert (document["total"], document["unspecified"]) == (None, ["ded_no_badge"])


def test_points_may_be_set(command, table):
    file = table("rule,persons", "ded_no_badge,p1")
    result = command("score", SHEET, file, "--points", "ded_no_badge=0.5", "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["total"] == "0.5"


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (["ded_no_badge"], 2, "write each rule once"),
        (["ded_no_badge="], 2, "write each rule once"),
        (["ded_no_badge=1", "ded_no_badge=2"], 2, "write each rule once"),
        (["ded_no_badge=NaN"], 1, "'NaN' is not exact"),
        (["ded_no_bagde=1"], 1, "no rule 'ded_no_bagde'"),
    ],
)
def test_points_that_cannot_be_set(command, table, given, code, words):
    options = [each for pair in given for each in ("--points", pair)]
    result = command("score", SHEET, table("rule,persons", "ded_no_badge,p1"), *options)
    assert result.exit_code == code
    assert words in result.stderr
    assert result.stdout == ""


def test_every_bad_line_is_reported_and_nothing_is_scored(command, table):
    file = table(
        "rule,persons,plces,found_at,fact,persons",
        "ded_no_unifrm,p1;p2",
        "ded_no_uniform,,,2026-03-02 09:40",
        ",p1",
        "ded_no_uniform,p1,,,f1",
        "ded_no_uniform,p2,,,f1",
        "sheet_signatures",
        '"ded_no',
        "ded_no_uniform,p1,,,,p1,more",
        "ded_no_uniform,p1",
    )
    result = command("score", SHEET, file)
    assert result.exit_code == 1
    assert result.stdout == ""
    head, *problems = result.stderr.splitlines()
    assert head == f"propflow: {file} has 10 problems:"
    places = [each.removeprefix(f"  - {file}:").split(":")[:2] for each in problems]
    assert places == [
        *(["1", "14"], ["1", "34"], ["2", "1"], ["3", "1"], ["3", "18"]),
        *(["4", "1"], ["6", "1"], ["7", "1"], ["8", "1"], ["9", "25"]),
    ]
    assert "did you mean 'places'?" in problems[0]
    assert "did you mean 'ded_no_uniform'?" in problems[2]
    assert "line 5 says of the fact 'f1'" in problems[6]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", ":1:1: expected a header"),
        (b"persons\np1\n", ":1:1: expected a column rule"),
        (b"rule\nded\0", ":2:1: expected text in UTF-8, found a NUL"),
    ],
)
def test_what_is_no_table_of_findings_is_refused(command, tmp_path, content, words):
    file = tmp_path / "findings.csv"
    file.write_bytes(content)
    result = command("score", SHEET, file)
    assert result.exit_code == 1
    assert words in result.stderr


def test_a_table_without_findings_costs_nothing(command, table):
    result = command("score", SHEET, table("rule,persons"), "--json")
    assert result.exit_code == 0
    assert json.loads(result.output)["total"] == "0"


def test_many_bad_lines_are_reported_in_one_go(command, table):
    file = table("rule,persons", *(f"nobody_{number},p1" for number in range(2000)))
    result = command("score", SHEET, file)
    assert result.exit_code == 1
    assert "has 2000 problems" in result.stderr


@pytest.mark.parametrize("book", ["sheet_staff_imge", "none.toml"])
def test_a_book_that_is_not_there_is_wrong_use(command, good, book):
    result = command("score", book, good)
    assert result.exit_code == 2
    assert f"cannot load {book}" in result.stderr


def test_a_file_that_is_not_there_is_wrong_use(command):
    assert command("score", SHEET, "none.csv").exit_code == 2
