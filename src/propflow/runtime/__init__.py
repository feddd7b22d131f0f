"""The only join: load, decide, commit."""

from propflow.runtime.async_engine import AsyncEngine
from propflow.runtime.backoff import Backoff
from propflow.runtime.engine import Engine
from propflow.runtime.page import Page
from propflow.runtime.parking import Parked
from propflow.runtime.relaying import Delivery, Handler, Handlers, Relayed, Undelivered
from propflow.runtime.sweeping import Sweep, Unfired

__all__ = [
    "AsyncEngine",
    "Backoff",
    "Delivery",
    "Engine",
    "Handler",
    "Handlers",
    "Page",
    "Parked",
    "Relayed",
    "Sweep",
    "Undelivered",
    "Unfired",
]
