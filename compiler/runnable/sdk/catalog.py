"""`Catalog`: the files that a step takes from, and leaves for, other steps of its run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import field
from os import PathLike

from runnable.sdk.declared import Declared
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, kw_only=True)
class Catalog(Declared):
    """The files that a step gets from the catalog of its run before it runs, and puts there after it has run.

    Attributes:
        get: paths and patterns of files to copy from the catalog into the working folder.
        put: paths and patterns of files to copy from the working folder into the catalog.
        store_copy: False records the SHA-256 of the files put, and copies nothing: a later `get` then fails unless
            the file is still where it was, unchanged.

    Paths are relative to the working folder: a file, a folder with all that is below it, or a pattern such as
    `data/*.csv` or `**/*.parquet`. A pattern that matches nothing fails the step.
    """

    get: Sequence[str | PathLike[str]] = field(default_factory=list)
    put: Sequence[str | PathLike[str]] = field(default_factory=list)
    store_copy: bool = True
