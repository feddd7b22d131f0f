"""The harness itself: each seeded bug is noticed, and by the invariant that is there for it."""

from __future__ import annotations

import attrs
import pytest

from tests.faults.invariants import Found
from tests.faults.seeded_bugs import BUGS, SOUND, live


def test_what_is_sound_comes_through(sqlite: str) -> None:
    assert live(sqlite, SOUND) == Found()


@pytest.mark.parametrize("bug", BUGS)
def test_a_seeded_bug_is_caught(sqlite: str, bug: str) -> None:
    plant, field = BUGS[bug]
    found = attrs.asdict(live(sqlite, plant))
    assert found[field], f"{bug} was not caught: {found}"
