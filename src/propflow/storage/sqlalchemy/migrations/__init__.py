"""The versions of the tables, carried out by Alembic, which the extra `migrations` brings.

A host that runs Alembic itself takes ``propflow.storage.sqlalchemy.migrations:versions`` among its
``version_locations``; the branch is labelled ``propflow``.
"""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from propflow.errors import MissingExtra
from propflow.storage.sqlalchemy.faults import translated
from propflow.storage.sqlalchemy.store import SQLStore

if TYPE_CHECKING:
    from alembic.config import Config
    from sqlalchemy import Connection


def upgrade(store: SQLStore, *, to: str = "heads") -> None:
    """Bring the tables of a store to a version; those that are not there yet are created.

    All in one transaction, but on MySQL and MariaDB, where every change of a table is one. Of
    several that upgrade at once, one does it while the others wait.

    Args:
        store: Names the database, the prefix and the schema.
        to: The version, the newest if not given.

    Raises:
        MissingExtra: Alembic is not installed.
        SchemaOutdated: There are tables of which nobody can say which version they have, or the
            version is one that this propflow does not know.
        StoreUnavailable: The database cannot be reached or written to.
    """
    command, config = _alembic()
    with translated(), store.begin(write=True) as tx, store.schema.upgrading(tx):
        config.attributes.update(_given(store, tx))
        command.upgrade(config, to)


def upgrade_sql(store: SQLStore) -> str:
    """Return the SQL that `upgrade` would run now, for whoever reviews it and runs it elsewhere.

    Raises:
        MissingExtra: Alembic is not installed.
        SchemaOutdated: There are tables of which nobody can say which version they have, or the
            version is one that this propflow does not know.
        StoreUnavailable: The database cannot be reached.
    """
    command, config = _alembic()
    config.output_buffer = written = StringIO()
    with translated(), store.begin(write=False) as tx:
        found = store.schema.known_version(tx)
        config.attributes.update(_given(store, tx))
        command.upgrade(config, f"{found or 'base'}:heads", sql=True)
    return written.getvalue()


def _alembic() -> tuple[Any, Config]:
    try:
        from alembic import command
        from alembic.config import Config
    except ModuleNotFoundError:
        raise MissingExtra("migrations", "alembic") from None
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    return command, config


def _given(store: SQLStore, tx: Connection) -> dict[str, Any]:
    return {"connection": tx, "prefix": store.schema.prefix, "schema": store.schema.name}
