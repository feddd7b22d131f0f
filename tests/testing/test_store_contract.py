"""The contract finds what is wrong with a store; on sound ones it runs in tests/storage."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from propflow.storage import MemoryStore
from propflow.testing import Capability, StoreContract
from tests.testing.faulty_stores import FAULTS
from tests.testing.running import run_pytest

ROOT = Path(__file__).parents[2]


def test_each_fault_is_found_by_the_law_that_is_there_for_it(tmp_path):
    report = tmp_path / "report.xml"
    laws = " or ".join({law.partition("[")[0] for law in FAULTS.values()})
    stores = "tests/testing/faulty_stores.py"
    done = run_pytest("-n0", f"--junitxml={report}", "-k", laws, stores, folder=ROOT)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout
    broken: dict[str, set[str]] = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - pytest wrote it
        found = broken.setdefault(case.get("classname").rpartition(".Test")[2], set())
        failure = case.find("failure")
        if failure is not None and failure.get("message").startswith(("assert", "Assertion")):
            found.add(case.get("name").removeprefix("test_"))
    assert broken.pop("MemoryStore") == set()  # from which the others are made
    assert set(broken) == set(FAULTS)
    assert {fault: law for fault, law in FAULTS.items() if law not in broken[fault]} == {}


def test_a_store_must_be_given():
    with pytest.raises(NotImplementedError, match="must have make_store"):
        StoreContract().make_store()


def test_who_declares_that_a_store_reopens_must_reopen_it():
    with pytest.raises(NotImplementedError, match="must have reopen"):
        StoreContract().reopen(MemoryStore())


STORES = """
from propflow.storage import MemoryStore
from propflow.testing import Capability, StoreContract

class TestMine(StoreContract):
    make_store = staticmethod(MemoryStore)
    declares = frozenset({Capability.JOIN})
"""


def test_what_is_not_declared_is_listed_as_untested(tmp_path):
    (tmp_path / "test_mine.py").write_text(STORES)
    laws = "joined or closed or there_again or who_loses"
    done = run_pytest("-n2", "-k", laws, folder=tmp_path)
    assert done.returncode == pytest.ExitCode.OK, done.stdout
    listed = done.stdout.partition("propflow: untested laws of stores")[2]
    assert "TestMine does not declare REOPEN: test_what_was_written_is_there_again" in listed
    assert "TestMine does not declare LATEST: test_who_loses_sees_against_what" in listed
    assert "JOIN" not in listed


def test_every_capability_has_a_law():
    needed = {
        capability
        for name in dir(StoreContract)
        if name.startswith("test_")
        for capability in getattr(getattr(StoreContract, name), "propflow_needs", ())
    }
    assert needed == set(Capability)
