"""What guards, updates and effects are handed: who and when, facts and settings."""

from __future__ import annotations

from datetime import UTC, datetime

import attrs
import pytest

from propflow.definition import SYSTEM, Actor, Cases, Context, Fact, FireCase, Notify, Role, cases
from propflow.errors import MissingFact, MissingSettings
from tests.definition.loans import KeyLoan, LoanSettings, keeper, open_days

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_a_fact_is_the_hosts_answer_by_its_name():
    context = Context(SYSTEM, NOON, NOON, {"open_days": frozenset({1})})
    assert context.fact(open_days) == frozenset({1})
    assert context.fact(Fact[object]("open_days")) == frozenset({1})


def test_a_fact_may_be_none():
    assert Context(SYSTEM, NOON, NOON, {"open_days": None}).fact(open_days) is None


def test_a_fact_that_is_not_at_hand_is_named_with_what_to_do():
    with pytest.raises(MissingFact) as refused:
        Context(SYSTEM, NOON, NOON, {"other": 1}).fact(open_days)
    assert refused.value.fact == "open_days"
    assert "list it in Workflow.needs and answer it in Engine(facts=…)" in str(refused.value)


def test_a_context_without_facts_keeps_everything_else():
    full = Context(SYSTEM, NOON, NOON, {"open_days": frozenset()}, LoanSettings(9))
    bare = full.without_facts()
    assert full.has_facts
    assert not bare.has_facts
    assert (bare.actor, bare.now, bare.occurred_at) == (SYSTEM, NOON, NOON)
    assert bare.settings(LoanSettings) == LoanSettings(9)


def test_settings_are_read_by_their_class():
    assert (
        Context(SYSTEM, NOON, NOON, {}, LoanSettings(9)).settings(LoanSettings).most_reminders == 9
    )


@pytest.mark.parametrize("settings", [None, object()])
def test_settings_that_the_workflow_does_not_declare_are_named(settings: object):
    with pytest.raises(MissingSettings, match=r"declare with_settings = Settings\(LoanSettings\)"):
        Context(SYSTEM, NOON, NOON, {}, settings).settings(LoanSettings)


def test_the_built_in_fact_of_other_cases_is_called_cases():
    given: Fact[Cases] = cases
    assert given.name == "cases"


def test_an_actor_may_be_given_roles_or_their_names():
    assert Actor("k1", roles=[keeper, "head"]) == Actor("k1", frozenset({"key_keeper", "head"}))
    assert Actor("k1").roles == frozenset()


@pytest.mark.parametrize("roles", [keeper, "key_keeper", ["key_keeper"], {keeper}])
def test_one_role_need_not_stand_in_a_list(roles: Role | str):
    assert Actor("k1", roles=roles).roles == frozenset({"key_keeper"})


def test_roles_are_compared_whole_but_asked_for_by_name():
    assert Role("key_keeper") != keeper
    assert Actor("k1", roles=[Role("key_keeper")]) == Actor("k1", roles=[keeper])


@pytest.mark.parametrize(("to", "names"), [("u7", ("u7",)), (["u7", "head"], ("u7", "head"))])
def test_a_notification_goes_to_one_or_several(to: str | list[str], names: tuple[str, ...]):
    assert Notify("key_lent", to=to).to == names


def test_effects_are_values():
    assert FireCase("c1", KeyLoan.lend()) == FireCase("c1", KeyLoan.lend(), by=None)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        FireCase("c1", KeyLoan.lend()).case_id = "c2"  # type: ignore[misc]
