"""What follows from a step in the same commit."""

from __future__ import annotations

from typing import Any

import pytest

from propflow import SYSTEM, Engine, NotFound, Refused
from propflow.errors import EffectChainError, FunctionRaised
from propflow.storage import MemoryStore, Ref
from tests.runtime import loans
from tests.runtime.loans import BORROWER, KEEPER, Cupboard, KeyAudit, KeyLoan


def test_a_step_opens_and_fires_other_cases_in_its_commit(engine: Engine) -> None:
    engine.start(Cupboard.install(), by=BORROWER, id="c")
    engine.fire("c", Cupboard.take(key="B1"), by=BORROWER)

    audit = engine.get("c.B1", KeyAudit)
    assert (audit.state, audit.data.key) == ("opened", "B1")
    cupboard = engine.get("c", Cupboard)
    assert (cupboard.revision, cupboard.data.keys) == (3, 1)
    assert [(e.event, e.actor) for e in engine.history("c")] == [
        ("install", BORROWER),
        ("take", BORROWER),
        ("count", SYSTEM),
    ]
    assert [e.actor for e in engine.history("c.B1")] == [BORROWER]


def test_a_refused_child_refuses_the_whole_step(engine: Engine) -> None:
    engine.start(Cupboard.install(limit=1), by=BORROWER, id="c")
    engine.fire("c", Cupboard.take(key="B1"), by=BORROWER)
    before = engine.get("c", Cupboard)

    checked = engine.check("c", Cupboard.take(key="B2"), by=BORROWER)
    assert [r.code for r in checked.reasons] == ["below_limit"]
    with pytest.raises(Refused) as refused:
        engine.fire("c", Cupboard.take(key="B2"), by=BORROWER)
    assert [r.code for r in refused.value.reasons] == ["below_limit"]
    assert (refused.value.workflow, refused.value.event) == ("cupboard", "count")
    assert refused.value.__notes__ == [
        "it follows from key_audit.begin on case 'c.B2', refused with it",
        "it follows from cupboard.take on case 'c', refused with it",
    ]
    assert engine.get("c", Cupboard) == before
    with pytest.raises(NotFound):
        engine.get("c.B2", KeyAudit)


def test_a_refused_step_among_many_takes_its_children_along(engine: Engine) -> None:
    engine.start(Cupboard.install(limit=1), by=BORROWER, id="c")
    taken, refused = engine.fire_many(
        [("c", Cupboard.take(key="B1")), ("c", Cupboard.take(key="B2"))], by=BORROWER
    )
    assert not isinstance(taken, Refused)
    assert isinstance(refused, Refused)
    assert engine.get("c", Cupboard).data.keys == 1
    assert [case.id for case in engine.find(KeyAudit)] == ["c.B1"]


def test_effects_in_a_cycle_are_named_and_change_nothing(engine: Engine) -> None:
    cupboard = engine.start(Cupboard.install(), by=BORROWER, id="c")
    with pytest.raises(EffectChainError, match=r"cycle: cupboard.loop on c → cupboard.loop on c"):
        engine.fire("c", Cupboard.loop(), by=BORROWER)
    assert engine.get("c", Cupboard) == cupboard


def test_other_effects_go_to_the_outbox_with_the_step() -> None:
    store = MemoryStore()
    engine = Engine(store, [KeyLoan])
    loan = engine.start(KeyLoan.request(key="B1", borrower="u7"), by=BORROWER)
    engine.fire(loan, KeyLoan.lend(), by=KEEPER)
    with store.begin(write=False) as tx:
        ((revision, message),) = store.outbox(tx, Ref("", loan.id))
    assert (revision, message.index, message.kind) == (2, 0, "Notify")
    assert message.body == '{"topic":"key_lent","to":["borrower"],"data":{}}'


def test_a_broken_function_leaves_no_trace(engine: Engine, monkeypatch: Any) -> None:
    cupboard = engine.start(Cupboard.install(), by=BORROWER, id="c")
    monkeypatch.setattr(loans, "KeyAudit", None)
    with pytest.raises(FunctionRaised, match=r"effects function of cupboard.take"):
        engine.fire("c", Cupboard.take(key="B1"), by=BORROWER)
    assert engine.get("c", Cupboard) == cupboard
