"""The standard streams of a container, over the connection that the library has made."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, cast

_CHUNK = 64 * 1024


class Stream:
    """The standard streams of a running container. One thread reads, another one may write."""

    def __init__(self, attached: Any) -> None:
        self._attached = attached
        # Of the several kinds of stream that the library gives, what it reads unix sockets with cannot write.
        self._socket = getattr(attached, "_sock", attached)
        self._socket.settimeout(None)

    def write(self, data: bytes) -> None:
        """Write to the standard input. Raises OSError where the container has ended."""
        self._socket.sendall(data)

    def read(self) -> Iterator[tuple[bool, bytes]]:
        """What the container prints, as it comes, until it ends: whether on standard error, and the bytes.

        Source of the 8 bytes before each piece:
        https://docs.docker.com/reference/api/engine/version/v1.41/#tag/Container/operation/ContainerAttach
        """
        while header := self._exactly(8):
            stream, size = struct.unpack(">BxxxL", header)
            while size:
                data = self._some(min(size, _CHUNK))
                if not data:
                    return
                size -= len(data)
                yield stream == 2, data

    def close(self) -> None:
        """Give the connection back; the container's standard input ends."""
        for one in (self._attached, self._socket):
            try:
                one.close()
            except OSError:
                continue

    def _exactly(self, size: int) -> bytes:
        found = b""
        while len(found) < size:
            data = self._some(size - len(found))
            if not data:
                return b""
            found += data
        return found

    def _some(self, size: int) -> bytes:
        try:
            return cast("bytes", self._socket.recv(size))
        except (OSError, ValueError):  # the engine went away, or `close` was called meanwhile
            return b""
