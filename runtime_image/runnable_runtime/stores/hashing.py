"""SHA-256 of files, and of what is written to one."""

from __future__ import annotations

import hashlib
import threading
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1024 * 1024
_LARGE = 4 * 1024 * 1024
"""Bytes from which on it is worth a thread to hash what is written meanwhile."""


def sha256_of(file: Path | BinaryIO) -> tuple[str, int]:
    """The digest of a file in hexadecimal, and its size in bytes. An open file is read from where it stands."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return sha256_of(stream)
    digest, size = hashlib.sha256(), 0
    buffer = memoryview(bytearray(_CHUNK))
    while read := file.readinto(buffer):  # type: ignore[attr-defined]  # what is open for reading has it
        digest.update(buffer[:read])
        size += read
    return digest.hexdigest(), size


class Hashing:
    """A stream to write to, which passes everything on to another and knows its digest and size so far."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes | bytearray | memoryview) -> int:
        """Write `data`; the number of its bytes."""
        view = memoryview(data).cast("B")
        hashing = self._begin(view)
        self._stream.write(view)
        if hashing is None:
            self._digest.update(view)
        else:
            hashing.join()
        self.size += view.nbytes
        return view.nbytes

    def _begin(self, view: memoryview) -> threading.Thread | None:
        """Hash `view` while it is written, if it is large; None where it is not, or there can be no thread."""
        if view.nbytes < _LARGE:
            return None
        thread = threading.Thread(target=self._digest.update, args=(view,), name="runnable-hash")
        try:
            thread.start()
        except RuntimeError:
            return None
        return thread

    @property
    def sha256(self) -> str:
        """The digest, in hexadecimal, of all that was written."""
        return self._digest.hexdigest()
