"""The repair order of the contest as propflow workflows: without payloads, and with a note each."""

from __future__ import annotations

from benchmarks.contest import ROLE
from benchmarks.values import Note, Repair
from propflow import START, Case, Context, Event, Role, State, Workflow, guard

staff = Role(ROLE, zh="员工", en="Staff")


@guard(zh="只有本单班组的人可以操作", en="only the order's own team may act on it")
def on_the_team(case: Case[Repair], context: Context) -> bool:
    return context.actor.id in case.data.team


class RepairOrder(Workflow[Repair]):
    """The order of the walk: no event has a payload."""

    version = 1

    reported = State(zh="已报修", en="Reported")
    assigned = State(zh="已派单", en="Assigned")
    in_progress = State(zh="处理中", en="In progress")
    on_hold = State(zh="挂单", en="On hold")
    completed = State(zh="已完工", en="Completed")
    closed = State(zh="已关闭", en="Closed", final=True)
    cancelled = State(zh="已取消", en="Cancelled", final=True)

    report = Event(Repair, START >> reported, zh="报修", en="Report")
    assign = Event(reported >> assigned, zh="派单", en="Assign", by=staff, guards=[on_the_team])
    send_back = Event(
        assigned >> reported, zh="退单", en="Send back", by=staff, guards=[on_the_team]
    )
    begin = Event(assigned >> in_progress, zh="开工", en="Begin", by=staff, guards=[on_the_team])
    transfer = Event(
        in_progress >> assigned, zh="转单", en="Transfer", by=staff, guards=[on_the_team]
    )
    hold = Event(in_progress >> on_hold, zh="挂单", en="Hold", by=staff, guards=[on_the_team])
    resume = Event(on_hold >> in_progress, zh="恢复", en="Resume", by=staff, guards=[on_the_team])
    complete = Event(
        in_progress >> completed, zh="完工", en="Complete", by=staff, guards=[on_the_team]
    )
    reject = Event(completed >> in_progress, zh="返工", en="Reject", by=staff, guards=[on_the_team])
    close = Event(completed >> closed, zh="关闭", en="Close", by=staff, guards=[on_the_team])
    cancel = Event(
        [reported, assigned, on_hold] >> cancelled,
        zh="取消",
        en="Cancel",
        by=staff,
        guards=[on_the_team],
    )


class NotedRepairOrder(Workflow[Repair]):
    """The same order, where each event carries a note that is copied into the data."""

    version = 1

    reported = State(zh="已报修", en="Reported")
    assigned = State(zh="已派单", en="Assigned")
    in_progress = State(zh="处理中", en="In progress")
    on_hold = State(zh="挂单", en="On hold")
    completed = State(zh="已完工", en="Completed")
    closed = State(zh="已关闭", en="Closed", final=True)
    cancelled = State(zh="已取消", en="Cancelled", final=True)

    report = Event(Repair, START >> reported, zh="报修", en="Report")
    assign = Event(
        Note, reported >> assigned, zh="派单", en="Assign", by=staff, guards=[on_the_team]
    )
    send_back = Event(
        Note, assigned >> reported, zh="退单", en="Send back", by=staff, guards=[on_the_team]
    )
    begin = Event(
        Note, assigned >> in_progress, zh="开工", en="Begin", by=staff, guards=[on_the_team]
    )
    transfer = Event(
        Note, in_progress >> assigned, zh="转单", en="Transfer", by=staff, guards=[on_the_team]
    )
    hold = Event(Note, in_progress >> on_hold, zh="挂单", en="Hold", by=staff, guards=[on_the_team])
    resume = Event(
        Note, on_hold >> in_progress, zh="恢复", en="Resume", by=staff, guards=[on_the_team]
    )
    complete = Event(
        Note, in_progress >> completed, zh="完工", en="Complete", by=staff, guards=[on_the_team]
    )
    reject = Event(
        Note, completed >> in_progress, zh="返工", en="Reject", by=staff, guards=[on_the_team]
    )
    close = Event(Note, completed >> closed, zh="关闭", en="Close", by=staff, guards=[on_the_team])
    cancel = Event(
        Note,
        [reported, assigned, on_hold] >> cancelled,
        zh="取消",
        en="Cancel",
        by=staff,
        guards=[on_the_team],
    )
