"""Statements by account and month, and the list for the weekly meeting."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import InvalidPosting, NaiveDatetime
from propflow.scoring import (
    Account,
    Charge,
    HandedIn,
    Posting,
    statement,
    statements,
    weekly_list,
)

NOON = datetime(2026, 3, 6, 4, tzinfo=UTC)


def posting(holder="p1", month="2026-03", points="1", source="slip-1", **given_):
    return Posting(
        account=given_.pop("account", Account.PERSON),
        holder=holder,
        month=month,
        points=points,
        source=source,
        **given_,
    )


FIRST = posting(rule="b", warnings=1, noted_at=NOON)
SECOND = posting(points="0.5", rule="a", noted_at=NOON)
OLDER = posting(points="2", source="slip-0", month="2026-02")
BACK = OLDER.reversal("e0", month="2026-03", reason="revoked")
OTHER = posting(holder="cleaning", account=Account.DEPARTMENT, source="sheet-1")
ALL = [FIRST, SECOND, OLDER, BACK, OTHER]


def test_a_statement_holds_one_account_and_one_month():
    march = statement(ALL, account=Account.PERSON, holder="p1", month="2026-03")
    assert march.postings == (BACK, SECOND, FIRST)
    assert (march.points, march.charged, march.given_back) == (
        Decimal("-0.5"),
        Decimal("1.5"),
        2,
    )
    assert (march.warnings, march.slips) == (1, ("slip-1",))


def test_a_statement_without_entries_is_empty():
    empty = statement(ALL, account=Account.PERSON, holder="p2", month="2026-03")
    assert (empty.postings, empty.points, empty.warnings, empty.slips) == ((), 0, 0, ())


def test_every_account_of_the_month_gets_its_statement():
    found = statements(ALL, month="2026-03")
    assert [(each.account, each.holder, each.points) for each in found] == [
        (Account.DEPARTMENT, "cleaning", 1),
        (Account.PERSON, "p1", Decimal("-0.5")),
    ]
    assert found[1] == statement(ALL, account=Account.PERSON, holder="p1", month="2026-03")


def test_a_month_that_is_none_is_refused():
    with pytest.raises(InvalidPosting):
        statements(ALL, month="March")
    with pytest.raises(InvalidPosting):
        statement(ALL, account=Account.PERSON, holder="p1", month="2026-3")


@given(st.permutations(ALL))
def test_the_order_of_the_entries_does_not_matter(entries):
    assert statements(entries, month="2026-03") == statements(ALL, month="2026-03")


@given(
    st.lists(
        st.builds(
            posting,
            holder=st.sampled_from(["p1", "p2"]),
            month=st.sampled_from(["2026-03", "2026-04"]),
            points=st.decimals(0, 100, places=2),
        )
    )
)
def test_statements_leave_nothing_out_and_count_nothing_twice(entries):
    months = ("2026-03", "2026-04")
    stated = [each for month in months for each in statements(entries, month=month)]
    assert sum(each.points for each in stated) == sum(each.points for each in entries)
    assert sum(len(each.postings) for each in stated) == len(entries)


def handed_in(slip, person, department, hours):
    charges = (Charge("a", "0.5", warnings=1), Charge("b", 1))
    return HandedIn(slip, person, department, "late", charges, NOON + timedelta(hours=hours))


def test_the_meeting_hears_what_was_handed_in_before_it():
    slips = [
        handed_in("s3", "p2", "order", -3),
        handed_in("s2", "p1", "order", -1),
        handed_in("s1", "p1", "order", -2),
        handed_in("s4", "p9", "cleaning", -9),
        handed_in("s5", "p1", "order", 0),
    ]
    read_out = weekly_list(slips, meeting=NOON)
    assert [each.slip for each in read_out] == ["s4", "s1", "s2", "s3"]
    assert (read_out[0].points, read_out[0].warnings) == (Decimal("1.5"), 1)


def test_a_meeting_has_a_moment():
    with pytest.raises(NaiveDatetime):
        weekly_list([], meeting=datetime(2026, 3, 6, 4))  # noqa: DTZ001 - that is the fault


@pytest.mark.parametrize("month", [date(2026, 3, 1), 202603, None])
def test_a_month_is_text(month):
    with pytest.raises(InvalidPosting, match="is no calendar month such as '2026-03'"):
        statements([FIRST], month=month)
    with pytest.raises(InvalidPosting, match="is no calendar month such as '2026-03'"):
        statement([FIRST], account=Account.PERSON, holder="p1", month=month)


def test_a_meeting_has_an_hour():
    with pytest.raises(InvalidPosting, match=r"meeting: .* give an aware datetime"):
        weekly_list([], meeting=date(2026, 3, 6))
