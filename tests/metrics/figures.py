"""Every figure over the same traces, for tests that compare."""

from __future__ import annotations

from datetime import timedelta

from propflow import metrics
from propflow.calendar import CALENDAR_TIME, ServiceCalendar, Window, weekdays
from propflow.metrics import Limit, Period
from tests.metrics.jobs import MONDAY

HOUR = timedelta(hours=1)
OFFICE = ServiceCalendar(
    [Window("08:30", "12:00"), Window("14:00", "18:00")],
    days=weekdays(range(1, 6)),
    zone="Asia/Shanghai",
)
WEEK = Period(MONDAY, MONDAY + timedelta(days=7))
LATER = MONDAY + timedelta(days=10)


def all_figures(traces, period=WEEK, as_of=LATER):
    """Each figure by its name."""
    office, clock = Limit(4 * HOUR, OFFICE), Limit(20 * HOUR, CALENDAR_TIME, hold_stops=False)
    return {
        "response": metrics.response_timeliness(traces, period, clock, as_of=as_of),
        "arrival": metrics.arrival_timeliness(traces, period, office, as_of=as_of),
        "resolution": metrics.resolution_timeliness(traces, period, office, as_of=as_of),
        "overdue": metrics.overdue_rate(traces, period, office, as_of=as_of),
        "rectification": metrics.rectification_timeliness(traces, period, office, as_of=as_of),
        "closure": metrics.closure_rate(traces, period, cut_off=as_of),
        "first_pass": metrics.first_pass_rate(traces, period),
        "reopen": metrics.reopen_rate(traces, period, within=30 * HOUR),
        "follow_up": metrics.follow_up_rate(traces, period, within=48 * HOUR, as_of=as_of),
        "satisfied": metrics.satisfied_rate(traces, period),
        "satisfaction": metrics.mean_satisfaction(
            traces, period, values={"Good": 5, "good ": "2.5"}
        ),
        "complaints": metrics.complaint_rate(traces, period, households=300),
        "repeats": metrics.repeat_complaint_rate(traces, period),
        "completion": metrics.patrol_completion(traces, period),
        "punctuality": metrics.patrol_punctuality(traces, period, tolerance=10 * HOUR),
        "missed": metrics.missed_points(traces, period),
        "samples": metrics.sample_pass_rate(traces, period),
        "sampling": metrics.sampling_rate(traces, period, population=400),
        "responses": metrics.response_durations(traces, period, CALENDAR_TIME),
        "resolutions": metrics.resolution_durations(traces, period, OFFICE),
    }
