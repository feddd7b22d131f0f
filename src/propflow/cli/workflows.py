"""``propflow workflows``: what ships."""

from __future__ import annotations

from rich import box
from rich.table import Column, Table

from propflow.cli.console import output, print_table
from propflow.cli.loading import AnyWorkflow, shipped


def show() -> None:
    """列出随库的流程。List the workflows that ship with propflow."""
    console = output()
    workflows = shipped()
    name = Column("name", min_width=max(map(len, workflows)))
    rest = ("version", "zh", "en", "states", "events", "final states", "source")
    table = Table(name, *rest, box=box.SIMPLE_HEAD, pad_edge=False)
    for workflow in workflows.values():
        spec = workflow.spec
        table.add_row(
            spec.name,
            str(spec.version),
            spec.zh,
            spec.en,
            str(len(spec.states)),
            str(len(spec.events)),
            ", ".join(name for name, state in spec.states.items() if state.final),
            ("\n" if console.is_terminal else "; ").join(_sources(workflow)),
        )
    print_table(console, table)


def _sources(workflow: AnyWorkflow) -> list[str]:
    """Return every clause that the workflow cites, in the order in which it does."""
    spec = workflow.spec
    cited = [state.source for state in spec.states.values()]
    cited += [event.source for event in spec.events.values()]
    return list(dict.fromkeys(filter(None, cited)))
