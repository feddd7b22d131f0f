"""`ServiceCalendar.add` over lunch and holidays, beside the same arithmetic without either."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from benchmarks.harness import Batch, Figure, Ratio, Work, interleave
from benchmarks.report import Pending, Section, against, micro, missing, times

BAR = 3
ZONE = ZoneInfo("Asia/Shanghai")
START = datetime(2024, 2, 7, 16, 0, tzinfo=ZONE)
"""A Wednesday afternoon, three days before the Spring Festival."""

A_DAY = timedelta(hours=7.5)
AMOUNTS = {"one day": A_DAY, "two years": 500 * A_DAY}
"""What an office works in a day and in about two years; every calendar adds the same amount."""

WINDOWS = (("08:30", "12:00"), ("14:00", "18:00"))
MOVED, PLAIN, OFFICE, WALKED = (
    "no calendar: to UTC and back",
    "plain 24 × 7 calendar",
    "office: lunch, holidays",
    "office, by a day-by-day walk",
)
Add = Callable[[datetime, timedelta], datetime]


def moved(start: datetime, duration: timedelta) -> datetime:
    """Add without a calendar, which is what one writes for service around the clock."""
    return (start.astimezone(UTC) + duration).astimezone(ZONE)


def walker(is_workday: Callable[[date], bool]) -> Add:
    """Return the walk that one writes by hand: window after window, day after day."""
    windows = [(time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in WINDOWS]

    def walk(start: datetime, duration: timedelta) -> datetime:
        day, left = start.date(), duration
        while True:
            if is_workday(day):
                for opens, closes in windows:
                    begin = max(start, datetime.combine(day, opens, ZONE))
                    open_for = datetime.combine(day, closes, ZONE) - begin
                    if left <= open_for:
                        return begin + left
                    left -= max(open_for, timedelta())
            day += timedelta(days=1)

    return walk


def contestants() -> dict[str, Add]:
    """Return every way to add, by name."""
    try:
        from propflow.calendar import ServiceCalendar, Window, every_day, official_china
        from propflow.errors import MissingExtra
    except ImportError as error:
        raise Pending(missing(error)) from error
    try:
        days = official_china()
    except MissingExtra as error:
        raise Pending(str(error)) from error
    office = ServiceCalendar([Window(*each) for each in WINDOWS], days=days, zone=ZONE)
    plain = ServiceCalendar([Window("00:00", "24:00")], days=every_day(), zone=ZONE)
    return {MOVED: moved, PLAIN: plain.add, OFFICE: office.add, WALKED: walker(days.is_workday)}


def differences(ways: Mapping[str, Add]) -> list[str]:
    """Return where those that must agree do not, from every hour of two weeks."""
    return [
        f"{one} + {amount} from {start}: {ways[one](start, amount)}, {other}: "
        f"{ways[other](start, amount)}"
        for hour in range(14 * 24)
        for amount in AMOUNTS.values()
        for start in [START + timedelta(hours=hour)]
        for one, other in ((MOVED, PLAIN), (WALKED, OFFICE))
        if ways[one](start, amount) != ways[other](start, amount)
    ]


def adding(name: str, add: Add, amount: timedelta) -> Work:
    """Give the adding of one amount as a work."""

    def prepare(repeat: int) -> Batch:
        def batch() -> None:
            for _ in range(repeat):
                add(START, amount)

        return batch

    return Work(name, prepare, 1)


def measure(seconds: float) -> Section:
    """Compare the results, then time them."""
    ways = contestants()
    title = "add: working time, with lunch and holidays and without"
    problems = differences(ways)
    if problems:
        return Section(title, ("different results",), ((problems[0],),), failed=True)
    works = [
        adding(f"{name}, {amount}", add, duration)
        for amount, duration in AMOUNTS.items()
        for name, add in ways.items()
    ]
    figures = {figure.name: figure for figure in interleave(works, seconds=seconds)}
    rows = [_row(figures, name, amount) for amount in AMOUNTS for name in ways]
    far, near = (figures[f"{OFFICE}, {amount}"] for amount in ("two years", "one day"))
    note = f"two years cost the office {Ratio.of(far, near).median:.2f} × what one day costs"
    columns = ("contestant", "µs/add", "× plain", "min–max", "× none", "")
    return Section(title, columns, tuple(rows), (note,))


def _row(figures: Mapping[str, Figure], name: str, amount: str) -> tuple[str, ...]:
    figure, plain, none = (figures[f"{each}, {amount}"] for each in (name, PLAIN, MOVED))
    ratio = Ratio.of(figure, plain)
    verdict = against(ratio.median, BAR) if name == OFFICE else ""
    beside = f"{Ratio.of(figure, none).median:.2f}"
    return (figure.name, micro(figure.median), *times(ratio), beside, verdict)
