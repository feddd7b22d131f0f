"""propflow on its SQL store: with connections of its own, and joined to the host's."""

from __future__ import annotations

from sqlalchemy import create_engine
from sqlalchemy import event as events

from benchmarks.contest import DATA, WORKER
from benchmarks.contest import Refused as NotTaken
from benchmarks.durable.contest import Kept
from benchmarks.propflow_orders import on_the_team, staff
from benchmarks.values import Actor, Repair
from propflow import START, Engine, Event, Notify, Refused, State, Workflow
from propflow.storage import Ref
from propflow.storage.sealing import Seals
from propflow.storage.sqlalchemy import SQLStore


class Order(Workflow[Repair]):
    """An order that is put on hold and taken up again, with a message each time."""

    in_progress = State(zh="处理中", en="In progress")
    on_hold = State(zh="挂单", en="On hold")
    closed = State(zh="已关闭", en="Closed", final=True)

    begin = Event(Repair, START >> in_progress, zh="开工", en="Begin")
    hold = Event(
        in_progress >> on_hold,
        zh="挂单",
        en="Hold",
        by=staff,
        guards=[on_the_team],
        effects=[Notify("hold", to="staff")],
    )
    resume = Event(
        on_hold >> in_progress,
        zh="恢复",
        en="Resume",
        by=staff,
        guards=[on_the_team],
        effects=[Notify("resume", to="staff")],
    )
    close = Event(in_progress >> closed, zh="关闭", en="Close", by=staff, guards=[on_the_team])


ACTIONS = {"hold": Order.hold, "resume": Order.resume}


class Ours:
    """The engine over a store."""

    name = "propflow, own connections"
    prefix = "own_"

    def __init__(self, url: str) -> None:
        self.store = SQLStore(url, prefix=self.prefix)
        self.store.create_tables()
        self.engine = Engine(self.store, [Order])

    def open(self, order: str) -> None:
        opening = Order.begin(place=DATA.place, fault=DATA.fault, team=DATA.team)
        self.engine.start(opening, by=WORKER, id=order)

    def step(self, order: str, event: str, actor: Actor) -> None:
        try:
            self.engine.fire(order, ACTIONS[event](), by=actor)
        except Refused as refused:
            raise NotTaken from refused

    def kept(self, order: str) -> Kept:
        ref = Ref("", order)
        with self.store.begin(write=False) as tx:
            (case,) = self.store.load(tx, [ref])
            entries, messages = self.store.history(tx, ref), self.store.outbox(tx, ref)
        return Kept("" if case is None else case.state, len(entries) - 1, len(messages))

    def close(self) -> None:
        self.store.close()


class Joined(Ours):
    """The engine in a transaction of the host's, which the host begins and commits."""

    name = "propflow, joined"
    prefix = "joined_"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        if url.startswith("postgresql:"):
            url = url.replace("postgresql:", "postgresql+psycopg:", 1)
        self._host = create_engine(url)
        if self._host.dialect.name == "sqlite":
            events.listen(self._host, "connect", _like_ours)

    def step(self, order: str, event: str, actor: Actor) -> None:
        with self._host.begin() as connection:
            try:
                self.engine.joined(connection).fire(order, ACTIONS[event](), by=actor)
            except Refused as refused:
                raise NotTaken from refused

    def close(self) -> None:
        super().close()
        self._host.dispose()


def _like_ours(connection: object, _: object) -> None:
    for pragma in ("synchronous = NORMAL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")  # type: ignore[attr-defined]


class Unsealed(Ours):
    """The engine over a store that makes no seals: what they cost is the difference."""

    name = "propflow, without seals"
    prefix = "unsealed_"

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.store._writer._seals = _NoSeals()  # noqa: SLF001 - no host may do without


class _NoSeals(Seals):
    def of_entry(self, *_: object) -> str:
        return ""

    def of_case(self, *_: object) -> str:
        return ""

    def new_salt(self) -> str:
        return ""

    def of_payload(self, *_: object) -> str | None:
        return None

    def of_messages(self, *_: object) -> str | None:
        return None

    def of_data(self, *_: object) -> str:
        return ""
