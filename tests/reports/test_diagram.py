"""Diagrams: states, nesting, labels, and names that Mermaid has a meaning for.

The expected texts were read by Mermaid 11, which found the states and arrows meant.
"""

from __future__ import annotations

from datetime import timedelta

import attrs
import pytest

from propflow.definition import (
    ANY,
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Event,
    Role,
    State,
    TimeLimit,
    Workflow,
    guard,
)
from propflow.reports import mermaid
from propflow.workflows import Complaint, EmergencyEvent, Issue, RepairOrder

guard_post = Role("guard_post", zh="岗亭", en="Guard post")
head = Role("head", zh="主管", en="Head")


@attrs.frozen
class Visit:
    name: str


@guard(zh="须出示证件", en='a card; "valid"')
def card_shown(case, context):
    return True


@guard(zh="访客已登记", en="the visitor is listed")
def listed(case, context):
    return True


class Gate(Workflow[Visit]):
    """A visit with a nested state, a hold, and an event in place."""

    zh = "来访"
    en = "Visit"

    inside = State(zh="在场内", en="Inside")
    lobby = State(zh="大堂", en="Lobby", within=inside, initial=True)
    lift = State(zh="电梯", en="Lift", within=inside)
    waiting = State(zh="等候", en="Waiting")
    gone = State(zh="已离开", en="Gone", final=True)

    arrive = Event(
        Visit, (START >> inside).when(listed), zh="到访", en="Arrive", guards=[card_shown]
    )
    go_up = Event(lobby >> lift, zh="上楼", en="Go up")
    hold = Event([lobby, lift] >> waiting, zh="拦下", en="Stop", by=(guard_post, head))
    release = Event(waiting >> PREVIOUS, zh="放行", en="Let on", by=SYSTEM)
    greet = Event(ANY >> SAME, zh="问候", en="Greet")
    leave = Event(inside >> gone, zh="离开", en="Leave")


ENGLISH = """\
---
title: "Visit (gate, version 1)"
---
stateDiagram-v2
    state "Inside" as inside {
        [*] --> lobby
        state "Lobby" as lobby
        state "Lift" as lift
    }
    state "Waiting" as waiting
    state "Gone" as gone
    [*] --> inside : Arrive [a card#59; #34;valid#34; and the visitor is listed]
    lobby --> lift : Go up
    lobby --> waiting : Stop (Guard post, Head)
    lift --> waiting : Stop (Guard post, Head)
    waiting --> lobby : Let on (System) [came from “Lobby”]
    waiting --> lift : Let on (System) [came from “Lift”]
    lobby --> lobby : Greet
    lift --> lift : Greet
    waiting --> waiting : Greet
    inside --> gone : Leave
    gone --> [*]
"""


def test_a_diagram_in_english():
    assert mermaid(Gate.definition(), "en") == ENGLISH


def test_a_diagram_in_chinese():
    lines = mermaid(Gate.definition(), "zh").splitlines()
    assert lines[1] == 'title: "来访 (gate, 第 1 版)"'
    assert '    state "在场内" as inside {' in lines
    assert "    [*] --> inside : 到访 [须出示证件；访客已登记]" in lines
    assert "    lift --> waiting : 拦下 (岗亭、主管)" in lines
    assert "    waiting --> lift : 放行 (系统) [来自“电梯”]" in lines


class Words(Workflow[Visit]):
    note = State(zh='备注: #1; "x"', en="Note <b>{y}</b> 100%\nnext")
    root_start = State(zh="起", en="Start")
    state = State(zh="末", en="End", final=True)

    open_it = Event(Visit, START >> note, zh="开", en="Open")
    close_it = Event([note, root_start] >> state, zh="关", en="Close")
    end_it = Event([note, root_start] >> state, zh="止", en="End")
    back = Event(note >> root_start, zh="回", en="Back")


def test_names_and_characters_that_mean_something_to_mermaid():
    chinese = mermaid(Words.definition(), "zh").splitlines()
    assert chinese[1] == 'title: "words (第 1 版)"'
    assert '    state "备注#58; #35;1#59; #34;x#34;" as note_S' in chinese
    english = mermaid(Words.definition(), "en").splitlines()
    assert '    state "Note #60;b#62;#123;y#125;#60;/b#62; 100#37; next" as note_S' in english
    assert "    note_S --> root_start_S : Back" in english
    assert "    state_S --> [*]" in english


def test_events_with_the_same_way_share_an_arrow():
    lines = mermaid(Words.definition(), "en").splitlines()
    assert "    note_S --> state_S : Close<br/>End" in lines
    assert sum("-->" in line for line in lines) == 5


@pytest.mark.parametrize("workflow", [Complaint, EmergencyEvent, Issue, RepairOrder])
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_state_and_way_of_a_shipped_workflow_is_drawn(workflow, language):
    definition = workflow.definition()
    lines = mermaid(definition, language).splitlines()
    states = [line for line in lines if line.startswith('    state "')]
    assert len(states) == len(definition.states)
    ways = {
        (t.source, t.target or t.source) for event in definition.events for t in event.transitions
    }
    arrows = {tuple(line.split(" : ")[0].split(" --> ")) for line in lines if " : " in line}
    drawn = {(source.strip().replace("[*]", "START"), target) for source, target in arrows}
    assert drawn == ways
    final = {f"    {state.name} --> [*]" for state in definition.states if state.final}
    assert final <= set(lines)


def test_a_limit_that_is_set_has_a_note_and_one_that_is_open_has_none():
    limit = TimeLimit(timedelta(hours=2))
    lines = mermaid(Issue.with_settings(handling_limit=limit).definition(), "en").splitlines()
    notes = [line for line in lines if "note right of" in line]
    assert notes == ["    note right of found : after 2 h#58; Handling"]
