"""`Unspecified`: what a source document leaves open, in scoring and in schedules alike."""

from __future__ import annotations

from enum import Enum
from typing import Final


class UnspecifiedType(Enum):
    """The type of `Unspecified`, its only member."""

    UNSPECIFIED = "unspecified"

    def __repr__(self) -> str:
        return "Unspecified"


Unspecified: Final = UnspecifiedType.UNSPECIFIED
"""The source names a rule and leaves this value out: a value, never a missing key, never zero."""
