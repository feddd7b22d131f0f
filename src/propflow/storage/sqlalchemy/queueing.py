"""Turns to write into a file of SQLite, for processes that would else starve each other."""

from __future__ import annotations

import os
from time import perf_counter, sleep

try:
    import fcntl
except ImportError:  # Windows: writers wait for SQLite's own lock
    fcntl = None  # type: ignore[assignment]

_SHORTEST_SLEEP = 0.0001
_OF_THE_WAIT = 0.02


class Turn:
    """One writer's place at a lock file beside the database, ``property.db-turn``.

    SQLite lets a writer who finds the database locked sleep for up to 0.1 s before it looks again,
    and lets whoever looks at the right moment go first: of several that write all the time, one may
    not get through for seconds. Here a writer looks again after 0.1 ms, or after a fiftieth of what
    it has waited. The lock is advice alone: after the time for a lock, or where it cannot be taken,
    SQLite's own decides.
    """

    def __init__(self, database: str, seconds: float) -> None:
        """Open nothing yet.

        Args:
            database: The path of the database.
            seconds: How long to wait for a turn.
        """
        self._path = f"{database}-turn"
        self._seconds = seconds
        self._file: int | None = None

    def take(self) -> None:
        """Wait until it is this writer's turn, or for so long as a writer waits."""
        if self._try():
            return
        start = perf_counter()
        while (waited := perf_counter() - start) < self._seconds:
            sleep(max(_SHORTEST_SLEEP, waited * _OF_THE_WAIT))
            if self._try():
                return

    def give_up(self) -> None:
        """Let the next one write."""
        if fcntl is not None and self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Close the lock file, which stays where it is."""
        if self._file is not None:
            os.close(self._file)
            self._file = None

    def _try(self) -> bool:
        if fcntl is None:
            return True
        try:
            if self._file is None:
                self._file = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o666)
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True  # a folder or a file system where nobody can lock
        return True
