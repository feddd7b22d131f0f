"""A store of each kind, on the servers that answer too, for cases that lead to other cases."""

from __future__ import annotations

from tests.runtime.conftest import mariadb, postgres, store

__all__ = ["mariadb", "postgres", "store"]
