"""The repair order: its table, its guards both ways, and each variant from end to end."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import attrs
import pytest

from propflow.definition import Action, Actor, Notify
from propflow.workflows import Grade, RepairKind, RepairOrder, RepairOrderData, VisitResult, roles
from tests.workflows.walking import Walk, everyone, outcomes, pairs, roles_asked

OWNER = Actor("owner-1", [roles.resident])
STRANGER = Actor("owner-2", [roles.resident])
WORKER = Actor("worker-1", [roles.technician])
COLLEAGUE = Actor("worker-2", [roles.technician])
DESK = Actor("desk-1", [roles.customer_service])
SUPERVISOR = Actor("supervisor-1", [roles.cs_supervisor])

SATISFIED, DISSATISFIED, UNREACHABLE = VisitResult

ACTIONS: dict[str, Action[Any, RepairOrderData]] = {
    "accept": RepairOrder.accept(),
    "reclassify": RepairOrder.reclassify(kind=RepairKind.OWNER, reason="inside the flat"),
    "pool": RepairOrder.pool(),
    "grab": RepairOrder.grab(),
    "assign": RepairOrder.assign(worker="worker-1"),
    "transfer": RepairOrder.transfer(worker="worker-2", reason="electrics"),
    "send_back": RepairOrder.send_back(reason="not my trade"),
    "set_out": RepairOrder.set_out(),
    "arrive": RepairOrder.arrive(),
    "quote": RepairOrder.quote(quote=Decimal("120.50"), scheme="new valve"),
    "accept_quote": RepairOrder.accept_quote(approval="doc-1"),
    "decline_quote": RepairOrder.decline_quote(reason="too dear"),
    "begin_work": RepairOrder.begin_work(),
    "hold": RepairOrder.hold(reason="waiting for a part"),
    "resume": RepairOrder.resume(),
    "complete": RepairOrder.complete(work_done="valve changed", after_photos=("p2",)),
    "confirm": RepairOrder.confirm(signature="sheet-1"),
    "reject": RepairOrder.reject(reason="it drips"),
    "request_payment": RepairOrder.request_payment(),
    "record_payment": RepairOrder.record_payment(amount=Decimal("120.50"), receipt="r-1"),
    "arrange_visit": RepairOrder.arrange_visit(),
    "rate": RepairOrder.rate(grade=Grade.SATISFIED, comment="quick"),
    "visit": RepairOrder.visit(result=SATISFIED),
    "close": RepairOrder.close(),
    "cancel": RepairOrder.cancel(reason="it works again"),
    "force_close": RepairOrder.force_close(reason="moved away"),
    "reopen": RepairOrder.reopen(reason="it drips again"),
    "urge": RepairOrder.urge(),
}

BEFORE_WORK = ("reported", "accepted", "pooled", "assigned", "en_route", "arrived")
OPEN = (
    *BEFORE_WORK,
    *("quoted", "in_progress", "on_hold", "completed"),
    *("confirmed", "awaiting_payment", "follow_up"),
)

TABLE = {
    ("reported", "accept"): "accepted",
    ("accepted", "pool"): "pooled",
    ("pooled", "grab"): "assigned",
    ("accepted", "assign"): "assigned",
    ("pooled", "assign"): "assigned",
    ("assigned", "transfer"): "assigned",
    ("en_route", "transfer"): "assigned",
    ("arrived", "transfer"): "assigned",
    ("in_progress", "transfer"): "assigned",
    ("assigned", "send_back"): "accepted",
    ("en_route", "send_back"): "accepted",
    ("arrived", "send_back"): "accepted",
    ("assigned", "set_out"): "en_route",
    ("assigned", "arrive"): "arrived",
    ("en_route", "arrive"): "arrived",
    ("arrived", "quote"): "quoted",
    ("quoted", "quote"): "quoted",
    ("in_progress", "quote"): "quoted",
    ("quoted", "accept_quote"): "in_progress",
    ("quoted", "decline_quote"): "declined",
    ("arrived", "begin_work"): "in_progress",
    ("assigned", "hold"): "on_hold",
    ("arrived", "hold"): "on_hold",
    ("in_progress", "hold"): "on_hold",
    ("on_hold", "resume"): "arrived",  # where the tests' case came from
    ("in_progress", "complete"): "completed",
    ("completed", "confirm"): "confirmed",
    ("completed", "reject"): "in_progress",
    ("confirmed", "request_payment"): "awaiting_payment",
    ("awaiting_payment", "record_payment"): "follow_up",
    ("confirmed", "arrange_visit"): "follow_up",
    ("follow_up", "visit"): "follow_up",
    ("confirmed", "close"): "closed",
    ("follow_up", "close"): "closed",
    ("closed", "reopen"): "accepted",
    ("force_closed", "reopen"): "accepted",
    **{
        (state, "rate"): state for state in ("confirmed", "awaiting_payment", "follow_up", "closed")
    },
    **{(state, "reclassify"): state for state in BEFORE_WORK},
    **{(state, "cancel"): "cancelled" for state in BEFORE_WORK},
    **{(state, "force_close"): "force_closed" for state in OPEN},
    **{(state, "urge"): state for state in OPEN},
}

DATA = RepairOrderData(
    place="3-502",
    description="tap drips",
    kind=RepairKind.PAID,
    reporter="owner-1",
    worker="worker-1",
    quote=Decimal("120.50"),
    quote_accepted=True,
    visit_result=SATISFIED,
)
PAID_UP = attrs.evolve(DATA, paid=DATA.quote)

BY_WORKER = {"send_back", "set_out", "arrive", "quote", "begin_work", "complete"}


def reported(kind: RepairKind = RepairKind.OWNER, workflow: Any = RepairOrder) -> Walk:
    opening = RepairOrder.report(place="3-502", description="tap drips", kind=kind)
    return Walk(workflow, opening, OWNER)


def arrived(kind: RepairKind = RepairKind.OWNER, workflow: Any = RepairOrder) -> Walk:
    walk = reported(kind, workflow).step(RepairOrder.accept(), DESK)
    return walk.step(ACTIONS["assign"], DESK).step(RepairOrder.arrive(), WORKER)


def completed(kind: RepairKind = RepairKind.OWNER, workflow: Any = RepairOrder) -> Walk:
    walk = arrived(kind, workflow)
    if kind in {RepairKind.PAID, RepairKind.LARGE}:
        walk.step(ACTIONS["quote"], WORKER).step(ACTIONS["accept_quote"], OWNER)
    else:
        walk.step(RepairOrder.begin_work(), WORKER)
    return walk.step(ACTIONS["complete"], WORKER)


# The table ------------------------------------------------------------------------------------


def data_for(event: str) -> RepairOrderData:
    """Return data with which the event's guards consent."""
    return PAID_UP if event in {"arrange_visit", "close"} else DATA


