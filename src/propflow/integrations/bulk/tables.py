"""Where findings come from: files or tables, with the columns that they must have."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import attrs

from propflow.errors import InvalidColumns, Problem
from propflow.integrations.bulk.library import ibis
from propflow.integrations.bulk.terms import UNITS, Book

IDS: Final = (
    *("rule", "person", "place", "inspection"),
    *("department", "fact", "severity", "by"),
)
MOMENT: Final = "timestamp('UTC')"


@attrs.frozen
class Findings:
    """A table with every column of findings; those that are not there are NULL.

    Attributes:
        table: the table.
        present: the columns that were given.
    """

    table: Any
    present: frozenset[str]

    @property
    def has_facts(self) -> bool:
        """Whether any finding may name a fact."""
        return "fact" in self.present


def findings_of(book: Book, table: Any) -> Findings:
    """The table with the columns of findings, and no others.

    Raises:
        InvalidColumns: columns are missing or of another type; names all of them.
    """
    library = ibis()
    schema = table.schema()
    problems = [*_missing(book, set(schema.names)), *_mistyped(table, schema)]
    if problems:
        raise InvalidColumns("the table of findings", problems)
    present = {name for name in (*IDS, "found_at") if _given(schema, name)}
    columns = {
        name: table[name].cast("string") if name in present else library.null("string")
        for name in IDS
    }
    columns["found_at"] = table.found_at if "found_at" in present else library.null(MOMENT)
    return Findings(table.select(**columns), frozenset(present))


def _given(schema: Any, name: str) -> bool:
    return name in schema.names and not schema[name].is_null()


def _missing(book: Book, given: set[str]) -> Iterator[Problem]:
    if "rule" not in given:
        yield Problem("column rule", "it is missing; it holds the id of the rule of each finding")
    for unit, column in UNITS.items():
        if column == "department" or column in given:
            continue
        ids = [each for each in book.counted_by(unit) if book.terms[each].rule.in_force]
        if ids:
            yield Problem(f"column {column}", f"it is missing; {_few(ids)} are counted by it")
    returning = book.named(lambda rule: rule.repetition is not None)
    if returning and "found_at" not in given:
        yield Problem(
            "column found_at", f"it is missing; {_few(returning)} cost more when they come back"
        )
    if "points" in given:
        yield Problem(
            "column points",
            "it would not be read, because points come from the book, exactly; leave it out",
        )


def _few(ids: list[str]) -> str:
    return ", ".join(ids[:3]) + (f" and {len(ids) - 3} more" if len(ids) > 3 else "")  # noqa: PLR2004 - three are enough to see


def _mistyped(table: Any, schema: Any) -> Iterator[Problem]:
    for name in IDS:
        if _given(schema, name) and not schema[name].is_string():
            yield Problem(f"column {name}", f"it is {schema[name]}; an id is a text")
    if _given(schema, "found_at") and not _is_moment(table, schema["found_at"]):
        message = f"it is {schema['found_at']}; give moments with a time zone"
        yield Problem("column found_at", message)


def _is_moment(table: Any, kind: Any) -> bool:
    if not kind.is_timestamp() or kind.timezone is not None:
        return bool(kind.is_timestamp())
    engine = table.get_backend()
    if engine.name != "pyspark":
        return False
    # Ibis gives both of Spark's types one name; Spark tells the one of moments from the other.
    frame = engine.raw_sql(engine.compile(table.select("found_at").limit(0)))
    return bool(frame.schema["found_at"].dataType.typeName() == "timestamp")


def duckdb(memory_limit: str = "2GB", *, spill_to: Path | None = None, threads: int = 0) -> Any:
    """A new DuckDB in this process, as an Ibis backend; what does not fit its memory goes to disk.

    Args:
        memory_limit: how much memory it may take, e.g. `"512MB"`.
        spill_to: the folder for what does not fit; DuckDB chooses one if none is given.
        threads: how many; as many as there are cores for 0.

    Raises:
        MissingExtra: the extra `bulk` is not installed.
    """
    options: dict[str, Any] = {"memory_limit": memory_limit}
    options["preserve_insertion_order"] = False  # no order matters, and it would hold rows back
    if spill_to is not None:
        options["temp_directory"] = str(spill_to)
    if threads:
        options["threads"] = threads
    engine = ibis().duckdb.connect(**options)
    engine.con.execute("SET enable_progress_bar_print = false")  # progress is told, not shown
    return engine


def read(path: Path, on: Any) -> Any:
    """The table that a Parquet or CSV file holds, by its ending; `*` in the name takes several.

    A CSV file is read as text, with a head line; an empty field is none. Its `found_at` is an ISO
    moment with an offset, such as `2026-03-02T09:00+08:00`.

    Raises:
        InvalidColumns: the file is neither, or a moment cannot be read.
    """
    if path.suffix == ".parquet":
        return on.read_parquet(str(path))
    if path.suffix != ".csv":
        message = "its name ends neither in .parquet nor in .csv"
        raise InvalidColumns(str(path), [Problem(path.name, message)])
    table = on.read_csv(str(path), header=True, all_varchar=True, nullstr="")
    if "found_at" not in table.columns:
        return table
    text = table.found_at
    offset = text.re_search(r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*(Z|[+-]\d{2}(:?\d{2})?)$")
    moments = text.try_cast(MOMENT)
    wrong = table.filter(text.notnull() & (~offset | moments.isnull()))
    count = int(wrong.count().to_pyarrow().as_py())
    if count:
        some = wrong.select("found_at").limit(3).to_pyarrow()["found_at"].to_pylist()
        message = f"{count} are no moments with a time zone, such as {some}"
        raise InvalidColumns(str(path), [Problem("column found_at", message)])
    return table.mutate(found_at=moments)
