"""What `import propflow` costs over a bare interpreter, and what it must not import."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

from benchmarks.report import Pending, Section, against

BAR_MS = 60
"""On a machine where attrs alone takes about 30; the ratio to attrs is shown for any other."""

ENVIRONMENT = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
"""As a user's: with the byte code that the first import leaves behind."""

LATER = ("sqlalchemy", "cattrs", "transitions", "hypothesis")
"""Libraries that are imported only when something of theirs is used."""

PROGRAMS = (
    ("bare interpreter", "pass"),
    ("import attrs", "import attrs"),
    ("import propflow", "import propflow"),
)


def cpu_of(program: str) -> float:
    """Run a program in a fresh interpreter; give its CPU time, user and system, in seconds."""
    process = subprocess.Popen([sys.executable, "-c", program], env=ENVIRONMENT)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise Pending(f"{program!r} ends with exit code {process.returncode}")
    return usage.ru_utime + usage.ru_stime


def imported_too_early(program: str = "import propflow") -> list[str]:
    """Return which of the libraries for later the program has imported."""
    asking = f"{program}\nimport sys\nprint(*(name for name in {LATER!r} if name in sys.modules))"
    answer = subprocess.run(
        [sys.executable, "-c", asking], check=True, capture_output=True, text=True
    )
    return answer.stdout.split()


def measure(seconds: float) -> Section:
    """Start the programs in turn and compare their CPU times by round."""
    for _, program in PROGRAMS:
        cpu_of(program)  # writes the byte code, which only the first import does
    rounds: list[list[float]] = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or len(rounds) < 5:
        rounds.append([cpu_of(program) * 1e3 for _, program in PROGRAMS])
    rows = []
    for at, (name, _) in enumerate(PROGRAMS):
        over = [taken[at] - taken[0] for taken in rounds]
        ratio = statistics.median((bare[2] - bare[0]) / (bare[1] - bare[0]) for bare in rounds)
        ours = name == "import propflow"
        rows.append(
            (
                name,
                f"{statistics.median(taken[at] for taken in rounds):.1f}",
                f"{statistics.median(over):.1f}",
                f"{min(over):.1f}–{max(over):.1f}",
                f"{ratio:.2f} × attrs, {against(statistics.median(over), BAR_MS, 'ms')}"
                if ours
                else "",
            )
        )
    early = imported_too_early()
    verdict = f"{', '.join(early)}: OVER" if early else "none: ok"
    return Section(
        "import propflow: CPU time, user and system",
        ("program", "ms", "ms over bare", "min–max", ""),
        tuple(rows),
        (f"of {', '.join(LATER)} imported at once: {verdict}",),
    )
