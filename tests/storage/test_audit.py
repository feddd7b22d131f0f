"""What was done to a history behind propflow's back shows, and an honest one raises no alarm."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from propflow.storage.sqlalchemy import SQLStore

from .audited import filled, live
from .changes import empty
from .tampering import content_of, put, tampered

EXAMPLES = settings().max_examples
MANY = settings(
    max_examples=max(300, EXAMPLES),
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
FEW = settings(MANY, max_examples=max(50, EXAMPLES // 10))
FEWER = settings(MANY, max_examples=max(15, EXAMPLES // 40))


def alterations(store: SQLStore, **options: Any) -> list[Any]:
    return [found for found in store.audit(**options) if found.alteration is not None]


def hold_honest_histories(store: SQLStore, effort: settings) -> None:
    @given(st.data())
    @effort
    def hold(data: st.DataObject) -> None:
        empty(store)
        ids = live(store, data.draw)
        found = list(store.audit())
        assert {each.ref.id for each in found} >= set(ids)
        assert [each for each in found if each.alteration is not None] == []

    hold()


def hold_tampered_ones(store: SQLStore, effort: settings) -> None:
    filled(store)
    content = content_of(store)
    put(store, content)
    assert not alterations(store)

    @given(st.data())
    @effort
    def hold(data: st.DataObject) -> None:
        put(store, tampered(data.draw, content))
        assert alterations(store)

    hold()


def test_an_honest_history_raises_no_alarm(sqlite_memory_store):
    hold_honest_histories(sqlite_memory_store, FEW)


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_an_honest_history_raises_no_alarm_on_a_server(server, request):
    hold_honest_histories(request.getfixturevalue(f"{server}_store"), FEWER)


def test_any_change_of_a_cell_a_row_or_the_order_shows(sqlite_memory_store):
    hold_tampered_ones(sqlite_memory_store, MANY)


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_any_change_shows_on_a_server(server, request):
    hold_tampered_ones(request.getfixturevalue(f"{server}_store"), FEW)
