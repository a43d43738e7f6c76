"""The interface of stores: they keep files under keys. `settings.open_location` opens one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol

from runnable_runtime.deferred import dataclass

LONGEST_KEY = 1024
"""The longest key in S3, in bytes, its prefix included."""

Progress = Callable[[int], None]
"""Is called with the number of bytes that have been moved since the last call."""


class StoreError(OSError):
    """A store cannot be used, or does not do what it is asked; the text says which, and why."""


class Conflict(OSError):
    """A file is not the version that it was to be when it was replaced: somebody else has written it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a store: its key, its size in bytes, and its version, a text that another content does not have.

    A store that does not list versions leaves them empty.
    """

    key: str
    size: int
    version: str = ""


class Location(Protocol):
    """Files by key: a relative path with forward slashes. A writer leaves a whole file, or none.

    All methods raise FileNotFoundError for a key that is not there, and StoreError where the store cannot be used, or
    `key` is not one. A location is used by one process: another opens its own.
    """

    @property
    def name(self) -> str:
        """What messages call it: ``s3://bucket/prefix``, or the folder."""
        ...

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """The content of a file, or its bytes from `start` up to `end`."""
        ...

    def write(self, key: str, data: bytes, *, exclusive: bool = False) -> None:
        """Write `data`, replacing an existing file. `exclusive`: raise FileExistsError if there is one."""
        ...

    def versioned(self, key: str) -> tuple[bytes, str]:
        """The content of a file, and its version: a text that another content does not have."""
        ...

    def replace(self, key: str, data: bytes, version: str | None) -> str:
        """Write `data` if the file still is this `version`, None: if there is none. The new version.

        Raises Conflict if it is another one.
        """
        ...

    def age(self, key: str) -> float:
        """Seconds since a file was written, by the clock of whoever keeps it: both ends by the same one."""
        ...

    def reader(self, key: str) -> AbstractContextManager[BinaryIO]:
        """The file, on this machine, open for reading; whatever happens to the key meanwhile, its content stays."""
        ...

    def writer(self, key: str) -> AbstractContextManager[BinaryIO]:
        """A new file to write to; it appears under its key when the block ends, and not at all if the block raises."""
        ...

    def upload(self, file: Path, key: str, progress: Progress | None = None) -> None:
        """Copy `file` to the store, with bounded memory."""
        ...

    def download(self, key: str, file: Path, progress: Progress | None = None) -> None:
        """Copy a file of the store over `file`, in a folder that is there, with bounded memory."""
        ...

    def size(self, key: str) -> int | None:
        """The size of a file in bytes; None if there is none."""
        ...

    def entries(self, folder: str = "") -> Iterator[Entry]:
        """All files whose keys begin with ``folder/``, sorted by key."""
        ...

    def folders(self) -> Iterator[str]:
        """The first parts of all keys that have several, each once, sorted."""
        ...

    def delete(self, key: str) -> None:
        """Remove a file; nothing happens if there is none."""
        ...


def check_key(key: str) -> str:
    """`key`, if it is one. Raises StoreError for one that could lead out of its store, or mean two files."""
    parts = key.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\\" in key or any(ord(c) < 32 for c in key):
        raise StoreError(
            f"{key!r} is no key of a store: it is a relative path without '.', '..', '\\' or control codes"
        )
    if len(key.encode("utf-8", "surrogateescape")) > LONGEST_KEY:
        raise StoreError(f"the key {key[:100]!r}... is longer than the {LONGEST_KEY} bytes that a store takes")
    return key
