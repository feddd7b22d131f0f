"""What the database of a store can do, for whoever can use it."""

from __future__ import annotations

import enum


class Caps(enum.Flag):
    """Capabilities; a store without one does the same work, in more messages or more slowly."""

    NONE = 0
    """Nothing of what follows: the way that every database can go."""

    QUIET_INSERT = enum.auto()
    """An insertion that meets a taken key writes nothing and raises nothing (ON CONFLICT)."""

    RETURNING = enum.auto()
    """A statement that writes rows returns them."""

    CTE_DML = enum.auto()
    """One statement writes into several tables, each part from what another returns."""

    SKIP_LOCKED = enum.auto()
    """A read leaves out the rows that another transaction holds."""


BY_DIALECT = {
    "sqlite": Caps.QUIET_INSERT | Caps.RETURNING,
    "postgresql": Caps.QUIET_INSERT | Caps.RETURNING | Caps.CTE_DML | Caps.SKIP_LOCKED,
    "mariadb": Caps.SKIP_LOCKED,
    "mysql": Caps.SKIP_LOCKED,
}
"""By the name of SQLAlchemy's dialect; one that is not here has none."""
