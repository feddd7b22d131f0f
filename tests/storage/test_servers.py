"""A server that is missing is said aloud, and fails the tests where it was asked for."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from .conftest import Server, database_on

ABSENT = Server(
    "postgres",
    "PROPFLOW_TEST_NO_SUCH_URL",
    "postgresql+psycopg://me:secret@127.0.0.1:1/x?connect_timeout=2",
)
REASON = (
    r"no postgres: .*(127\.0\.0\.1:1/x.* does not answer|psycopg is not installed).*; start one"
)


def asked_for(*names: str) -> SimpleNamespace:
    return SimpleNamespace(getoption=lambda _: list(names))


def test_a_missing_server_skips_with_a_reason():
    with pytest.raises(pytest.skip.Exception, match=REASON) as caught:
        next(database_on(ABSENT, asked_for("mariadb")))
    assert "secret" not in str(caught.value)


def test_a_missing_server_fails_where_it_is_required():
    with pytest.raises(pytest.fail.Exception, match=REASON):
        next(database_on(ABSENT, asked_for("mariadb", "postgres")))


def test_a_missing_server_fails_where_it_is_named(monkeypatch):
    monkeypatch.setenv(ABSENT.variable, ABSENT.default)
    with pytest.raises(pytest.fail.Exception, match=REASON):
        next(database_on(ABSENT, asked_for()))
