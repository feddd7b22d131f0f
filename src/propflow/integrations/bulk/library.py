"""The door to Ibis, which is imported when it is first needed.

Expressions are `Any`: their columns are known when they run, and to no type checker.
"""

from __future__ import annotations

import importlib
from typing import Any

from propflow.errors import MissingExtra


def ibis() -> Any:
    """Ibis.

    Raises:
        MissingExtra: it is not installed.
    """
    try:
        return importlib.import_module("ibis")
    except ImportError:
        raise MissingExtra("bulk", "ibis-framework") from None
