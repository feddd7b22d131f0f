"""The contract for the store of ``pytest --propflow-store=package:factory``."""

from __future__ import annotations

from collections.abc import Callable, Generator
from pkgutil import resolve_name
from typing import Any, cast

import pytest

from propflow.storage import OwningStore
from propflow.testing.store_contract.capability import Capability
from propflow.testing.store_contract.contract import StoreContract
from propflow.testing.store_contract.laws import AnyStore


def factory(target: str) -> Callable[[], AnyStore]:
    """Return what makes the store.

    Raises:
        ImportError: There is no such module.
        AttributeError: There is no such name in it.
        ValueError: That is no name.
        TypeError: It cannot be called.
    """
    made = resolve_name(target)
    if not callable(made):
        raise TypeError(f"{made!r} cannot be called")
    return cast("Callable[[], AnyStore]", made)


def declared(names: str) -> frozenset[Capability]:
    """Return the capabilities of these names, with commas between.

    Raises:
        KeyError: There is no such capability.
    """
    return frozenset(Capability[name.strip()] for name in names.split(",") if name.strip())


class TestGivenStore(StoreContract):
    """The contract on the store that was given on pytest's command line."""

    @pytest.fixture
    def store(self, request: pytest.FixtureRequest) -> Generator[OwningStore[Any]]:
        """Return the store under test, empty."""
        target: Any = request.config.getoption("propflow_store")
        with self.opened(factory(target)()) as store:
            yield store

    @pytest.fixture(autouse=True)
    def _declared(self, request: pytest.FixtureRequest) -> None:
        names: Any = request.config.getoption("propflow_declares")
        self.declares = declared(names)
        self.skip_undeclared(request.function)
