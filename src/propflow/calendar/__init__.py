"""When: working time in any zone, exact to the microsecond. Pure: no clock, nothing guessed."""

from propflow.calendar.china import OfficialChina, official_china
from propflow.calendar.service import IsoWeek, ServiceCalendar
from propflow.calendar.window import DayKind, Weekday, Window
from propflow.calendar.working_days import (
    Adjusted,
    Coverage,
    Joined,
    Weekdays,
    WorkingDays,
    adjusted,
    every_day,
    joined,
    weekdays,
)

__all__ = [
    "Adjusted",
    "Coverage",
    "DayKind",
    "IsoWeek",
    "Joined",
    "OfficialChina",
    "ServiceCalendar",
    "Weekday",
    "Weekdays",
    "Window",
    "WorkingDays",
    "adjusted",
    "every_day",
    "joined",
    "official_china",
    "weekdays",
]
