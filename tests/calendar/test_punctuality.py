"""Early, on time, late or missed, to the second."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from propflow.calendar import DAILY_INSPECTION, Punctuality, punctuality
from propflow.errors import InvalidSchedule, NaiveDatetime

SHANGHAI = ZoneInfo("Asia/Shanghai")
(PLANNED,) = DAILY_INSPECTION.occurrences(date(2026, 2, 9), date(2026, 2, 9))  # 09:30–10:00


def at(text):
    return None if text is None else datetime.fromisoformat(f"2026-02-09T{text}+08:00")


@pytest.mark.parametrize(
    ("started", "finished", "expected"),
    [
        ("09:30:00", "10:00:00", Punctuality.ON_TIME),  # both ends are in
        ("09:29:59", "10:00:00", Punctuality.EARLY),
        ("09:29:59.999999", "09:50:00", Punctuality.EARLY),
        ("09:30:00", "10:00:01", Punctuality.LATE),
        ("09:30:00", "10:00:00.999999", Punctuality.ON_TIME),
        ("09:29:59", "10:00:01", Punctuality.LATE),
        ("09:00:00", "09:20:00", Punctuality.EARLY),
        ("10:00:00", "10:00:00", Punctuality.ON_TIME),
        ("10:00:00", "10:00:01", Punctuality.LATE),
        ("10:00:01", "10:20:00", Punctuality.MISSED),
        ("10:00:01", None, Punctuality.MISSED),
        ("09:30:00", None, Punctuality.LATE),
        (None, None, Punctuality.MISSED),
    ],
)
def test_the_regulation_to_the_second(started, finished, expected):
    assert punctuality(PLANNED, at(started), at(finished)) is expected


@pytest.mark.parametrize(
    ("started", "finished", "expected"),
    [
        ("09:25:00", "10:05:00", Punctuality.ON_TIME),
        ("09:24:59", "10:05:00", Punctuality.EARLY),
        ("09:25:00", "10:05:01", Punctuality.LATE),
        ("10:05:00", "10:05:00", Punctuality.ON_TIME),
        ("10:05:01", "10:06:00", Punctuality.MISSED),
    ],
)
def test_a_tolerance_widens_the_window_at_both_ends(started, finished, expected):
    tolerance = timedelta(minutes=5)
    assert punctuality(PLANNED, at(started), at(finished), tolerance=tolerance) is expected


def test_the_zone_of_the_moments_does_not_matter():
    started, finished = at("09:30:00").astimezone(UTC), at("10:00:00").astimezone(SHANGHAI)
    assert punctuality(PLANNED, started, finished) is Punctuality.ON_TIME


def test_what_cannot_be_is_refused_with_every_reason():
    with pytest.raises(InvalidSchedule) as caught:
        punctuality(PLANNED, at("09:40:00"), at("09:39:59"), tolerance=timedelta(seconds=-1))
    assert [problem.where for problem in caught.value.problems] == ["tolerance", "finished"]
    with pytest.raises(InvalidSchedule, match="finished"):
        punctuality(PLANNED, None, at("09:39:59"))


@pytest.mark.parametrize("naive", [0, 1])
def test_a_naive_moment_is_refused(naive):
    moments = [at("09:30:00"), at("09:40:00")]
    moments[naive] = moments[naive].replace(tzinfo=None)
    with pytest.raises(NaiveDatetime, match=("started=", "finished=")[naive]):
        punctuality(PLANNED, *moments)
