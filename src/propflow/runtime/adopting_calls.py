"""The calls of an engine that make rows of the host's cases."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from propflow.definition import Actor, Case, Workflow
from propflow.runtime.adopting import Adoption
from propflow.runtime.calls import Calls
from propflow.runtime.operations import Steps

D = TypeVar("D")
T = TypeVar("T")


class AdoptingCalls(Calls):
    """Adopts rows; `Engine` carries it out."""

    def _run(self, steps: Steps[T], *, write: bool) -> T:
        raise NotImplementedError

    def adopt(self, workflow: type[Workflow[D]], row_id: str, *, by: Actor) -> Case[D]:
        """Make a row that the host inserted a case, and return it.

        The history begins with an entry that says so, with the data as the row holds them. The row
        stays as it is, but for a revision column without a number, which becomes 1. Steps that were
        parked for it are taken in the same commit.

        Args:
            workflow: The workflow, whose store has a `TableMapping` for it; its highest version.
            row_id: The text of the row's key.
            by: Who adopts it.

        Raises:
            NotFound: No row has this key.
            CaseExists: The row is a case already.
            UnknownCode: The row holds a code that the mapping does not know.
            UnreadableData: A field without a column has no default, or a column is empty that must
                not be.
            InvalidArgument: The workflow has no table of the host's.
            UnknownWorkflow: The engine does not have the workflow.
        """
        return self._run(self._adopt(workflow, row_id, by), write=True)

    def adopt_all(
        self, workflow: type[Workflow[Any]], *, by: Actor, batch: int = 500
    ) -> Iterator[Adoption]:
        """Make every row of the host's table that is no case yet one, batch after batch.

        Each batch is a commit of its own, and is reported when it is done. Whatever ends it, a
        further call goes on with what is left. Rows that are no cases as they are, are reported and
        left. Nothing is done before the first report is asked for. Steps that were parked for a row
        are taken by `take_parked`.

        Args:
            workflow: The workflow, whose store has a `TableMapping` for it; its highest version.
            by: Who adopts them.
            batch: How many rows a commit takes.

        Raises:
            InvalidArgument: The workflow has no table of the host's, or `batch` is not positive.
            UnknownWorkflow: The engine does not have the workflow.
        """
        done: Adoption | None = None
        while True:
            steps = self._adopt_next(workflow, by, done, batch)
            done = self._run(steps, write=True)
            if done is None:
                return
            yield done
