"""The server: the standard library's, on the loopback interface, a thread for each connection."""

from __future__ import annotations

import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from traceback import print_exc
from typing import cast
from urllib.parse import parse_qsl, unquote, urlsplit

from runnable.diagnostics.errors import OutputError, RunnableError
from runnable.ui.guard import HEADERS, Refused, let_in, new_token
from runnable.ui.pages import Answer, Pages

LOOPBACK = "127.0.0.1"
_IDLE = 30


class Server(ThreadingHTTPServer):
    """Listens on a port of this machine; `port` 0 is any free one. Raises OutputError if it cannot."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, pages: Pages, port: int = 0) -> None:
        self.pages = pages
        self.token = new_token()
        try:
            super().__init__((LOOPBACK, port), Handler)
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise OutputError(
                f"error: cannot listen on {LOOPBACK}:{port}: {reason}\n = help: leave out --port for any free one"
            ) from None

    @property
    def address(self) -> str:
        """What to open in a browser."""
        return f"http://{LOOPBACK}:{self.server_port}/{self.token}/"

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of a browser that has gone; what else is wrong is ours, and goes to the terminal."""
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            print_exc()


class Handler(BaseHTTPRequestHandler):
    """One connection. Nothing but GET is answered."""

    protocol_version = "HTTP/1.1"
    server_version = "runnable"
    sys_version = ""
    timeout = _IDLE  # type: ignore[mutable-override]  # the base class has None, for ever

    def do_GET(self) -> None:
        """Answer, or refuse; a record that cannot be read is an answer too."""
        server = cast("Server", self.server)
        address = urlsplit(self.path)
        try:
            inner = let_in(address.path, self.headers.get_all("Host", []), server.token, server.server_port)
            asked = [unquote(part, errors="strict") for part in inner.split("/")]
            answer = server.pages.answer(asked, dict(parse_qsl(address.query, keep_blank_values=True)))
        except Refused as refused:
            answer = Answer(refused.reason, status=refused.status)
        except UnicodeDecodeError:
            answer = Answer("There is no such page.", status=HTTPStatus.NOT_FOUND)
        except RunnableError as error:
            answer = Answer(str(error), status=HTTPStatus.NOT_FOUND)
        except Exception:
            print_exc()
            answer = Answer("This is a bug: the terminal says more.", status=HTTPStatus.INTERNAL_SERVER_ERROR)
        self._send(answer)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse what is no request, or none that only asks."""
        status = HTTPStatus.METHOD_NOT_ALLOWED if code == HTTPStatus.NOT_IMPLEMENTED else HTTPStatus(code)
        self.close_connection = True
        self._send(Answer(f"{status.phrase}.", status=status))

    def _send(self, answer: Answer) -> None:
        body = answer.text.encode("utf-8", "replace")
        self.send_response(answer.status)
        headers = {**HEADERS, "Content-Type": f"{answer.kind}; charset=utf-8", "Content-Length": str(len(body))}
        if answer.status is HTTPStatus.METHOD_NOT_ALLOWED:
            headers["Allow"] = "GET"
        if answer.policy:
            headers["Content-Security-Policy"] = f"{answer.policy}; frame-ancestors 'none'"
        if self.close_connection:
            headers["Connection"] = "close"
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Print nothing: the address is in each line, and the terminal is somebody's."""
