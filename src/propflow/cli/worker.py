"""``propflow worker``: sweeps and the relay, until somebody stops it."""

from __future__ import annotations

import select
import signal
import socket
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import attrs
import typer

from propflow.cli.calendars import warn_of_ending
from propflow.cli.console import complaints, output
from propflow.cli.loading import load_engine, load_handlers
from propflow.errors import StoreUnavailable
from propflow.runtime import Engine, Handlers
from propflow.runtime.calls import present

_AHEAD = timedelta(days=60)


@attrs.frozen
class _Done:
    """What was done, and what could not be."""

    fired: int = 0
    sent: int = 0
    taken: int = 0
    unfired: int = 0
    undelivered: int = 0
    lost: int = 0

    def __add__(self, other: _Done) -> _Done:
        pairs = zip(attrs.astuple(self), attrs.astuple(other), strict=True)
        return _Done(*(one + another for one, another in pairs))

    @property
    def any(self) -> bool:
        """Whether anything was done."""
        return bool(self.fired or self.sent or self.taken)

    def __str__(self) -> str:
        text = f"fired {self.fired}, sent {self.sent}, took {self.taken} parked"
        failed = {
            "could not fire": self.unfired,
            "could not send": self.undelivered,
            "lost": self.lost,
        }
        return "; ".join([text, *(f"{name} {count}" for name, count in failed.items() if count)])


class _Stop:
    """Whether somebody asked to stop; waits for that, and no longer than told."""

    def __init__(self) -> None:
        self.asked = False
        # A signal writes into the one and so ends a wait for the other: nothing else both wakes at
        # once and cannot come between a look and a wait.
        self._reader, self._writer = socket.socketpair()
        self._writer.settimeout(0)

    @contextmanager
    def listening(self) -> Generator[None]:
        """Take SIGTERM and SIGINT for a wish to stop."""
        before = {each: signal.signal(each, self._ask) for each in (signal.SIGTERM, signal.SIGINT)}
        wakes = signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        try:
            yield
        finally:
            signal.set_wakeup_fd(wakes)
            for each, handler in before.items():
                signal.signal(each, handler)
            self._reader.close()
            self._writer.close()

    def _ask(self, *_: object) -> None:
        self.asked = True

    def wait(self, time: timedelta) -> None:
        """Wait, until somebody asks to stop."""
        if not self.asked:
            select.select([self._reader], [], [], time.total_seconds())


class _Unhandled:
    """Tells once of each kind of message that lies in the outbox and has no handler here."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers
        self._told: set[str] = set()

    def tell(self, engines: Sequence[Engine]) -> None:
        """Look at the first messages of each outbox; a worker without handlers sends none."""
        if not self._handlers:
            return
        try:
            kinds = {each.kind for engine in engines for each in engine.outbox()}
        except StoreUnavailable:
            return  # the next turn says so
        handled = {each if isinstance(each, str) else each.__name__ for each in self._handlers}
        for kind in sorted(kinds - handled - self._told):
            self._told.add(kind)
            complaints().print(
                f"warning: messages of the kind {kind} wait, and no handler takes them; "
                f"those given take {', '.join(sorted(handled))}",
                soft_wrap=True,
            )


def work(
    engine: Annotated[
        str,
        typer.Argument(
            metavar="MODULE:ENGINE", help="An Engine of a module, or a function that makes one."
        ),
    ],
    *,
    handlers: Annotated[
        str, typer.Option(metavar="MODULE:NAME", help="The relay's handlers; else none runs.")
    ] = "",
    tenant: Annotated[
        list[str] | None, typer.Option(help="Of this tenant; may be given several times.")
    ] = None,
    poll: Annotated[
        float, typer.Option(min=0.01, help="Look again after so many seconds at the latest.")
    ] = 5.0,
    batch: Annotated[int, typer.Option(min=1, help="How much to do before looking up.")] = 100,
    once: Annotated[bool, typer.Option("--once", help="Do what there is to do, and end.")] = False,
) -> None:
    """扫描期限并发送消息。Fire deadlines and deliver messages until stopped.

    Ends with 0 on SIGTERM or Ctrl-C, once what it has begun is done. Any number may run at once.
    """
    stop = _Stop()
    with stop.listening():
        made, calendars = load_engine(engine)
        found: Handlers = load_handlers(handlers) if handlers else {}
        warn_of_ending(calendars, _AHEAD)
        engines = [made.scoped(each) for each in tenant or ()] or [made]
        total = _Done()
        unhandled = _Unhandled(found)
        while not stop.asked:
            done = _turn(engines, found, batch, stop)
            total += done
            if done != _Done():
                output().print(str(done), soft_wrap=True)
            if done.any:
                continue
            unhandled.tell(engines)
            if once:
                break
            stop.wait(_idle(engines, timedelta(seconds=poll)))
    output().print(f"stopped: {total}", soft_wrap=True)


def _turn(engines: Sequence[Engine], handlers: Handlers, batch: int, stop: _Stop) -> _Done:
    done = _Done()
    for engine in engines:
        if stop.asked:
            break
        try:
            swept = engine.run_due(limit=batch)
            done += _Done(fired=swept.fired, unfired=len(swept.unfired))
            done += _Done(taken=engine.take_parked())
            if handlers and not stop.asked:
                relayed = engine.relay(handlers, limit=batch)
                done += _Done(
                    sent=relayed.sent, undelivered=len(relayed.undelivered), lost=relayed.lost
                )
        except StoreUnavailable as error:
            complaints().print(f"propflow: {error}; tries again", style="red", soft_wrap=True)
    return done


def _idle(engines: Sequence[Engine], poll: timedelta) -> timedelta:
    """Return how long to wait: until the next deadline is due, but no longer than told.

    One that is due already is somebody else's to fire.
    """
    try:
        moments = [engine.next_due() for engine in engines]
    except StoreUnavailable:
        return poll
    now = present()
    return min([poll, *(each - now for each in moments if each is not None and each > now)])
