"""A child process in a group of its own: its output passed on as it comes, and nothing of it left behind."""

from __future__ import annotations

import codecs
import os
import selectors
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Literal

from runnable_runtime.failures import Stopped

INTERRUPT_GRACE = 4.0
"""Seconds between asking a group to end and killing it, after a Ctrl-C."""
_IDLE = 0.1
"""Seconds of silence after which half a line is shown, and an ended process's output counts as complete."""
_LONGEST_LINE = 8192
_CHUNK = 65536


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its code (minus the signal's number where one ended it) and its last line of stderr."""

    code: int
    last_error: str


def run_streaming(command: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run `command` to its end, writing its output to `sys.stdout` and `sys.stderr` line by line.

    What the process leaves running in its group is killed when it ends, as it would be in a container. If this
    process is interrupted meanwhile, the group is asked to end, killed after a while, and the interruption goes on.

    Raises:
        OSError: the process cannot be started.
    """
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        process_group=0,
    )  # fmt: skip
    grace: float | None = 0.0
    try:
        last_error = _pump(process)
        process.wait()
    except BaseException as error:
        grace = error.grace if isinstance(error, Stopped) else INTERRUPT_GRACE
        _signal_group(process, signal.SIGTERM)
        raise
    finally:
        _end_group(process, grace)
    return Ended(process.returncode, last_error)


class _Line:
    """One output stream of the child: bytes in, whole lines out to ``sys.stdout`` or ``sys.stderr``."""

    def __init__(self, name: Literal["stdout", "stderr"]) -> None:
        self._name = name
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._partial = ""
        self.last = ""

    def feed(self, data: bytes) -> None:
        """Take what came; no data means the stream's end."""
        self._partial += self._decoder.decode(data, final=not data)
        complete, newline, self._partial = self._partial.rpartition("\n")
        self._write(complete + newline)
        if len(self._partial) > _LONGEST_LINE or not data:
            self.flush()

    def flush(self) -> None:
        """Show half a line too."""
        self._write(self._partial)
        self._partial = ""

    def _write(self, text: str) -> None:
        if not text:
            return
        self.last = next((line for line in reversed(text.splitlines()) if line.strip()), self.last)
        stream = getattr(sys, self._name)  # each time anew: whoever captures output may replace it
        stream.write(text)
        stream.flush()


def _pump(process: subprocess.Popen[bytes]) -> str:
    """Pass output on until both streams have ended, or the process has and nothing comes any more."""
    errors = _Line("stderr")
    with selectors.DefaultSelector() as selector:
        _register(selector, process.stdout, _Line("stdout"))
        _register(selector, process.stderr, errors)
        while selector.get_map():
            ready = selector.select(_IDLE)
            for key, _ in ready:
                data = os.read(key.fd, _CHUNK)
                key.data.feed(data)
                if not data:
                    selector.unregister(key.fileobj)
            if not ready:
                ended = process.poll() is not None
                for key in list(selector.get_map().values()):
                    key.data.flush()
                    if ended:  # something in the background holds the stream open
                        selector.unregister(key.fileobj)
    return errors.last.strip()[:500]


def _register(selector: selectors.BaseSelector, stream: IO[bytes] | None, line: _Line) -> None:
    if stream is not None:
        selector.register(stream, selectors.EVENT_READ, line)


def _end_group(process: subprocess.Popen[bytes], grace: float | None) -> None:
    """Wait `grace` seconds (None: for as long as it takes) for the group to be empty, then kill what is left."""
    deadline = None if grace is None else time.monotonic() + grace
    try:
        while _alive(process) and (deadline is None or time.monotonic() < deadline):
            time.sleep(0.02)
    finally:
        _signal_group(process, signal.SIGKILL)
        process.wait()
        for stream in (process.stdout, process.stderr):
            if stream is not None:
                stream.close()


def _alive(process: subprocess.Popen[bytes]) -> bool:
    if process.poll() is None:
        return True
    with suppress(ChildProcessError):
        while os.waitpid(-process.pid, os.WNOHANG)[0]:  # orphans that became ours, as those of process 1 do
            pass
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
