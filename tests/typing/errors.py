"""Type errors around `propflow.errors` that both checkers must catch.

The pattern for every file of this folder: a planted error carries an ignore comment of each
checker, and each checker fails when its comment is not needed. pytest does not run these files.
"""

from __future__ import annotations

from typing import assert_type

from propflow.errors import Problem, UnspecifiedPointsError

problem = Problem("line 3", "the points are missing")
assert_type(problem.where, str)
assert_type(UnspecifiedPointsError(["rule"]).rules, tuple[str, ...])

Problem("line 3")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
Problem(3, "the points are missing")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