def actor_for(event: str) -> Actor:
    """Return an actor with every role who is, where it matters, the one that must act."""
    one = "worker-1" if event in BY_WORKER else "owner-1" if event == "rate" else "somebody"
    return everyone(RepairOrder, one)


@pytest.mark.parametrize(("state", "event"), pairs(RepairOrder, ACTIONS))
def test_the_table_and_nothing_but_the_table(state, event):
    expected = TABLE.get((state, event), {"wrong_state"})
    actor, data = actor_for(event), data_for(event)
    result = outcomes(RepairOrder, state, ACTIONS[event], actor, data, previous="arrived")
    assert result == expected


def test_who_may_ask():
    desk = {"customer_service", "cs_supervisor", "cs_assistant"}
    dispatch = desk | {"department_head"}
    reporter = desk | {"resident"}
    worker = {"technician"}
    assert roles_asked(RepairOrder) == {
        "report": set(),
        "accept": desk,
        "reclassify": worker | dispatch,
        "pool": dispatch,
        "grab": worker,
        "assign": dispatch,
        "transfer": worker | dispatch,
        "send_back": worker,
        "set_out": worker,
        "arrive": worker,
        "quote": worker,
        "accept_quote": reporter,
        "decline_quote": reporter,
        "begin_work": worker,
        "hold": worker | dispatch,
        "resume": worker | dispatch,
        "complete": worker,
        "confirm": reporter,
        "reject": reporter,
        "request_payment": desk,
        "record_payment": desk,
        "arrange_visit": desk,
        "rate": {"resident"},
        "visit": desk,
        "close": desk,
        "cancel": reporter,
        "force_close": {"cs_supervisor"},
        "reopen": reporter,
        "urge": reporter,
    }


