"""Time zones by name."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from propflow.errors import Problem


def zone_or_problem(zone: str | ZoneInfo) -> ZoneInfo | Problem:
    """The zone of that name in the IANA database, or what is wrong with the name."""
    if isinstance(zone, ZoneInfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (KeyError, ValueError, OSError):  # unknown, not a name at all, a directory
        hint = "write it as 'Asia/Shanghai'; where the system has no zones, pip install tzdata"
        return Problem("zone", f"there is no zone {zone!r}; {hint}")
