"""What bulk scoring reads and writes, and what it refuses."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import ibis
import pyarrow as pa
import pyarrow.parquet
import pytest

from propflow.errors import InexactNumber, InvalidColumns, InvalidRows, NotInBulk
from propflow.integrations import bulk
from propflow.rulebooks import load
from propflow.scoring import Finding, Repetition, Rung, Severity, Unspecified, assess

from .bulk_books import book, rule, table

IMAGE = load("sheet_staff_image")
CSV = """\
rule,person,place,inspection,found_at
ded_no_uniform,p1,,i1,2026-03-02T09:00:00+08:00
ded_no_uniform,p1,,i1,2026-03-02T09:05:00+08:00
ded_no_uniform,p2,,i1,
ded_office_untidy,,R1,i1,2026-03-02T09:00:00Z
"""


def columns(**types):
    return ibis.memtable(pa.table({name: pa.array([], type=kind) for name, kind in types.items()}))


def problems(error):
    return {problem.where: problem.message for problem in error.value.problems}


def test_a_csv_file_is_scored_and_the_bills_are_written(tmp_path):
    (tmp_path / "found.csv").write_text(CSV, encoding="utf-8")
    result = bulk.assess(IMAGE, tmp_path / "found.csv", base=10, bills=tmp_path / "bills.parquet")
    assert [(line.rule, line.count, line.points) for line in result.lines] == [
        ("ded_no_uniform", 2, 2),
        ("ded_office_untidy", 1, 1),
    ]
    assert (result.total, result.score) == (3, 7)
    bills = pa.parquet.read_table(tmp_path / "bills.parquet").to_pylist()
    assert sorted((row["holder"], row["rule"], row["n"], row["points"]) for row in bills) == [
        (None, "ded_no_uniform", 2, Decimal(2)),
        (None, "ded_office_untidy", 1, Decimal(1)),
    ]
    bulk.assess(IMAGE, tmp_path / "found.csv", bills=tmp_path / "bills.csv")
    assert (tmp_path / "bills.csv").read_text().splitlines()[0] == "account,holder,rule,n,points"


def test_missing_points_are_named_and_never_zero():
    result = bulk.assess(IMAGE, table([Finding("ded_no_badge", persons="p1", places="x")]))
    assert result.unspecified == ("ded_no_badge",)
    assert result.lines[0].points is Unspecified


def test_a_moment_without_a_time_zone_in_a_csv_file_is_refused(tmp_path):
    (tmp_path / "found.csv").write_text(CSV.replace("+08:00", ""), encoding="utf-8")
    with pytest.raises(InvalidColumns, match="2 are no moments with a time zone"):
        bulk.assess(IMAGE, tmp_path / "found.csv")


@pytest.mark.parametrize("ending", ["xlsx", "parquet.gz"])
def test_other_files_are_refused(tmp_path, ending):
    with pytest.raises(InvalidColumns, match="neither in"):
        bulk.assess(IMAGE, tmp_path / f"found.{ending}")
    with pytest.raises(InvalidColumns, match="neither in"):
        bulk.assess(IMAGE, table([]), bills=tmp_path / f"bills.{ending}")


def test_all_wrong_columns_are_named():
    given = columns(
        person=pa.float64(), points=pa.float64(), found_at=pa.timestamp("us"), fact=pa.int64()
    )
    with pytest.raises(InvalidColumns) as refusal:
        bulk.assess(IMAGE, given)
    found = problems(refusal)
    assert set(found) == {
        f"column {name}" for name in ("rule", "place", "points", "person", "fact", "found_at")
    }
    assert "float64" in found["column person"]
    assert "come from the book" in found["column points"]
    assert "time zone" in found["column found_at"]


def test_all_wrong_rows_are_counted_and_shown():
    wrong = [
        {"rule": None, "person": "p1"},
        *({"rule": "nonsense", "person": f"p{number}"} for number in range(7)),
        {"rule": "sheet_staff_image_form", "person": "p1"},
        {"rule": "ded_no_uniform", "person": None},
        {"rule": "ded_no_uniform", "person": "\u3000", "severity": "grave"},
        {"rule": "ded_no_uniform", "person": "p1", "place": "x"},
    ]
    schema = pa.schema([(name, pa.string()) for name in ("rule", "person", "place", "severity")])
    with pytest.raises(InvalidRows) as refusal:
        bulk.assess(IMAGE, ibis.memtable(pa.Table.from_pylist(wrong, schema=schema)))
    counts = [(fault.where, fault.count) for fault in refusal.value.faults]
    assert counts == [
        ("rule", 1),
        ("rule", 7),
        ("rule", 1),
        ("person", 1),
        ("person", 1),
        ("severity", 1),
    ]
    assert [len(fault.first) for fault in refusal.value.faults] == [1, 5, 1, 1, 1, 1]
    assert "7 in all, first {'rule': 'nonsense', 'person': 'p" in str(refusal.value)


def test_one_fact_of_two_persons_is_refused():
    found = [
        Finding("ded_no_uniform", persons=person, places="x", fact="f") for person in ("p1", "p2")
    ]
    with pytest.raises(InvalidRows) as refusal:
        bulk.assess(IMAGE, table(found))
    (fault,) = refusal.value.faults
    assert (fault.where, fault.count) == ("fact", 1)
    assert fault.first == ({"fact": "f", "times": 2},)


def test_a_moment_outside_the_years_is_refused():
    ours = book(rule("a", repetition=Repetition((Rung(2, "1"),))))
    at = datetime(2031, 1, 1, tzinfo=UTC)
    found = table([Finding("a", persons="p", places="x", found_at=at)])
    with pytest.raises(InvalidRows, match="2026-01-02 to 2026-12-30"):
        bulk.assess(ours, found, years=range(2026, 2027))
    assert bulk.assess(ours, found, years=range(2030, 2032)).total == 1


def test_what_an_expression_cannot_carry_is_refused_by_name():
    with pytest.raises(NotInBulk) as refusal:
        bulk.plan(
            book(
                rule("long", "12345678901234567.5"),
                rule("fine", "0.25"),
                rule("a", same_as=("x",)),
                rule("b", same_as=("x", "y")),
                rule("c", same_as=("y",)),
            )
        )
    found = problems(refusal)
    assert set(found) == {"rule 'long'", "rule 'c'"}
    assert "17 digits" in found["rule 'long'"]
    assert "do not cross" in found["rule 'c'"]


def test_a_tangle_of_facts_is_refused_and_not_guessed():
    ours = book(rule("dear", "10"), rule("cheap", "5"))
    seen = {"persons": "p", "places": "x"}
    found = [
        Finding("dear", fact="f1", **seen),
        Finding("dear", fact="f2", **seen),
        Finding("cheap", fact="f1", **seen),
        Finding("cheap", fact="f2", **seen),
    ]
    assert assess(ours, found).total == 15
    with pytest.raises(
        InvalidRows, match=r"score these inspections with propflow\.scoring\.assess"
    ):
        bulk.assess(ours, table(found))
    simple = [*found[1:3], Finding("cheap", **seen)]
    assert bulk.assess(ours, table(simple)).total == assess(ours, simple).total == 15


def test_of_severities_that_weigh_the_same_none_and_then_the_first_is_shown():
    same = (Severity("one", "一", "one", "2"), Severity("two", "二", "two", "2"))
    ours = book(rule("a", severities=same))
    found = [Finding("a", persons="p", places="x", severity=each) for each in ("two", "one")]
    result = bulk.assess(ours, table(found))
    assert result.lines == tuple(
        attrs.evolve(line, findings=()) for line in assess(ours, found).lines
    )
    assert "one ×2 (1)" in result.lines[0].why.en


def test_a_float_is_refused_as_everywhere():
    with pytest.raises(InexactNumber):
        bulk.assess(IMAGE, table([]), base=100.5)


def test_progress_is_told_step_by_step_and_what_it_raises_ends_the_run(tmp_path):
    found = table([Finding("ded_no_uniform", persons="p1", places="x")])
    told = []
    bulk.assess(IMAGE, found, progress=told.append, bills=tmp_path / "bills.csv")
    assert [each.step for each in told if each.percent == 0] == ["check", "score", "bill"]
    assert [each.step for each in told if each.percent == 100] == ["check", "score", "bill"]

    def stop(progress):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        bulk.assess(IMAGE, found, progress=stop)
