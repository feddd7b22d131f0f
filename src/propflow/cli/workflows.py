"""``propflow workflows``: what ships."""

from __future__ import annotations

from rich.table import Table

from propflow.cli.console import output
from propflow.cli.loading import AnyWorkflow, shipped


def show() -> None:
    """List the workflows that ship with propflow. 列出随库的流程。"""
    table = Table("name", "version", "zh", "en", "states", "events", "final states", "source")
    for workflow in shipped().values():
        spec = workflow.spec
        table.add_row(
            spec.name,
            str(spec.version),
            spec.zh,
            spec.en,
            str(len(spec.states)),
            str(len(spec.events)),
            ", ".join(name for name, state in spec.states.items() if state.final),
            "\n".join(_sources(workflow)),
        )
    output().print(table)


def _sources(workflow: AnyWorkflow) -> list[str]:
    """Return every clause that the workflow cites, in the order in which it does."""
    spec = workflow.spec
    cited = [*spec.states.values(), *spec.events.values()]
    return list(dict.fromkeys(item.source for item in cited if item.source))
