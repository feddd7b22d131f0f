"""The step with SQLAlchemy as its manual has it: Core with statements built once, and the ORM."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import MetaData, bindparam, create_engine, event, func, insert, select, update
from sqlalchemy.orm import Session, registry

from benchmarks.contest import DATA, ROLE, Refused
from benchmarks.durable.contest import EVENTS, Kept
from benchmarks.durable.tables import plain_tables
from benchmarks.values import Actor


class Core:
    """Core, on tables like those of propflow."""

    name = "SQLAlchemy Core"
    prefix = "core_"

    def __init__(self, url: str) -> None:
        metadata = MetaData()
        self.tables = plain_tables(metadata, self.prefix)
        self.engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:", 1))
        if self.engine.dialect.name == "sqlite":
            event.listen(self.engine, "connect", _set_up)
            event.listen(self.engine, "begin", _begin)
        metadata.create_all(self.engine)
        case, history, outbox = self.tables
        of = (case.c.tenant == "", case.c.id == bindparam("order"))
        self._read = select(case.c.state, case.c.data, case.c.revision).where(*of).with_for_update()
        changed = ("state", "previous", "data", "revision", "occurred_at")
        self._move = (
            update(case)
            .where(*of, case.c.revision == bindparam("expected"))
            .values({name: bindparam(f"new_{name}") for name in changed})
        )
        self._add, self._send = insert(history), insert(outbox)

    def open(self, order: str) -> None:
        with self.engine.begin() as connection:
            connection.execute(insert(self.tables.case), opened(order))

    def step(self, order: str, event: str, actor: Actor) -> None:
        with self.engine.begin() as connection:
            state, data, revision = connection.execute(self._read, {"order": order}).one()
            target = decided(state, data, event, actor)
            now = datetime.now(UTC)  # noqa: TID251 - it has no engine that hands the clock down
            moved = {
                "order": order,
                "expected": revision,
                "new_state": target,
                "new_previous": state,
                "new_data": data,
                "new_revision": revision + 1,
                "new_occurred_at": now,
            }
            if connection.execute(self._move, moved).rowcount != 1:
                raise Refused
            row = entry(order, revision + 1, event, state, target, actor, data, now)
            connection.execute(self._add, row)
            connection.execute(self._send, message(order, revision + 1, event, now))

    def kept(self, order: str) -> Kept:
        case, history, outbox = self.tables
        with self.engine.connect() as connection:
            return Kept(
                connection.scalar(select(case.c.state).where(case.c.id == order)),
                connection.scalar(select(func.count()).where(history.c.case_id == order)),
                connection.scalar(select(func.count()).where(outbox.c.case_id == order)),
            )

    def close(self) -> None:
        self.engine.dispose()


class ORM(Core):
    """The ORM: the order is an object whose revision SQLAlchemy checks and counts."""

    name = "SQLAlchemy ORM"
    prefix = "orm_"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        case, history, outbox = self.tables
        mapping = registry()
        self._case: Any = type("CaseRow", (), {})
        self._entry: Any = type("EntryRow", (), {})
        self._message: Any = type("MessageRow", (), {})
        mapping.map_imperatively(self._case, case, version_id_col=case.c.revision)
        mapping.map_imperatively(self._entry, history)
        mapping.map_imperatively(self._message, outbox)

    def step(self, order: str, event: str, actor: Actor) -> None:
        with Session(self.engine) as session, session.begin():
            case = session.get(self._case, ("", order), with_for_update=True)
            before = case.state
            target = decided(before, case.data, event, actor)
            now = datetime.now(UTC)  # noqa: TID251 - likewise
            case.previous, case.state, case.occurred_at = before, target, now
            revision = case.revision + 1
            row = entry(order, revision, event, before, target, actor, case.data, now)
            session.add(_filled(self._entry(), row))
            session.add(_filled(self._message(), message(order, revision, event, now)))


def decided(state: str, data: str, event: str, actor: Actor) -> str:
    """Return the state that the event leads to."""
    allowed, target = EVENTS[state]
    if allowed != event or ROLE not in actor.roles or actor.id not in json.loads(data)["team"]:
        raise Refused
    return target


def opened(order: str) -> dict[str, Any]:
    now = datetime.now(UTC)  # noqa: TID251 - likewise
    data = {"place": DATA.place, "fault": DATA.fault, "team": DATA.team, "note": ""}
    return {
        "tenant": "",
        "id": order,
        "workflow": "order",
        "version": 1,
        "state": "in_progress",
        "previous": None,
        "data": json.dumps(data),
        "revision": 1,
        "opened_at": now,
        "occurred_at": now,
    }


def entry(
    order: str,
    revision: int,
    event: str,
    source: str,
    target: str,
    actor: Actor,
    data: str,
    now: datetime,
) -> dict[str, Any]:
    return {
        "tenant": "",
        "case_id": order,
        "revision": revision,
        "version": 1,
        "event": event,
        "payload": None,
        "source": source,
        "target": target,
        "actor": actor.id,
        "roles": json.dumps(sorted(actor.roles)),
        "occurred_at": now,
        "recorded_at": now,
        "key": None,
        "late": False,
        "data_hash": sha256(data.encode()).hexdigest(),
    }


def message(order: str, revision: int, event: str, now: datetime) -> dict[str, Any]:
    return {
        "tenant": "",
        "case_id": order,
        "revision": revision,
        "index": 0,
        "kind": "Notify",
        "body": json.dumps({"to": "staff", "about": event}),
        "recorded_at": now,
    }


def _filled(row: Any, values: dict[str, Any]) -> Any:
    for name, value in values.items():
        setattr(row, name, value)
    return row


def _set_up(connection: Any, _: object) -> None:
    connection.isolation_level = None
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
