"""Guards: conditions with their words, made of plain functions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from propflow.definition import Case, Context, Event, Guard, Refusal, guard
from tests.definition.faults import faults_of
from tests.definition.flows import Flow


def labelled(function: Any, code: str = "") -> Guard[Any, Any]:
    return guard(zh="可以", en="it may", code=code)(function)


def of_two(case: Case[Any], context: Context) -> bool:
    return True


def of_three(case: Case[Any], payload: object, context: Context) -> bool:
    return True


def test_a_guard_has_its_functions_name_as_code_and_its_words_as_refusal():
    made = labelled(of_two)
    assert made.code == "of_two"
    assert made.refusal == Refusal("of_two", "可以", "it may")


def test_a_guard_may_have_a_code_and_a_source_of_its_own():
    made = guard(zh="可以", en="it may", code="may", source="4.6")(of_two)
    assert (made.code, made.source, made.refusal.code) == ("may", "4.6", "may")


def test_a_guard_can_be_asked_by_itself_as_it_was_written():
    asked: list[tuple[object, ...]] = []
    made = labelled(lambda *arguments: asked.append(arguments), "ask")
    assert made("case", "payload", "context") is None
    assert asked == [("case", "payload", "context")]


class Callables:
    def method(self, case: object, context: object) -> bool:
        return True

    def __call__(self, case: object, payload: object, context: object) -> bool:
        return True


@pytest.mark.parametrize(
    ("function", "takes_payload"),
    [
        (of_two, False),
        (of_three, True),
        (Callables().method, False),
        (Callables(), True),
        (functools.partial(of_three, None), False),
        (lambda case, context, extra=None: True, False),
        (lambda case, payload, context, *more, **named: True, True),
    ],
)
def test_a_guard_takes_the_payload_if_its_function_asks_for_three(
    function: Callable[..., object], takes_payload: object
):
    assert labelled(function).takes_payload is takes_payload


async def asynchronous(case: object, context: object) -> bool:
    return False


async def asynchronous_stream(case: object, context: object) -> Any:
    yield False


def generator(case: object, context: object) -> Iterator[bool]:
    yield False


@pytest.mark.parametrize(
    "function",
    [
        asynchronous,
        asynchronous_stream,
        generator,
        lambda: True,
        lambda case: True,
        lambda case, payload, context, more: True,
        lambda case, context, *, more: True,
        5,
        "of_two",
        dict.fromkeys,
    ],
)
def test_what_cannot_be_asked_as_a_guard_is_reported_with_its_event(function: Any):
    def make() -> None:
        class Bad(Flow):
            stop = Event(
                Flow.begun >> Flow.done, zh="停", en="Stop", guards=[labelled(function, "g")]
            )

    assert faults_of(make) == [
        (
            "Bad.stop: the guard 'g' must be a plain function, not async, that takes "
            "(case, context) or (case, payload, context)"
        )
    ]


def test_a_guard_on_one_transition_is_checked_as_one_on_the_event_is():
    def make() -> None:
        class Bad(Flow):
            stop = Event((Flow.begun >> Flow.done).when(print, labelled(5)), zh="停", en="Stop")  # type: ignore[arg-type]

    assert faults_of(make) == [
        "Bad.stop: the guard <built-in function print> is not made with @guard(zh=…, en=…)",
        (
            "Bad.stop: the guard 'guard' must be a plain function, not async, that takes (case, "
            "context) or (case, payload, context)"
        ),
    ]


def test_a_guard_made_of_a_lambda_needs_a_code():
    def make() -> None:
        class Bad(Flow):
            stop = Event(
                Flow.begun >> Flow.done, zh="停", en="Stop", guards=[labelled(lambda c, x: True)]
            )

    assert faults_of(make) == [
        "Bad.stop: a guard made of a lambda needs a code=, for programs to know it"
    ]


@pytest.mark.parametrize(("zh", "en", "missing"), [("", "", "zh and en"), ("是", "", "en")])
def test_a_guard_without_a_label_is_reported_with_its_code(zh: str, en: str, missing: str):
    def make() -> None:
        class Bad(Flow):
            stop = Event(
                Flow.begun >> Flow.done, zh="停", en="Stop", guards=[guard(zh=zh, en=en)(of_two)]
            )

    assert faults_of(make) == [f"Bad.stop, guard 'of_two': has no label in {missing}"]
