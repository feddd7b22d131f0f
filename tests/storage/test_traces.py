"""The traces that a database finds are those of the histories, and so are the figures."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from random import Random

import pytest
from hypothesis import settings

from propflow import Engine
from propflow.errors import InvalidMetric
from propflow.metrics import Step, trace
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from tests.metrics.figures import all_figures
from tests.metrics.jobs import ANYONE, MONDAY, STEPS, JobFlow, play

SEEDS = settings().max_examples // 10
CASES = 12


@pytest.fixture(params=["sqlite_store", "postgres_store", "mariadb_store"])
def store(request):
    return request.getfixturevalue(request.param)


def stored(store, steps=STEPS, **options):
    with store.begin(write=False) as tx:
        return store.traces(tx, "job_flow", steps, **options)


def test_figures_over_the_store_are_those_over_the_histories(store):
    histories = {}
    for seed in range(SEEDS):
        random = Random(seed)  # the same histories every time
        histories |= play(store, random, CASES)
        pure = [trace(case_id, histories[case_id], STEPS) for case_id in sorted(histories)]
        found = stored(store)
        assert found == pure
        assert all_figures(found) == all_figures(pure)


def test_steps_that_look_at_no_payload_fetch_none(store):
    play(store, Random(1), CASES)
    steps = {"closed": Step(targets="done"), "opened": Step(sources=["START"], targets=["active"])}
    found = stored(store, steps)
    assert len(found) == CASES
    assert {moment.meaning for each in found for moment in each.moments} <= set(steps)
    assert stored(store, {}) == []


def test_only_cases_opened_since_a_moment_are_read(store):
    histories = play(store, Random(2), CASES)
    opened = sorted(entries[0].recorded_at for entries in histories.values())
    assert len(stored(store, opened_from=opened[5])) == CASES - 5
    assert stored(store, opened_from=opened[-1] + timedelta(microseconds=1)) == []


def test_another_tenant_and_another_workflow_are_not_seen(store):
    engine = Engine(store, [JobFlow], clock=lambda: MONDAY)
    engine.scoped(tenant="ours").start(JobFlow.take_in(), by=ANYONE)
    assert stored(store) == []
    assert len(stored(store, tenant="ours")) == 1
    with store.begin(write=False) as tx:
        assert store.traces(tx, "another", STEPS, tenant="ours") == []


def test_the_class_of_a_workflow_finds_what_its_name_finds(sqlite_store):
    play(sqlite_store, Random(4), CASES)
    with sqlite_store.begin(write=False) as tx:
        assert sqlite_store.traces(tx, JobFlow, STEPS) == stored(sqlite_store)
        opened = {"opened": Step(sources="START")}
        assert len(sqlite_store.traces(tx, JobFlow, opened)) == CASES


def test_a_name_that_the_workflow_lacks_is_refused_where_its_class_is_known(sqlite_store):
    steps = {
        "closed": Step(targets=["done", "doen"]),
        "opened": Step(events="take_on", sources="STRAT", targets="START"),
    }
    with sqlite_store.begin(write=False) as tx:
        with pytest.raises(InvalidMetric) as refused:
            sqlite_store.traces(tx, JobFlow, steps)
        assert sqlite_store.traces(tx, "job_flow", steps) == []
    said = [(p.where, p.message.partition(";")[0]) for p in refused.value.problems]
    assert said == [
        ("closed, targets", "job_flow has no 'doen'"),
        ("opened, events", "job_flow has no 'take_on'"),
        ("opened, sources", "job_flow has no 'STRAT'"),
        ("opened, targets", "job_flow has no 'START'"),
    ]


def test_the_asynchronous_store_reads_the_same(tmp_path):
    path = tmp_path / "property.db"
    waits = SQLStore(f"sqlite:///{path}")
    waits.create_tables()
    play(waits, Random(3), CASES)
    expected = stored(waits)
    waits.close()

    async def read():
        store = AsyncSQLStore(f"sqlite:///{path}")
        async with store.begin(write=False) as tx:
            found = await store.traces(tx, JobFlow, STEPS, opened_from=MONDAY)
        await store.close()
        return found

    assert asyncio.run(read()) == expected
    assert len(expected) == CASES
