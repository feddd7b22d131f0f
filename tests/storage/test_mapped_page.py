"""The page "Your table is the case", run against a real PostgreSQL and MariaDB."""

from __future__ import annotations

import pytest
from sqlalchemy import create_engine, text

from tests.test_docs import BLOCK, ROOT

PAGE = ROOT / "docs" / "how-to" / "your-table-is-the-case.md"


@pytest.mark.parametrize("server", ["postgres", "mariadb"])
def test_the_page_runs_on_a_server(server, request, monkeypatch):
    url = request.getfixturevalue(server)
    database = create_engine(url)
    if server == "mariadb":  # its database was made as an old host's, which has no Chinese
        with database.begin() as connection:
            connection.execute(text("SET NAMES utf8mb4"))
            connection.execute(text(f"ALTER DATABASE {database.url.database} CHARSET utf8mb4"))
    monkeypatch.setenv("DATABASE_URL", url)
    names: dict[str, object] = {"__name__": "page"}
    for block in BLOCK.finditer(PAGE.read_text(encoding="utf-8")):
        exec(compile(block[1], str(PAGE), "exec", dont_inherit=True), names)  # noqa: S102 - ours
    names["metadata"].drop_all(names["database"])
    names["database"].dispose()
    if server == "mariadb":
        with database.begin() as connection:
            connection.execute(text(f"ALTER DATABASE {database.url.database} CHARSET latin1"))
    database.dispose()
