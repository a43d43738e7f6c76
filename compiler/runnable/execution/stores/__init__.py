"""Where the records of runs are kept."""

from runnable.execution.stores.settings import STORES, StoreType
from runnable.execution.stores.store import RunLogStore, RunWriter

__all__ = ["STORES", "RunLogStore", "RunWriter", "StoreType"]
