"""propflow's pytest plugin: ``--propflow-store``, and which laws of stores went untested.

pytest loads it in every run wherever propflow is installed. So it stands beside the package and
imports nothing of it: what a plugin imports at load is imported before coverage is measured.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

_CONTRACT = "propflow.testing.store_contract"
_UNTESTED = "Skipped: untested law: "

if _CONTRACT not in sys.modules:
    # So that a law that does not hold shows what it compared.
    pytest.register_assert_rewrite(_CONTRACT)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    group = parser.getgroup("propflow")
    group.addoption(
        "--propflow-store",
        metavar="PACKAGE:FACTORY",
        help="test the store that the factory makes, empty, by the contract of stores",
    )
    group.addoption(
        "--propflow-declares",
        default="",
        metavar="NAMES",
        help="what that store can do beyond what every store must, such as THREADS,OUTBOX",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Collect the contract where a store is given: alone, or with the paths that are named."""
    target: str | None = config.getoption("propflow_store")
    names: str = config.getoption("propflow_declares") or ""
    if target is None:
        return
    from propflow.testing.store_contract.given import declared, factory

    try:
        factory(target)
        declared(names)
    except (ImportError, AttributeError, ValueError, TypeError, KeyError) as error:
        raise pytest.UsageError(
            f"--propflow-store={target}: {type(error).__name__}: {error}; give package.module:name "
            "of something to call, which Python finds (`python -m pytest`, or `pythonpath` in the "
            "settings), and names of propflow.testing.Capability"
        ) from error
    spec = find_spec("propflow")
    if spec is not None and spec.origin is not None:
        contract = str(Path(spec.origin).parent / "testing" / "store_contract" / "given.py")
        if config.args_source is not pytest.Config.ArgsSource.ARGS:
            config.args = [contract]
        elif contract not in config.args:  # the processes of xdist are given it
            config.args.append(contract)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """List the laws that went untested because a store does not declare what they need."""
    untested: dict[str, list[str]] = {}
    skipped: list[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        # Where it was skipped, the line, and why.
        reason = str(report.longrepr[2]) if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(_UNTESTED):
            law = report.nodeid.rpartition("::")[2]
            untested.setdefault(reason.removeprefix(_UNTESTED), []).append(law)
    if untested:
        terminalreporter.section("propflow: untested laws of stores")
        for why, laws in sorted(untested.items()):
            terminalreporter.line(f"{why}: {', '.join(sorted(laws))}")
