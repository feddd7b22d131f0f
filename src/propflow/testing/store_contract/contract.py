"""The laws of a store, as a pytest class to inherit."""

from __future__ import annotations

from propflow.testing.store_contract.claiming import ClaimLaws
from propflow.testing.store_contract.histories import HistoryLaws
from propflow.testing.store_contract.hosts import JoinLaws, LifeLaws
from propflow.testing.store_contract.names import NameLaws, TenantLaws
from propflow.testing.store_contract.outcomes import OutcomeLaws
from propflow.testing.store_contract.races import ConcurrencyLaws, RaceLaws
from propflow.testing.store_contract.redactions import RedactionLaws
from propflow.testing.store_contract.round_trips import RoundTripLaws
from propflow.testing.store_contract.searches import SearchLaws


class StoreContract(
    RoundTripLaws,
    OutcomeLaws,
    HistoryLaws,
    NameLaws,
    TenantLaws,
    SearchLaws,
    RaceLaws,
    ConcurrencyLaws,
    ClaimLaws,
    RedactionLaws,
    JoinLaws,
    LifeLaws,
):
    """The laws of a store, one test each; a store that waits and one that is awaited alike.

    ``class TestMyStore(StoreContract)`` with ``make_store``, which returns an empty store, runs
    them all. `declares` says what the store can do beyond what every store must; the laws of what
    it does not declare are skipped, and listed as untested at the end of the run.

    Every law says in its own transactions what it writes and reads, so a store needs no more than
    the protocol `OwningStore` or `AsyncOwningStore`.
    """
