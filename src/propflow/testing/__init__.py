"""For hosts: proofs of workflows, the laws of rule books, and the contract of stores.

Extra `testing`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from propflow.errors import MissingExtra
from propflow.testing.book_mutation import Mutant
from propflow.testing.clock import FakeClock
from propflow.testing.coverage import Coverage
from propflow.testing.diff import Diff, Difference, Stranded, diff
from propflow.testing.exploring import Transition
from propflow.testing.matrix import assert_matrix, matrix
from propflow.testing.mutation import MutationReport, mutate
from propflow.testing.paths import Path, paths
from propflow.testing.play import Played, Step, play
from propflow.testing.properties import Invariant, Monitor, invariant, open_only_to
from propflow.testing.prove import Failure, Proof, can_end, prove
from propflow.testing.reading_machines import ReadMachine, from_transitions
from propflow.testing.replaying import replay
from propflow.testing.samples import actors, payloads, saturated
from propflow.testing.script import Script
from propflow.testing.stateful import stateful
from propflow.testing.stranding import StrandedCase, stranded_cases
from propflow.testing.suite import Suite, suite_of
from propflow.testing.walk import walk
from propflow.testing.watching import Broken, Watching
from propflow.testing.workflow_mutation import WorkflowMutant

if TYPE_CHECKING:
    from propflow.testing.book_laws import scoring_laws
    from propflow.testing.calendar_laws import working_time_laws
    from propflow.testing.laws import Law
    from propflow.testing.store_contract import Capability, StoreContract

__all__ = [
    "Broken",
    "Capability",
    "Coverage",
    "Diff",
    "Difference",
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
    "ReadMachine",
    "Script",
    "Step",
    "StoreContract",
    "Stranded",
    "StrandedCase",
    "Suite",
    "Transition",
    "Watching",
    "WorkflowMutant",
    "actors",
    "assert_matrix",
    "can_end",
    "diff",
    "from_transitions",
    "invariant",
    "matrix",
    "mutate",
    "open_only_to",
    "paths",
    "payloads",
    "play",
    "prove",
    "replay",
    "saturated",
    "scoring_laws",
    "stateful",
    "stranded_cases",
    "suite_of",
    "walk",
    "working_time_laws",
]


_NEED_MORE = {
    "Capability": "propflow.testing.store_contract",
    "Law": "propflow.testing.laws",
    "StoreContract": "propflow.testing.store_contract",
    "scoring_laws": "propflow.testing.book_laws",
    "working_time_laws": "propflow.testing.calendar_laws",
}


def __getattr__(name: str) -> Any:
    """Look up what needs pytest or Hypothesis when it is asked for: proofs do without."""
    if name not in _NEED_MORE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        module = import_module(_NEED_MORE[name])
    except ModuleNotFoundError as error:
        raise MissingExtra("testing", str(error.name)) from error
    return getattr(module, name)
