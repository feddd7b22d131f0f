"""Tenants see and write their own cases alone."""

from __future__ import annotations

from typing import Any

import pytest

from propflow import Engine, NotFound
from propflow.errors import InvalidId, TenancyError
from propflow.storage import OwningStore
from tests.runtime.loans import BORROWER, KEEPER, KeyLoan


def test_a_scoped_engine_neither_sees_nor_touches_another_tenant(engine: Engine) -> None:
    north, south = engine.scoped("north"), engine.scoped(tenant="south")
    mine = north.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER, id="1", key="k")
    for other in (south, engine):
        with pytest.raises(NotFound):
            other.get("1", KeyLoan)
        with pytest.raises(NotFound):
            other.history("1")
        with pytest.raises(NotFound):
            other.options(mine, by=KEEPER)
        with pytest.raises(NotFound):
            other.fire(mine, KeyLoan.lend(), by=KEEPER)
        with pytest.raises(NotFound):
            other.check(mine, KeyLoan.lend(), by=KEEPER)
        assert len(other.find(KeyLoan)) == 0
    theirs = south.start(KeyLoan.request(key="B2", borrower="u8"), by=BORROWER, id="1", key="k")
    assert north.get("1", KeyLoan) == mine
    assert south.get("1", KeyLoan) == theirs


def test_a_scoped_engine_cannot_leave_its_tenant(engine: Engine) -> None:
    north = engine.scoped("north")
    assert north.scoped("north").find(KeyLoan).cases == ()
    with pytest.raises(TenancyError, match="cannot leave it"):
        north.scoped("south")
    with pytest.raises(InvalidId):
        engine.scoped("")


def test_an_engine_may_require_a_tenant(store: OwningStore[Any]) -> None:
    engine = Engine(store, [KeyLoan], tenancy="required")
    with pytest.raises(TenancyError, match="requires a tenant"):
        engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    with pytest.raises(TenancyError):
        engine.find(KeyLoan)
    scoped = engine.scoped("north")
    assert scoped.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER).revision == 1
