"""Options: what an actor may do next, and every reason why not the rest."""

from __future__ import annotations

import attrs

from propflow.decision import Option, plan_of
from propflow.decision.options import options
from propflow.definition import (
    PREVIOUS,
    SAME,
    START,
    SYSTEM,
    Actor,
    Case,
    Context,
    Event,
    Role,
    State,
    Workflow,
    guard,
)
from tests.decision.steps import NOON

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
