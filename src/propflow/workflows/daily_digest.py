"""日汇总: what was found on patrol, mailed every day before 18:30 to the heads of departments.

Clause 4.10 of the patrol regulation. One message for each department with its own issues, and the
whole to the customer-service supervisor (A21).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import timedelta
from typing import Any

import attrs

from propflow.definition import (
    SAME,
    START,
    SYSTEM,
    Case,
    Context,
    Deadline,
    Effect,
    Event,
    Notify,
    Settings,
    State,
    Workflow,
    guard,
)
from propflow.workflows.daily_digest_data import (
    Compilation,
    DigestData,
    DigestDay,
    DigestItem,
    DigestSettings,
)
from propflow.workflows.roles import cs_assistant, cs_supervisor, department_head

_CLAUSE = "物业客服部巡检管理规程 4.10"
_MICROSECOND = timedelta(microseconds=1)


@guard(zh="须先汇总", en="the digest must be compiled first", source=_CLAUSE)
def compiled(case: Case[DigestData], _context: Context) -> bool:
    """Whether somebody put together what it reports, be that nothing."""
    return case.data.compiled_at is not None


@guard(zh="同一问题只汇总一次", en="each issue stands in it once", source=_CLAUSE)
def items_differ(_case: Case[DigestData], payload: Compilation, _context: Context) -> bool:
    """Whether no issue is named twice."""
    return len({item.issue_id for item in payload.items}) == len(payload.items)


def _compile(case: Case[DigestData], payload: Compilation, context: Context) -> DigestData:
    return attrs.evolve(case.data, items=payload.items, compiled_at=context.occurred_at)


def _send(case: Case[DigestData], _payload: None, context: Context) -> DigestData:
    due = context.settings(DigestSettings).due(case.data.day)
    sent = context.occurred_at
    return attrs.evolve(case.data, sent_at=sent, late=sent >= due)


def _messages(case: Case[DigestData], _payload: None, context: Context) -> Iterator[Effect]:
    settings = context.settings(DigestSettings)
    items = case.data.items
    departments = {item.department for item in items} - {""}
    for department in sorted({*settings.heads, *departments}):
        own = [item for item in items if item.department == department]
        to = settings.heads.get(department, department_head.name)
        yield from _message(case.data, to, own, settings, department)
    yield from _message(case.data, cs_supervisor.name, items, settings, "")


def _message(
    data: DigestData,
    to: str,
    items: Iterable[DigestItem],
    settings: DigestSettings,
    department: str,
) -> Iterator[Effect]:
    listed = [_shown(item) for item in items]
    if listed or settings.send_nil:
        values = {
            "day": data.day.isoformat(),
            "department": department,
            "items": listed,
            "nil": not listed,
            "late": data.late,
        }
        yield Notify("daily_digest", to=to, data=values)


def _shown(item: DigestItem) -> dict[str, Any]:
    return {
        "issue_id": item.issue_id,
        "department": item.department,
        "place": item.place,
        "description": item.description,
        "found_at": item.found_at.isoformat(),
        "synced_late": item.synced_late,
    }


class DailyDigest(Workflow[DigestData]):
    """日汇总: opened for a day, compiled as often as needed, sent once; late from 18:30:00 on."""

    version = 1
    zh = "巡检日汇总"
    en = "Daily digest"
    indexed = ("day",)
    with_settings = Settings(DigestSettings)

    unsent = State(zh="待发送", en="To be sent", source=_CLAUSE)
    sent = State(zh="已发送", en="Sent", final=True, source=_CLAUSE)

    begin = Event(
        DigestDay,
        START >> unsent,
        zh="建立",
        en="Begin",
        by=(cs_assistant, SYSTEM),
        source=_CLAUSE,
    )
    compile = Event(
        Compilation,
        unsent >> SAME,
        zh="汇总",
        en="Compile",
        by=(cs_assistant, SYSTEM),
        guards=[items_differ],
        update=_compile,
        source=_CLAUSE,
    )
    send = Event(
        unsent >> sent,
        zh="发送",
        en="Send",
        by=(cs_assistant, SYSTEM),
        guards=[compiled],
        update=_send,
        effects=_messages,
        source=_CLAUSE,
    )

    # Strictly before (A21): the last moment that is in time is the one before.
    cutoff = Deadline(
        unsent,
        at=lambda data, settings: settings.due(data.day) - _MICROSECOND,
        zh="发送时限",
        en="Sending",
        source=_CLAUSE,
    )
