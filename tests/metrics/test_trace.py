"""Traces: which entries a step means, and what is taken from them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from propflow.definition import Actor, Entry
from propflow.metrics import Meaning, Moment, Step, Trace, trace
from tests.metrics.jobs import CheckIn, Grade, Plan, Visit

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def entry(event, payload=None, *, source="active", target="active", revision=1):
    return Entry(Actor("u1"), event, payload, source, target, AT, AT, revision)


def found(step, *entries):
    return trace("c1", entries, {"it": step}).moments


def test_a_step_means_entries_by_event_and_by_state():
    entries = [entry("a"), entry("b", target="done", revision=2), entry("a", source="done")]
    assert [m.revision for m in found(Step(targets=["done"]), *entries)] == [2]
    assert len(found(Step(events=["a", "b"]), *entries)) == 3
    assert len(found(Step(events="a", sources="active"), *entries)) == 1


def test_fields_of_the_payload_are_compared_exactly():
    visits = [entry("visit", Visit(grade)) for grade in Grade]
    assert len(found(Step(events="visit", where={"grade": "Good"}), *visits)) == 1
    assert len(found(Step(events="visit", where={"grade": ["Good", "good "]}), *visits)) == 2
    assert found(Step(events="visit", where={"grade": "good"}), *visits) == ()
    plans = [entry("plan", Plan(repeat=repeat)) for repeat in (True, False)]
    assert len(found(Step(events="plan", where={"repeat": True}), *plans)) == 1
    assert found(Step(events="plan", where={"repeat": "True"}), *plans) == ()
    assert found(Step(events="plan", where={"repeat": True}), entry("plan")) == ()


def test_a_moment_a_text_and_a_count_are_taken_from_the_payload():
    east = AT + timedelta(hours=3)
    plan = entry("plan", Plan(starts=east, points=("a", "b")))
    (moment,) = found(Step(events="plan", at="starts", count="points"), plan)
    assert (moment.at, moment.count, moment.text) == (east, 2, "")
    assert found(Step(events="plan", at="ends"), plan) == ()  # there is none
    (moment,) = found(Step(events="check_in", text="point"), entry("check_in", CheckIn("p1")))
    assert moment == Moment("it", AT, 1, "p1")


def test_what_is_no_moment_no_text_and_no_list_is_left_out():
    check_in = entry("check_in", CheckIn("noon"))
    assert found(Step(events="check_in", at="point"), check_in) == ()
    assert found(Step(events="check_in", at="point"), entry("c", CheckIn("2026-03-02"))) == ()
    naive = entry("check_in", CheckIn("2026-03-02T09:00"))
    assert found(Step(events="check_in", at="point"), naive) == ()
    (moment,) = found(Step(events="check_in", count="point", text="no_field"), check_in)
    assert (moment.count, moment.text) == (0, "")


def test_a_trace_is_searched_by_meaning():
    steps = {Meaning.HELD: Step(events="a"), "own": Step(events="a"), "b": Step(events="b")}
    of = trace("c1", [entry("b"), entry("a", revision=2)], steps)
    assert [m.meaning for m in of.moments] == ["b", "held", "own"]
    assert [m.meaning for m in of.all("b", Meaning.HELD)] == ["b", "held"]
    assert of.first(Meaning.HELD) == Moment("held", AT, 2)
    assert of.first("nothing") is None
    assert trace("c1", [], steps) == Trace("c1", ())
