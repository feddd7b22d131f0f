"""Databases of our own making on the servers of this machine, and a network that is slow."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from collections.abc import Generator
from contextlib import contextmanager

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import DBAPIError

from benchmarks.report import Pending

POSTGRESQL = os.environ.get(
    "PROPFLOW_TEST_POSTGRES_URL", "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"
)
MARIADB = os.environ.get("PROPFLOW_TEST_MARIADB_URL", "mariadb+pymysql://root@127.0.0.1:3306")


@contextmanager
def made_on_postgresql() -> Generator[str]:
    """Make a database, give its plain URL, and drop it."""
    with _made(POSTGRESQL, "WITH (FORCE)") as url:
        yield url.replace("postgresql+psycopg:", "postgresql:", 1)


@contextmanager
def made_on_mariadb() -> Generator[str]:
    """Make a database, give its URL, and drop it."""
    with _made(MARIADB, "") as url:
        yield url


@contextmanager
def _made(server: str, drop: str) -> Generator[str]:
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"propflow_bench_{uuid.uuid4().hex}"
    try:
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
    except (DBAPIError, ModuleNotFoundError) as error:
        raise Pending(f"no database server at {make_url(server).host}: {error}") from error
    try:
        yield make_url(server).set(database=name).render_as_string(hide_password=False)
    finally:
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} {drop}"))
        engine.dispose()


@contextmanager
def delayed(url: str, *, milliseconds: float) -> Generator[str]:
    """Give a URL that leads to the same server by a proxy; a round trip takes so much longer."""
    where = make_url(url)
    seconds = str(milliseconds / 2000)
    command = [sys.executable, "-m", "benchmarks.durable.proxy"]
    command += [where.host or "127.0.0.1", str(where.port or 5432), seconds]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as proxy:
        try:
            port = int(proxy.stdout.readline()) if proxy.stdout else 0
            near = where.set(host="127.0.0.1", port=port)
            yield near.render_as_string(hide_password=False)
        finally:
            proxy.terminate()
