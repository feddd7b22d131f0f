"""The matrix: who may do what from where, as a file that is reviewed and checked in."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from propflow.decision.plan import EventPlan, Move, Plan, plan_of
from propflow.definition import START, Guard, Role, Workflow
from propflow.definition.spec import WorkflowSpec
from propflow.errors import MatrixChanged

REWRITE = "PROPFLOW_REWRITE"
"""The environment variable that makes `assert_matrix` write instead of compare, if it is 1."""

_HEAD = (
    "| event 事件 | by 谁 | when 条件 | leads to 去向 |",
    "|---|---|---|---|",
)


def matrix(workflow: type[Workflow[Any]]) -> str:
    """Return a workflow as a Markdown text: state by state, every event with roles and guards.

    It says what the compiled workflow does, markers such as `ANY` and `PREVIOUS` spelled out, and
    names under each state the events that are closed there.
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


def _row(spec: WorkflowSpec, event: EventPlan, state: str, move: Move) -> str:
    conditions = [*_conditions((*event.guards, *move.guards))]
    if move.previous is not None:
        conditions.append(f"came from `{move.previous}`")
    target = "stays 不变" if move.target == state else f"`{move.target}`"
    cells = (
        f"`{event.name}` {_labels(event.zh, event.en)}",
        _roles(spec, event.name),
        "<br>".join(conditions) or "–",
        target,
    )
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
