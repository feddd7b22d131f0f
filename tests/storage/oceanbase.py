"""An OceanBase kernel from a package, for as long as a test needs it, and empty stores on it."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from propflow.storage.sqlalchemy import SQLStore
from tests.storage.changes import empty

VARIABLE = "PROPFLOW_TEST_OCEANBASE_URL"
PACKAGE = "pylibseekdb"
_SMALL = ("memory_limit=2G", "datafile_size=128M", "log_disk_size=2G")
_SECONDS = 300


def new_store() -> SQLStore:
    """Make a store with empty tables, for `--propflow-store`."""
    store = SQLStore(os.environ[VARIABLE])
    store.create_tables()
    empty(store)
    return store


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Give the URL of a kernel that runs until the end.

    Raises:
        ModuleNotFoundError: The package is not installed.
    """
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError(f"{PACKAGE} is not installed", name=PACKAGE)
    port = _free_port()
    command = [Path(spec.origin).parent / "seekdb", "--nodaemon", "--log-level", "ERROR"]
    command += ["--base-dir", folder / "kernel", "--port", str(port)]
    for parameter in _SMALL:
        command += ["--parameter", parameter]
    with (folder / "kernel.log").open("wb") as log:
        kernel = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        url = f"mysql+pymysql://root@127.0.0.1:{port}/test"
        _wait(url, kernel)
        yield url
    finally:
        kernel.kill()
        kernel.wait()


def _free_port() -> int:
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        port: int = listening.getsockname()[1]
    return port


def _wait(url: str, kernel: subprocess.Popen[bytes]) -> None:
    """Wait until the kernel answers, as long as it lives."""
    engine = create_engine(url)
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            with engine.connect() as connection:
                connection.execute(text("SELECT 1"))
        except DBAPIError as error:
            if kernel.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"the kernel has ended or does not answer: {url}") from error
            time.sleep(0.5)
        else:
            engine.dispose()
            return
