"""The adapter for Django's ORM keeps the contract, on SQLite and on PostgreSQL."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from propflow import Actor, Engine
from propflow.errors import InvalidArgument
from propflow.storage import OwningStore
from propflow.testing import Capability, StoreContract
from propflow.workflows import Issue, roles
from tests.storage.conftest import SERVERS, database_on

pytest.importorskip("django", reason="no Django; it is in the group dev of pyproject.toml")

import django
from django.conf import settings
from django.db import connections, transaction

if not settings.configured:  # once in a process; the fixtures say which databases these are
    options = {"transaction_mode": "IMMEDIATE", "timeout": 20}
    settings.configure(
        DATABASES={
            "default": {"ENGINE": "django.db.backends.sqlite3", "OPTIONS": options},
            "postgres": {"ENGINE": "django.db.backends.postgresql"},
        },
        USE_TZ=True,
    )
    django.setup()

from examples.django_store import MODELS, DjangoStore, create_tables


@pytest.fixture(scope="session")
def sqlite_alias(tmp_path_factory) -> Iterator[str]:
    connections.settings["default"]["NAME"] = tmp_path_factory.mktemp("django") / "cases.db"
    create_tables("default")
    yield "default"
    connections["default"].close()


@pytest.fixture(scope="session")
def postgres_alias(request) -> Iterator[str]:
    for url in database_on(SERVERS["postgres"], request.config):
        place = {
            "NAME": url.database,
            "HOST": url.host,
            "PORT": url.port or "",
            "USER": url.username,
        }
        connections.settings["postgres"].update(place, PASSWORD=url.password or "")
        create_tables("postgres")
        yield "postgres"
        connections["postgres"].close()


class ThreadedStore(DjangoStore):
    """Closes what the threads of the laws opened, as a server does after each request."""

    @contextmanager
    def begin(self, *, write: bool) -> Iterator[Any]:
        try:
            with super().begin(write=write) as connection:
                yield connection
        finally:
            if threading.current_thread() is not threading.main_thread():
                connections[self._using].close()


class DjangoContract(StoreContract):
    alias: str

    @pytest.fixture
    def store(self, request) -> Iterator[OwningStore[Any]]:
        using = request.getfixturevalue(self.alias)
        for model in MODELS:
            model.objects.using(using).all().delete()
        with self.opened(ThreadedStore(using)) as store:
            yield store

    def reopen(self, store: DjangoStore) -> DjangoStore:
        return ThreadedStore(store._using)


class TestDjangoOnSQLite(DjangoContract):
    alias = "sqlite_alias"
    declares = frozenset(
        {Capability.THREADS, Capability.JOIN, Capability.REOPEN, Capability.OUTBOX}
    )


class TestDjangoOnPostgreSQL(DjangoContract):
    alias = "postgres_alias"
    declares = frozenset(Capability) - {Capability.CLAIMS, Capability.REDACT}


def test_a_step_outside_of_atomic_is_refused(sqlite_alias):
    connection = connections[sqlite_alias]
    flow = Engine(DjangoStore(), [Issue]).joined(connection)
    opening = Issue.record(place="大堂", description="地砖破损")
    lin = Actor("lin", roles=[roles.inspector])
    with pytest.raises(InvalidArgument, match=r"inside atomic\(\)"):
        flow.start(opening, by=lin)
    with transaction.atomic():
        assert flow.start(opening, by=lin, id="in-atomic").state == "found"
        transaction.set_rollback(True)
