"""The smallest workflow that holds; faulty ones are made below it, with one fault each."""

from __future__ import annotations

import attrs

from propflow.definition import START, Event, State, Workflow


@attrs.frozen
class Item:
    name: str = ""


class Flow(Workflow[Item]):
    """Opens and ends."""

    begun = State(zh="开", en="Open")
    done = State(zh="完", en="Done", final=True)

    begin = Event(Item, START >> begun, zh="始", en="Begin")
    finish = Event(begun >> done, zh="终", en="Finish")
