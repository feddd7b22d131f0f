#!/usr/bin/env python3
"""Set the project up and run it, on a fresh machine and again: `python3 run.py demo`.

The first run makes `.venv` (with uv where it is found, else with venv and pip) and installs what
the command needs; later runs start at once, until pyproject.toml changes. Nothing but Python 3.11
is needed to run this file. Delete `.venv` to start over.
"""

# No `from __future__ import annotations` and no syntax newer than Python 3.6: an older Python must
# get as far as the line that says which one is needed.

import sys

if sys.version_info < (3, 11):
    sys.exit(
        f"run.py: propflow needs Python 3.11 or newer, and {sys.executable} is "
        f"{sys.version_info[0]}.{sys.version_info[1]}; run this with a newer one, "
        "or with uv: uv run --no-project --python 3.13 run.py"
    )

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import json
import os
import shutil
import subprocess
import time
import tomllib
from collections.abc import Generator, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / ("Scripts" if os.name == "nt" else "bin")
PYTHON = BIN / ("python.exe" if os.name == "nt" else "python")
STAMP = VENV / "run.json"
FIRST_PIP_FOR_OTHER_PYTHONS = (22, 3)

USAGE = """\
usage: python3 run.py COMMAND [ARGUMENTS]

  demo    one inspection day on a fresh database (arguments go to `propflow demo`)
  test    the tests (arguments go to pytest; paths count from the project's folder)
  check   format, lint, types and import contracts
  bench   the benchmarks (arguments go to them)

The first run of a command installs what it needs into .venv; delete .venv to start over.
"""

# What each command needs: extras and dependency groups of pyproject.toml. An extra that the tests
# or the type checkers come to need is added here.
DEVELOPMENT = (
    "async",
    "bulk",
    "china",
    "cli",
    "migrations",
    "schedules",
    "testing",
    "postgres",
    "mariadb",
    "dev",
)
NEEDS = {
    "demo": ("cli",),
    "test": DEVELOPMENT,
    "check": DEVELOPMENT,
    "bench": ("bench", "bulk", "china", "postgres", "mariadb"),
}


class SetupError(Exception):
    """The environment could not be made; the message is the one line that the user reads."""


def main(arguments: list[str]) -> int:
    """Read the command, make its environment and run it; its exit code is the answer."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("", [])
    if command in {"-h", "--help", "help"}:
        print(USAGE, end="")
        return 0
    if command not in NEEDS or (command == "check" and rest):
        wrong = f"there is no command {command!r}" if command else "no command was given"
        say("check takes no arguments" if command == "check" else wrong)
        print(USAGE, end="", file=sys.stderr)
        return 2
    try:
        prepare(NEEDS[command])
        return run(command, rest)
    except (SetupError, OSError) as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return 130


def run(command: str, rest: list[str]) -> int:
    """Run a command in the environment that was made for it."""
    if command == "demo":  # it may be given a file of the user's, so it starts where the user is
        return become([str(PYTHON), "-m", "propflow.cli", "demo", *rest])
    os.chdir(ROOT)
    if command == "check":
        return check()
    module = "pytest" if command == "test" else "benchmarks"
    return become([str(PYTHON), "-m", module, *rest])


def check() -> int:
    """Run every check, so that one failure does not hide another; 1 if any failed."""
    checks = {
        "ruff format": [str(PYTHON), "-m", "ruff", "format", "--check", "."],
        "ruff check": [str(PYTHON), "-m", "ruff", "check", "."],
        "mypy": [str(PYTHON), "-m", "mypy"],
        "pyright": [str(PYTHON), "-m", "pyright", "--pythonpath", str(PYTHON)],
        "lint-imports": [str(BIN / "lint-imports"), "--no-logo"],
    }
    failed: list[str] = []
    for name, command in checks.items():
        say(name)
        if subprocess.call(command, env=child_environment()) != 0:
            failed.append(name)
    say("check failed: " + ", ".join(failed) if failed else "check passed: " + ", ".join(checks))
    return 1 if failed else 0


def become(command: list[str]) -> int:
    """Hand this process over to the command, so that signals and the exit code are its own."""
    if os.name != "nt":  # there execve would return to the shell before the command has ended
        os.execve(command[0], command, child_environment())
    return subprocess.call(command, env=child_environment())


def child_environment() -> dict[str, str]:
    """Return the user's environment, and that pyright shall not look for a newer pyright."""
    return {"PYRIGHT_PYTHON_IGNORE_WARNINGS": "1", **os.environ}


