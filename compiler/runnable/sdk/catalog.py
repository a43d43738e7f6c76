"""The files that a step moves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from runnable.sdk.declared import Declared


@dataclass(slots=True, kw_only=True)
class Catalog(Declared):
    """Files that a step gets from the catalog of its run before it runs, and puts there when it has.

    `get` and `put` are paths and globs, relative to the working folder: a file, a folder with all that is in it, or a
    pattern such as "data/*.csv" or "**/*.parquet". With `store_copy=False` only the files' hashes are kept: a later
    `get` then needs the file to be where it was, unchanged.
    """

    get: Sequence[str] = field(default_factory=list)
    put: Sequence[str] = field(default_factory=list)
    store_copy: bool = True
