"""Other engines than DuckDB, where they are."""

from __future__ import annotations

import importlib.util
import os
import shutil
import uuid

import ibis
import pytest


@pytest.fixture
def postgres(request):
    """An Ibis backend on an empty PostgreSQL schema, dropped in the end."""
    variable = "PROPFLOW_TEST_POSTGRES_URL"
    url = os.environ.get(variable, "postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    try:
        backend = ibis.connect(url.replace("postgresql+psycopg", "postgres"))
    except Exception as error:  # noqa: BLE001 - whatever the driver says, the server is not there
        reason = f"no postgres: {error}; start one, or set {variable}"
        if variable in os.environ or "postgres" in request.config.getoption("propflow_require"):
            pytest.fail(reason)
        pytest.skip(reason)
    schema = f"propflow_test_{uuid.uuid4().hex}"
    backend.raw_sql(f"CREATE SCHEMA {schema}").close()
    backend.raw_sql(f"SET search_path = {schema}").close()
    yield backend
    backend.raw_sql(f"DROP SCHEMA {schema} CASCADE").close()
    backend.disconnect()


@pytest.fixture
def spark(request, tmp_path, monkeypatch):
    """An Ibis backend on PySpark in this process."""
    if importlib.util.find_spec("pyspark") is None:
        reason = "no spark: pyspark is not installed; run: pip install pyspark"
    elif shutil.which("java") is None:
        reason = "no spark: there is no java; install a JRE of version 17 or newer"
    else:
        reason = ""
    if reason:
        if "spark" in request.config.getoption("propflow_require"):
            pytest.fail(reason)
        pytest.skip(reason)
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.ui.enabled", value=False)
        .config("spark.sql.shuffle.partitions", 1)
        .config("spark.sql.warehouse.dir", str(tmp_path))
        .getOrCreate()
    )
    yield ibis.pyspark.connect(session)
    session.stop()
