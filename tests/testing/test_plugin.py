"""The pytest plugin stays out of the way of those who only have propflow installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.testing.running import run_pytest

USAGE_ERROR, OK, FAILED = (
    pytest.ExitCode.USAGE_ERROR,
    pytest.ExitCode.OK,
    pytest.ExitCode.TESTS_FAILED,
)
PLAIN = "def test_it():\n    pass\n"
LOADED = """
import sys
def pytest_configure(config):
    print("loaded", [name for name in sys.modules if name.partition(".")[0] == "propflow"])
    print("plugins", [name for name, _ in config.pluginmanager.list_name_plugin()
                      if "propflow" in name])
"""
STORES = """
from propflow.storage import MemoryStore

class Forgetful(MemoryStore):
    def history(self, tx, ref, *, after=0, limit=1000):
        return []
"""


@pytest.fixture
def host(tmp_path) -> Path:
    """A project that has propflow installed, with a test of its own and an entry point."""
    (tmp_path / "test_host.py").write_text(PLAIN)
    (tmp_path / "shop_stores.py").write_text(STORES)
    metadata = tmp_path / "shop-1.dist-info"
    metadata.mkdir()
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: shop\nVersion: 1\n")
    (metadata / "entry_points.txt").write_text("[pytest11]\npytest_propflow = pytest_propflow\n")
    return tmp_path


def test_it_loads_nothing_of_propflow_and_is_registered_once(host):
    (host / "conftest.py").write_text(LOADED)
    done = run_pytest(folder=host)
    assert done.returncode == OK
    assert "loaded []\nplugins ['pytest_propflow']\n" in done.stdout


MEASURED = """
from zoneinfo import ZoneInfo
from propflow.calendar.zones import zone_or_problem

def test_it():
    assert zone_or_problem(zone_or_problem("Asia/Shanghai")) == ZoneInfo("Asia/Shanghai")
    assert zone_or_problem("Asia/Nowhere").where == "zone"
"""


@pytest.mark.parametrize(("plugins", "share"), [((), "100%"), (("-p", "propflow.calendar"), "")])
def test_it_does_not_hurt_coverage(host, plugins, share):
    """As one that imports what is measured does; measured is a module of propflow itself."""
    (host / "test_host.py").write_text(MEASURED)
    measure = ("--cov=propflow.calendar", "--cov-report=term")
    done = run_pytest(*plugins, *measure, folder=host)
    assert done.returncode == OK, done.stdout
    (row,) = [line for line in done.stdout.splitlines() if "zones.py" in line]
    assert row.endswith("100%") is (share == "100%"), row


GIVEN = ("-k", "as_it_was_written", "--propflow-store")


def test_a_store_given_is_tested_alone(host):
    done = run_pytest(*GIVEN, "propflow.storage:MemoryStore", folder=host)
    assert done.returncode == OK, done.stdout
    assert "2 passed" in done.stdout


def test_a_store_given_is_tested_beside_what_is_named(host):
    named = ("-n2", "test_host.py", "-k", "test_it or as_it_was_written")
    given = ("--propflow-store=propflow.storage:MemoryStore", "--propflow-declares=THREADS,OUTBOX")
    done = run_pytest(*given, *named, folder=host)
    assert done.returncode == OK, done.stdout
    assert "3 passed" in done.stdout


def test_a_law_that_does_not_hold_shows_what_it_compared(host):
    done = run_pytest(*GIVEN, "shop_stores:Forgetful", folder=host)
    assert done.returncode == FAILED
    assert "assert [] == [StoredEntry(" in done.stdout


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["no_such_module:Store"], "No module named 'no_such_module'"),
        (["shop_stores:Missing"], "has no attribute 'Missing'"),
        (["shop_stores:__name__"], "cannot be called"),
        (["shop stores"], "ValueError"),
        (["shop_stores:Forgetful", "--propflow-declares=THREADS,SPEED"], "KeyError: 'SPEED'"),
    ],
)
def test_a_store_that_cannot_be_made_is_a_mistake_in_the_command(host, given, says):
    done = run_pytest("--propflow-store", *given, folder=host)
    assert done.returncode == USAGE_ERROR
    assert says in done.stderr
    assert "give package.module:name" in done.stderr


def test_without_a_store_nothing_is_added(host):
    done = run_pytest(folder=host)
    assert done.returncode == OK
    assert "1 passed" in done.stdout
    assert "propflow" not in done.stdout
