"""Stores on every database that answers, empty for each test."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator

import attrs
import pytest
from sqlalchemy import URL, create_engine, delete, make_url, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from propflow import Engine
from propflow.storage.sqlalchemy import SQLStore

from .changes import empty
from .hosts import WORKFLOWS, Base, Note, begun_by_events


@attrs.frozen
class Server:
    """A database server that tests may use: where it is looked for, and how."""

    name: str
    variable: str
    default: str
    create: str = ""
    drop: str = ""


SERVERS = {
    "postgres": Server(
        "postgres",
        "PROPFLOW_TEST_POSTGRES_URL",
        "postgresql+psycopg://postgres@127.0.0.1:5432/postgres",
        # A test that failed may have left a connection open.
        drop="WITH (FORCE)",
    ),
    "mariadb": Server(
        "mariadb",
        "PROPFLOW_TEST_MARIADB_URL",
        "mariadb+pymysql://root@127.0.0.1:3306",
        # What an old host has; the tables must not depend on it.
        create="CHARACTER SET latin1",
    ),
}


def database_on(server: Server, config: pytest.Config) -> Iterator[URL]:
    """Make an empty database and drop it in the end; skip, or fail if told to, without a server."""
    url = make_url(os.environ.get(server.variable, server.default))
    try:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect():
            pass
    except ModuleNotFoundError as error:
        missing = f"{error.name} is not installed"
    except DBAPIError as error:
        missing = f"{url.render_as_string()} does not answer: {str(error.orig).splitlines()[0]}"
    else:
        name = f"propflow_test_{uuid.uuid4().hex}"
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} {server.create}"))
        yield url.set(database=name)
        with engine.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} {server.drop}"))
        engine.dispose()
        return
    reason = f"no {server.name}: {missing}; start one, or set {server.variable}"
    if server.variable in os.environ or server.name in config.getoption("propflow_require"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def postgres(request) -> Iterator[str]:
    for url in database_on(SERVERS["postgres"], request.config):
        yield url.render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def mariadb(request) -> Iterator[str]:
    for url in database_on(SERVERS["mariadb"], request.config):
        yield url.render_as_string(hide_password=False)


@pytest.fixture
def sqlite(tmp_path) -> str:
    return f"sqlite:///{tmp_path / 'property.db'}"


@pytest.fixture
def sqlite_store(sqlite) -> Iterator[SQLStore]:
    yield from new_store(sqlite)


@pytest.fixture
def sqlite_memory_store() -> Iterator[SQLStore]:
    yield from new_store("sqlite://")


@pytest.fixture
def postgres_store(postgres) -> Iterator[SQLStore]:
    yield from new_store(postgres)


@pytest.fixture
def mariadb_store(mariadb) -> Iterator[SQLStore]:
    yield from new_store(mariadb)


@pytest.fixture
def mysql_store(mariadb) -> Iterator[SQLStore]:
    yield from new_store(mariadb.replace("mariadb+", "mysql+"))


def new_store(url: str) -> Iterator[SQLStore]:
    """Make a store with empty tables; a server keeps them for the next test, which is faster."""
    store = SQLStore(url)
    store.create_tables()
    empty(store)
    yield store
    store.close()


# A host that has an engine and a table of its own ------------------------------------------------


@pytest.fixture(params=["sqlite", "sqlite_by_events", "postgres", "mariadb"])
def host(request):
    """The host's database, on an engine of the host's making."""
    name, _, by_events = request.param.partition("_by_")
    made = create_engine(request.getfixturevalue(name))
    if by_events:
        begun_by_events(made)
    Base.metadata.create_all(made)
    with made.begin() as connection:
        connection.execute(delete(Note))
    yield made
    made.dispose()


@pytest.fixture
def host_store(host) -> Iterator[SQLStore]:
    made = SQLStore(host)
    made.create_tables()
    empty(made)
    yield made
    made.close()


@pytest.fixture
def host_engine(host_store) -> Engine:
    return Engine(host_store, WORKFLOWS)


@pytest.fixture(params=["session", "connection"])
def handle(request, host):
    made = Session(host) if request.param == "session" else host.connect()
    yield made
    made.close()
