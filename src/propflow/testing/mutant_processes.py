"""Running tests on mutants, a process for each, so that nothing of one reaches another."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NoReturn

from propflow.definition import Workflow
from propflow.testing import workflow_mutation
from propflow.testing.workflow_mutation import WorkflowMutant

AnyWorkflow = type[Workflow[Any]]

CAN_FORK = hasattr(os, "fork")
_NOTICED = 1
_LONGEST = 4_000
"""The most characters of pytest's output that an error repeats."""


def each_in_a_process(
    workflow: AnyWorkflow,
    mutants: Sequence[WorkflowMutant],
    tests: Callable[[Any], object],
    seconds: float,
) -> Iterator[bool]:
    """Yield for each mutant whether the tests noticed it."""
    for place, mutant in enumerate(mutants):
        if not CAN_FORK:
            yield _spawned(seconds, _try_function, workflow, place, tests)
            continue
        child = os.fork()
        if child == 0:
            _end_after(seconds)
            _hush()
            _end(_fails(partial(_planted, mutant, workflow, tests)))
        yield _noticed(child)


def _planted(mutant: WorkflowMutant, workflow: AnyWorkflow, tests: Callable[[Any], object]) -> None:
    mutant.plant(workflow)
    tests(workflow)


def pytest_in_processes(
    workflow: AnyWorkflow,
    mutants: Sequence[WorkflowMutant],
    arguments: Sequence[str],
    seconds: float,
) -> tuple[bool, str, list[bool]]:
    """Run pytest, and return whether the tests pass as it is, what it said, and what they noticed.

    The tests are collected once, in a process of their own that is forked for each mutant.
    """
    with tempfile.TemporaryDirectory() as folder:
        said, found = Path(folder) / "said.txt", Path(folder) / "found.json"
        given = [*arguments, *_alone(arguments), "-x", "-o", f"cache_dir={folder}"]
        if not CAN_FORK:
            return _pytest_in_new_processes(workflow, mutants, given, seconds)
        child = os.fork()
        if child == 0:
            _hush(said)
            _end(_fails(partial(_collect_and_fork, workflow, mutants, given, seconds, found)))
        os.waitpid(child, 0)
        results: list[bool] = json.loads(found.read_text("utf-8")) if found.exists() else [True]
        output = said.read_text("utf-8", errors="replace")[-_LONGEST:]
        return not results[0], output, results[1:]


def _alone(arguments: Sequence[str]) -> list[str]:
    """Return what keeps pytest in one process where a plug-in would use more."""
    if find_spec("xdist") is None or "no:xdist" in " ".join(arguments):
        return []
    return ["-n0"]


def _collect_and_fork(
    workflow: AnyWorkflow,
    mutants: Sequence[WorkflowMutant],
    arguments: list[str],
    seconds: float,
    found: Path,
) -> None:
    import pytest

    class Forks:
        """Takes the place of the loop over the tests; a child goes on with pytest's own."""

        in_child = False

        @pytest.hookimpl(tryfirst=True)
        def pytest_runtestloop(self, session: pytest.Session) -> object:
            if session.testsfailed or not session.items:
                return None  # pytest says what is wrong, and nothing is found
            results: list[bool] = []
            for mutant in (None, *mutants):
                child = os.fork()
                if child == 0:
                    self.in_child = True
                    _end_after(seconds)
                    if mutant is not None:
                        mutant.plant(workflow)
                    return None
                results.append(_noticed(child))
                if results[0]:
                    break  # they fail as it is
            found.write_text(json.dumps(results), encoding="utf-8")
            return True

    forks = Forks()
    code = pytest.main(arguments, plugins=[forks])
    if forks.in_child:
        _end(code != pytest.ExitCode.OK)


def _noticed(child: int) -> bool:
    _, status = os.waitpid(child, 0)
    return status != 0


def _end_after(seconds: float) -> None:
    """Let the system end this process, which counts as noticed."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)


def _hush(into: Path | None = None) -> None:
    """Let nothing that the tests print reach the host's terminal."""
    quiet = os.open(into or os.devnull, os.O_WRONLY | os.O_CREAT)
    for stream in (sys.__stdout__, sys.__stderr__):
        if stream is not None:
            stream.flush()
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.stdout = sys.stderr = os.fdopen(quiet, "w", encoding="utf-8", errors="replace")


def _fails(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except BaseException:  # noqa: BLE001 - however a test fails, it noticed
        return True
    return False


def _end(noticed: bool) -> NoReturn:  # noqa: FBT001 - it is all that there is to say
    """End this process without what its parent would do at its end."""
    sys.stdout.flush()
    os._exit(_NOTICED if noticed else 0)


# Where a process cannot fork ----------------------------------------------------------------------


def _spawned(seconds: float, target: Callable[..., None], *arguments: Any) -> bool:
    process = multiprocessing.get_context("spawn").Process(target=target, args=arguments)
    process.start()
    process.join(seconds)
    if process.is_alive():
        process.kill()
        process.join()
    return process.exitcode != 0


def _try_function(workflow: AnyWorkflow, place: int, tests: Callable[[Any], object]) -> None:
    _hush()
    workflow_mutation.mutants(workflow)[place].plant(workflow)
    tests(workflow)


def _pytest_in_new_processes(
    workflow: AnyWorkflow, mutants: Sequence[WorkflowMutant], arguments: list[str], seconds: float
) -> tuple[bool, str, list[bool]]:
    if _spawned(seconds, _try_pytest, workflow, None, arguments):
        return False, "run pytest by itself to see why", []
    places = range(len(mutants))
    return True, "", [_spawned(seconds, _try_pytest, workflow, n, arguments) for n in places]


def _try_pytest(workflow: AnyWorkflow, place: int | None, arguments: list[str]) -> None:
    import pytest

    _hush()
    if place is not None:
        workflow_mutation.mutants(workflow)[place].plant(workflow)
    sys.exit(pytest.main(arguments))
