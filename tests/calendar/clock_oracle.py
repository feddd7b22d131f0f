"""Clocks of cases the slow way: minute after minute, with no arithmetic but counting.

It shares no code with the clocks. It is exact for marks and limits on whole minutes.
"""

from __future__ import annotations

from collections.abc import Sequence

import attrs


@attrs.define
class Shown:
    """What a clock shows, in minutes; `due` is None beyond the last minute that is known."""

    started: int
    stopped: int | None
    on_hold: bool
    limit: int
    net: int
    held: int
    due: int | None
    late: bool


@attrs.define
class SlowClock:
    """One clock, moved on by a minute at a time.

    Args:
        open: For each minute whether it is worked.
    """

    open: Sequence[bool]
    now: int = 0
    state: str = "none"
    started: int = 0
    stopped: int | None = None
    limit: int = 0
    lapses: int | None = None
    counted: list[int] = attrs.Factory(list)
    """The minutes that ran, in order."""
    waited: int = 0
    not_before: int | None = None

    def mark(self, kind: str, amount: int | None = None) -> None:
        """Let something happen at this minute."""
        if kind == "started":
            self.state, self.started, self.stopped = "running", self.now, None
            self.limit, self.counted, self.waited = amount or 0, [], 0
            self.not_before = None
        elif kind == "held":
            self.state = "held"
            self.lapses = None if amount is None else self.now + amount
            self._lapse()
        elif kind == "limited":
            due = self._due()
            self.not_before = self.now if due is None or due > self.now else due
            self.limit = amount or 0
        elif kind == "stopped":
            self.state, self.stopped = "stopped", self.now
        else:
            self.state, self.stopped = "running", None

    def tick(self) -> None:
        """Let one minute go by."""
        if self.open[self.now]:
            if self.state == "running":
                self.counted.append(self.now)
            elif self.state == "held":
                self.waited += 1
        self.now += 1
        self._lapse()

    def _lapse(self) -> None:
        if self.state == "held" and self.lapses is not None and self.now >= self.lapses:
            self.state = "running"

    def show(self) -> Shown | None:
        """What it shows at this minute."""
        if self.state == "none":
            return None
        due = self._due()
        until = self.now if self.stopped is None else self.stopped
        return Shown(
            started=self.started,
            stopped=self.stopped,
            on_hold=self.state == "held",
            limit=self.limit,
            net=len(self.counted),
            held=self.waited,
            due=due,
            late=due is not None and until > due,
        )

    def _due(self) -> int | None:
        minute = self._limit_reached()
        if minute is None or self.not_before is None:
            return minute
        return max(minute, self.not_before)

    def _limit_reached(self) -> int | None:
        """The end of the minute with which the limit was full, or the start if there is none."""
        if self.limit == 0:
            return self.started
        if self.limit <= len(self.counted):
            return self.counted[self.limit - 1] + 1
        left = self.limit - len(self.counted)
        minute = self.now if self.stopped is None else self.stopped
        while left and minute < len(self.open):
            left -= self.open[minute]
            minute += 1
        return None if left else minute
