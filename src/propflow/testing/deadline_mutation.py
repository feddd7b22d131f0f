"""The changes that are planted in a deadline."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import attrs

from propflow.definition.deadline import LONGEST, Limit
from propflow.definition.spec import DeadlineSpec

DeadlineChange = Callable[[DeadlineSpec], DeadlineSpec | None]
"""What becomes of a deadline, `None` for nothing at all."""

_DAY = timedelta(days=1)


def changes(deadline: DeadlineSpec) -> Iterator[tuple[str, str, str, DeadlineChange]]:
    """Yield every change: what of it, in Chinese, in English, and how; none if it never fires."""
    if deadline.unset:
        return
    yield "deadline", "去掉期限", "without the deadline", lambda _: None
    if deadline.moment_of is not None:
        yield "limit", "晚一天到期", "due a day later", _a_day_later
    else:
        yield "limit", "时限加倍", "due after twice the time", _doubled
    for place in range(len(deadline.rungs)):
        yield (
            "rung",
            f"去掉第 {place + 1} 级提醒",
            f"without rung {place + 1}",
            _without_rung(place),
        )
    if deadline.until:
        yield "until", "不因事件结束", "not ended by an event", _without_end
    if deadline.pauses:
        yield "pauses", "不暂停,离开即重计", "not held: begins anew after a hold", _without_pauses


def _doubled(deadline: DeadlineSpec) -> DeadlineSpec:
    limit, limit_of = deadline.limit, deadline.limit_of
    if limit is not None:
        return attrs.evolve(deadline, limit=min(2 * limit, LONGEST))

    def twice(data: Any, settings: Any) -> Limit | None:
        found = limit_of(data, settings) if limit_of else None
        return None if found is None else 2 * found

    return attrs.evolve(deadline, limit_of=twice)


def _a_day_later(deadline: DeadlineSpec) -> DeadlineSpec:
    moment_of = deadline.moment_of

    def later(data: Any, settings: Any) -> datetime | None:
        found = moment_of(data, settings) if moment_of else None
        return None if found is None else found + _DAY

    return attrs.evolve(deadline, moment_of=later)


def _without_rung(place: int) -> DeadlineChange:
    return lambda each: attrs.evolve(each, rungs=(*each.rungs[:place], *each.rungs[place + 1 :]))


def _without_end(deadline: DeadlineSpec) -> DeadlineSpec:
    return attrs.evolve(deadline, until=frozenset())


def _without_pauses(deadline: DeadlineSpec) -> DeadlineSpec:
    """Return it as it is if nobody wrote ``pauses=``."""
    return attrs.evolve(deadline, pauses=(), held=frozenset(), longest_pause=None)
