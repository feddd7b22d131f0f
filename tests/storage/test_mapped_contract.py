"""The contract, on a store whose cases are rows of a host's table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, ClassVar

import attrs
import pytest
from sqlalchemy import Column, Integer, MetaData, PrimaryKeyConstraint, String, Table, create_engine

from propflow.storage import (
    Change,
    Claim,
    Message,
    Outcome,
    OwningStore,
    Query,
    Ref,
    Settlement,
    Snapshot,
    StoredEntry,
)
from propflow.storage.sqlalchemy import SQLStore, TableMapping
from propflow.testing import Capability, StoreContract
from tests.runtime.loans import KeyLoan

from .changes import empty, opening
from .mapped_host import STATES, UTF8

TABLE = "wy_contract"
NAME = String(255).with_variant(String(255, collation="utf8mb4_nopad_bin"), "mariadb", "mysql")


class SameNames(dict[str, str]):
    """Gives every name for itself."""

    def __missing__(self, name: str) -> str:
        return name

    def get(self, name: str, _: object = None) -> str:  # type: ignore[override]
        return name


class AnyCode:
    """Codes of a column that holds the names of states; laws have states of their own."""

    by_name: ClassVar[SameNames] = SameNames()

    def name(self, code: str) -> str:
        return code


class OnTable:
    """A mapped store to which the refs of the contract are rows of the host's table."""

    def __init__(self, store: SQLStore) -> None:
        self.store = store
        (of,) = store._mapped.by_workflow.values()  # type: ignore[union-attr]
        object.__setattr__(of, "codes", AnyCode())

    def begin(self, *, write: bool) -> AbstractContextManager[Any]:
        return self.store.begin(write=write)

    def join(self, handle: Any, *, write: bool) -> AbstractContextManager[Any]:
        return self.store.join(handle, write=write)

    def close(self) -> None:
        self.store.close()

    def load(self, tx: Any, refs: Sequence[Ref], *, lock: bool = False) -> list[Any]:
        found = self.store.load(tx, [_in(ref) for ref in refs], lock=lock)
        return [each and _out(each) for each in found]

    def apply(self, tx: Any, changes: Sequence[Change], *, last: bool = False) -> list[Outcome]:
        inside = [
            attrs.evolve(each, snapshot=attrs.evolve(each.snapshot, ref=_in(each.snapshot.ref)))
            for each in changes
        ]
        return self.store.apply(tx, inside, last=last)

    def history(self, tx: Any, ref: Ref, **page: int) -> list[StoredEntry]:
        return self.store.history(tx, _in(ref), **page)

    def keyed(self, tx: Any, tenant: str, key: str) -> tuple[Ref, StoredEntry] | None:
        found = self.store.keyed(tx, tenant, key)
        return found and (_known(found[0]), found[1])

    def find(self, tx: Any, query: Query, *, lock: bool = False) -> list[Snapshot]:
        if query.after is not None:
            moment, case_id = query.after
            place = (moment, _in(Ref(query.tenant, case_id)).id)
            query = attrs.evolve(query, after=place)
        return [_out(each) for each in self.store.find(tx, query, lock=lock)]

    def outbox(self, tx: Any, ref: Ref) -> list[tuple[int, Message]]:
        return self.store.outbox(tx, _in(ref))

    def redact(self, tx: Any, ref: Ref, revisions: Sequence[int], **asked: Any) -> Any:
        return self.store.redact(tx, _in(ref), revisions, **asked)

    def due(self, tx: Any, ref: Ref) -> Any:
        return self.store.due(tx, _in(ref))

    def requeue(self, tx: Any, ref: Ref, *place: Any) -> bool:
        return self.store.requeue(tx, _in(ref), *place)

    def hold(self, tx: Any, claims: Sequence[Claim], lease: Any) -> list[bool]:
        return self.store.hold(tx, [_claim(each, _in) for each in claims], lease)

    def settle(self, tx: Any, settlements: Sequence[Settlement]) -> list[bool]:
        return self.store.settle(
            tx, [attrs.evolve(each, claim=_claim(each.claim, _in)) for each in settlements]
        )

    def __getattr__(self, name: str) -> Any:
        call = getattr(self.store, name)
        if name not in {"claim", "failing", "waiting"}:
            return call
        return lambda *given, **named: [_claim(each, _known) for each in call(*given, **named)]


def _in(ref: Ref) -> Ref:
    return ref.in_table(TABLE)


def _known(ref: Ref) -> Ref:
    return Ref(ref.tenant, ref.case_id)


def _out(case: Snapshot) -> Snapshot:
    return attrs.evolve(case, ref=_known(case.ref))


def _claim(claim: Claim, name: Any) -> Claim:
    return attrs.evolve(claim, ref=name(claim.ref))


def mapped(url: str, *, revision: bool) -> OnTable:
    """Return a store on a table of the host's whose keys compare byte for byte."""
    database = create_engine(url)
    columns = [Column("mandant", NAME), Column("nr", NAME), Column("zt", NAME)]
    columns += [Column("ver", Integer)] * revision
    table = Table(TABLE, MetaData(), *columns, PrimaryKeyConstraint("mandant", "nr"), **UTF8)
    table.metadata.drop_all(database)
    table.metadata.create_all(database)
    database.dispose()
    return again(url, table)


def again(url: str, table: Table) -> OnTable:
    mapping = TableMapping(
        table,
        id="nr",
        tenant="mandant",
        state="zt",
        states=STATES,
        revision="ver" if "ver" in table.c else None,
    )
    store = SQLStore(url, tables={KeyLoan: mapping})
    store.create_tables()
    return OnTable(store)


class MappedContract(StoreContract):
    declares = frozenset(Capability)
    database: str
    revision = True

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> Iterator[OwningStore[Any]]:
        made = mapped(request.getfixturevalue(self.database), revision=self.revision)
        empty(made.store)
        with self.opened(made) as store:  # type: ignore[arg-type]
            yield store

    def reopen(self, store: Any) -> Any:
        (of,) = store.store._mapped.by_workflow.values()
        return again(store.store._engine.url.render_as_string(hide_password=False), of.table)

    def test_names_may_have_255_characters(self, store: OwningStore[Any]) -> None:
        """The name of the table stands before an id in propflow's own tables."""
        ref = Ref("租" * 255, "😀" * (254 - len(TABLE)))
        change = opening(ref, key="键" * 255)
        assert self.write(store, change) == [Outcome.MOVED]
        assert self.read(store, ref) == change.snapshot
        with store.begin(write=False) as tx:
            assert store.keyed(tx, ref.tenant, "键" * 255) == (ref, change.entry)


class TestMappedSQLite(MappedContract):
    declares = frozenset(Capability) - {Capability.WRITERS, Capability.LATEST}
    database = "sqlite"


class TestMappedPostgreSQL(MappedContract):
    database = "postgres"


class TestMappedMariaDB(MappedContract):
    database = "mariadb"


class TestMappedByStateOnSQLite(TestMappedSQLite):
    revision = False


class TestMappedByStateOnPostgreSQL(TestMappedPostgreSQL):
    revision = False


class TestMappedByStateOnMariaDB(TestMappedMariaDB):
    revision = False
