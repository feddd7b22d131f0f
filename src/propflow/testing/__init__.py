"""For hosts: proofs by exhaustion, monitors, paths and matrices of workflows of their own."""

from propflow.decision import replay
from propflow.testing.clock import FakeClock
from propflow.testing.exploring import Transition
from propflow.testing.matrix import assert_matrix, matrix
from propflow.testing.paths import Path, paths
from propflow.testing.play import Played, Step, play
from propflow.testing.properties import Invariant, Monitor, invariant, open_only_to
from propflow.testing.prove import Failure, Proof, can_end, prove
from propflow.testing.script import Script
from propflow.testing.stateful import stateful

__all__ = [
    "Failure",
    "FakeClock",
    "Invariant",
    "Monitor",
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
    "open_only_to",
    "paths",
    "play",
    "prove",
    "replay",
    "stateful",
]
