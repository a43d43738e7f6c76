"""Waiting for a server that does not answer: it is said at once, and it ends.

botocore asks again by itself, each time later. It calls a `Patience` before each request is sent and after each answer,
or none.
"""

from __future__ import annotations

import asyncio
import sys
from time import monotonic
from typing import Any

LONGEST = 45.0
"""Seconds without any answer after which a server is not asked again. The last wait may have begun just before: about a
minute in all, and never less than half a minute."""
CONNECT = 10
"""Seconds for a connection to be made; botocore would wait for a minute each time."""
SOON = 10.0
"""Seconds after which it is said of a request that was sent that there is no answer yet."""


class NoAnswer(OSError):
    """A server has not answered for so long that it is not asked again."""


class Patience:
    """What one client knows of a server that does not answer; `server` is how people know it."""

    def __init__(self, server: str) -> None:
        self._server = server
        self._since: float | None = None
        """When the first of the requests was sent that have had no answer since."""
        self._said = False

    def register(self, session: Any) -> None:
        """Let the clients of a botocore session call this."""
        session.register("before-send.s3", self.sent)
        session.register("needs-retry.s3", self.ended)

    def sent(self, **_: Any) -> None:
        """A request is about to be sent."""
        if self._since is None:
            self._since = begun = monotonic()
            asyncio.get_running_loop().call_later(SOON, self._still_waiting, begun)

    def ended(self, response: Any = None, caught_exception: Exception | None = None, **_: Any) -> None:
        """There is an answer to a request, or none. Raises NoAnswer where there has been none for too long."""
        if response is not None or caught_exception is None or self._since is None:
            self._since, self._said = None, False
            return
        reason = " ".join(str(caught_exception).split())
        waited = monotonic() - self._since
        if waited > LONGEST:
            self._since, self._said = None, False
            raise NoAnswer(f"no answer for {waited:.0f} s: {reason}")
        self._say(reason.partition(": ")[0])

    def _still_waiting(self, begun: float) -> None:
        if self._since == begun:
            self._say(f"for {SOON:.0f} s")

    def _say(self, how: str) -> None:
        if not self._said:
            self._said = True
            print(f"notice: {self._server} does not answer ({how}): waiting for up to a minute", file=sys.stderr)
