"""The only join: load, decide, commit."""

from propflow.runtime.engine import Engine
from propflow.runtime.page import Page

__all__ = ["Engine", "Page"]
