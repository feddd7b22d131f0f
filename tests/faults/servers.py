"""Database servers of the tests' own, in a temporary folder, to be killed and started again."""

from __future__ import annotations

import os
import random
import shutil
import signal
import socket
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep

import attrs
import pytest
from sqlalchemy import create_engine
from sqlalchemy.exc import DBAPIError

_PATIENCE = 120
_SERVERS = ("postgres", "mysql", "nobody")


def _program(name: str) -> str:
    """Return where a program is; skips without it."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    path = os.pathsep.join([*map(str, folders), os.environ.get("PATH", ""), "/usr/sbin"])
    found = shutil.which(name, path=path)
    if found is None:
        pytest.skip(f"no {name}: a server cannot be killed; install its package")
    return found


def _user() -> str | None:
    """Return as whom a server runs: these servers refuse to run as root."""
    if os.geteuid() != 0:
        return None
    import pwd

    for name in _SERVERS:
        with suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    pytest.skip(f"none of the users {_SERVERS} is there, and a server does not run as root")


@attrs.define
class OwnServer:
    """A server that can be killed.

    Attributes:
        url: Of its only database.
        command: What starts it.
        user: As whom it runs; as this process if `None`.
        log: Where its words go.
        process: It, while it runs.
    """

    url: str
    command: Sequence[str]
    user: str | None
    log: Path
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command, stdout=log, stderr=log, user=self.user, cwd=self.log.parent
            )
        engine = create_engine(self.url)
        until = monotonic() + _PATIENCE
        while True:
            try:
                engine.connect().close()
            except DBAPIError:
                if monotonic() > until or self.process.poll() is not None:
                    words = self.log.read_text(errors="replace")[-2000:]
                    raise AssertionError(f"the server does not start: {words}") from None
                sleep(0.05)  # between two looks, not instead of one
            else:
                break
        engine.dispose()

    def end(self, how: signal.Signals) -> None:
        """Send it a signal, and wait until it is gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(_PATIENCE)
            self.process = None


@contextmanager
def _folder(user: str | None) -> Iterator[Path]:
    """Make a folder that a server's user may write, outside of those that only root may enter."""
    made = Path(tempfile.mkdtemp(prefix="propflow-server-"))
    try:
        if user is not None:
            shutil.chown(made, user)
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _free_port() -> int:
    """Return a port that nobody listens on, below those that systems give to clients.

    One of those might be given away to a client of another test before the server is there.
    """
    while True:
        port = random.SystemRandom().randrange(20_000, 32_000)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


def _made(command: Sequence[str], folder: Path, user: str | None) -> None:
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, user=user, cwd=folder
    )
    assert done.returncode == 0, done.stdout + done.stderr


@contextmanager
def _running(server: OwnServer) -> Iterator[OwnServer]:
    server.start()
    try:
        yield server
    finally:
        server.end(signal.SIGKILL if server.url.startswith("mariadb") else signal.SIGQUIT)


@contextmanager
def own_postgres() -> Iterator[OwnServer]:
    """Make and start a PostgreSQL; SIGQUIT is what ``pg_ctl stop -m immediate`` sends."""
    initdb, program, user = _program("initdb"), _program("postgres"), _user()
    with _folder(user) as folder:
        data, port = str(folder / "data"), _free_port()
        _made([initdb, "-D", data, "-U", "postgres", "-A", "trust", "-N"], folder, user)
        command = [program, "-D", data, "-p", str(port), "-k", str(folder)]
        command += ["-c", "listen_addresses=127.0.0.1"]
        url = f"postgresql+psycopg://postgres@127.0.0.1:{port}/postgres"
        with _running(OwnServer(url, command, user, folder / "log")) as server:
            yield server


@contextmanager
def own_mariadb() -> Iterator[OwnServer]:
    """Make and start a MariaDB."""
    install, program, user = _program("mariadb-install-db"), _program("mariadbd"), _user()
    with _folder(user) as folder:
        data, port = f"--datadir={folder / 'data'}", _free_port()
        open_to_root = "--auth-root-authentication-method=normal"
        _made([install, "--no-defaults", data, open_to_root], folder, user)
        command = [program, "--no-defaults", data, f"--port={port}", f"--socket={folder / 's'}"]
        command += ["--bind-address=127.0.0.1", "--innodb-buffer-pool-size=16M"]
        url = f"mariadb+pymysql://root@127.0.0.1:{port}/test"
        with _running(OwnServer(url, command, user, folder / "log")) as server:
            yield server
