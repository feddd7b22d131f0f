"""Facts: what a guard may know beyond its case, answered by the host before the decision."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

import attrs

if TYPE_CHECKING:
    from propflow.definition.case import Case
    from propflow.definition.state import State
    from propflow.definition.workflow import Workflow

T = TypeVar("T")
D = TypeVar("D")


@attrs.frozen
class Fact(Generic[T]):
    """A read-only answer that a workflow needs from the host, such as the list of departments.

    Attributes:
        name: What the host's provider calls it.
    """

    name: str


class Cases(Protocol):
    """Other cases of the same store, tenant and transaction, for guards and effects to look at."""

    def get(self, case_id: str, workflow: type[Workflow[D]]) -> Case[D]:
        """Return one case.

        Raises:
            NotFound: No case has this id.
            WrongWorkflow: The case with this id belongs to another workflow.
        """
        ...

    def find(
        self,
        workflow: type[Workflow[D]],
        *,
        state: State | str | None = None,
        where: Mapping[str, Any] | None = None,
        limit: int = 100,
    ) -> tuple[Case[D], ...]:
        """Return the oldest cases that match, at most `limit` of them."""
        ...


cases: Fact[Cases] = Fact("cases")
"""The built-in fact: the store itself, read in the transaction of the step."""
