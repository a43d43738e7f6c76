"""A server that does not answer: it is said at once, the waiting ends, and what is said is true."""

import socket
import threading
import time
from contextlib import contextmanager, suppress

import pytest

from runnable.diagnostics.errors import OutputError
from runnable.execution.run import new_record
from runnable.ir.nodes import Graph, Program
from runnable.runs.stores.chunked_s3 import BucketStore
from runnable_runtime.stores import patience, s3
from runnable_runtime.stores.location import StoreError
from runnable_runtime.stores.settings import StoreSettings, open_location

pytest.importorskip("s3fs")


@contextmanager
def refusing():
    """An address where nothing listens."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


@contextmanager
def silent():
    """A server that takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@contextmanager
def dropping():
    """One whose queue is full, so that connections are not made, as behind a firewall that drops them."""
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        server.listen(0)
        port = server.getsockname()[1]
        fillers = [socket.socket() for _ in range(4)]
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        time.sleep(0.1)
        yield port
        for one in fillers:
            one.close()


@pytest.fixture
def settings(monkeypatch):
    monkeypatch.setattr(s3, "_clients", {})
    monkeypatch.setattr(patience, "LONGEST", 1.0)
    monkeypatch.setattr(patience, "SOON", 0.3)
    monkeypatch.setattr(patience, "CONNECT", 1)
    return lambda port: StoreSettings("s3://bucket/x", f"http://127.0.0.1:{port}", key="k", secret="s")


@pytest.mark.parametrize("server", [refusing, dropping])
def test_it_is_said_at_once_and_ends(server, settings, capfd):
    with server() as port:
        began = time.monotonic()
        with pytest.raises(StoreError, match=r"s3://bucket/x at http://127.0.0.1:\d+ cannot be used: no answer for"):
            open_location(settings(port)).read("a")
        took = time.monotonic() - began
    printed = capfd.readouterr().err
    assert printed.count(f"notice: http://127.0.0.1:{port} does not answer") == 1
    assert took < 60


def test_a_server_that_takes_connections_and_is_silent_is_said_too(settings, capfd):
    with silent() as port:

        def read():
            with suppress(StoreError):  # when the server has gone
                open_location(settings(port)).read("a")

        threading.Thread(target=read, daemon=True).start()
        for _ in range(100):
            time.sleep(0.1)
            if "does not answer (for 0 s)" in (printed := capfd.readouterr().err):
                break
        else:
            pytest.fail(f"it is not said: {printed}")


def test_a_run_that_has_not_begun_says_that_nothing_is_recorded(settings):
    record = new_record(Program("p", Graph("p", ())), "r", "")
    with refusing() as port, pytest.raises(OutputError, match="nothing has run, and nothing is recorded"):
        BucketStore(settings(port)).create(record)


def test_an_answer_makes_it_patient_again():
    one = patience.Patience("here")
    one._since = time.monotonic() - 100
    one.ended(response=object())
    one.ended(caught_exception=OSError("no"))
    one._since = time.monotonic() - 100
    with pytest.raises(patience.NoAnswer, match="no answer for 100 s: no"):
        one.ended(caught_exception=OSError("no"))
