"""Processes of the tests' own: started with this checkout, and gone when the block ends."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from propflow.storage.sqlalchemy import SQLStore


def url_of(store: SQLStore) -> str:
    """Return the URL of a store's database, with the password."""
    return store._engine.url.render_as_string(hide_password=False)


def environment(**more: str) -> dict[str, str]:
    """Return the environment in which a process finds what this one does."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(["src", ".", *sys.path]), **more}


def output_of(module: str, *arguments: object, **more: str) -> list[str]:
    """Run a module of the tests to its end, and return the lines that it wrote."""
    command = [sys.executable, "-m", f"tests.faults.{module}", *map(str, arguments)]
    done = subprocess.run(
        command, check=True, stdout=subprocess.PIPE, text=True, env=environment(**more)
    )
    return done.stdout.splitlines()


@contextmanager
def running(
    module: str, every: Sequence[Sequence[object]]
) -> Iterator[list[subprocess.Popen[str]]]:
    """Run a module so often at once, with the arguments of each; whatever is left is killed."""
    processes: list[subprocess.Popen[str]] = []
    try:
        for arguments in every:
            command = [sys.executable, "-m", f"tests.faults.{module}", *map(str, arguments)]
            pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
            made = subprocess.Popen(command, text=True, env=environment(), **pipes)
            processes.append(made)
        yield processes
    finally:
        for process in processes:
            process.kill()
            process.communicate()
