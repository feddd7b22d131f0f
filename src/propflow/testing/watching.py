"""Monitors over the stored histories of a database."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import attrs

from propflow.definition import Workflow
from propflow.errors import UnreadableData
from propflow.runtime.reading import as_entry
from propflow.runtime.registry import Registry
from propflow.storage import Ref, Snapshot, StoredEntry
from propflow.testing.properties import Monitor


@attrs.frozen
class Broken:
    """A stored history of which a monitor does not hold.

    Attributes:
        ref: The case.
        monitor: The monitor.
        revision: The first entry after which it does not hold.
        why: What does not hold, or why the entry cannot be read.
    """

    ref: Ref
    monitor: Monitor[Any]
    revision: int
    why: str


class Watching:
    """Runs a monitor over every history that an audit reads: ``store.audit(watch=watching)``.

    It keeps what the monitor knows of one case at a time. Cases of other workflows than those given
    are left out.

    Attributes:
        broken: What was found so far, in the order of the audit; take from it what you have seen.
        cases: How many cases were watched.
        left_out: How many cases were left out.
    """

    def __init__(self, monitor: Monitor[Any], workflows: Iterable[type[Workflow[Any]]]) -> None:
        """Begin before the first case.

        Args:
            monitor: The monitor.
            workflows: Every version of the workflows whose cases are watched.

        Raises:
            InvalidRegistration: A workflow is given twice.
        """
        chosen = tuple(workflows)
        needed = {fact.name for workflow in chosen for fact in workflow.spec.needs}
        self._registry = Registry(chosen, needed)
        self._names = {workflow.spec.name for workflow in chosen}
        self._monitor = monitor
        self._ref: Ref | None = None
        self._watches = False
        self._state: Any = None
        self.broken: list[Broken] = []
        self.cases = 0
        self.left_out = 0

    def __call__(self, case: Snapshot, entry: StoredEntry) -> None:
        """Take the next entry of a case, the oldest first.

        Raises:
            UnknownWorkflow: The version that decided the entry was not given.
        """
        if case.ref != self._ref:
            self._begin(case)
        if not self._watches:
            return
        try:
            read = as_entry(self._registry.version(case.workflow, entry.version), entry)
        except UnreadableData as error:
            self._stop(case.ref, entry, str(error))
            return
        self._state = self._monitor.step(self._state, read)
        if not self._monitor.ok(self._state):
            self._stop(case.ref, entry, self._monitor.says)

    def _begin(self, case: Snapshot) -> None:
        self._ref = case.ref
        self._watches = case.workflow in self._names
        self._state = self._monitor.init
        if self._watches:
            self.cases += 1
        else:
            self.left_out += 1

    def _stop(self, ref: Ref, entry: StoredEntry, why: str) -> None:
        self.broken.append(Broken(ref, self._monitor, entry.revision, why))
        self._watches = False  # the first entry of a case is enough
