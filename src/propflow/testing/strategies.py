"""Hypothesis strategies for tests of a host's own: actions, actors, and findings that saturate."""

from __future__ import annotations

from typing import Any, TypeVar

import attrs
from hypothesis import strategies as st

from propflow.definition import Action, Actor, Workflow
from propflow.scoring import Deduction, Finding, RuleBook
from propflow.testing import samples
from propflow.testing.book_strategies import finding_of, findings_of

D = TypeVar("D")

_TEXTS = ("", " ", "a", "物业", "\U0001f511", "a'b\"c", "x" * 300)
"""What text meets in the end: nothing, a blank, Chinese, an emoji, quotes, length."""


def payloads(workflow: type[Workflow[Any]], event: str) -> st.SearchStrategy[Any]:
    """Draw payloads of an event, texts and numbers at their edges more often than not.

    Raises:
        InvalidTrial: The event's payload has a field of which no sample is known.
    """
    kind = workflow.spec.events[event].payload
    if kind is None:
        return st.none()
    some = [each.payload for each in samples.payloads(workflow) if each.event == event]
    texts = [
        field.name for field in attrs.fields(kind) if field.init and field.type in ("str", str)
    ]
    given = st.one_of(st.sampled_from(_TEXTS), st.text(max_size=20))
    changes: st.SearchStrategy[dict[str, Any]] = st.fixed_dictionaries(
        {}, optional=dict.fromkeys(texts, given)
    )
    return st.builds(_with, st.sampled_from(some), changes)


def _with(payload: Any, changes: dict[str, Any]) -> Any:
    return attrs.evolve(payload, **changes)


def actions(workflow: type[Workflow[D]]) -> st.SearchStrategy[Action[Any, D]]:
    """Draw actions of every event alike.

    Raises:
        InvalidTrial: A payload has a field of which no sample is known.
    """
    name = workflow.spec.name
    return st.one_of(
        *(
            st.builds(Action[Any, D], st.just(name), st.just(event), payloads(workflow, event))
            for event in workflow.spec.events
        )
    )


def actors(workflow: type[Workflow[Any]]) -> st.SearchStrategy[Actor]:
    """Draw actors: one for each role, one of several roles, one without any, and the system."""
    known = samples.actors(workflow)
    roles = sorted({role for actor in known for role in actor.roles})
    if not roles:
        return st.sampled_from(known)
    several = st.lists(st.sampled_from(roles), min_size=1, unique=True)
    return st.one_of(st.sampled_from(known), several.map(lambda some: Actor("several-1", some)))


def findings(book: RuleBook) -> st.SearchStrategy[list[Finding]]:
    """Draw findings, half of the time so many of one rule that caps are hit and totals exceeded.

    They are of one inspection, which caps are about, or of as many inspections, which repetition
    is about; some findings of other rules may stand beside them.
    """
    rules = [
        rule
        for rule in book.deductions
        if rule.in_force
        for _ in range(1 if rule.cap is None and rule.repetition is None else 3)
    ]
    return st.one_of(
        findings_of(book),
        st.builds(
            _many,
            st.sampled_from(rules),
            st.integers(8, 20),
            st.sampled_from([True, True, False]),
            st.one_of(st.just([]), findings_of(book)),
        ),
    )


def _many(
    rule: Deduction,
    count: int,
    at_once: bool,  # noqa: FBT001 - it is drawn
    beside: list[Finding],
) -> list[Finding]:
    severities = [each.id for each in rule.severities]
    many = [
        finding_of(
            rule,
            persons=[f"p{number}"],
            places=[f"r{number}"],
            inspection=1 if at_once else number,
            department="d1",
            named=True,
            severity=severities[-1] if severities else None,
        )
        for number in range(1, count + 1)
    ]
    return [*many, *beside]
