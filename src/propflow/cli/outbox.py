"""``propflow outbox`` and ``propflow parked``: what waits, and what failed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from propflow.cli.console import output
from propflow.cli.stores import Limit, Prefix, StoreURL, Tenant, engine_on, moment, show
from propflow.errors import InvalidArgument
from propflow.runtime import Undelivered

outbox = typer.Typer(no_args_is_help=True)

_COLUMNS = ("id", "kind", "recorded", "attempts", "not before", "problem")


@outbox.callback()
def about() -> None:
    """待发消息。Messages on their way out."""


@outbox.command("list")
def show_pending(
    store: StoreURL, *, tenant: Tenant = "", prefix: Prefix = "propflow_", limit: Limit = 100
) -> None:
    """列出待发消息。List the messages that are to be delivered, the next to try first."""
    with engine_on(store, tenant, prefix) as engine:
        _show(engine.outbox(limit=limit), "nothing is to be delivered")


@outbox.command("dead")
def show_dead(
    store: StoreURL, *, tenant: Tenant = "", prefix: Prefix = "propflow_", limit: Limit = 100
) -> None:
    """列出发送失败的消息。List the messages that failed too often."""
    with engine_on(store, tenant, prefix) as engine:
        _show(engine.dead_letters(limit=limit), "nothing is dead")


@outbox.command("requeue")
def requeue(
    store: StoreURL,
    message: Annotated[str, typer.Argument(metavar="ID", help="As `outbox dead` shows it.")],
    *,
    tenant: Tenant = "",
    prefix: Prefix = "propflow_",
) -> None:
    """重新发送。Let a dead message be delivered again."""
    with engine_on(store, tenant, prefix) as engine:
        try:
            engine.requeue(message)
        except InvalidArgument:
            why = "names no dead message of this tenant; see: propflow outbox dead STORE"
            raise InvalidArgument("id", message, why) from None
    output().print(f"{message} is to be delivered again", soft_wrap=True)


def parked(
    store: StoreURL, *, tenant: Tenant = "", prefix: Prefix = "propflow_", limit: Limit = 100
) -> None:
    """列出等待立案的步骤。List the steps whose case has not arrived, or could not take them."""
    with engine_on(store, tenant, prefix) as engine:
        steps = engine.parked(limit=limit)
    rows = [
        (
            each.key,
            each.case_id,
            f"{each.workflow}.{each.event}",
            each.actor,
            moment(each.occurred_at),
            moment(each.received_at),
            each.problem or "waits for its case",
        )
        for each in steps
    ]
    columns = ("key", "case", "step", "actor", "occurred", "received", "problem")
    show(columns, rows, "nothing is parked")


def _show(messages: Sequence[Undelivered], none: str) -> None:
    rows = [
        (
            each.id,
            each.kind,
            moment(each.recorded_at),
            str(each.attempts),
            moment(each.not_before),
            each.problem or "",
        )
        for each in messages
    ]
    show(_COLUMNS, rows, none)
