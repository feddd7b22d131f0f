"""When: working time in any zone, exact to the microsecond. Pure: no clock, nothing guessed."""

from propflow.calendar.case_clock import CALENDAR_TIME, Measure, Reading, read_clock
from propflow.calendar.china import OfficialChina, official_china
from propflow.calendar.clash import Clash, clashes
from propflow.calendar.icalendar_export import to_icalendar
from propflow.calendar.marks import (
    Held,
    Limited,
    Mark,
    Reopened,
    Resumed,
    Started,
    Stopped,
)
from propflow.calendar.patrol_regulation import (
    DAILY_INSPECTION,
    JOINT_PATROL,
    PATROL_SCHEDULES,
    WEEKLY_INSPECTION,
)
from propflow.calendar.punctuality import Punctuality, punctuality
from propflow.calendar.recurrence_rule import RecurrenceRule
from propflow.calendar.roster import Duty, OnDuty, Roster, Shift, check_sender
from propflow.calendar.schedule import Occurrence, OnHoliday, Schedule
from propflow.calendar.service import IsoWeek, ServiceCalendar
from propflow.calendar.window import DayKind, Weekday, Window
from propflow.calendar.working_day_time import WorkingDayTime
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
    "CALENDAR_TIME",
    "DAILY_INSPECTION",
    "JOINT_PATROL",
    "PATROL_SCHEDULES",
    "WEEKLY_INSPECTION",
    "Adjusted",
    "Clash",
    "Coverage",
    "DayKind",
    "Duty",
    "Held",
    "IsoWeek",
    "Joined",
    "Limited",
    "Mark",
    "Measure",
    "Occurrence",
    "OfficialChina",
    "OnDuty",
    "OnHoliday",
    "Punctuality",
    "Reading",
    "RecurrenceRule",
    "Reopened",
    "Resumed",
    "Roster",
    "Schedule",
    "ServiceCalendar",
    "Shift",
    "Started",
    "Stopped",
    "Weekday",
    "Weekdays",
    "Window",
    "WorkingDayTime",
    "WorkingDays",
    "adjusted",
    "check_sender",
    "clashes",
    "every_day",
    "joined",
    "official_china",
    "punctuality",
    "read_clock",
    "to_icalendar",
    "weekdays",
]
