"""The command ``propflow``. Its libraries are optional: see `main`."""

from __future__ import annotations

import sys

from propflow.errors import MissingExtra

_LIBRARIES = frozenset({"click", "rich", "typer"})


def main() -> None:
    """Run the command with the arguments of the process, and end the process.

    The exit code is 0 when all went well, 1 when problems were found or the work was refused, and
    2 when the command was not used as it asks to be.
    """
    try:
        from propflow.cli.app import run
    except ModuleNotFoundError as error:
        library = (error.name or "").partition(".")[0]
        if library not in _LIBRARIES:
            raise
        sys.stderr.write(f"propflow: {MissingExtra('cli', library)}\n")
        sys.exit(1)
    sys.exit(run())
