"""A TCP proxy that can go away and come back: a server that stops and returns, for tests."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit


class Proxy:
    """Passes connections on to `target` (a URL), and refuses them while it is away."""

    def __init__(self, target: str, address: str = "127.0.0.1") -> None:
        parts = urlsplit(target)
        self._target = parts.hostname or "localhost", parts.port or {"https": 443}.get(parts.scheme, 80)
        self._open: set[socket.socket] = set()
        self._address = (address, 0)
        self.return_()
        self.url = f"{parts.scheme}://{address}:{self._address[1]}"

    def leave(self) -> None:
        """Refuse what comes, and cut what is under way."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in list(self._open):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def return_(self) -> None:
        """Pass on again."""
        self._listener = socket.create_server(self._address)
        self._address = self._listener.getsockname()
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        try:
            server = socket.create_connection(self._target)
        except OSError:
            client.close()
            return
        self._open |= {client, server}
        back = threading.Thread(target=_pump, args=(server, client), daemon=True)
        back.start()
        _pump(client, server)
        back.join()
        self._open -= {client, server}
        client.close()
        server.close()


def address_towards(target: str) -> str:
    """The address of this machine that the server at `target` (a URL) sees, and its neighbours reach."""
    parts = urlsplit(target)
    with socket.create_connection((parts.hostname or "localhost", parts.port or 80)) as one:
        return str(one.getsockname()[0])


def _pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            target.sendall(data)
    for one in (source, target):
        with suppress(OSError):
            one.shutdown(socket.SHUT_RDWR)


@contextmanager
def proxied(target: str, address: str = "127.0.0.1") -> Iterator[Proxy]:
    """A proxy before `target` for a while, there at its end; it listens at an `address` of this machine."""
    proxy = Proxy(target, address)
    try:
        yield proxy
    finally:
        proxy.leave()
