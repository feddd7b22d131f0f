"""`propflow workflows`: the table of what ships."""

from __future__ import annotations

from propflow.workflows import Issue


def test_every_shipped_workflow_has_a_line(command):
    result = command("workflows")
    assert result.exit_code == 0
    header, *lines = result.output.splitlines()
    assert header.split() == [
        "name", "version", "zh", "en", "states", "events", "final", "states", "source",
    ]  # fmt: skip
    assert [line.split()[0] for line in lines] == [
        "complaint",
        "concealment_inquiry",
        "daily_digest",
        "emergency_event",
        "improvement_plan",
        "inspection_sheet",
        "issue",
        "ledger_entry",
        "ledger_month",
        "obstruction",
        "patrol",
        "repair_order",
        "scorecard_review",
        "violation_slip",
    ]


def test_a_line_says_what_the_definition_does(command):
    (line,) = [row for row in command("workflows").output.splitlines() if " issue " in f" {row}"]
    spec = Issue.spec
    name, version, zh, en, states, events, first, second, *source = line.split()
    assert (name, version, zh, en) == ("issue", "1", "问题整改", "Issue")
    assert (int(states), int(events)) == (len(spec.states), len(spec.events))
    assert (first, second) == ("verified,", "cancelled")
    assert "4.11" in source


def test_a_pipe_gets_a_whole_line_for_each_and_no_colours(process):
    result = process("workflows", COLUMNS="40")
    lines = result.stdout.decode().splitlines()
    assert len(lines) == 15
    assert b"\x1b" not in result.stdout
    assert all(line == line.rstrip() for line in lines)
