"""The schedules of the patrol regulation (物业客服部巡检管理规程), as it gives them.

What it leaves open is `Unspecified`, or assumed and named as such in `assumed`. The host's own are
made from these: ``attrs.evolve(WEEKLY_INSPECTION, days=[Weekday.WEDNESDAY])``.
"""

from __future__ import annotations

from typing import Final

from propflow.calendar.schedule import Schedule
from propflow.calendar.window import EVERY_WEEKDAY, Weekday, Window
from propflow.unspecified import Unspecified

DAILY_INSPECTION: Final = Schedule(
    "daily_inspection_window",
    zh="日检",
    en="Daily inspection",
    windows=[Window("09:30", "10:00")],
    days=EVERY_WEEKDAY,
    zone="Asia/Shanghai",
    leader="customer_service_supervisor",
    participants=["department_head"],
    areas=Unspecified,
    source="巡检管理规程 3.3",
    assumed=["days", "on_holiday", "zone"],
)
"""Every day 09:30–10:00. Every calendar day, holidays too, is assumed; the areas are lost."""

WEEKLY_INSPECTION: Final = Schedule(
    "weekly_inspection_window",
    zh="周检",
    en="Weekly inspection",
    windows=[Window("14:00", "15:00")],
    days=Unspecified,
    zone="Asia/Shanghai",
    leader="customer_service_supervisor",
    participants=["department_head", "customer_service_assistant"],
    areas=Unspecified,
    source="巡检管理规程 3.4",
    assumed=["on_holiday", "zone"],
)
"""Once a week 14:00–15:00. The weekday stood in a table that is lost; the host must give it."""

JOINT_PATROL: Final = Schedule(
    "joint_patrol_window",
    zh="巡检",
    en="Joint patrol",
    windows=[Window("09:00", "10:00")],
    days=[Weekday.MONDAY],
    zone="Asia/Shanghai",
    leader="project_general_manager",
    participants=["department_head", "customer_service_assistant", "key_engineering_staff"],
    areas=["大楼等区域"],
    source="巡检管理规程 3.5",
    assumed=["on_holiday", "zone"],
)
"""Every Monday 09:00–10:00, led by the general manager. It meets the daily inspection at 09:30."""

PATROL_SCHEDULES: Final = (DAILY_INSPECTION, WEEKLY_INSPECTION, JOINT_PATROL)
"""The three forms of patrol of clause 3.2."""
