"""The contract of stores: laws for whoever keeps cases elsewhere than propflow does.

Extra `testing`.
"""

from propflow.testing.store_contract.capability import Capability
from propflow.testing.store_contract.contract import StoreContract

__all__ = ["Capability", "StoreContract"]
