"""Errors about workflows that do not keep what their host says of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from propflow.errors.root import Problems, PropflowError


class Script(Protocol):
    """The steps that lead to a failure; `propflow.testing.Script` is the value."""

    def as_pytest(self) -> str:
        """Return the steps as a test that fails until the workflow is mended."""
        ...

    def as_mermaid(self) -> str:
        """Return the steps as a Mermaid sequence diagram."""
        ...

    def __len__(self) -> int:
        """Return the number of steps."""
        ...


class Failure(Protocol):
    """What a proof found; `propflow.testing.Failure` is the value."""

    @property
    def kind(self) -> str:
        """The kind of property that does not hold."""
        ...

    @property
    def name(self) -> str:
        """The property, or what it is about."""
        ...

    @property
    def says(self) -> str:
        """What is wrong, in one line."""
        ...

    @property
    def script(self) -> Script:
        """The shortest way there."""
        ...


class ProofFailed(PropflowError, AssertionError):
    """A workflow can come to where it should not, or there is more of it than the budget allows.

    Attributes:
        workflow: Name of the workflow.
        failures: Every property that does not hold, each with its shortest script.
    """

    def __init__(self, workflow: str, failures: Sequence[Failure]) -> None:
        self.workflow = workflow
        self.failures: tuple[Failure, ...] = tuple(failures)
        verb = "does" if len(self.failures) == 1 else "do"
        lines = [f"{workflow}: {len(self.failures)} of the properties {verb} not hold"]
        for each in self.failures:
            lines += [
                "",
                f"- {each.kind} {each.name}: {each.says} ({len(each.script)} steps)",
                "",
                each.script.as_pytest(),
            ]
        super().__init__("\n".join(lines))


class InvalidTrial(Problems):
    """What is to be tried does not fit the workflow; `problems` names every event concerned."""


class MatrixChanged(PropflowError, AssertionError):
    """A workflow is no longer what its checked-in matrix says.

    Attributes:
        path: The file of the matrix.
        diff: What differs, as a unified diff from the file to the workflow; empty for no file.
    """

    def __init__(self, path: str, diff: str) -> None:
        self.path = path
        self.diff = diff
        found = f"differs from the workflow:\n{diff}" if diff else "is not there"
        super().__init__(
            f"the matrix {path} {found}\nreview it, then write it with PROPFLOW_REWRITE=1"
        )


class UnsoundTests(PropflowError):
    """Tests fail on the unchanged workflow, so nothing can be said of changes.

    Attributes:
        workflow: Name of the workflow.
        output: What pytest printed.
    """

    def __init__(self, workflow: str, output: str) -> None:
        self.workflow = workflow
        self.output = output
        super().__init__(
            f"the tests fail on {workflow} as it is; mend them first, then plant changes:\n{output}"
        )
