"""Roles: what an actor may be, and so what an actor may do."""

from __future__ import annotations

import attrs


@attrs.frozen
class Role:
    """A part that an actor may play, such as key keeper or department head.

    Roles are compared by name: the host hands an actor its roles, the definition asks for them.

    Attributes:
        name: Identifies the role in definitions, actors and histories.
        zh: The Chinese label.
        en: The English label.
    """

    name: str
    zh: str = ""
    en: str = ""
