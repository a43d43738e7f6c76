"""Where the records of runs are kept."""

from runnable.runs.stores.settings import STORES, StoreType
from runnable.runs.stores.store import RunLogStore, RunWriter

__all__ = ["STORES", "RunLogStore", "RunWriter", "StoreType"]
