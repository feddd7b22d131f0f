"""What every test shares: how hard Hypothesis tries.

`PROPFLOW_HYPOTHESIS=thorough` or pytest's `--hypothesis-profile=thorough` makes it try harder.
"""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# The same examples on every machine, so that a run that turns red is the change's own doing.
settings.register_profile("quick", max_examples=50, derandomize=True, deadline=None)
# Other examples every time. Slow by intent, so Hypothesis need not say so; a failure prints what
# reproduces it.
settings.register_profile(
    "thorough",
    max_examples=2_000,
    stateful_step_count=100,
    derandomize=False,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile(os.environ.get("PROPFLOW_HYPOTHESIS", "quick"))


# Database servers --------------------------------------------------------------------------------


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--propflow-require",
        dest="propflow_require",
        default=[],
        type=lambda names: names.split(","),
        metavar="SERVERS",
        help="fail instead of skipping without these servers: postgres, mariadb, oceanbase",
    )
