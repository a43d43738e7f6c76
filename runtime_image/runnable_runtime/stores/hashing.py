"""SHA-256 of files, and of what is written to one."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO

_CHUNK = 1024 * 1024


def sha256_of(file: Path | BinaryIO) -> tuple[str, int]:
    """The digest of a file in hexadecimal, and its size in bytes. An open file is read from where it stands."""
    if isinstance(file, Path):
        with file.open("rb") as stream:
            return sha256_of(stream)
    digest, size = hashlib.sha256(), 0
    while chunk := file.read(_CHUNK):
        digest.update(chunk)
        size += len(chunk)
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
        self._digest.update(view)
        self._stream.write(view)
        self.size += view.nbytes
        return view.nbytes

    @property
    def sha256(self) -> str:
        """The digest, in hexadecimal, of all that was written."""
        return self._digest.hexdigest()
