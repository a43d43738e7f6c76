"""The stores that records of runs are kept in: the types of `run-log-store`."""

from runnable.runs.stores.settings import STORES, StoreType
from runnable.runs.stores.store import RunLogStore, RunWriter

__all__ = ["STORES", "RunLogStore", "RunWriter", "StoreType"]
