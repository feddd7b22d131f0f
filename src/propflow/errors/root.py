"""The root of all errors, and what one error says of an input with several problems."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Protocol

_PLURAL = re.compile(r"the [a-z]+s\b")
"""Subjects of several things, such as "the values for sheet"."""


class PropflowError(Exception):
    """The root of every error that propflow raises on purpose."""


class Refusal(Protocol):
    """What a reason has; `propflow.Refusal` is the value."""

    @property
    def code(self) -> str:
        """For programs."""
        ...

    @property
    def zh(self) -> str:
        """For people, in Chinese."""
        ...

    @property
    def en(self) -> str:
        """For people, in English."""
        ...


class Problem:
    """One thing wrong in an input that may hold several: where it is, and what to do."""

    __slots__ = ("message", "where")

    def __init__(self, where: str, message: str) -> None:
        self.where = where
        self.message = message

    def __str__(self) -> str:
        return f"{self.where}: {self.message}"

    def __repr__(self) -> str:
        return f"Problem({self.where!r}, {self.message!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (self.where, self.message) == (other.where, other.message)

    def __hash__(self) -> int:
        return hash((self.where, self.message))


class Problems(PropflowError):
    """An input refused whole, with every problem that was found in it."""

    def __init__(self, subject: str, problems: Iterable[Problem]) -> None:
        self.subject = subject
        self.problems: tuple[Problem, ...] = tuple(problems)
        lines = "\n".join(f"  - {problem}" for problem in self.problems)
        plural = "problem" if len(self.problems) == 1 else "problems"
        verb = "have" if _PLURAL.match(subject) else "has"
        super().__init__(f"{subject} {verb} {len(self.problems)} {plural}:\n{lines}")
