"""Work of several transactions: what a sweep or a relay does between them, written once.

A piece of work is a generator like a procedure, one level up: it yields whole procedures, each to
be run in a transaction of its own, and calls of the host's functions outside of any. It is sent
what they return, and what they raise is raised in it.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator
from typing import Any, TypeAlias, TypeVar, cast

import attrs

from propflow.runtime.operations import Steps

T = TypeVar("T")


@attrs.frozen(eq=False)
class Transaction:
    """A procedure to run in a transaction that writes."""

    steps: Steps[Any]


@attrs.frozen(eq=False)
class Outside:
    """A function of the host's to call while no transaction is open."""

    function: Callable[[], object]


Part: TypeAlias = Transaction | Outside
Work: TypeAlias = Generator[Part, Any, T]


def carry_out(work: Work[T], do: Callable[[Part], Any]) -> T:
    """Carry work out, waiting for each part."""
    try:
        part = next(work)
        while True:
            try:
                result = do(part)
            except Exception as error:  # noqa: BLE001 - the work decides what becomes of it
                part = work.throw(error)
            else:
                part = work.send(result)
    except StopIteration as end:
        return cast("T", end.value)


async def carry_out_awaiting(work: Work[T], do: Callable[[Part], Awaitable[Any]]) -> T:
    """Carry work out, awaiting each part."""
    try:
        part = next(work)
        while True:
            try:
                result = await do(part)
            except Exception as error:  # noqa: BLE001 - the work decides what becomes of it
                part = work.throw(error)
            else:
                part = work.send(result)
    except StopIteration as end:
        return cast("T", end.value)
