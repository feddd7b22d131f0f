"""What is drawn fits the workflow or the book, and gets to its edges."""

from __future__ import annotations

import attrs
import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

from propflow.decision import Accepted, decide, new_case, plan_of
from propflow.definition import Action
from propflow.errors import Refused
from propflow.rulebooks import load
from propflow.scoring import assess
from propflow.testing import strategies
from propflow.testing.play import MOMENT
from propflow.workflows import Issue
from tests.testing.shows import Repair

A = load("sheet_staff_image")
CAPPED = attrs.evolve(
    A, id="capped", rules=(attrs.evolve(A.deductions[0], cap="2.5"), *A.deductions[1:2])
)


@given(action=strategies.actions(Issue), actor=strategies.actors(Issue))
def test_every_action_and_actor_fits_the_workflow(action, actor):
    plan = plan_of(Issue)
    assert isinstance(action, Action)
    assert plan.event(action).name == action.event
    if plan.events[action.event].opening:
        case = new_case(plan, action, case_id="c", opened_at=MOMENT)
        assert isinstance(decide(Issue, case, action, actor, MOMENT), Accepted | Refused)


def test_texts_get_to_their_edges_and_payloads_differ():
    for text in ("", " ", "物业"):
        assert find(strategies.payloads(Repair, "ask"), lambda p, t=text: p.what == t).what == text
    assert find(strategies.payloads(Repair, "check"), lambda _: True) is None


def test_an_actor_may_play_several_roles():
    assert find(strategies.actors(Repair), lambda actor: len(actor.roles) == 3)
    assert find(strategies.actors(Repair), lambda actor: not actor.roles)


def test_findings_hit_caps_and_exceed_totals_often():
    hit, beyond, drawn = [], [], []

    @settings(max_examples=100, derandomize=True, database=None, deadline=None)
    @given(st.data())
    def draw(data):
        found = data.draw(strategies.findings(CAPPED))
        result = assess(CAPPED, found, base=10, floor=0)
        drawn.append(found)
        hit.append(any("at most" in line.why.en for line in result.lines))
        beyond.append(result.total > 5)

    draw()
    assert sum(hit) >= len(drawn) / 5
    assert sum(beyond) >= len(drawn) / 10


@pytest.mark.parametrize("book", [A, load("patrol_regulation")], ids=lambda book: book.id)
def test_findings_fit_every_book(book):
    @settings(max_examples=40, derandomize=True, database=None, deadline=None)
    @given(strategies.findings(book))
    def draw(found):
        assert assess(book, found).lines

    draw()
