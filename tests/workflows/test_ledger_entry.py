"""The ledger in the store: the laws of the ledger as a value, kept by guards and by turns."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from datetime import UTC, datetime

import attrs
import pytest
from sqlalchemy import create_engine, text

from propflow import SYSTEM, AsyncEngine, Engine, Refused
from propflow.definition import StartCase
from propflow.errors import InvalidPosting, MonthClosed
from propflow.scoring import Account, Ledger, Posting
from propflow.storage.sqlalchemy import AsyncSQLStore, SQLStore
from propflow.testing import FakeClock
from propflow.workflows import LedgerEntry, LedgerMonth, ViolationSlip
from propflow.workflows.ledger_entry import Document, post_all, reverse_all
from tests.workflows.points import (
    APRIL,
    GUO,
    LIN,
    THURSDAY,
    UNIFORM,
    WARNED,
    ZHAO,
    entries,
    points,
)
from tests.workflows.walking import roles_asked

POSTING = Posting(
    account=Account.PERSON, holder="p1", month="2026-03", points="1.5", source="slip-1"
)
BACK = POSTING.reversal("e1", month="2026-04", reason="revoked")


@pytest.fixture
def clock():
    return FakeClock(APRIL)


@pytest.fixture
def engine(store, clock):
    return Engine(store, [LedgerEntry, LedgerMonth], clock=clock)


def action(posting):
    make = LedgerEntry.reverse if posting.reverses else LedgerEntry.post
    return make(**attrs.asdict(posting, recurse=False))


def add(engine, posting, entry_id=None, **options):
    return engine.start(action(posting), by=SYSTEM, id=entry_id, **options)


def refused(engine, posting):
    with pytest.raises(Refused) as raised:
        add(engine, posting)
    return {reason.code for reason in raised.value.reasons}


def test_nobody_but_the_system_posts_and_only_the_office_closes():
    assert roles_asked(LedgerEntry) == {"post": set(), "reverse": set()}
    assert all(event.by == (SYSTEM,) for event in LedgerEntry.spec.events.values())
    assert roles_asked(LedgerMonth) == {"close": {"office"}}


def test_an_entry_ends_as_it_is_opened_and_is_the_value(engine):
    case = add(engine, POSTING, "e1")
    assert (case.state, case.revision, case.data) == ("posted", 1, POSTING)
    assert LedgerEntry.spec.states["posted"].final
    assert engine.get("e1", LedgerEntry) == case


def test_a_reversal_is_another_entry_in_full_and_once(engine):
    add(engine, POSTING, "e1")
    add(engine, BACK)
    assert points(engine) == 0
    assert len(entries(engine)) == 2
    assert refused(engine, BACK) == {"reversal_fits"}


@pytest.mark.parametrize(
    "change",
    [
        {"points": "-1"},
        {"holder": "p2"},
        {"source": "slip-2"},
        {"warnings": -1},
        {"reverses": "e2"},
        {"reverses": "2026-02"},
    ],
)
def test_what_is_no_reversal_is_refused(engine, change):
    add(engine, POSTING, "e1")
    engine.start(LedgerMonth.close(month="2026-02"), by=GUO, id="2026-02")
    assert refused(engine, attrs.evolve(BACK, **change)) == {"reversal_fits"}


def test_charges_and_reversals_are_not_mixed_up(engine):
    add(engine, POSTING, "e1")
    for made, posting, code in (
        (LedgerEntry.post, BACK, "takes_nothing_back"),
        (LedgerEntry.reverse, POSTING, "names_an_entry"),
    ):
        with pytest.raises(Refused) as raised:
            engine.start(made(**attrs.asdict(posting, recurse=False)), by=SYSTEM)
        assert code in {reason.code for reason in raised.value.reasons}


def test_a_closed_month_is_closed_for_good(engine):
    add(engine, POSTING, "e1")
    engine.start(LedgerMonth.close(month="2026-03"), by=GUO)
    assert refused(engine, POSTING) == {"month_closed"}
    add(engine, BACK)
    with pytest.raises(Refused) as raised:
        engine.start(LedgerMonth.close(month="2026-03"), by=GUO)
    assert [reason.code for reason in raised.value.reasons] == ["not_closed_yet"]


@pytest.mark.parametrize("month", ["2026-04", "2026-05", "March", ""])
def test_only_a_month_that_is_over_can_be_closed(engine, month):
    with pytest.raises(Refused) as raised:
        engine.start(LedgerMonth.close(month=month), by=GUO)
    assert [reason.code for reason in raised.value.reasons] == ["month_is_over"]


def test_an_inspector_closes_nothing(engine):
    with pytest.raises(Refused):
        engine.start(LedgerMonth.close(month="2026-03"), by=LIN)


def test_nothing_is_posted_ahead(engine, clock):
    ahead = attrs.evolve(POSTING, month="2026-05")
    assert refused(engine, ahead) == {"month_has_begun"}
    clock.set(datetime(2026, 4, 30, 16, tzinfo=UTC))  # 1 May in Shanghai
    add(engine, ahead)


def test_a_closed_month_of_one_tenant_is_open_for_another(engine):
    north, south = engine.scoped(tenant="north"), engine.scoped(tenant="south")
    north.start(LedgerMonth.close(month="2026-03"), by=GUO)
    assert refused(north, POSTING) == {"month_closed"}
    add(south, POSTING)
    assert (len(entries(north)), len(entries(south))) == (0, 1)


def test_a_retry_with_the_same_key_posts_once(engine):
    first = add(engine, POSTING, key="k1")
    assert add(engine, POSTING, key="k1") == first
    assert len(entries(engine)) == 1


@pytest.mark.parametrize("store", ["sqlite", "postgres", "mariadb"], indirect=True)
def test_of_a_posting_and_a_closing_that_race_one_sees_the_other(engine):
    for year in range(2020, 2025):
        barrier, outcomes = threading.Barrier(2), {}

        def race(name, opening, by, barrier=barrier, outcomes=outcomes):
            barrier.wait()
            try:
                outcomes[name] = engine.start(opening, by=by)
            except Refused as refusal:
                outcomes[name] = [reason.code for reason in refusal.reasons]

        month = f"{year}-01"
        posting = attrs.evolve(POSTING, month=month)
        threads = [
            threading.Thread(target=race, args=("post", action(posting), SYSTEM)),
            threading.Thread(target=race, args=("close", LedgerMonth.close(month=month), GUO)),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert outcomes["close"].state == "closed"
        posted = entries(engine, month=month)
        assert outcomes["post"] == ["month_closed"] or [outcomes["post"]] == posted
        if posted:
            (closing,) = engine.find(LedgerMonth, where={"month": month})
            assert posted[0].revision == closing.revision == 1
        assert refused(engine, posting) == {"month_closed"}


@pytest.mark.parametrize("store", ["sqlite", "postgres", "mariadb"], indirect=True)
def test_of_two_reversals_that_race_one_is_refused(engine):
    add(engine, POSTING, "e1")
    barrier, outcomes = threading.Barrier(2), []

    def race():
        barrier.wait()
        try:
            outcomes.append(add(engine, BACK).state)
        except Refused as refusal:
            outcomes.append(refusal.reasons[0].code)

    threads = [threading.Thread(target=race) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["posted", "reversal_fits"]
    assert points(engine) == 0


def test_the_store_and_the_value_agree(engine):
    """What `Ledger` takes the engine takes, and what it refuses the engine refuses."""
    march, april = attrs.evolve(POSTING, source="slip-2"), attrs.evolve(POSTING, month="2026-04")
    steps = [
        {"e1": POSTING},
        {"e2": march},
        "2026-03",
        {"e3": POSTING},
        {"e4": april},
        {"e5": BACK},
        {"e6": BACK},
        {"e7": march.reversal("e2", month="2026-03", reason="revoked")},
        {"e8": march.reversal("e2", month="2026-04", reason="revoked")},
        {"e9": attrs.evolve(BACK, reverses="e5", points=0)},
    ]
    ledger = Ledger()
    for step in steps:
        if isinstance(step, str):
            ledger = ledger.close(step)
            engine.start(LedgerMonth.close(month=step), by=GUO)
            continue
        ((entry_id, posting),) = step.items()
        try:
            ledger = ledger.post(step)
        except (InvalidPosting, MonthClosed):
            assert refused(engine, posting)
        else:
            add(engine, posting, entry_id)
    assert {case.id: case.data for case in entries(engine)} == dict(ledger.postings)


TO_THE_MEETING = [
    (ViolationSlip.issue(), LIN),
    (ViolationSlip.hand_in(), LIN),
    (ViolationSlip.announce(meeting=APRIL.date()), GUO),
]
WRITTEN = ViolationSlip.write(person="p1", conduct="未着工作服", charges=(UNIFORM,))
ALL = [ViolationSlip, LedgerEntry, LedgerMonth]


@pytest.mark.parametrize("commits", [True, False])
def test_a_settlement_and_the_hosts_own_rows_are_committed_together_or_not_at_all(
    sqlite_url, clock, commits
):
    host = create_engine(sqlite_url)
    store = SQLStore(host)
    store.create_tables()
    engine = Engine(store, ALL, clock=clock)
    slip = engine.start(WRITTEN, by=LIN)
    for act, by in TO_THE_MEETING:
        slip = engine.fire(slip, act, by=by)
    with host.begin() as connection:
        connection.execute(text("CREATE TABLE payroll (slip TEXT)"))
    with contextlib.suppress(ZeroDivisionError), host.begin() as connection:
        engine.joined(connection).fire(slip, ViolationSlip.settle(), by=GUO)
        connection.execute(text("INSERT INTO payroll VALUES ('p1')"))
        assert commits or 1 / 0
    with host.connect() as connection:
        rows = connection.execute(text("SELECT count(*) FROM payroll")).scalar_one()
    state = engine.get(slip.id, ViolationSlip).state
    assert (rows, len(entries(engine)), state) == (
        (1, 1, "settled") if commits else (0, 0, "announced")
    )
    store.close()
    host.dispose()


def test_a_settlement_may_be_awaited(sqlite_url, clock):
    async def run():
        store = AsyncSQLStore(sqlite_url.replace("sqlite:", "sqlite+aiosqlite:"))
        await store.create_tables()
        engine = AsyncEngine(store, ALL, clock=clock)
        slip = await engine.start(WRITTEN, by=LIN)
        last = [(ViolationSlip.settle(), GUO), (ViolationSlip.revoke(reason="认错人"), ZHAO)]
        for act, by in [*TO_THE_MEETING, *last]:
            slip = await engine.fire(slip, act, by=by)
        page = await engine.find(LedgerEntry, where={"source": slip.id})
        await store.close()
        return [str(case.data.points) for case in page]

    assert sorted(asyncio.run(run())) == ["-1.5", "1.5"]


@pytest.fixture
def sqlite_url(tmp_path):
    return f"sqlite:///{tmp_path / 'cases.db'}"


def test_a_document_posts_and_takes_back_each_charge_under_ids_of_its_own():
    document = Document(
        id="slip-1",
        name="violation_slip",
        account=Account.PERSON,
        holder="p1",
        charges=(UNIFORM, WARNED),
        month="2026-03",
        noted_at=THURSDAY,
    )
    posted = list(post_all(document))
    back = list(reverse_all(document, month="2026-04", reason="revoked"))
    assert [effect.id for effect in [*posted, *back]] == [
        "slip-1:1",
        "slip-1:2",
        "slip-1:1:reversed",
        "slip-1:2:reversed",
    ]
    assert all(isinstance(each, StartCase) and each.by == SYSTEM for each in [*posted, *back])
    ledger = Ledger().post({each.id: each.action.payload for each in posted})
    ledger = ledger.close("2026-03").post({each.id: each.action.payload for each in back})
    assert sum(each.points for each in ledger.postings.values()) == 0