# Each variant from end to end -------------------------------------------------------------------


def test_a_repair_for_an_owner():
    walk = reported().step(RepairOrder.accept(), DESK).step(RepairOrder.pool(), DESK)
    walk.step(RepairOrder.grab(), WORKER).step(RepairOrder.set_out(), WORKER)
    walk.step(RepairOrder.arrive(), WORKER).step(RepairOrder.begin_work(), WORKER)
    walk.step(ACTIONS["complete"], WORKER).step(RepairOrder.confirm(), OWNER)
    walk.step(RepairOrder.arrange_visit(), DESK).step(ACTIONS["rate"], OWNER)
    walk.step(ACTIONS["visit"], DESK).step(RepairOrder.close(), DESK)
    assert walk.state == "closed"
    assert (walk.data.worker, walk.data.work_done) == ("worker-1", "valve changed")
    assert (walk.data.confirmed_by, walk.data.grade) == ("owner-1", Grade.SATISFIED)
    assert (walk.data.visits, walk.data.visitor) == (1, "desk-1")


def test_a_paid_repair():
    walk = arrived(RepairKind.PAID)
    assert walk.codes(RepairOrder.begin_work(), WORKER) == {"price_agreed"}
    walk.step(RepairOrder.quote(quote=Decimal("120.50")), WORKER)
    walk.step(RepairOrder.accept_quote(), OWNER).step(RepairOrder.complete(), WORKER)
    walk.step(RepairOrder.confirm(), OWNER)
    for too_early in (RepairOrder.arrange_visit(), RepairOrder.close()):
        assert "nothing_due" in walk.codes(too_early, DESK)
    walk.step(RepairOrder.request_payment(), DESK).step(ACTIONS["record_payment"], DESK)
    assert (walk.data.paid, walk.data.receipt) == (Decimal("120.50"), "r-1")
    walk.step(ACTIONS["visit"], DESK).step(RepairOrder.close(), DESK)
    assert walk.state == "closed"


def test_a_large_repair():
    walk = arrived(RepairKind.LARGE)
    bare = RepairOrder.quote(quote=Decimal(9000))
    assert walk.codes(bare, WORKER) == {"scheme_given"}
    walk.step(RepairOrder.quote(quote=Decimal(9000), scheme="new riser, 3 days"), WORKER)
    assert walk.codes(RepairOrder.accept_quote(), OWNER) == {"approval_given"}
    walk.step(RepairOrder.accept_quote(approval="fund-7"), OWNER)
    walk.step(ACTIONS["complete"], WORKER).step(RepairOrder.confirm(), OWNER)
    assert walk.codes(RepairOrder.request_payment(), DESK) == {"payment_due"}
    walk.step(RepairOrder.arrange_visit(), DESK).step(ACTIONS["visit"], DESK)
    walk.step(RepairOrder.close(), DESK)
    assert walk.state == "closed"
    assert (walk.data.scheme, walk.data.approval) == ("new riser, 3 days", "fund-7")


def test_a_repair_in_a_public_area():
    walk = arrived(RepairKind.PUBLIC_AREA)
    assert walk.codes(ACTIONS["quote"], WORKER) == {"to_be_quoted"}
    walk.step(RepairOrder.begin_work(), WORKER).step(ACTIONS["complete"], WORKER)
    assert walk.codes(RepairOrder.confirm(), OWNER) == {"confirmed_by_customer_service"}
    walk.step(RepairOrder.confirm(), DESK).step(RepairOrder.close(), DESK)
    assert (walk.state, walk.data.confirmed_by) == ("closed", "desk-1")


# Dispatch --------------------------------------------------------------------------------------


def test_the_first_to_grab_has_it():
    walk = reported().step(RepairOrder.accept(), DESK).step(RepairOrder.pool(), DESK)
    walk.step(RepairOrder.grab(), WORKER)
    assert walk.codes(RepairOrder.grab(), COLLEAGUE) == {"wrong_state"}
    assert walk.data.worker == "worker-1"


@pytest.mark.parametrize("event", sorted(BY_WORKER))
def test_only_the_technician_who_has_it_works_on_it(event):
    state = next(state for state, name in TABLE if name == event)
    assert outcomes(RepairOrder, state, ACTIONS[event], COLLEAGUE, DATA) == {"by_worker"}
    assert outcomes(RepairOrder, state, ACTIONS[event], WORKER, DATA) == TABLE[state, event]


