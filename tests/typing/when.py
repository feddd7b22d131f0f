"""``.when()`` takes guards for the event's payload, and both checkers catch any other."""

from __future__ import annotations

import attrs

from propflow.definition import START, Case, Context, Event, State, Workflow, guard


@attrs.frozen
class Ticket:
    place: str


@attrs.frozen
class Closing:
    reason: str


@guard(zh="须写明原因", en="a reason is required")
def reason_given(_case: Case[Ticket], payload: Closing, _context: Context) -> bool:
    return bool(payload.reason)


@guard(zh="须写明地点", en="a place is required")
def place_given(_case: Case[Ticket], payload: Ticket, _context: Context) -> bool:
    return bool(payload.place)


@guard(zh="不是自己的", en="not one's own")
def not_own(case: Case[Ticket], context: Context) -> bool:
    return context.actor.id != case.data.place


class Small(Workflow[Ticket]):
    opened = State(zh="已开", en="Opened")
    closed = State(zh="已关", en="Closed", final=True)
    request = Event(Ticket, (START >> opened).when(place_given), zh="申请", en="Request")
    close = Event(
        Closing,
        (opened >> closed).when(reason_given, not_own),
        zh="关闭",
        en="Close",
        history_only=("reason",),
    )
    shut = Event(
        Closing,
        (opened >> closed).when(not_own).when(reason_given),
        zh="关闭",
        en="Shut",
        history_only=("reason",),
    )


class Planted(Workflow[Ticket]):
    opened = State(zh="已开", en="Opened")
    closed = State(zh="已关", en="Closed", final=True)
    request = Event(Ticket, START >> opened, zh="申请", en="Request")
    close = Event(  # type: ignore[misc]
        Closing,
        (opened >> closed).when(place_given),  # pyright: ignore[reportArgumentType]
        zh="关闭",
        en="Close",
        history_only=("reason",),
    )
    shut = Event(
        Closing,
        (opened >> closed).when(reason_given).when(place_given),  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
        zh="关闭",
        en="Shut",
        history_only=("reason",),
    )
