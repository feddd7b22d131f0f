"""Laws: what holds of every book or calendar, to be tried with random examples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import attrs
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from propflow.scoring import Label

_EXAMPLES = 100


@attrs.frozen
class Law:
    """One law, and how to try it.

    Attributes:
        name: For the id of a test.
        says: The law, for people.
        provided: What an example must meet for the law to speak of it; `None` for every example.
    """

    name: str
    says: Label
    _attempt: Callable[[int], None]
    provided: Label | None = None

    def check(self, examples: int = _EXAMPLES) -> None:
        """Try the law on so many random examples, the same ones every time.

        Raises:
            AssertionError: The law is broken; shows the smallest counterexample that was found.
        """
        self._attempt(examples)


def law(
    name: str,
    says: Label,
    examples: st.SearchStrategy[Any],
    objection_to: Callable[[Any], str | None],
    *,
    provided: Label | None = None,
) -> Law:
    """Make a law that holds for an example if there is nothing to say against it."""

    def attempt(number: int) -> None:
        @settings(
            max_examples=number,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),  # to explain the code helps no host
        )
        @given(examples)
        def try_one(example: Any) -> None:
            objection = objection_to(example)
            if objection is not None:
                raise AssertionError(f"{says.en}: {objection}\n{says.zh}")

        try_one()

    return Law(name, says, attempt, provided)
