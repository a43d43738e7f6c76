"""Writes that are done by and by."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any, cast

import pytest

from runnable.runs.stores import uploads
from runnable.runs.stores.uploads import Uploads


class Server:
    """Takes what it is given, unless it is away."""

    def __init__(self) -> None:
        self.away = False
        self.has: dict[str, bytes] = {}

    def write(self, key: str, data: bytes) -> None:
        """See `Location.write`."""
        if self.away:
            raise OSError("away")
        self.has[key] = data


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(uploads, "_EVERY", 60.0)
    return Server()


def writes_to(server: Server, write: Callable[[str, bytes], None] | None = None) -> Uploads:
    return Uploads(cast("Any", server), write or server.write, lambda: None, 60.0)


def test_what_can_wait_is_written_at_the_end_at_the_latest(server: Server) -> None:
    one = writes_to(server)
    one.put_later("a", b"1")
    one.put_later("a", b"2")
    assert server.has == {}
    one.close()
    assert server.has == {"a": b"2"}


def test_what_must_not_wait_takes_the_place_of_what_waits(server: Server) -> None:
    one = writes_to(server)
    one.put_later("a", b"begun")
    one.put("a", b"ended")
    assert server.has == {"a": b"ended"}
    one.close()
    assert server.has == {"a": b"ended"}


def test_what_it_refers_to_is_written_before_it(server: Server) -> None:
    one = writes_to(server)
    for key in ("code", "other", "log"):
        one.put_later(key, b"waits")
    one.put("step", b"ended", after=("code", "other", "written long ago"))
    assert list(server.has) == ["code", "other", "step"]
    one.close()
    assert list(server.has) == ["code", "other", "step", "log"]


def test_after_a_write_that_failed_nothing_more_is_written_though_the_server_is_back(server: Server) -> None:
    one = writes_to(server)
    one.put_later("a", b"1")
    server.away = True
    with pytest.raises(OSError, match="away"):
        one.put("b", b"2")
    server.away = False
    for write in (lambda: one.put_later("c", b"3"), lambda: one.put("d", b"4"), one.close):
        with pytest.raises(OSError, match="away"):
            write()
    assert server.has == {}


def test_what_could_not_be_written_by_and_by_is_told_by_the_next_call(server: Server) -> None:
    one = writes_to(server)
    one.put_later("a", b"1")
    server.away = True
    with pytest.raises(OSError, match="away"):
        one.close()
    with pytest.raises(OSError, match="away"):
        one.put("b", b"2")


def test_what_is_written_ahead_is_so_at_the_same_time_and_counts_in_its_order(server: Server) -> None:
    together, first = threading.Barrier(3), threading.Event()

    def write(key: str, data: bytes) -> None:
        together.wait(10)
        assert key != "a" or first.wait(10)
        server.has[key] = data

    one = writes_to(server, write)
    assert [one.put_ahead(key, b"ended") for key in "abc"] == [1, 2, 3]
    while len(server.has) < 2:
        time.sleep(0.001)
    assert one.written(wait=False) == 0, "the first is not yet, though those after it are"
    first.set()
    assert one.written(wait=True) == 3
    one.close()
    assert sorted(server.has) == ["a", "b", "c"]


def test_writes_of_one_key_are_in_their_order(server: Server) -> None:
    seen: list[bytes] = []

    def write(key: str, data: bytes) -> None:
        time.sleep(0.05 if data == b"1" else 0)
        seen.append(data)

    one = writes_to(server, write)
    one.put_ahead("a", b"1")
    one.put_ahead("a", b"2")
    one.put("b", b"3", after=("a",))
    one.close()
    assert seen == [b"1", b"2", b"3"]


def test_what_could_not_be_written_ahead_is_told_by_who_asks(server: Server) -> None:
    one = writes_to(server)
    server.away = True
    one.put_ahead("a", b"1")
    with pytest.raises(OSError, match="away"):
        one.written(wait=True)
    with pytest.raises(OSError, match="away"):
        one.close()
