"""Who is let in: a request to this machine's own name, with the token of this server, that only asks.

A page of another site can send requests to every port of this machine. It does not know the token, and where its name
was made to mean this machine (DNS rebinding), the request has its name as the host.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Mapping
from http import HTTPStatus

HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""What every answer has: it is kept by nobody, shown in no other page, and its address is handed to none."""


class Refused(Exception):
    """A request is not answered: with which status, and why."""

    def __init__(self, status: HTTPStatus, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


def new_token() -> str:
    """The text that an address has to have: 128 random bits."""
    return secrets.token_urlsafe(16)


def let_in(path: str, hosts: list[str], token: str, port: int) -> str:
    """The part of the address after the token. Raises Refused.

    `hosts` are the values of the header `Host`, of which there is to be one.
    """
    known = {f"{name}:{port}" for name in ("127.0.0.1", "localhost")}
    if len(hosts) != 1 or hosts[0].lower() not in known:
        raise Refused(HTTPStatus.MISDIRECTED_REQUEST, "This server answers to 127.0.0.1 and localhost only.")
    given, _, inner = path.removeprefix("/").partition("/")
    if not path.startswith("/") or not hmac.compare_digest(given.encode("utf-8", "replace"), token.encode()):
        raise Refused(HTTPStatus.FORBIDDEN, "The address lacks the token: open the one that `runnable ui` has printed.")
    return inner