# The environment ---------------------------------------------------------------------------------


def prepare(needs: Iterable[str]) -> None:
    """Make `.venv` hold what is needed; at once when the stamp says that it does."""
    wanted = set(needs)
    if holds(read_stamp(), wanted):
        return
    with one_at_a_time():
        stamp = read_stamp()  # another run may have finished the work while this one waited
        if holds(stamp, wanted):
            return
        started = time.monotonic()
        wanted.update(stamp.get("needs", ()))
        make(stamp, wanted)
        say(f"ready in {time.monotonic() - started:.0f} s")


def identity() -> dict[str, str]:
    """Return what a `.venv` depends on for as long as it lives; another one means a new `.venv`."""
    return {"root": str(ROOT), "python": str(sys.implementation.cache_tag)}


def fingerprint() -> str:
    """Return the digest of pyproject.toml, which names everything that is installed."""
    return hashlib.sha256((ROOT / "pyproject.toml").read_bytes()).hexdigest()


def read_stamp() -> dict[str, Any]:
    """Return what the last set-up wrote into `.venv`; empty when it wrote nothing readable."""
    try:
        return dict(json.loads(STAMP.read_text(encoding="utf-8")))
    except (OSError, TypeError, ValueError):
        return {}


def write_stamp(*, needs: Iterable[str], complete: bool) -> None:
    """Replace the stamp in one step, so that a kill leaves the old one or the new one."""
    stamp = {
        **identity(),
        "fingerprint": fingerprint(),
        "needs": sorted(needs),
        "complete": complete,
    }
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp, indent=2) + "\n", encoding="utf-8")
    new.replace(STAMP)


def sound(stamp: dict[str, Any]) -> bool:
    """Tell whether the last set-up of this folder with this Python ran to its end."""
    same = all(stamp.get(key) == value for key, value in identity().items())
    return same and stamp.get("complete") is True and PYTHON.exists()


def holds(stamp: dict[str, Any], wanted: set[str]) -> bool:
    """Tell whether `.venv` has everything wanted, as pyproject.toml reads now."""
    return (
        sound(stamp)
        and stamp.get("fingerprint") == fingerprint()
        and wanted <= set(stamp.get("needs", ()))
    )


@contextlib.contextmanager
def one_at_a_time() -> Generator[None]:
    """Keep two first runs from building one `.venv` at once; the lock dies with its process."""
    if sys.platform == "win32":  # it has no such lock: there the user starts the second run later
        yield
        return
    import fcntl

    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another run.py that sets up this folder")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def make(stamp: dict[str, Any], needs: set[str]) -> None:
    """Make or complete `.venv`, with uv if that works, else with venv and pip."""
    if not stamp and VENV.exists() and any(VENV.iterdir()):
        raise SetupError(f"{VENV} was not made by run.py; move it away and run again")
    if stamp and not sound(stamp):
        say("making .venv anew: its set-up was cut short, or was for another Python or folder")
    fresh = not sound(stamp)
    uv = shutil.which("uv")
    if uv:
        try:
            set_up(needs, fresh=fresh, uv=uv)
        except SetupError as error:
            say(f"{error}; trying pip")
            fresh = True
        else:
            return
    set_up(needs, fresh=fresh, uv=None)


