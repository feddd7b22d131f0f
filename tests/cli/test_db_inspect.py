"""``propflow db inspect``: a live table, and the mapping that is proposed for it."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, DateTime, Integer, MetaData, String, Table, create_engine, insert

from propflow.errors import InvalidMapping
from propflow.storage.sqlalchemy import SQLStore, TableMapping
from tests.runtime.loans import KeyLoan

HOST = MetaData()
LOANS = Table(
    "wy_loan",
    HOST,
    Column("id", Integer, primary_key=True),
    Column("ZT", String(2), nullable=False),
    Column("ver", Integer, nullable=False),
    Column("gxsj", DateTime),
    Column("tenant", String(20), nullable=False),
    Column("sc", Integer),
    Column("ys", String(20), nullable=False),
    Column("jyr", String(20)),
)


@pytest.fixture
def url(tmp_path) -> str:
    url = f"sqlite:///{tmp_path / 'host.db'}"
    engine = create_engine(url)
    HOST.create_all(engine)
    row = {"ver": 1, "tenant": "", "ys": "B1"}
    with engine.begin() as connection:
        connection.execute(insert(LOANS), [row | {"id": n, "ZT": f"0{n % 3}"} for n in range(9)])
    engine.dispose()
    return url


def test_what_is_proposed_is_python_and_names_what_it_found(command, url, tmp_path):
    before = (tmp_path / "host.db").read_bytes()
    result = command("db", "inspect", url, "wy_loan")
    assert result.exit_code == 0
    assert (tmp_path / "host.db").read_bytes() == before
    names = {"database": create_engine(url)}
    exec(result.output, names)  # noqa: S102 - it is what the command proposes
    mapping = names["mapping"]
    assert isinstance(mapping, TableMapping)
    assert (mapping.id, mapping.state, mapping.revision) == (("id",), "ZT", "ver")
    assert (mapping.updated, mapping.tenant, mapping.deleted) == ("gxsj", "tenant", {"sc": 1})
    assert list(mapping.states.values()) == ["00", "01", "02"]
    assert set(mapping.data) == {"ys", "jyr"}
    names["database"].dispose()
    with pytest.raises(InvalidMapping, match=r"has no state '\? 00'"):  # a person has to say
        SQLStore("sqlite://", tables={KeyLoan: mapping})


def test_a_path_names_the_database_too(command, url, tmp_path):
    by_path = command("db", "inspect", tmp_path / "host.db", "wy_loan")
    assert by_path.exit_code == 0
    assert "wy_loan" in by_path.output


@pytest.mark.parametrize(
    ("named", "code", "says"),
    [
        ("wy.db", 2, "the path of a file that is there"),
        ("://x", 1, "is no URL of a database"),
        ("nonsense://host/name", 1, "nonsense"),
    ],
)
def test_what_names_no_database_is_told(command, tmp_path, monkeypatch, named, code, says):
    monkeypatch.chdir(tmp_path)
    result = command("db", "inspect", named, "wy_loan")
    assert result.exit_code == code
    assert says in result.stderr
    assert list(tmp_path.iterdir()) == []


def test_a_table_that_is_not_there_is_named_with_those_that_are(command, url):
    result = command("db", "inspect", url, "wy_lone")
    assert result.exit_code == 1
    assert "'wy_lone' is not in the database; it has wy_loan" in result.output


def test_no_file_is_made_where_there_is_none(command, tmp_path):
    assert command("db", "inspect", f"sqlite:///{tmp_path / 'none.db'}", "wy_loan").exit_code == 1
    assert not (tmp_path / "none.db").exists()


def test_a_database_that_cannot_be_reached_is_told(command):
    result = command("db", "inspect", "sqlite:////nowhere/at/all.db", "wy_loan")
    assert result.exit_code == 1
    assert "cannot be opened" in result.output
