"""The same expression on PostgreSQL and on Spark: the same figures as `propflow.scoring.assess`."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import attrs
import ibis
import pyarrow as pa
import pyarrow.parquet
import pytest

from propflow.errors import InvalidRows
from propflow.integrations import bulk
from propflow.integrations.bulk.run import lines_of
from propflow.scoring import Finding, Repetition, Rung, Unit, Unspecified, assess

from .bulk_books import FIRST, GRADES, SCHEMA, book, rows, rule

BOOK = book(
    rule("graded", "1.25", severities=GRADES, cap="4"),
    rule("returning", "0.5", repetition=Repetition((Rung(2, "0.25"), Rung(3, "1")))),
    rule("dear", "2", same_as=("x",)),
    rule("cheap", "1", same_as=("x",)),
    rule("place", "3", unit=Unit.PLACE),
    rule("gone", "1", unit=Unit.PLACE, excluded_by=("place",)),
    rule("often", "0.1", unit=Unit.OCCURRENCE),
    rule("open", Unspecified, unit=Unit.FLAT),
)


def findings():
    """Every rule, in inspections of one department each, with some facts noted twice."""
    for number in range(400):
        each = BOOK.deductions[number % 8]
        inspection = number // 16 % 10
        plain = number % 5 or each.unit not in {Unit.PERSON, Unit.OCCURRENCE}
        severity = GRADES[number % 3].id if each.severities and number % 3 else None
        yield Finding(
            each.id,
            persons=f"p{number % 3}",
            places=f"x{number % 4}",
            inspection=f"i{inspection}",
            department=f"d{inspection % 3}",
            found_at=FIRST + timedelta(hours=7 * inspection),
            severity=severity,
            fact=None if plain else f"{each.unit} p{number % 3} x{number % 4} {inspection}",
        )


FINDINGS = list(findings())


def on_duckdb(request, tmp_path):
    backend = bulk.duckdb("256MB", spill_to=tmp_path)
    pa.parquet.write_table(data(), tmp_path / "findings.parquet")
    return bulk.read(tmp_path / "findings.parquet", backend)


def on_postgres(request, tmp_path):
    backend = request.getfixturevalue("postgres")
    kinds = {name: "timestamptz" if name == "found_at" else "text" for name in SCHEMA.names}
    columns = ", ".join(
        f'"{name}" {kind} COLLATE "C"' if kind == "text" else f'"{name}" {kind}'
        for name, kind in kinds.items()
    )
    backend.raw_sql(f"CREATE TABLE findings ({columns})").close()
    marks = ", ".join(["%s"] * len(kinds))
    with backend.con.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO findings VALUES ({marks})",  # noqa: S608 - the names are ours
            [tuple(row.get(name) for name in SCHEMA.names) for row in rows(FINDINGS)],
        )
    backend.con.commit()
    (schema,) = backend.con.execute("SELECT current_schema()").fetchone()
    return backend.table("findings", database=schema)


def on_spark(request, tmp_path):
    backend = request.getfixturevalue("spark")
    pa.parquet.write_table(data(), tmp_path / "findings.parquet")
    return bulk.read(tmp_path / "findings.parquet", backend)


def data():
    return pa.Table.from_pylist(list(rows(FINDINGS)), schema=SCHEMA)


# Spark warns of the pandas that it runs on, in many ways.
SPARK = pytest.param(on_spark, marks=pytest.mark.filterwarnings("ignore"))


@pytest.mark.parametrize("engine", [on_duckdb, on_postgres, SPARK])
def test_every_engine_gives_the_figures_of_assess(engine, request, tmp_path):
    table = engine(request, tmp_path)
    compiled = bulk.plan(BOOK, years=range(2026, 2027))
    expected = assess(BOOK, FINDINGS)
    assert {line.rule for line in expected.lines} >= {"graded", "returning", "dear", "often"}
    assert expected.set_aside
    compiled.check(table, bills=True)
    tallies = compiled.lines(table).to_pyarrow().to_pylist()
    assert tuple(lines_of(compiled.book, tallies)) == tuple(
        attrs.evolve(line, findings=()) for line in expected.lines
    )
    assert all(isinstance(row["points"], Decimal | None) for row in tallies)
    found = compiled.bills(table).to_pyarrow().to_pylist()
    assert {(row["holder"], row["rule"], row["n"], row["points"]) for row in found} == {
        (bill.holder, line.rule, line.count, None if line.points is Unspecified else line.points)
        for bill in expected.bills
        for line in bill.lines
    }


BLANK = ["", " ", "\t", "\u3000", "\u00a0\u2003", "a", " a", "仓库"]


@pytest.mark.parametrize("engine", [on_duckdb, on_postgres, SPARK])
def test_every_engine_finds_blank_ids(engine, request, tmp_path):
    table = engine(request, tmp_path).limit(len(BLANK))
    position = ibis.row_number()
    table = table.mutate(
        rule=ibis.literal("dear"),
        severity=ibis.null("string"),
        person=ibis.cases(
            *((position == at, ibis.literal(text)) for at, text in enumerate(BLANK)), else_="x"
        ),
    )
    with pytest.raises(InvalidRows) as refusal:
        bulk.plan(BOOK).check(table)
    (fault,) = [each for each in refusal.value.faults if each.where == "person"]
    assert fault.count == sum(not text.strip() for text in BLANK) == 5
