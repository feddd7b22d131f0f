"""The matrix: who may do what from where, and what comes by itself, as a file to check in."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

from propflow.decision.plan import EventPlan, Move, Plan, plan_of
from propflow.definition import START, Guard, Role, Rung, Workflow
from propflow.definition.deadline import Unit, as_duration
from propflow.definition.spec import DeadlineSpec, WorkflowSpec
from propflow.errors import MatrixChanged

REWRITE = "PROPFLOW_REWRITE"
"""The environment variable that makes `assert_matrix` write instead of compare, if it is 1."""

_HEAD = (
    "| event 事件 | by 谁 | when 条件 | leads to 去向 |",
    "|---|---|---|---|",
)
_DEADLINES = (
    "| deadline 期限 | due after 时限 | fires 触发 | tells 提醒 | held in 暂停于 |",
    "|---|---|---|---|---|",
)
_UNITS: Mapping[Unit, str] = {
    "calendar": "",
    "service": " of service 服务时间",
    "working_days": " working days 工作日",
}


def matrix(workflow: type[Workflow[Any]]) -> str:
    """Return a workflow as a Markdown text: state by state, every event with roles and guards.

    It says what the compiled workflow does, markers such as `ANY` and `PREVIOUS` spelled out, and
    names under each state the events that are closed there, the deadlines that run there and those
    that are on hold.
    """
    plan = plan_of(workflow)
    spec = plan.spec
    lines = [
        f"# {spec.name}, version {spec.version}: {_labels(spec.zh, spec.en)}",
        "",
        "Written by `propflow.testing.assert_matrix`; review every change of it.",
    ]
    for state in (START.name, *spec.tree.all_leaves()):
        lines += ["", f"## {_title(spec, state)}", "", *_section(plan, state)]
    return "\n".join(lines) + "\n"


def assert_matrix(
    workflow: type[Workflow[Any]], path: str | os.PathLike[str], *, rewrite: bool | None = None
) -> None:
    """Compare a workflow with its checked-in matrix.

    Args:
        workflow: The definition.
        path: The file, in UTF-8.
        rewrite: Write the file instead of comparing; if nothing is said, whether the environment
            has ``PROPFLOW_REWRITE=1``.

    Raises:
        MatrixChanged: The file is not there, or says something else.
    """
    file = Path(path)
    now = matrix(workflow)
    if rewrite is None:
        rewrite = os.environ.get(REWRITE) == "1"
    if rewrite:
        file.write_text(now, encoding="utf-8", newline="\n")
        return
    if not file.exists():
        raise MatrixChanged(file.name, "")
    before = file.read_text(encoding="utf-8")
    if before != now:
        pair = before.splitlines(), now.splitlines()
        diff = difflib.unified_diff(*pair, file.name, workflow.spec.name, lineterm="", n=1)
        raise MatrixChanged(file.name, "\n".join(diff))


def _title(spec: WorkflowSpec, name: str) -> str:
    if name == START.name:
        return "START 开始 / Start"
    state = spec.states[name]
    title = f"{name} {_labels(state.zh, state.en)}"
    return f"{title} (final 终态)" if state.final else title


def _section(plan: Plan[Any], state: str) -> Iterator[str]:
    rows = [
        _row(plan.spec, event, state, move)
        for event in plan.events.values()
        for move in event.moves.get(state, ())
    ]
    if rows:
        yield from (*_HEAD, *rows)
    closed = [
        f"`{name}`"
        for name, event in plan.events.items()
        if state not in event.moves and [*event.moves] != [START.name]
    ]
    if closed and state != START.name:
        if rows:
            yield ""
        yield f"Closed 不可: {', '.join(closed)}"
    yield from _deadlines(plan.spec, state)


def _deadlines(spec: WorkflowSpec, state: str) -> Iterator[str]:
    found = [each for each in spec.deadlines.values() if state in each.within]
    if found:
        yield from ("", *_DEADLINES, *map(_deadline_row, found))
    held = [f"`{each.name}`" for each in spec.deadlines.values() if state in each.held]
    if held:
        yield from ("", f"On hold 暂停: {', '.join(held)}")


def _deadline_row(deadline: DeadlineSpec) -> str:
    tells = [f"{_reached(deadline, rung)}: {_names(rung.names)}" for rung in deadline.rungs]
    if deadline.acknowledged_by:
        tells.append(f"until 直到 {_names(sorted(deadline.acknowledged_by))}")
    pauses = _names(deadline.pauses)
    if deadline.longest_pause is not None:
        pauses += f", at most 最长 {_amount(deadline.longest_pause)}"
    return _cells(
        f"`{deadline.name}` {_labels(deadline.zh, deadline.en)}",
        _limit(deadline) + _since(deadline),
        "–" if deadline.event is None else f"`{deadline.event}`",
        "<br>".join(tells) or "–",
        pauses or "–",
    )


def _since(deadline: DeadlineSpec) -> str:
    """Return from which events it counts, and which end it; blank if it goes by states."""
    from_events = f" from 自 {_names(deadline.begun_by)}" if deadline.begun_by else ""
    until = f" until 止于 {_names(sorted(deadline.until))}" if deadline.until else ""
    return from_events + until


def _limit(deadline: DeadlineSpec) -> str:
    """Return when it is due; of a function of the data its name, for no case is known here."""
    if deadline.unset:
        return f"to be set 待设定 `{deadline.unset}`"
    function = deadline.moment_of or deadline.limit_of
    if function is None:
        return _counted(deadline, deadline.limit)
    name = str(getattr(function, "__name__", type(function).__name__)).replace("<lambda>", "λ")
    if deadline.moment_of is not None:
        return f"moment of the data 数据中的时刻 `{name}`"
    return f"by the data 由数据定 `{name}`{_UNITS[deadline.unit]}"


def _counted(deadline: DeadlineSpec, amount: timedelta | None) -> str:
    if amount is None:
        return ""
    if deadline.unit == "working_days":
        return f"{amount.days}{_UNITS[deadline.unit]}"
    return f"{_amount(amount)}{_UNITS[deadline.unit]}"


def _reached(deadline: DeadlineSpec, rung: Rung) -> str:
    if rung.share is not None:
        return f"{rung.share * 100} %"
    offset = as_duration(rung.offset or timedelta())
    side = "before 提前" if offset < timedelta() else "after 逾期"
    return f"{_counted(deadline, abs(offset))} {side}"


def _amount(amount: timedelta) -> str:
    """Return a duration, exact to the microsecond: ``1 d 2 h``."""
    hours, rest = divmod(amount - timedelta(days=amount.days), timedelta(hours=1))
    minutes, rest = divmod(rest, timedelta(minutes=1))
    parts = [(amount.days, "d"), (hours, "h"), (minutes, "min")]
    seconds = f"{rest.total_seconds():.6f}".rstrip("0").rstrip(".")
    found = [f"{number} {unit}" for number, unit in parts if number]
    if seconds != "0" or not found:
        found.append(f"{seconds} s")
    return " ".join(found)


def _names(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _row(spec: WorkflowSpec, event: EventPlan, state: str, move: Move) -> str:
    conditions = [*_conditions((*event.guards, *move.guards))]
    if move.previous is not None:
        conditions.append(f"came from `{move.previous}`")
    target = "stays 不变" if move.target == state else f"`{move.target}`"
    return _cells(
        f"`{event.name}` {_labels(event.zh, event.en)}",
        _roles(spec, event.name),
        "<br>".join(conditions) or "–",
        target,
    )


def _cells(*cells: str) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def _roles(spec: WorkflowSpec, event: str) -> str:
    asked = spec.events[event].by
    names = [f"`{who.name}`" if isinstance(who, Role) else f"`{who.id}`" for who in asked]
    return ", ".join(names) or "anyone 任何人"


def _conditions(guards: Iterable[Guard[Any, Any]]) -> Iterator[str]:
    for guard in guards:
        yield f"`{guard.code}` {_labels(guard.zh, guard.en)}"


def _labels(zh: str, en: str) -> str:
    return " / ".join(label for label in (zh, en) if label)
