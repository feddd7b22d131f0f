"""`propflow rules` and `propflow rules-diff`: a rule book as a list, and two told apart."""

from __future__ import annotations

from importlib.resources import files

import pytest

from propflow.rulebooks import load, shipped


@pytest.mark.parametrize("book", shipped())
def test_every_rule_has_a_line(command, book):
    result = command("rules", book, "--lang", "en")
    assert result.exit_code == 0
    _, *lines = result.output.splitlines()
    assert [line.split()[0] for line in lines] == [rule.id for rule in load(book).rules]


@pytest.mark.parametrize("book", shipped())
def test_only_what_the_host_must_supply(command, book):
    _, *lines = command("rules", book, "--unspecified").output.splitlines()
    assert tuple(line.split()[0] for line in lines) == load(book).unspecified()


def test_a_line_says_what_is_known_of_a_rule(command):
    lines = command("rules", "sheet_staff_image", "--lang", "en").output.splitlines()
    uniform, badge = (
        next(line for line in lines if line.startswith(rule))
        for rule in ("ded_no_uniform", "ded_no_badge")
    )
    assert uniform.split()[1:5] == ["一.1", "Deduction", "1", "explicit"]
    assert badge.split()[1:7] == ["一.4", "Deduction", "not", "given", "unspecified", "points"]
    card = command("rules", "residential_scorecard_130").output
    assert [line.split()[3] for line in card.splitlines() if "ScoreTotal" in line] == ["130"]


@pytest.fixture
def changed(tmp_path):
    text = (files("propflow.rulebooks") / "sheet_staff_image.toml").read_text(encoding="utf-8")
    head, found, tail = text.partition('\npoints = "1"\n')
    assert found
    file = tmp_path / "ours.toml"
    file.write_text(f'{head}\npoints = "1.5"\n{tail}', encoding="utf-8")
    return file


def test_what_changed_reads_like_a_notice(command, changed):
    result = command("rules-diff", "sheet_staff_image", changed, "--lang", "en")
    assert result.exit_code == 0
    (line,) = result.output.splitlines()
    assert line.startswith("一.1 ")
    assert line.endswith("points: 1 → 1.5")
    both = command("rules-diff", "sheet_staff_image", changed).output.splitlines()
    assert both[0].endswith("分值：1 → 1.5")
    assert both[1] == line


def test_a_book_does_not_differ_from_itself(command):
    result = command("rules-diff", "sheet_staff_image", "sheet_staff_image", "--lang", "en")
    assert (result.exit_code, result.output) == (0, "no change\n")


def test_a_faulty_book_is_a_problem_and_a_missing_one_is_wrong_use(command, tmp_path):
    faulty = tmp_path / "faulty.toml"
    faulty.write_text("id = 1", encoding="utf-8")
    assert command("rules", faulty).exit_code == 1
    assert command("rules-diff", "sheet_staff_image", "nothing").exit_code == 2
