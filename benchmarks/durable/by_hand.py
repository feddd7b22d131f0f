"""The step in hand-written SQL, as a textbook has it, on tables like those of propflow."""

from __future__ import annotations

import json
import sqlite3
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from benchmarks.contest import DATA, ROLE, Refused
from benchmarks.durable.contest import EVENTS, Kept
from benchmarks.durable.tables import create_plain_tables
from benchmarks.values import Actor

_ENTRY = ", ".join(["{0}"] * 15)
_MESSAGE = ", ".join(["{0}"] * 7)


class ByHand:
    """One connection of a driver, and the five statements of the textbook."""

    def __init__(self, name: str, connection: Any, mark: str, *, begin: str = "") -> None:
        self.name = name
        self._connection = connection
        self.cursor = connection.cursor()
        self._text = mark == "?"  # SQLite keeps moments as text
        lock = "" if self._text else " FOR UPDATE"
        self._begin = begin
        of = f"tenant = {mark} AND id = {mark}"
        self._read = (
            f"SELECT state, previous, data, revision, occurred_at FROM hand_case WHERE {of}{lock}"
        )
        self._move = (
            f"UPDATE hand_case SET state = {mark}, previous = {mark}, data = {mark},"
            f" revision = {mark}, occurred_at = {mark} WHERE {of} AND revision = {mark}"
        )
        self._add = f"INSERT INTO hand_history VALUES ({_ENTRY.format(mark)})"
        self._send = f"INSERT INTO hand_outbox VALUES ({_MESSAGE.format(mark)})"
        self._open = f"INSERT INTO hand_case VALUES ({', '.join([mark] * 10)})"
        self._count = "SELECT COUNT(*) FROM {} WHERE case_id = " + mark

    def open(self, order: str) -> None:
        now = self._now()
        data = json.dumps({"place": DATA.place, "fault": DATA.fault, "team": DATA.team, "note": ""})
        row = ("", order, "order", 1, "in_progress", None, data, 1, now, now)
        self.cursor.execute(self._open, row)
        self._connection.commit()

    def step(self, order: str, event: str, actor: Actor) -> None:
        cursor = self.cursor
        if self._begin:
            cursor.execute(self._begin)
        cursor.execute(self._read, ("", order))
        state, _, data, revision, _ = cursor.fetchone()
        allowed, target = EVENTS[state]
        team = json.loads(data)["team"]
        if allowed != event or ROLE not in actor.roles or actor.id not in team:
            self._connection.rollback()
            raise Refused
        now = self._now()
        move = (target, state, data, revision + 1, now, "", order, revision)
        cursor.execute(self._move, move)
        if cursor.rowcount != 1:
            self._connection.rollback()
            raise Refused
        roles = json.dumps(sorted(actor.roles))
        entry = ("", order, revision + 1, 1, event, None, state, target, actor.id, roles)
        digest = sha256(data.encode()).hexdigest()
        cursor.execute(self._add, (*entry, now, now, None, False, digest))
        body = json.dumps({"to": "staff", "about": event})
        cursor.execute(self._send, ("", order, revision + 1, 0, "Notify", body, now))
        self._connection.commit()

    def kept(self, order: str) -> Kept:
        cursor = self.cursor
        cursor.execute(self._read, ("", order))
        state = cursor.fetchone()[0]
        counts: list[int] = []
        for table in ("hand_history", "hand_outbox"):
            cursor.execute(self._count.format(table), (order,))
            counts.append(cursor.fetchone()[0])
        self._connection.commit()
        return Kept(state, *counts)

    def commit(self) -> None:
        self._connection.commit()

    def close(self) -> None:
        self._connection.close()

    def _now(self) -> Any:
        now = datetime.now(UTC)  # noqa: TID251 - it has no engine that hands the clock down
        if self._text:
            return now.isoformat()
        return now


def sqlite(file: Path) -> ByHand:
    create_plain_tables(f"sqlite:///{file}", "hand_")
    connection = sqlite3.connect(file, isolation_level=None, timeout=10)
    for pragma in ("journal_mode = WAL", "synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return ByHand("sqlite3 by hand", connection, "?", begin="BEGIN IMMEDIATE")


def postgresql(url: str) -> ByHand:
    import psycopg

    create_plain_tables(url, "hand_")
    connection = psycopg.connect(url)
    return ByHand("psycopg by hand", connection, "%s")


def mariadb(url: str) -> ByHand:
    import pymysql
    from sqlalchemy import make_url

    create_plain_tables(url, "hand_")
    where = make_url(url)
    connection = pymysql.connect(
        host=where.host, port=where.port or 3306, user=where.username, database=where.database
    )
    return ByHand("PyMySQL by hand", connection, "%s")
