"""An audit names the first entry that is not what was written, and what was done to it."""

from __future__ import annotations

from decimal import Decimal

import attrs
import pytest

from propflow import Actor, Engine
from propflow.errors import InvalidArgument
from propflow.storage import Outcome, Ref
from propflow.storage.audit import Alteration, Audited, Head, Tampering
from propflow.storage.sqlalchemy import SQLStore

from .audited import WORKFLOWS, Post, clerk
from .changes import opening, step

SECRET = "a secret of the host's"  # noqa: S105 - of this test alone
ENTRY_MORE = """
INSERT INTO propflow_history
SELECT tenant, case_id, 3, version, event, payload, source, target, actor, roles, occurred_at,
    recorded_at, key, late, data_hash, sent, seal, salt, redacted, payload_hash
FROM propflow_history WHERE case_id = '1' AND revision = 2
"""
MESSAGE_MORE = """
INSERT INTO propflow_outbox
SELECT tenant, case_id, 5, [index], kind, body, recorded_at, status, not_before, attempts, problem,
    token, leased_until
FROM propflow_outbox WHERE case_id = '1' AND revision = 2
"""
WITHOUT_1 = (
    "DELETE FROM propflow_history WHERE case_id = '1'",
    "DELETE FROM propflow_outbox WHERE case_id = '1'",
    "DELETE FROM propflow_indexed WHERE case_id = '1'",
    "DELETE FROM propflow_case WHERE id = '1'",
)
BY = Actor("u7", roles=[clerk])
NOTE = Post.note(text="一", amount=Decimal(1))


@pytest.fixture
def store(sqlite_memory_store) -> SQLStore:
    """Have a case "1" of five entries, with messages by the first four, and one "2" of one."""
    engine = Engine(sqlite_memory_store, WORKFLOWS)
    case = engine.start(Post.take_in(text="B1"), by=BY, id="1")
    for _ in range(3):
        case = engine.fire(case, NOTE, by=BY)
    engine.fire(case, Post.move(), by=BY)
    engine.start(Post.take_in(text="B2"), by=BY, id="2")
    return sqlite_memory_store


def run(store: SQLStore, *statements: str) -> None:
    with store._engine.connect() as tx:
        tx.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for statement in statements:
            tx.exec_driver_sql(statement)
        tx.commit()


def audit(store: SQLStore, **options) -> dict[str, Alteration | None]:
    return {found.ref.id: found.alteration for found in store.audit(**options)}


def heads(store: SQLStore) -> list[Head]:
    return [found.head for found in store.audit() if found.head is not None]


@pytest.mark.parametrize(
    ("statements", "what", "revision"),
    [
        (
            ["UPDATE propflow_history SET actor = 'x' WHERE case_id = '1' AND revision = 3"],
            "altered",
            3,
        ),
        (
            ["UPDATE propflow_history SET payload = '{}' WHERE case_id = '1' AND revision = 2"],
            "altered",
            2,
        ),
        (["DELETE FROM propflow_history WHERE case_id = '1' AND revision = 1"], "removed", 1),
        (["DELETE FROM propflow_history WHERE case_id = '1' AND revision = 3"], "removed", 3),
        (["DELETE FROM propflow_history WHERE case_id = '1' AND revision = 5"], "removed", 5),
        (["DELETE FROM propflow_history WHERE case_id = '1'"], "removed", 1),
        (["UPDATE propflow_case SET state = 'gone' WHERE id = '1'"], "altered", None),
        (["UPDATE propflow_case SET previous = 'gone' WHERE id = '1'"], "altered", None),
        (["UPDATE propflow_case SET data = '{}' WHERE id = '1'"], "altered", None),
        (["DELETE FROM propflow_indexed WHERE case_id = '1' AND field = 'text'"], "altered", None),
        (["DELETE FROM propflow_case WHERE id = '1'"], "removed", None),
        (["DELETE FROM propflow_outbox WHERE case_id = '1' AND revision = 2"], "altered", 2),
        (
            ["UPDATE propflow_outbox SET body = '{}' WHERE case_id = '1' AND revision = 4"],
            "altered",
            4,
        ),
        (
            [
                "UPDATE propflow_history SET revision = 9 WHERE case_id = '1' AND revision = 2",
                "UPDATE propflow_history SET revision = 2 WHERE case_id = '1' AND revision = 4",
                "UPDATE propflow_history SET revision = 4 WHERE case_id = '1' AND revision = 9",
            ],
            "reordered",
            2,
        ),
        (
            [
                "UPDATE propflow_history SET revision = 9 WHERE case_id = '1' AND revision = 2",
                "UPDATE propflow_history SET revision = 2 WHERE case_id = '1' AND revision = 3",
                "UPDATE propflow_history SET revision = 3 WHERE case_id = '1' AND revision = 9",
            ],
            "reordered",
            2,
        ),
        (
            [
                "UPDATE propflow_history SET revision = -revision - 1 WHERE revision > 2",
                "UPDATE propflow_history SET revision = -revision WHERE revision < 0",
                ENTRY_MORE,
            ],
            "inserted",
            3,
        ),
        (
            [
                MESSAGE_MORE,
            ],
            "altered",
            5,
        ),
    ],
)
def test_the_first_entry_that_differs_is_named(store, statements, what, revision):
    assert audit(store) == {"1": None, "2": None}
    run(store, *statements)
    found = audit(store)
    assert (found["1"].what, found["1"].revision) == (Tampering(what), revision)
    assert found["2"] is None


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("occurred_at", "'yesterday'"),
        ("roles", "'clerk'"),
        ("actor", "x'ff'"),
        ("event", "CAST(x'ff' AS TEXT)"),
        ("late", "7"),
    ],
)
def test_what_cannot_be_read_is_named_too(store, column, value):
    run(store, f"UPDATE propflow_history SET {column} = {value} WHERE revision = 3")  # noqa: S608 - ours
    found = audit(store)["1"]
    assert (found.what, found.revision) == (Tampering.ALTERED, 3)
    assert "cannot be read" in found.why
    run(store, "UPDATE propflow_case SET opened_at = 'x' WHERE id = '1'")
    assert audit(store)["1"].revision is None


