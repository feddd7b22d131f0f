"""The immutable values of the contest.

Case, entry and actor are propflow's own, so that the ratio to the hand-written table compares the
deciding and not the size of what is made.
"""

from __future__ import annotations

import attrs

from propflow.definition import Actor, Case, Entry

__all__ = ["Actor", "Case", "Entry", "Note", "Repair"]


@attrs.frozen
class Repair:
    """The data of one repair order: where, what, and whose work it is."""

    place: str
    fault: str
    team: tuple[str, ...]
    note: str = ""


@attrs.frozen
class Note:
    """The payload of the measurements with a payload: one field, copied into the data."""

    note: str
