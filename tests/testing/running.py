"""pytest in a process of its own, with the plugin, as a host would run it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def run_pytest(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run it; `-p` stands for the entry point, which an old installation does not have yet."""
    command = [sys.executable, "-m", "pytest", "-p", "pytest_propflow", "-p", "no:cacheprovider"]
    return subprocess.run(
        [*command, "-q", *arguments], capture_output=True, cwd=folder, encoding="utf-8", check=False
    )
