"""Objects that this process keeps, in place of a store: `object_serialisation: false`.

They are passed on as they are, so that what cannot be pickled is passed on too. A reference to one has a key of its
own space, so that whoever reads a record later knows that it is gone.
"""

from __future__ import annotations

from typing import Any

from runnable_runtime.digests import sha256
from runnable_runtime.failures import StorageFailed
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.reference import IN_MEMORY, SPACE, Reference

_kept: dict[str, Any] = {}
"""By the run's own keys."""


def keep(value: object, name: str, shown: str, storage: Storage) -> Reference:
    """Keep what an attempt returns under `name`; `shown` is its class, for people.

    The digest is of the key, which nothing else has: what an object is cannot be known without pickling it.
    """
    key = IN_MEMORY + storage.new_key(name).removeprefix(SPACE)
    _kept[storage.own_key(key)] = value
    return Reference(key, sha256(key.encode()).hexdigest(), 0, "pickle", shown)


def kept(reference: Reference, name: str, storage: Storage) -> Any:
    """The object. Raises StorageFailed if its run has ended, or was of another process."""
    try:
        return _kept[storage.own_key(reference.key)]
    except KeyError:
        raise StorageFailed(
            f"{name!r} is gone: it was kept in memory (object_serialisation: false), until its run ended"
        ) from None


def forget(run_id: str) -> None:
    """Keep nothing of a run any more."""
    for key in [key for key in _kept if key.startswith(f"{run_id}/")]:
        del _kept[key]
