"""The storage of one attempt at a step, for what does not travel in its outputs: files, objects and large values.

Everything that belongs to a run is below its id, the files of its catalog by their own paths:

    <run id>/df.csv
    <run id>/.runnable/no-copy/<path>                       what is known of a file that was not copied
    <run id>/.runnable/objects/<step>/<attempt>-<random>/<name>
    <run id>/.runnable/cards/<step>/<attempt>.json          what the step's panel in a report shows
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from runnable_runtime.deferred import changed, dataclass
from runnable_runtime.failures import StorageFailed
from runnable_runtime.values.reference import RESERVED, SPACE

if TYPE_CHECKING:  # a task without a store does not wait for these
    from runnable_runtime.stores.location import Location
    from runnable_runtime.stores.settings import StoreSettings

CARDS = "cards"
"""Where cards are, in what is the run's own in its store."""
_LONGEST_STEP = 180
"""The longest name of a step in a key, in characters: a file system takes 255 for one part."""


@dataclass(frozen=True, slots=True)
class Limits:
    """How large values may be that travel: sizes in bytes of compact JSON. None: there is no such limit.

    A value of more than `spill_above` goes to the store, if there is one. The outputs of a task are `largest` in all.
    `width`: the task is one of so many that return the same, one for each item.
    """

    spill_above: int | None = None
    largest: int | None = None
    width: int = 1

    def with_spill(self, spill_above: str | int | None) -> Limits:
        """The same, but that values go to the store from another size on, if one is given."""
        return self if spill_above in ("", None) else changed(self, spill_above=int(spill_above or 0))


NO_LIMITS = Limits()
ON_THIS_MACHINE = Limits(spill_above=1024 * 1024)
"""A record with larger values would be a burden to whoever reads it."""
IN_A_POD = Limits(spill_above=8 * 1024, largest=128 * 1024 - 1)
"""Linux takes no argument of 128 KiB, and Argo (4.1) passes only longer ones through a file. It keeps a value once for
each task that it is passed to, in one object of at most 1 MiB when it is compressed.

A task's input is twice in a ConfigMap, which takes 1 MiB: it can be given the outputs of three others as large as that.
"""


@dataclass(frozen=True, slots=True)
class Storage:
    """The store of a run, for one attempt at one step. It can be handed to another process.

    `store` is None where there is none. `step` is the step's path with the numbers of items and iterations. `folder` is
    where in the working folder the catalog's files are. With `in_memory`, objects, other than files and large values,
    are kept by this process (`stores.memory`).
    """

    store: StoreSettings | None = None
    run_id: str = ""
    step: str = ""
    attempt: int = 1
    folder: str = "."
    limits: Limits = NO_LIMITS
    in_memory: bool = False

    def open(self) -> Location:
        """The store. Raises StorageFailed where there is none."""
        if self.store is None:
            raise StorageFailed(NO_STORE)
        from runnable_runtime.stores.settings import open_location

        with failing():
            return open_location(self.store)

    def file_key(self, path: str) -> str:
        """The key of a file of the run's catalog."""
        return f"{self.run_id}/{path}"

    def own_key(self, path: str) -> str:
        """The key of something of the run that is not a user's file."""
        return f"{self.run_id}/{RESERVED}/{path}"

    def card_key(self) -> str:
        """The key of the cards of this attempt."""
        from urllib.parse import quote

        return self.own_key(f"{CARDS}/{quote(self.step, safe='')[:_LONGEST_STEP]}/{self.attempt}.json")

    def new_key(self, name: str) -> str:
        """A key for a value that this attempt returns, relative to what `own_key` gives; no other writer has it.

        The random part tells attempts apart whose number is the same: of a step that is run again after the run.
        """
        from urllib.parse import quote

        step = quote(self.step, safe="")[:_LONGEST_STEP]
        return f"{SPACE}{step}/{self.attempt}-{os.urandom(4).hex()}/{name}"


NOWHERE = Storage()
"""Without a store."""
NO_STORE = "there is no store for files, objects and large values: configure one under `catalog`"


@contextmanager
def failing() -> Iterator[None]:
    """Make the step's failure of what a store refuses."""
    try:
        yield
    except OSError as error:
        from runnable_runtime.stores.location import StoreError

        if isinstance(error, StoreError):
            raise StorageFailed(str(error)) from None
        raise
