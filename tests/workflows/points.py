"""What the tests of slips, sheets and the ledger share: people, charges, an engine of March."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from propflow import Actor, Engine
from propflow.definition import Case
from propflow.scoring import Charge, Posting
from propflow.workflows import LedgerEntry, roles

LIN = Actor("lin", [roles.inspector])
MA = Actor("ma", [roles.inspector])
GUO = Actor("guo", [roles.office])
ZHAO = Actor("zhao", [roles.project_general_manager])
P1 = Actor("p1")

UNIFORM = Charge("ded_no_uniform", "1.5", "未着工作服")
WARNED = Charge("", 2, "顶撞业户", warnings=1)

THURSDAY = datetime(2026, 3, 5, 2, tzinfo=UTC)  # 10:00 in Shanghai
APRIL = datetime(2026, 4, 7, 2, tzinfo=UTC)


def entries(engine: Engine, **where: Any) -> list[Case[Posting]]:
    """Return the ledger's entries, those of the same moment by id."""
    found = engine.find(LedgerEntry, where=where or None)
    return sorted(found, key=lambda case: (case.opened_at, case.id))


def points(engine: Engine, **where: Any) -> Decimal:
    """Return the sum of the ledger's entries."""
    return sum((case.data.points for case in entries(engine, **where)), Decimal(0))