def test_data_that_an_honest_step_went_on_from_still_show(store):
    run(store, "UPDATE propflow_case SET data = replace(data, 'B1', 'B9') WHERE id = '1'")
    Engine(store, WORKFLOWS).fire("1", NOTE, by=BY)
    assert audit(store)["1"].revision == 6


def test_delivered_messages_may_be_deleted_if_the_audit_is_told(store):
    run(store, "DELETE FROM propflow_outbox")
    told = next(each for each in audit(store).values() if each is not None)
    assert "outbox=False, or --no-outbox" in told.why
    assert set(audit(store, outbox=False).values()) == {None}


def forge(store: SQLStore) -> None:
    """Do what somebody can who knows the code and not the key: make a whole new chain."""
    forger = SQLStore(store._engine)
    run(forger, *WITHOUT_1)
    engine = Engine(forger, WORKFLOWS)
    case = engine.start(Post.take_in(text="B1"), by=Actor("forged"), id="1")
    for _ in range(5):
        case = engine.fire(case, NOTE, by=BY)


def test_a_chain_made_anew_shows_against_kept_heads(store):
    kept = heads(store)
    Engine(store, WORKFLOWS).fire("2", NOTE, by=BY)
    assert audit(store, heads=kept) == {"1": None, "2": None}  # an honest one has grown
    forge(store)
    assert audit(store) == {"1": None, "2": None}
    found = audit(store, heads=kept)
    assert (found["1"].what, found["1"].revision) == (Tampering.ALTERED, 5)
    assert found["2"] is None


def test_a_chain_made_anew_without_the_key_shows(sqlite_memory_store):
    keyed = SQLStore(sqlite_memory_store._engine, seal_key=SECRET)
    Engine(keyed, WORKFLOWS).start(Post.take_in(text="B1"), by=BY, id="1")
    assert audit(keyed) == {"1": None}
    forge(keyed)
    assert audit(keyed)["1"].revision == 1


def test_a_case_that_was_removed_whole_shows_against_kept_heads(store):
    kept = heads(store)
    run(store, *WITHOUT_1)
    assert audit(store) == {"2": None}
    assert audit(store, heads=kept)["1"].what is Tampering.REMOVED


def test_entries_that_were_cut_off_show_against_kept_heads(store):
    kept = [attrs.evolve(head, revision=head.revision + 1) for head in heads(store)]
    found = audit(store, heads=kept)
    assert (found["1"].what, found["1"].revision) == (Tampering.REMOVED, 6)


@pytest.mark.parametrize("key", ["short", b"x" * 65, ""])
def test_a_key_is_neither_short_nor_long_and_never_shown(key):
    with pytest.raises(InvalidArgument, match="not 16 to 64") as raised:
        SQLStore("sqlite://", seal_key=key)
    assert key == "" or repr(key) not in str(raised.value)


def test_changes_that_come_from_no_case_that_was_read_are_tied_all_the_same(sqlite_memory_store):
    store = sqlite_memory_store
    ref = Ref("t", "1")
    first = opening(ref, messages=1)
    second = step(first.snapshot, messages=2)
    third = step(second.snapshot)
    with store.begin(write=True) as tx:
        assert store.apply(tx, [first]) == [Outcome.MOVED]
    with store.begin(write=True) as tx:
        lost = step(first.snapshot, data='{"borrower":"nobody"}', key="k")
        assert store.apply(tx, [second, lost, third]) == [
            Outcome.MOVED,
            Outcome.STALE,
            Outcome.MOVED,
        ]
    assert list(store.audit()) == [Audited(ref, heads(store)[0], None)]


def test_every_tenant_is_audited_and_more_rows_than_a_page(sqlite_memory_store):
    store = sqlite_memory_store
    engine = Engine(store, WORKFLOWS)
    for tenant in ("b", "a", "项目"):
        scoped = engine.scoped(tenant)
        case = scoped.start(Post.take_in(text="B1"), by=BY, id="1")
        scoped.fire_many([(case.id, NOTE)] * 700, by=BY)
    seen: list[tuple[str, int]] = []
    found = list(
        store.audit(watch=lambda case, entry: seen.append((case.ref.tenant, entry.revision)))
    )
    assert [(each.ref.tenant, each.head.revision) for each in found] == [
        ("a", 701),
        ("b", 701),
        ("项目", 701),
    ]
    assert {each.alteration for each in found} == {None}
    assert seen == [(tenant, n) for tenant in ("a", "b", "项目") for n in range(1, 702)]
