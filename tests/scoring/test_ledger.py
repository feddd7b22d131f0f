"""The ledger: added to, never changed; what is wrong is taken back; closed months stay closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propflow.errors import (
    InexactNumber,
    InvalidPoints,
    InvalidPosting,
    MonthClosed,
    NaiveDatetime,
)
from propflow.scoring import Account, Ledger, Posting, month_of, statement

NOTED = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)


def posting(**given_):
    values = {
        "account": Account.PERSON,
        "holder": "p1",
        "month": "2026-03",
        "points": "1.5",
        "source": "slip-1",
        "document": "violation_slip",
        "rule": "ded_no_uniform",
        "noted_at": NOTED,
    }
    return Posting(**(values | given_))


def total(ledger, month=None):
    return sum(
        (each.points for each in ledger.postings.values() if month in (None, each.month)),
        Decimal(0),
    )


def test_entries_are_added_and_the_ledger_before_stays_as_it_was():
    empty = Ledger()
    ledger = empty.post({"e1": posting()})
    assert (total(empty), total(ledger)) == (0, Decimal("1.5"))
    with pytest.raises(TypeError):
        ledger.postings["e1"] = posting(points=9)


def test_an_entry_posted_twice_counts_once_even_when_its_month_has_been_closed():
    ledger = Ledger().post({"e1": posting()}).close("2026-03")
    assert ledger.post({"e1": posting()}) == ledger


def test_an_entry_is_never_changed():
    ledger = Ledger().post({"e1": posting()})
    with pytest.raises(InvalidPosting, match="entries never change"):
        ledger.post({"e1": posting(points=9)})


def test_a_reversal_restores_the_total_and_both_entries_stay():
    ledger = Ledger().post({"e1": posting(), "e2": posting(points=2, warnings=1)})
    back = ledger.postings["e2"].reversal("e2", month="2026-04", reason="revoked")
    after = ledger.post({"e3": back})
    assert list(after.postings) == ["e1", "e2", "e3"]
    assert (total(after), total(after, "2026-03"), total(after, "2026-04")) == (
        Decimal("1.5"),
        Decimal("3.5"),
        -2,
    )
    assert (back.warnings, back.reverses, back.reason) == (-1, "e2", "revoked")


def test_an_entry_and_its_reversal_may_come_together():
    back = posting().reversal("e1", month="2026-03", reason="revoked")
    assert total(Ledger().post({"e1": posting(), "e2": back})) == 0


def test_what_is_no_reversal_is_refused_with_every_fault():
    ledger = Ledger().post({"e1": posting()})
    back = posting().reversal("e1", month="2026-04", reason="revoked")
    again = ledger.post({"e2": back})
    wrong = attrs.evolve(back, holder="p2", points="-1")
    with pytest.raises(InvalidPosting) as raised:
        again.post(
            {
                "e3": back,
                "e4": attrs.evolve(back, reverses="e9"),
                "e5": attrs.evolve(back, reverses="e2"),
                "e6": wrong,
            }
        )
    assert [(each.where, each.message.partition(":")[0]) for each in raised.value.problems] == [
        ("e3", "reverses"),
        ("e4", "reverses"),
        ("e5", "reverses"),
        ("e5", "points"),
        ("e6", "reverses"),
        ("e6", "holder"),
        ("e6", "points"),
    ]


def test_a_closed_month_stays_closed_and_a_later_revocation_goes_into_its_own_month():
    ledger = Ledger().post({"e1": posting()}).close("2026-03").close("2026-03")
    with pytest.raises(MonthClosed) as raised:
        ledger.post({"e2": posting(source="slip-2"), "e3": posting(month="2026-04")})
    assert raised.value.months == ("2026-03",)
    with pytest.raises(MonthClosed):
        ledger.post({"e2": posting().reversal("e1", month="2026-03", reason="revoked")})
    after = ledger.post({"e2": posting().reversal("e1", month="2026-04", reason="revoked")})
    march = statement(after.postings.values(), account=Account.PERSON, holder="p1", month="2026-03")
    assert march.points == Decimal("1.5")
    assert total(after, "2026-04") == Decimal("-1.5")


@pytest.mark.parametrize("month", ["2026-13", "26-03", "2026-3", "", "2026-03\n", "２０２６-03"])
def test_a_month_that_is_none_is_refused(month):
    with pytest.raises(InvalidPosting):
        Ledger().close(month)
    with pytest.raises(InvalidPosting):
        posting(month=month)


def test_an_entry_that_cannot_be_is_refused_with_every_fault():
    with pytest.raises(InvalidPosting) as raised:
        posting(holder=" ", source="", month="March", points=-1, warnings=-1)
    assert [each.where for each in raised.value.problems] == [
        "holder",
        "source",
        "month",
        "points",
        "warnings",
    ]
    with pytest.raises(InvalidPosting, match="a reversal gives back"):
        posting(reverses="e1", points=1)


@pytest.mark.parametrize(
    ("points", "exact"), [("-1.50", "-1.50"), (Decimal(-2), "-2"), (-3, "-3"), ("-0", "0")]
)
def test_points_given_back_are_exact(points, exact):
    assert posting(reverses="e1", points=points).points == Decimal(exact)


@pytest.mark.parametrize(
    ("points", "error"),
    [
        (-0.5, InexactNumber),
        (Decimal("NaN"), InexactNumber),
        (Decimal("-sNaN"), InexactNumber),
        ("-inf", InexactNumber),
        ("--1", InvalidPoints),
        (None, InvalidPoints),
        (True, InvalidPoints),
    ],
)
def test_points_that_are_none_are_refused(points, error):
    with pytest.raises(error):
        posting(reverses="e1", points=points)


def test_the_month_of_a_moment_is_that_of_the_zone():
    moment = datetime(2026, 3, 31, 17, tzinfo=UTC)  # 01:00 on 1 April in Shanghai
    assert month_of(moment) == "2026-04"
    assert month_of(moment, "Europe/London") == "2026-03"
    assert month_of(moment.astimezone(timezone(timedelta(hours=-5)))) == "2026-04"
    with pytest.raises(NaiveDatetime):
        month_of(datetime(2026, 3, 31, 17))  # noqa: DTZ001 - that is the fault


POINTS = st.decimals(0, 1000, places=3)
MONTHS = st.sampled_from(["2026-03", "2026-04", "2026-05"])


@given(st.lists(st.tuples(POINTS, MONTHS), max_size=8), st.data())
def test_taking_everything_back_leaves_nothing_and_closes_no_month_twice(charges, data):
    ledger = Ledger()
    for number, (points, month) in enumerate(charges):
        ledger = ledger.post({f"e{number}": posting(points=points, month=month)})
    ledger = ledger.close("2026-03")
    march = total(ledger, "2026-03")
    order = data.draw(st.permutations(list(ledger.postings)))
    for entry_id in order:
        back = ledger.postings[entry_id].reversal(entry_id, month="2026-06", reason="revoked")
        ledger = ledger.post({f"{entry_id}-back": back})
    assert total(ledger) == 0
    assert total(ledger, "2026-03") == march
