"""Small days for tests, written as files are."""

from __future__ import annotations

from propflow.cli.day.reading import read_day
from propflow.cli.day.running import run_day
from propflow.cli.loading import shipped
from propflow.errors import InvalidDayFile
from propflow.storage import MemoryStore

HEAD = """\
time,who,what,on,expect,fields
,,day,2025-03-10,,title=Monday
,zhang,person,,,name=Zhang Wei,roles=inspector
,li,person,,,name=Li Mei,roles=inspector; cs_assistant
"""
HEAD_LINES = HEAD.count("\n")


def read(text, head=HEAD):
    """Read a day that begins with the usual lines."""
    return read_day((head + text).encode(), "day.csv", shipped())


def run(text, head=HEAD):
    """Read a day and run it in memory."""
    return run_day(read(text, head), MemoryStore(), shipped())


def problems(text, head=HEAD, how=read):
    """Return what is wrong with a day: places within it, counted after the usual lines."""
    try:
        how(text, head)
    except InvalidDayFile as error:
        found = [(problem.where.split(":"), problem.message) for problem in error.problems]
    else:
        return []
    assert all(name == "day.csv" for (name, _, _), _ in found)
    return [
        (int(line) - head.count("\n"), int(column), message) for (_, line, column), message in found
    ]
