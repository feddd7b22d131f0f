"""The shipped rule books, and the loader for these and for the host's own."""

from propflow.rulebooks.loader import load, shipped

__all__ = ["load", "shipped"]
