"""The run's side of its keeper (`runnable_runtime.process.keeper`): starting it, and asking it for workers."""

from __future__ import annotations

import json
import os
import secrets
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from runnable_runtime.process.environment import variables
from runnable_runtime.process.keeper import FORK, MARK, MESSAGE, STOP

POSSIBLE = hasattr(os, "fork")
_START = "import sys; sys.path[:] = {path!r}; from runnable_runtime.process.keeper import main; main({fd}, sys.argv[1])"
_END = 15.0
"""Seconds until the keeper must have ended what is left of a run: five to ask, and some to kill."""


class Keeper:
    """The keeper of this process for one run. Its processes are known by `mark`."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None

    def start(self, wanted: Mapping[str, Any], held: tuple[int, ...] = ()) -> None:
        """Start it, with what `keeper.main` takes beside the parent and the mark. It has the descriptors `held` too.

        Raises OSError if the system allows no further process.
        """
        if self._process is not None:
            return
        mine, its = socket.socketpair()
        document = json.dumps({"parent": os.getpid(), "mark": self.mark, "argv": sys.argv, **wanted})
        flags = getattr(subprocess, "_args_from_interpreter_flags")()  # noqa: B009 - as multiprocessing does
        start = _START.format(path=[os.path.abspath(place) for place in sys.path], fd=its.fileno())  # noqa: PTH100
        try:
            self._process = subprocess.Popen(
                [sys.executable, *flags, "-c", start, document],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=(its.fileno(), *held),
                start_new_session=True,  # signals of the terminal are for the run, which passes them on
            )
        except OSError:
            mine.close()
            raise
        finally:
            its.close()
        self._control = mine

    @property
    def control(self) -> int:
        """The descriptor that `told` reads from; -1 once there is none."""
        return -1 if self._control is None else self._control.fileno()

    def ask(self, number: int, files: list[int]) -> None:
        """Ask for the worker `number`, which gets `files`. Raises OSError if the keeper is not there."""
        if self._control is None:
            raise BrokenPipeError
        socket.send_fds(self._control, [FORK + struct.pack("<q", number)], files)

    def told(self) -> Iterator[tuple[int, int, int]]:
        """What the keeper says now: BORN, ENDED or REFUSED, a worker's number, and its process, status or error."""
        data = b"" if self._control is None else self._control.recv(MESSAGE.size * 64)
        while len(data) % MESSAGE.size and self._control is not None:
            data += self._control.recv(MESSAGE.size - len(data) % MESSAGE.size)
        if not data:
            raise BrokenPipeError
        yield from MESSAGE.iter_unpack(data)

    def end(self) -> None:
        """Have it end what is left of the run, and wait for that."""
        if self._process is None:
            return
        if self._control is not None:
            with suppress(OSError):
                self._control.sendall(STOP + b"\0" * 8)
                self._control.close()
        try:
            self._process.wait(_END)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None


@contextmanager
def kept() -> Iterator[Keeper]:
    """A keeper for a run, not started; all processes that this one starts while the block runs have its mark."""
    keeper = Keeper(secrets.token_hex(12))
    with variables({MARK: keeper.mark}):
        try:
            yield keeper
        finally:
            keeper.end()
