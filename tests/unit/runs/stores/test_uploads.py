"""Writes that are done by and by."""

from __future__ import annotations

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


def writes_to(server: Server) -> Uploads:
    return Uploads(cast("Any", server), server.write, lambda: None, 60.0)


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
