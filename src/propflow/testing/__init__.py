"""For hosts: proofs of workflows by exhaustion and at random, and the laws of rule books.

Extra `testing`.
"""

from typing import TYPE_CHECKING, Any

from propflow.decision import replay
from propflow.errors import MissingExtra
from propflow.testing.book_mutation import Mutant, MutationReport, mutate
from propflow.testing.clock import FakeClock
from propflow.testing.exploring import Transition
from propflow.testing.matrix import assert_matrix, matrix
from propflow.testing.paths import Path, paths
from propflow.testing.play import Played, Step, play
from propflow.testing.properties import Invariant, Monitor, invariant, open_only_to
from propflow.testing.prove import Failure, Proof, can_end, prove
from propflow.testing.script import Script
from propflow.testing.stateful import stateful

if TYPE_CHECKING:
    from propflow.testing.book_laws import Law, scoring_laws

__all__ = [
    "Failure",
    "FakeClock",
    "Invariant",
    "Law",
    "Monitor",
    "Mutant",
    "MutationReport",
    "Path",
    "Played",
    "Proof",
    "Script",
    "Step",
    "Transition",
    "assert_matrix",
    "can_end",
    "invariant",
    "matrix",
    "mutate",
    "open_only_to",
    "paths",
    "play",
    "prove",
    "replay",
    "scoring_laws",
    "stateful",
]


def __getattr__(name: str) -> Any:
    """Look up what needs Hypothesis when it is asked for: proofs do without."""
    if name not in {"Law", "scoring_laws"}:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from propflow.testing import book_laws
    except ModuleNotFoundError as error:
        raise MissingExtra("testing", str(error.name)) from error
    return getattr(book_laws, name)