@pytest.mark.parametrize("event", ["transfer", "hold", "resume"])
def test_a_dispatcher_may_step_in_but_no_other_technician(event):
    state = "on_hold" if event == "resume" else "assigned"
    head = Actor("head-1", [roles.department_head])
    for actor in (WORKER, DESK, head):
        result = outcomes(RepairOrder, state, ACTIONS[event], actor, DATA, previous="assigned")
        assert result == ("on_hold" if event == "hold" else "assigned")
    result = outcomes(RepairOrder, state, ACTIONS[event], COLLEAGUE, DATA, previous="assigned")
    assert result == {"worker_or_dispatcher"}


def test_a_dispatch_names_somebody_and_a_transfer_somebody_else():
    walk = reported().step(RepairOrder.accept(), DESK)
    assert walk.codes(RepairOrder.assign(worker=" "), DESK) == {"worker_named"}
    walk.step(ACTIONS["assign"], DESK)
    move = RepairOrder.transfer
    assert walk.codes(move(worker=" ", reason="x"), DESK) == {"worker_named"}
    assert walk.codes(move(worker="worker-1", reason="x"), DESK) == {"another_worker"}
    assert walk.step(ACTIONS["transfer"], WORKER).data.worker == "worker-2"


def test_bounces_escalate_from_the_limit_on():
    limited = arrived(workflow=RepairOrder.with_settings(max_bounces=1))
    limited.step(ACTIONS["send_back"], WORKER)
    assert (limited.state, limited.data.worker) == ("accepted", "")
    assert (limited.data.bounces, limited.data.escalated) == (1, True)
    data = {"case_id": "case-1", "bounces": 1, "reason": "not my trade"}
    assert limited.effects == (Notify("repair_bounced", "cs_supervisor", data),)
    unlimited = arrived().step(ACTIONS["send_back"], WORKER)
    assert (unlimited.data.bounces, unlimited.data.escalated) == (1, False)
    assert unlimited.effects == ()


def test_a_reason_is_needed():
    asked = [name for name, event in RepairOrder.spec.events.items() if _asks_for_reason(event)]
    assert len(asked) == 9
    for event in asked:
        action = attrs.evolve(
            ACTIONS[event], payload=attrs.evolve(ACTIONS[event].payload, reason=" ")
        )
        state = next(state for state, name in TABLE if name == event)
        result = outcomes(RepairOrder, state, action, actor_for(event), DATA)
        assert result == {"reason_given"}, event


def _asks_for_reason(event: Any) -> bool:
    return event.payload is not None and "reason" in attrs.fields_dict(event.payload)


@pytest.mark.parametrize("origin", ["assigned", "arrived", "in_progress"])
def test_a_hold_ends_where_it_was_entered(origin):
    walk = reported().step(RepairOrder.accept(), DESK).step(ACTIONS["assign"], DESK)
    if origin != "assigned":
        walk.step(RepairOrder.arrive(), WORKER)
    if origin == "in_progress":
        walk.step(RepairOrder.begin_work(), WORKER)
    walk.step(ACTIONS["hold"], WORKER).step(RepairOrder.resume(), WORKER)
    assert walk.state == origin


def test_what_turns_out_to_be_chargeable_is_quoted_before_the_work():
    walk = arrived()
    walk.step(RepairOrder.reclassify(kind=RepairKind.PAID, reason="out of warranty"), WORKER)
    assert walk.data.kind is RepairKind.PAID
    assert walk.codes(RepairOrder.begin_work(), WORKER) == {"price_agreed"}


# Price and payment -----------------------------------------------------------------------------


@pytest.mark.parametrize("price", ["0", "-1", "NaN", "Infinity"])
def test_a_price_is_a_positive_number(price):
    action = RepairOrder.quote(quote=Decimal(price))
    assert arrived(RepairKind.PAID).codes(action, WORKER) == {"price_given"}


def test_a_new_price_during_the_work_must_be_agreed_again():
    walk = arrived(RepairKind.PAID).step(ACTIONS["quote"], WORKER)
    walk.step(RepairOrder.accept_quote(), OWNER)
    walk.step(RepairOrder.quote(quote=Decimal(300)), WORKER)
    assert (walk.state, walk.data.quote_accepted) == ("quoted", False)
    walk.step(ACTIONS["decline_quote"], OWNER)
    assert walk.state == "declined"


