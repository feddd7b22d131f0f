"""Actors: who asks for a step."""

from __future__ import annotations

from collections.abc import Iterable

import attrs

from propflow.definition.role import Role


def _role_names(roles: Role | str | Iterable[Role | str]) -> frozenset[str]:
    if isinstance(roles, Role | str):  # one role, not the letters of its name
        roles = (roles,)
    return frozenset(role.name if isinstance(role, Role) else role for role in roles)


@attrs.frozen
class Actor:
    """Who acts: a person or a system of the host, with the roles that it plays now.

    The host vouches for both; propflow authenticates nobody.

    Attributes:
        id: The host's identifier of the actor, as it will stand in the history.
        roles: Names of the roles; may be given as a `Role` or a name, or several.
    """

    id: str
    roles: frozenset[str] = attrs.field(factory=frozenset[str], converter=_role_names)


SYSTEM = Actor("SYSTEM")
"""The actor of what no person does: deadlines, and effects marked ``by=SYSTEM``."""
