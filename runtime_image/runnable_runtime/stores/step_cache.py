"""The cache that a store has of steps: a pod takes what an earlier one has left that was given the same.

It is for what Argo's cache cannot keep, files and objects. An entry is a file of its own, beside the runs, named by
what the step depends on. It says what was returned, and in which run the files and objects are; they are copied from
there, and checked. So an entry without its run, a damaged one, and one that cannot be read are as none: the step runs,
and writes another. Of several that write one at the same time, the last is kept, and is as good as the others.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadInput, StorageFailed
from runnable_runtime.protocol import Json, Lookup
from runnable_runtime.stores.bringing import Gone, bring
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.contents import DIGITS, digest_of
from runnable_runtime.values.parameters import decode_lines, encode_lines

FOLDER = ".runnable-cache"
"""Where the entries are in a store. No run has this id."""
COMPILED = "code, image and environment"
"""The part of a key that the manifest has."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a task gives back without running: outputs and files, the names of what it took, and ``run/step``."""

    outputs: Mapping[str, Json]
    inputs: Sequence[str]
    files: Sequence[dict[str, Json]]
    place: str


def depends(lookup: Lookup, parameters: Mapping[str, Json], files: Iterable[Mapping[str, Json]]) -> Mapping[str, str]:
    """What the outcome of a task depends on, a digest for each thing, as `explain-cache` shows it.

    `parameters` are all that it is given, `files` those that it has got from the catalog.
    """
    found = {COMPILED: lookup.digest}
    found |= {f"parameter {name}": digest_of(value) for name, value in parameters.items()}
    return found | {f"file {file['path']}": str(file["sha256"])[:DIGITS] for file in files}


class _Missing(Exception):
    """There is nothing to take, for the reason that the text says."""


class StepCache:
    """The entry of one task in the cache, by what it `depends` on."""

    def __init__(self, storage: Storage, lookup: Lookup, depends: Mapping[str, str]) -> None:
        self.depends = depends
        self._storage = storage
        self._max_age = lookup.max_age
        self._key = f"{FOLDER}/{sha256(json.dumps(sorted(depends.items())).encode()).hexdigest()}.json"

    def take(self) -> Taken | None:
        """What an earlier run has left, its files and objects copied to this run; None, and why is printed."""
        try:
            found = self._found()
        except _Missing as why:
            _say(f"the step runs: {why}")
            return None
        _say(f"the step takes what it returned in the run {found.place.partition('/')[0]}: nothing has changed since")
        return found

    def _found(self) -> Taken:
        try:
            with failing():
                store = self._storage.open()
                entry = store.read(self._key)
                if self._max_age and (age := store.age(self._key)) > self._max_age:
                    raise _Missing(f"what the cache has of it is {age:.0f} s old, and is good for {self._max_age} s")
            run_id, step, inputs, files, lines = _decoded(entry)
            outputs = decode_lines(lines)
        except FileNotFoundError:
            raise _Missing("the cache has nothing of one that was given the same") from None
        except StorageFailed as failure:
            raise _Missing(f"the cache cannot be read: {failure.message}") from None
        except (BadInput, ValueError):
            raise _Missing("what the cache has of it is damaged") from None
        try:
            return Taken(bring(outputs, files, run_id, self._storage), inputs, files, f"{run_id}/{step}")
        except Gone as gone:
            raise _Missing(f"of what it left in the run {run_id}, {gone}") from None

    def keep(self, outputs: Mapping[str, Json], inputs: Sequence[str], files: Sequence[Mapping[str, Json]]) -> None:
        """Write the entry of a task that has succeeded. That this cannot be done is printed, and is no failure."""
        fields = [self._storage.run_id, self._storage.step, list(inputs), list(files), encode_lines(outputs)]
        try:
            with failing():
                self._storage.open().write(self._key, _encoded(fields))
        except StorageFailed as failure:
            _say(f"what this step returned is not kept for other runs: {failure.message}")


def _encoded(fields: Sequence[Json]) -> bytes:
    """An entry: a line with the digest of the next one."""
    text = json.dumps(fields, separators=(",", ":")).encode()
    return sha256(text).hexdigest().encode() + b"\n" + text


def _decoded(data: bytes) -> tuple[str, str, list[str], list[dict[str, Json]], str]:
    """The inverse of `_encoded`. Raises ValueError for what it has not written."""
    digest, _, text = data.partition(b"\n")
    if sha256(text).hexdigest().encode() != digest:
        raise ValueError("it is not what was written")
    match json.loads(text):
        case [str() as run_id, str() as step, list() as inputs, list() as files, str() as lines]:
            return run_id, step, inputs, files, lines
        case _:
            raise ValueError("it is no entry of this version")


def _say(text: str) -> None:
    print(f"cache: {text}", file=sys.stderr, flush=True)
