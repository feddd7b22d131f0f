"""The contract on an OceanBase kernel, which speaks MySQL's protocol and is no MySQL.

It runs in one process of its own, so that one kernel serves all the laws.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.storage import oceanbase

ROOT = Path(__file__).parents[2]
COMMAND = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-n0", "-q"]
CONTRACT = [
    "--propflow-store=tests.storage.oceanbase:new_store",
    "--propflow-declares=THREADS,READERS,WRITERS,LATEST,JOIN,OUTBOX,CLAIMS,REDACT",
    # SQLAlchemy reads the indexes of MySQL from text, and does not know the words of these.
    "--override-ini=filterwarnings=error\nignore:Unknown schema content",
]


def test_the_contract_of_stores_holds_on_oceanbase(request, tmp_path):
    with ExitStack() as stack:
        url = os.environ.get(oceanbase.VARIABLE)
        if url is None:
            try:
                url = stack.enter_context(oceanbase.served(tmp_path))
            except ModuleNotFoundError as error:
                reason = f"no oceanbase: {error}; install it, or set {oceanbase.VARIABLE}"
                if "oceanbase" in request.config.getoption("propflow_require"):
                    pytest.fail(reason)
                pytest.skip(reason)
        environment = {
            **os.environ,
            oceanbase.VARIABLE: url,
            "PYTHONPATH": os.pathsep.join(["src", ".", *sys.path]),
        }
        done = subprocess.run(
            [*COMMAND, *CONTRACT],
            capture_output=True,
            cwd=ROOT,
            env=environment,
            encoding="utf-8",
            check=False,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout
    assert "REOPEN" in done.stdout  # which a factory of stores cannot do: told as untested
