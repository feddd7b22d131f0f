"""Options: what an actor may do next, and every reason why not the rest."""

from __future__ import annotations

import attrs
import pytest

from propflow.decision import Option, decide, plan_of
from propflow.decision.options import openings, options
from propflow.definition import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Action,
    Actor,
    Case,
    Context,
    Event,
    Role,
    State,
    Workflow,
    guard,
)
from propflow.errors import FunctionRaised
from tests.decision.steps import ANYONE, NOON

clerk = Role("clerk", zh="职员", en="Clerk")
CLERK = Actor("c1", roles=[clerk])


@attrs.frozen
class Item:
    name: str = ""


@guard(zh="有名", en="has a name")
def named(case: Case[Item], context: Context) -> bool:
    return bool(case.data.name)


@guard(zh="是甲", en="is A")
def is_a(case: Case[Item], context: Context) -> bool:
    return case.data.name == "A"


@guard(zh="须改名", en="the name must change")
def renamed(case: Case[Item], payload: Item, context: Context) -> bool:
    return payload.name != case.data.name


@guard(zh="坏", en="broken")
def broken(case: Case[Item], context: Context) -> bool:
    raise ZeroDivisionError


class Items(Workflow[Item]):
    """Has an event of every kind that options tell apart."""

    begun = State(zh="开", en="Open")
    held = State(zh="停", en="Held")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Item, START >> begun, zh="始", en="Begin")
    book = Event(Item, START >> begun, zh="订", en="Book", by=clerk, guards=[named])
    choose = Event(
        Item, (START >> begun).when(named), (START >> held).when(is_a), zh="选", en="Choose"
    )
    resort = Event(Item, (START >> begun).when(named), START >> held, zh="择", en="Resort")
    hold = Event(begun >> held, zh="停", en="Hold", by=clerk, guards=[named])
    resume = Event(held >> PREVIOUS, zh="续", en="Resume")
    rename = Event(Item, begun >> SAME, zh="改", en="Rename", guards=[named, renamed])
    file = Event(
        (begun >> held).when(is_a, named),
        (begun >> done).when(named),
        zh="归",
        en="File",
    )
    move = Event(
        Item, (begun >> held).when(is_a), (begun >> done).when(renamed), zh="移", en="Move"
    )
    end = Event([begun, held] >> done, zh="终", en="End", by=[clerk, SYSTEM])


def offered(
    state: str, *, by: Actor = CLERK, name: str = "A", previous: str | None = None
) -> dict[str, Option]:
    case = Case("c1", state, previous, Item(name), 1, "items", 1, NOON)
    found = options(plan_of(Items), case, Context(by, NOON, NOON))
    return {option.event: option for option in found}


def codes(option: Option) -> list[str]:
    return [reason.code for reason in option.reasons]


def test_a_reason_that_closes_several_ways_is_given_once():
    option = offered("begun", name="")["file"]
    assert (option.answer, codes(option)) == ("refused", ["is_a", "named"])


def test_an_event_that_opens_cases_is_no_option_of_a_case():
    assert list(offered("begun")) == ["hold", "resume", "rename", "file", "move", "end"]


def test_an_option_carries_its_labels():
    assert offered("begun")["end"] == Option("end", "终", "End", "allowed")


def test_what_may_be_asked_is_allowed():
    found = offered("begun", name="A")
    assert found["hold"].answer == "allowed"
    assert found["file"].answer == "allowed"
    assert found["file"].reasons == ()


def test_what_may_not_be_asked_is_refused_with_every_reason():
    option = offered("begun", by=ANYONE, name="")["hold"]
    assert (option.answer, codes(option)) == ("refused", ["wrong_role", "named"])


def test_an_event_of_another_state_is_refused_with_the_state_and_the_role():
    option = offered("done", by=ANYONE)["hold"]
    assert (option.answer, codes(option)) == ("refused", ["wrong_role", "wrong_state"])
    assert option.reasons[1].en == "Hold: not in state Done; possible in Open"


def test_an_event_whose_guard_must_see_the_payload_depends():
    assert offered("begun")["rename"].answer == "depends"
    refused = offered("begun", name="")["rename"]
    assert (refused.answer, codes(refused)) == ("refused", ["named"])


@pytest.mark.parametrize(("name", "answer"), [("A", "allowed"), ("B", "depends")])
def test_a_later_way_whose_guard_must_see_the_payload_matters_if_no_earlier_is_taken(
    name: str, answer: str
):
    assert offered("begun", name=name)["move"].answer == answer


@pytest.mark.parametrize(
    ("previous", "answer", "reasons"),
    [
        ("begun", "allowed", []),
        (None, "refused", ["no_previous_state"]),
        ("done", "refused", ["no_previous_state"]),
    ],
)
def test_a_way_back_is_allowed_to_where_the_case_came_from(
    previous: str | None, answer: str, reasons: list[str]
):
    option = offered("held", previous=previous)["resume"]
    assert (option.answer, codes(option)) == (answer, reasons)


def test_the_system_has_the_options_of_the_system():
    assert offered("held", by=SYSTEM)["end"].answer == "allowed"
    assert codes(offered("held", by=ANYONE)["end"]) == ["wrong_role"]


def test_a_broken_guard_is_no_reason():
    class Bad(Items):
        spoil = Event(Items.begun >> Items.done, zh="坏", en="Spoil", guards=[broken])

    case = Case("c1", "begun", None, Item(), 1, "bad", 1, NOON)
    with pytest.raises(FunctionRaised) as raised:
        options(plan_of(Bad), case, Context(CLERK, NOON, NOON))
    assert (raised.value.event, raised.value.code) == ("spoil", "broken")


def test_openings_depend_where_a_guard_must_see_what_they_open():
    found = {
        option.event: option for option in openings(plan_of(Items), Context(CLERK, NOON, NOON))
    }
    assert {name: option.answer for name, option in found.items()} == {
        "begin": "allowed",
        "book": "depends",
        "choose": "depends",
        "resort": "allowed",
    }
    assert found["begin"] == Option("begin", "始", "Begin", "allowed")


def test_an_opening_for_another_role_is_refused():
    found = {
        option.event: option for option in openings(plan_of(Items), Context(ANYONE, NOON, NOON))
    }
    assert (found["book"].answer, codes(found["book"])) == ("refused", ["wrong_role"])


PAYLOADS = [None, Item(""), Item("A"), Item("B")]


@pytest.mark.parametrize("previous", [None, "begun", "held"])
@pytest.mark.parametrize("name", ["", "A", "B"])
@pytest.mark.parametrize("by", [CLERK, ANYONE, SYSTEM])
@pytest.mark.parametrize("state", ["begun", "held", "done"])
def test_options_promise_what_decisions_keep(
    state: str, by: Actor, name: str, previous: str | None
):
    case = Case("c1", state, previous, Item(name), 1, "items", 1, NOON)
    for event, option in offered(state, by=by, name=name, previous=previous).items():
        takes = Items.spec.events[event].payload
        answers = [
            decide(Items, case, Action("items", event, payload), by, NOON)
            for payload in PAYLOADS
            if type(payload) is (takes or type(None))
        ]
        if option.answer != "depends":
            assert {answer.accepted for answer in answers} == {option.answer == "allowed"}
        for answer in answers:
            assert answer.accepted or set(option.reasons) <= set(answer.reasons)
