"""What the tables are in databases that need not be at hand."""

from __future__ import annotations

import pytest
from sqlalchemy import MetaData, create_engine, event
from sqlalchemy.dialects import mysql, postgresql
from sqlalchemy.schema import CreateTable

from propflow.storage import Outcome, Ref
from propflow.storage.sqlalchemy import SQLStore
from propflow.storage.sqlalchemy.tables import tables_in

from .changes import opening

TABLES = tables_in(MetaData(), "pf_", None)


def ddl(dialect) -> str:
    return "".join(str(CreateTable(table).compile(dialect=dialect)) for table in TABLES)


def test_postgresql_compares_bytes_whatever_the_locale_of_the_database():
    text = ddl(postgresql.dialect())
    assert text.count("VARCHAR") == text.count('COLLATE "C"') == 42
    assert text.count("TIMESTAMP WITH TIME ZONE") == 13


@pytest.mark.parametrize(
    ("is_mariadb", "collation"), [(True, "utf8mb4_nopad_bin"), (False, "utf8mb4_0900_bin")]
)
def test_mysql_and_mariadb_compare_bytes_and_trailing_spaces(is_mariadb, collation):
    text = ddl(mysql.dialect(is_mariadb=is_mariadb))
    assert text.count("VARCHAR") == text.count(collation) == 42
    assert text.count("DATETIME(6)") == 13
    assert text.count("LONGTEXT CHARACTER SET utf8mb4") == 9
    assert text.count("ENGINE=InnoDB") == 7


def test_kin_of_an_old_mysql_keep_names_as_bytes():
    dialect = mysql.dialect()
    dialect.server_version_info = (5, 7, 25)
    text = ddl(dialect)
    assert text.count("VARBINARY(1020)") > 0
    assert (text.count("VARBINARY"), text.count("VARCHAR")) == (42, 0)


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_another_process_may_be_creating_the_tables(server, request):
    url = request.getfixturevalue(server)
    engine = create_engine(url)
    store, other = SQLStore(engine, prefix="both_"), SQLStore(url, prefix="both_")
    beaten: list[str] = []

    @event.listens_for(engine, "before_cursor_execute")
    def be_faster(connection, cursor, statement, *_) -> None:
        if "CREATE TABLE" in statement and not beaten:
            beaten.append(statement)
            other.create_tables()

    store.create_tables()
    assert beaten
    with store.begin(write=True) as tx:
        assert store.apply(tx, [opening(Ref("t", "1"))]) == [Outcome.MOVED]
    other.close()
    engine.dispose()