def set_up(needs: set[str], *, fresh: bool, uv: str | None) -> None:
    """Install into `.venv`; until all is done its stamp says that it is not to be trusted."""
    if fresh and VENV.exists():
        shutil.rmtree(VENV)
    VENV.mkdir(exist_ok=True)
    write_stamp(needs=needs, complete=False)
    if fresh:
        step("making .venv with " + ("uv" if uv else "venv"), venv_command(uv))
    title = "installing propflow with " + ", ".join(sorted(needs))
    step(title, [*installer(uv), *requirements(needs)])
    write_stamp(needs=needs, complete=True)


def venv_command(uv: str | None) -> list[str]:
    """Return the command that fills the folder `.venv`, which already holds the stamp."""
    if uv:
        return [uv, "venv", "--allow-existing", "--no-project", "--python", sys.executable, ".venv"]
    command = [sys.executable, "-m", "venv", ".venv"]
    ensurepip = importlib.util.find_spec("ensurepip")
    if ensurepip and ensurepip.origin:  # a removed package may leave an empty folder behind
        return command
    # Debian packs ensurepip apart from Python. A pip of this Python that is new enough can install
    # into a `.venv` that has none of its own.
    if outer_pip() >= FIRST_PIP_FOR_OTHER_PYTHONS:
        return [*command, "--without-pip"]
    raise SetupError(
        f"{sys.executable} cannot make a virtual environment; on Debian and Ubuntu run "
        "`sudo apt install python3-venv` (or install uv), then run this again"
    )


def outer_pip() -> tuple[int, ...]:
    """Return major and minor version of the pip of the Python that runs this; (0,) without one."""
    try:
        version = importlib.metadata.version("pip")
    except importlib.metadata.PackageNotFoundError:
        return (0,)
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def installer(uv: str | None) -> list[str]:
    """Return the command that installs into `.venv`."""
    if uv:
        return [uv, "pip", "install", "--python", str(PYTHON)]
    if next(VENV.glob("[Ll]ib/**/site-packages/pip"), None):
        return [str(PYTHON), "-m", "pip", "install"]
    if outer_pip() >= FIRST_PIP_FOR_OTHER_PYTHONS:
        return [sys.executable, "-m", "pip", "--python", str(PYTHON), "install"]
    raise SetupError("no uv and no pip can install into .venv; delete it and run again")


def requirements(needs: set[str]) -> list[str]:
    """Return the project with its extras, editable, and the packages of its dependency groups.

    The groups are read here because a pip older than 25.1 does not know them.
    """
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    groups = project.get("dependency-groups", {})
    extras = sorted(needs - set(groups))
    packages = [package for group in sorted(needs & set(groups)) for package in groups[group]]
    return ["-e", f".[{','.join(extras)}]", *packages]


# What the user sees ------------------------------------------------------------------------------


def say(text: str) -> None:
    """Print one line about the set-up, apart from the output of the command itself."""
    print("run.py: " + text, file=sys.stderr, flush=True)


def step(title: str, command: list[str]) -> None:
    """Run one step of the set-up: its last line as it works, all of its output if it fails."""
    say(title)
    # A user-wide `pip install --user` setting would be refused inside a virtual environment.
    environment = {**os.environ, "PIP_USER": "0", "PIP_NO_INPUT": "1"}
    environment["PIP_DISABLE_PIP_VERSION_CHECK"] = "1"
    width = shutil.get_terminal_size().columns - 1 if sys.stderr.isatty() else 0
    output: list[str] = []
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    ) as process:
        for line in process.stdout or ():
            output.append(line)
            if width:
                text = ("  " + " ".join(line.split()))[:width].ljust(width)
                print("\r" + text, end="", file=sys.stderr, flush=True)
    if width:
        print("\r" + " " * width + "\r", end="", file=sys.stderr, flush=True)
    if process.returncode != 0:
        print("".join(output).rstrip(), file=sys.stderr)
        raise SetupError(f"{title} failed (exit code {process.returncode}), see above")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
