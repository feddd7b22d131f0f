"""Errors about figures: what makes none."""

from __future__ import annotations

from propflow.errors.root import Problems


class InvalidMetric(Problems):
    """A period, step, limit or number that makes no figure; `problems` names each fault."""