def test_customer_service_accepts_a_quote_only_with_the_owner_s_word_in_writing():
    walk = arrived(RepairKind.PAID).step(ACTIONS["quote"], WORKER)
    assert walk.codes(RepairOrder.accept_quote(), DESK) == {"approval_given"}
    assert walk.step(RepairOrder.accept_quote(approval="mail-3"), DESK).state == "in_progress"


@pytest.mark.parametrize("amount", ["0", "120.49", "120.51", "NaN"])
def test_a_payment_settles_what_is_outstanding(amount):
    action = RepairOrder.record_payment(amount=Decimal(amount), receipt="r-1")
    assert outcomes(RepairOrder, "awaiting_payment", action, DESK, DATA) == {"paid_in_full"}


def test_a_payment_has_a_receipt():
    action = RepairOrder.record_payment(amount=Decimal("120.50"), receipt=" ")
    assert outcomes(RepairOrder, "awaiting_payment", action, DESK, DATA) == {"receipt_given"}


def test_a_repair_that_is_reopened_costs_nothing_twice():
    walk = completed(RepairKind.PAID).step(RepairOrder.confirm(), OWNER)
    walk.step(RepairOrder.request_payment(), DESK).step(ACTIONS["record_payment"], DESK)
    walk.step(RepairOrder.visit(result=DISSATISFIED), DESK)
    assert walk.state == "assigned"
    walk.step(RepairOrder.arrive(), WORKER).step(RepairOrder.begin_work(), WORKER)
    walk.step(RepairOrder.complete(), WORKER)
    assert walk.data.visit_result is None
    walk.step(RepairOrder.confirm(), OWNER).step(RepairOrder.arrange_visit(), DESK)
    assert walk.codes(RepairOrder.close(), DESK) == {"visited_if_required"}


# The work and its confirmation -----------------------------------------------------------------


def test_photos_of_the_result_are_asked_for_where_the_host_says_so():
    strict = RepairOrder.with_settings(after_photo_kinds=["paid"])
    bare = RepairOrder.complete(after_photos=(" ",))
    assert outcomes(strict, "in_progress", bare, WORKER, DATA) == {"after_photos_given"}
    assert outcomes(strict, "in_progress", ACTIONS["complete"], WORKER, DATA) == "completed"
    owners = attrs.evolve(DATA, kind=RepairKind.OWNER)
    assert outcomes(strict, "in_progress", bare, WORKER, owners) == "completed"


@pytest.mark.parametrize("event", ["confirm", "reject"])
def test_the_reporter_or_customer_service_judges_the_work(event):
    assert completed().codes(ACTIONS[event], STRANGER) == {"confirmed_by_reporter"}
    assert completed().step(ACTIONS[event], OWNER).state == TABLE["completed", event]
    assert completed().step(ACTIONS[event], DESK).state == TABLE["completed", event]


def test_customer_service_confirms_for_an_owner_only_with_the_signed_sheet():
    assert completed().codes(RepairOrder.confirm(), DESK) == {"signature_given"}
    assert completed().step(ACTIONS["confirm"], DESK).data.signature == "sheet-1"


@pytest.mark.parametrize("event", ["confirm", "reject"])
def test_whoever_did_the_work_may_not_judge_it_unless_the_host_says_so(event):
    both = Actor("worker-1", [roles.technician, roles.customer_service])
    data = attrs.evolve(DATA, kind=RepairKind.PUBLIC_AREA)
    lenient = RepairOrder.with_settings(four_eyes=False)
    refused = outcomes(RepairOrder, "completed", ACTIONS[event], both, data)
    assert refused == {"not_the_worker"}
    assert outcomes(lenient, "completed", ACTIONS[event], both, data) == TABLE["completed", event]


def test_rejections_go_round_and_escalate_from_the_limit_on():
    walk = completed(workflow=RepairOrder.with_settings(max_rounds=2))
    for rounds in (1, 2, 3):
        walk.step(ACTIONS["reject"], OWNER)
        assert (walk.state, walk.data.rounds) == ("in_progress", rounds)
        assert walk.data.escalated is (rounds >= 2)
        data = {"case_id": "case-1", "rounds": rounds, "reason": "it drips"}
        expected = (Notify("repair_rejected", "cs_supervisor", data),) if rounds >= 2 else ()
        assert walk.effects == expected
        walk.step(ACTIONS["complete"], WORKER)


