"""What Alembic runs for `propflow db`; a host that runs Alembic itself has an env.py of its own."""

from __future__ import annotations

from alembic import context

_given = context.config.attributes

context.configure(
    connection=_given["connection"],
    version_table=f"{_given['prefix']}version",
    version_table_schema=_given["schema"],
    propflow_prefix=_given["prefix"],
    propflow_schema=_given["schema"],
)
with context.begin_transaction():
    context.run_migrations()
