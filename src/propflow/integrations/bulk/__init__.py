"""Score where the data lives: a rule book compiled into one dataframe expression (extra `bulk`).

The expression is Ibis's. It runs on DuckDB unless told otherwise, and on every engine that Ibis
drives, and gives the lines and totals of `propflow.scoring.assess`.
"""

from propflow.integrations.bulk.plan import Plan, plan
from propflow.integrations.bulk.run import Progress, assess
from propflow.integrations.bulk.tables import duckdb, read

__all__ = ["Plan", "Progress", "assess", "duckdb", "plan", "read"]
