"""Column types that mean the same in every database: names byte for byte, moments exact."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import Dialect, String, Text
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.types import TypeDecorator, TypeEngine

MYSQL = ("mysql", "mariadb")
"""The dialects that speak MySQL's SQL."""

_FIRST_UNPADDED = (8, 0, 17)
"""The first MySQL with a collation that does not take "a" and "a " for equal."""

_SHOWN = 64
_MOMENT = 27  # 2026-05-01T08:30:00.123456Z


class Name(TypeDecorator[str]):
    """Short text that compares and sorts byte for byte, trailing spaces included."""

    impl = String
    cache_ok = True

    def __init__(self, length: int) -> None:
        super().__init__(length)
        self.length = length

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """Return the database's type, with the collation that ignores nothing, or for bytes."""
        length = self.length
        if dialect.name == "postgresql":
            return dialect.type_descriptor(String(length, collation="C"))
        if dialect.name in MYSQL:
            collation = collation_of(dialect)
            if collation is None:
                return dialect.type_descriptor(_NameInBytes(length))
            return dialect.type_descriptor(
                mysql.VARCHAR(length, charset="utf8mb4", collation=collation)
            )
        return dialect.type_descriptor(String(length))


class _NameInBytes(mysql.VARBINARY):
    """Text in a column of bytes: drivers write text there, and read bytes."""

    def __init__(self, length: int) -> None:
        super().__init__(length * 4)  # the most that UTF-8 takes

    def bind_processor(self, dialect: Dialect) -> Any:
        """Return nothing to convert with: the text is written as it is."""

    def result_processor(self, dialect: Dialect, coltype: object) -> Any:
        """Return what makes text of bytes."""
        return _as_name


def _as_name(value: bytes | None) -> str | None:
    return None if value is None else value.decode()


def collation_of(dialect: Dialect) -> str | None:
    """Return the collation that compares byte for byte; None where MySQL's kin have none.

    `utf8mb4_bin` is none: it takes "a" and "a " for equal. OceanBase, TiDB and MySQL before 8.0.17
    have no other, so names are kept there as bytes.
    """
    if getattr(dialect, "is_mariadb", False):
        return "utf8mb4_nopad_bin"
    version = getattr(dialect, "server_version_info", None)
    return None if version and version < _FIRST_UNPADDED else "utf8mb4_0900_bin"


class Moment(TypeDecorator[datetime]):
    """A moment in UTC to the microsecond; text of fixed width where no type is as exact."""

    impl = String
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[str] | TypeEngine[datetime]:
        """Return the database's type."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        if dialect.name in MYSQL:
            return dialect.type_descriptor(mysql.DATETIME(fsp=6))
        return dialect.type_descriptor(String(_MOMENT))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> object:
        """Return what the driver writes for an aware moment."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            return value.astimezone(UTC)
        if dialect.name in MYSQL:
            return value.astimezone(UTC).replace(tzinfo=None)
        return _as_text(value)

    def process_result_value(self, value: object, dialect: Dialect) -> datetime | None:
        """Return an aware moment in UTC from what the driver read."""
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        if isinstance(value, datetime):
            return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
        return None


@lru_cache(maxsize=256)
def _as_text(moment: datetime) -> str:
    """Return a moment as text; a step, and a batch of them, writes the same one several times."""
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return f"{naive.isoformat(timespec='microseconds')}Z"


def long_text() -> Text:
    """Return the type of JSON text of any length; plain text, so that NUL escapes survive."""
    long = mysql.LONGTEXT(charset="utf8mb4", collation="utf8mb4_bin")
    return Text().with_variant(long, *MYSQL)


def index_value(text: str) -> str:
    """Return what the index holds for a value: short text itself, the SHA-256 of a long one.

    Index entries have a limit in every database (3072 bytes in MariaDB, about 2700 in
    PostgreSQL), and a value may be of any length. Short values stay readable for whoever opens the
    database. A digest with its mark is longer than any short text, so the two never meet. Text with
    a NUL, which PostgreSQL cannot hold, goes the way of long text.
    """
    if len(text) <= _SHOWN and "\0" not in text:
        return text
    return f"#{hashlib.sha256(text.encode()).hexdigest()}"


INDEX_VALUE_LENGTH = _SHOWN + 1
"""The length of the longest text that `index_value` returns."""