# Afterwards ------------------------------------------------------------------------------------


def test_only_the_reporter_rates():
    walk = completed().step(RepairOrder.confirm(), OWNER)
    assert walk.codes(ACTIONS["rate"], STRANGER) == {"by_reporter"}


@pytest.mark.parametrize("grade", Grade)
def test_a_bad_rating_reaches_the_supervisor(grade):
    walk = completed().step(RepairOrder.confirm(), OWNER)
    walk.step(RepairOrder.rate(grade=grade), OWNER)
    assert walk.data.grade is grade
    told = Notify("repair_badly_rated", "cs_supervisor", {"case_id": "case-1", "grade": grade})
    bad = grade in {Grade.DISSATISFIED, Grade.VERY_DISSATISFIED}
    assert walk.effects == ((told,) if bad else ())


def test_a_visit_comes_before_closing_where_the_kind_needs_one():
    walk = completed().step(RepairOrder.confirm(), OWNER)
    assert walk.codes(RepairOrder.close(), DESK) == {"visited_if_required"}
    walk.step(RepairOrder.arrange_visit(), DESK)
    assert walk.codes(RepairOrder.close(), DESK) == {"visited_if_required"}
    walk.step(RepairOrder.visit(result=UNREACHABLE), DESK)
    assert walk.step(RepairOrder.close(), DESK).state == "closed"
    relaxed = completed(workflow=RepairOrder.with_settings(visit_kinds=[]))
    relaxed.step(RepairOrder.confirm(), OWNER)
    assert relaxed.step(RepairOrder.close(), DESK).state == "closed"


@pytest.mark.parametrize(
    ("event", "state"),
    [
        ("accept_quote", "quoted"),
        ("decline_quote", "quoted"),
        ("cancel", "reported"),
        ("reopen", "closed"),
        ("urge", "assigned"),
    ],
)
def test_a_resident_acts_on_orders_of_their_own_alone(event, state):
    assert outcomes(RepairOrder, state, ACTIONS[event], STRANGER, DATA) == {"reporter_or_desk"}
    assert outcomes(RepairOrder, state, ACTIONS[event], OWNER, DATA) == TABLE[state, event]


def test_a_reopened_order_is_dispatched_anew():
    walk = completed().step(RepairOrder.confirm(), OWNER).step(RepairOrder.arrange_visit(), DESK)
    walk.step(ACTIONS["visit"], DESK).step(RepairOrder.close(), DESK)
    walk.step(ACTIONS["reopen"], OWNER)
    assert (walk.state, walk.data.reopenings, walk.data.worker) == ("accepted", 1, "")
    assert (walk.data.confirmed_by, walk.data.visit_result) == ("", None)


def test_urging_reaches_the_technician_or_the_desk():
    walk = reported().step(RepairOrder.urge(), OWNER)
    first = {"case_id": "case-1", "urges": 1}
    assert walk.effects == (Notify("repair_urged", "customer_service", first),)
    walk = arrived().step(RepairOrder.urge(), OWNER)
    assert walk.effects == (Notify("repair_urged", "worker-1", first),)


def test_an_order_may_be_reported_for_a_resident():
    opening = RepairOrder.report(place="3-502", description="tap", reporter="owner-1")
    assert Walk(RepairOrder, opening, DESK).data.reporter == "owner-1"


# Settings --------------------------------------------------------------------------------------


def test_settings_that_price_what_is_not_quoted_are_refused():
    with pytest.raises(ValueError, match="owner: approval_kinds and payment_kinds must be among"):
        RepairOrder.with_settings(payment_kinds=["owner"])


def test_settings_name_known_kinds():
    with pytest.raises(ValueError, match="'castle' is not a valid RepairKind"):
        RepairOrder.with_settings(visit_kinds=["castle"])


def test_settings_leave_the_shipped_definition_alone():
    other = RepairOrder.with_settings(visit_kinds=["paid"])
    assert other.spec.settings.visit_kinds == {RepairKind.PAID}
    assert RepairKind.OWNER in RepairOrder.spec.settings.visit_kinds
    assert (other.spec.name, other.spec.version) == ("repair_order", 1)
