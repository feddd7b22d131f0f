"""`fire` on the memory store, payload built and copied, beside the hand-written table."""

from __future__ import annotations

import importlib
from datetime import datetime

import attrs

from benchmarks.contest import DATA, NOW, WALK_EVENTS, Contestant, View, check
from benchmarks.harness import Ratio, interleave
from benchmarks.report import Pending, Section, against, micro, missing, times
from benchmarks.table import Step, Table, take_noted_step
from benchmarks.values import Actor, Case, Entry, Note, Repair
from benchmarks.walking import walk

BAR = 12
NOTE = Note("waiting for a spare part")


class NotedTable:
    """The hand-written table, with a payload built and copied at each step."""

    name = "table, with payload"
    guards = True

    def open(self) -> Step:
        return Case("r-1", "reported", None, DATA, 1, "noted_repair_order", 1, NOW), None

    def fire(self, order: Step, event: str, actor: Actor, now: datetime) -> Step:
        return take_noted_step(order[0], event, NOTE.note, actor, now)

    def view(self, order: Step) -> View:
        case, entry = order
        return noted_view(case, entry)


def noted_view(case: Case[Repair], entry: Entry | None) -> View:
    """View an order whose steps carry a note; one that was lost on the way is a failure."""
    if entry is not None:
        if entry.payload != NOTE or case.data.note != NOTE.note:
            raise AssertionError(f"the note is not kept: {entry.payload}, {case.data.note!r}")
        entry = attrs.evolve(entry, payload=None)
    return View(case.state, case.revision - 1, entry)


def measure(seconds: float) -> Section:
    """Check the three, then time their walks; the bar is against the table without payloads."""
    try:
        ours: Contestant = importlib.import_module("benchmarks.propflow_fire").make()
    except ImportError as error:
        raise Pending(missing(error)) from error
    contestants: list[Contestant] = [Table(), NotedTable(), ours]
    problems = [f"{one.name}: {problem}" for one in contestants for problem in check(one)]
    title = "fire on the memory store, payload built and copied"
    if problems:
        return Section(title, ("contestant",), ((problems[0],),), failed=True)
    figures = interleave([walk(one) for one in contestants], seconds=seconds)
    rows = []
    for figure in figures:
        ratio = Ratio.of(figure, figures[0])
        verdict = against(ratio.median, BAR) if figure.name == ours.name else ""
        rows.append((figure.name, micro(figure.median), *times(ratio), verdict))
    return Section(
        title,
        ("contestant", "µs/step", "× table", "min–max", ""),
        tuple(rows),
        (f"{len(figures[0].rounds)} rounds of the same walk of {len(WALK_EVENTS)} steps",),
    )
