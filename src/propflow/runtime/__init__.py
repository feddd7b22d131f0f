"""The only join: load, decide, commit."""

from propflow.runtime.async_engine import AsyncEngine
from propflow.runtime.engine import Engine
from propflow.runtime.page import Page

__all__ = ["AsyncEngine", "Engine", "Page"]
