"""What files and folders are like now, as short texts: a task that depends on them runs again if these differ."""

from __future__ import annotations

import os.path
import time
from collections.abc import Iterable
from pathlib import Path

from runnable_runtime.code.hashing import hashed
from runnable_runtime.presence import is_file

_LARGEST = 1 << 30
"""From this size on, in bytes, a file counts by its size and its time: reading it would take seconds."""
AT_ONCE = 1 << 28
"""How many bytes are read for a task when a run begins: where it has no cache, they only say what has changed since."""
_MOST_KNOWN = 10_000
_SETTLED = 2_000_000_000
"""How old a content has to be, in nanoseconds: another one could have the same time, as clocks of file systems tick."""
_OF_THE_KERNEL = ("/proc/", "/sys/", "/dev/")
"""Here every reading may find something else, and nobody has written it."""
_Version = tuple[int, ...]
_known: dict[Path, tuple[_Version, str]] = {}
"""Files with what tells one content from another, and the hash: items of a Map depend on the same ones."""


def states(project: Path, paths: Iterable[str], together: int | None = None) -> dict[str, str]:
    """For each of `paths`, relative to the project, the hash of the file's content; empty if there is none.

    Of a path that ends with a slash, that of the names in the folder: what is hidden in it does not count, nor do
    Python's own files. What the kernel makes up has no state. Files beyond `together` bytes, in the order of the
    paths, count by their size and time.
    """
    found, left = {}, together
    for path in paths:
        place = project / path
        if os.path.normpath(place).startswith(_OF_THE_KERNEL):
            found[path] = ""
            continue
        if path.endswith("/"):
            found[path] = _listing(place)
            continue
        found[path], size = _state(place, _LARGEST if left is None else left)
        left = None if left is None else left - size
    return found


def beginning(place: Path, size: int) -> str:
    """The hash of the first `size` bytes of a file; empty if it is not there."""
    import hashlib

    found, left = hashlib.sha256(), size
    try:
        with place.open("rb") as stream:
            while left > 0 and (block := stream.read(min(left, 1 << 20))):
                found.update(block)
                left -= len(block)
    except OSError:
        return ""
    return found.hexdigest()[:16]


def _listing(place: Path) -> str:
    try:
        names = sorted(one.name for one in place.iterdir())
    except OSError:
        return ""
    return hashed("\0".join(name for name in names if not name.startswith(".") and name != "__pycache__"))


def _state(place: Path, left: int) -> tuple[str, int]:
    """The state of a file, and how many bytes were, or would have been, read for it: none of what is no file."""
    try:
        if not is_file(place):
            return "", 0
        status = place.stat()
        size, version = status.st_size, (status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)
        if size > left:
            return hashed(f"{size} {status.st_mtime_ns}"), 0
        known = _known.get(place)
        if known is None or known[0] != version:
            is_settled = time.time_ns() - status.st_ctime_ns > _SETTLED
            known = version, _of_whole(place)
            if is_settled and len(_known) < _MOST_KNOWN:
                _known[place] = known
        return known[1], size
    except OSError:
        return "", 0


def _of_whole(place: Path) -> str:
    import hashlib

    with place.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()[:16]
