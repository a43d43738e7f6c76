"""Copying a file and hashing it in one go: the kernel copies, or shares, what is in it, while a thread hashes."""

from __future__ import annotations

import errno
import hashlib
import os
from collections import deque
from typing import TYPE_CHECKING

from runnable_runtime.stores.location import Progress

if TYPE_CHECKING:
    from concurrent.futures import Future

_SMALL = 1024 * 1024
"""Bytes up to which a file is read as a whole."""
_PIECE = 16 * 1024 * 1024
"""Bytes that are copied at a time."""
_CHUNK = 1024 * 1024
_AHEAD = 8
"""Pieces that copying may be ahead of hashing: they are in memory still then."""
_CANNOT = (errno.EXDEV, errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP, errno.EBADF, errno.EPERM, errno.ETXTBSY)
"""Errors of `copy_file_range` where it does not do what reading and writing does: between some file systems."""


def copy_and_hash(source: int, target: int, progress: Progress | None = None, *, written: bool) -> tuple[str, int]:
    """Copy the file open as `source` to that open as `target`; the digest of what was read, and its size in bytes.

    `written`: have what is copied written to the disk at once, since it will be waited for. Raises OSError.
    """
    if os.fstat(source).st_size > _SMALL:
        return _Large(source, target, progress, written).copy()
    digest, size = hashlib.sha256(), 0
    while data := os.read(source, _SMALL):
        digest.update(data)
        size += len(data)
        _write(target, data)
    if progress is not None:
        progress(size)
    return digest.hexdigest(), size


class _Large:
    def __init__(self, source: int, target: int, progress: Progress | None, written: bool) -> None:
        self._source, self._target = source, target
        self._progress = progress
        self._written = written and hasattr(os, "posix_fadvise")
        self._digest = hashlib.sha256()
        self._buffer = memoryview(bytearray(_CHUNK))
        self._in_kernel = hasattr(os, "copy_file_range")

    def copy(self) -> tuple[str, int]:
        from concurrent.futures import ThreadPoolExecutor

        offset = 0
        hashed: deque[Future[None]] = deque()
        with ThreadPoolExecutor(1) as hasher:
            while copied := self._piece(offset):
                hashed.append(hasher.submit(self._hash, offset, copied))
                if len(hashed) > _AHEAD:
                    hashed.popleft().result()
                if self._written:  # which begins writing, and waits for nothing
                    os.posix_fadvise(self._target, offset, copied, os.POSIX_FADV_DONTNEED)
                offset += copied
                if self._progress is not None:
                    self._progress(copied)
            for one in hashed:
                one.result()
        return self._digest.hexdigest(), offset

    def _piece(self, offset: int) -> int:
        """Copy what comes at `offset`; how many bytes, 0 at the end."""
        if self._in_kernel:
            try:
                copied = os.copy_file_range(self._source, self._target, _PIECE, offset, offset)
                if copied:
                    return copied
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
            self._in_kernel = False  # also where it says that there is no more: of some files it does not know better
        data = os.pread(self._source, _CHUNK, offset)
        os.lseek(self._target, offset, os.SEEK_SET)
        _write(self._target, data)
        return len(data)

    def _hash(self, offset: int, size: int) -> None:
        end = offset + size
        while offset < end:
            read = os.preadv(self._source, [self._buffer[: min(_CHUNK, end - offset)]], offset)
            if not read:
                raise OSError(errno.EIO, "it became shorter while it was read")
            self._digest.update(self._buffer[:read])
            offset += read


def _write(target: int, data: bytes) -> None:
    while data:
        data = data[os.write(target, data) :]
