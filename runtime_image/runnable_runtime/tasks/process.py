"""A child process in a group of its own: its output is passed on as it comes, and nothing in the group outlives it."""

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
from pathlib import Path
from typing import Literal, Self

from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import Stopped
from runnable_runtime.process.meter import waited_for

INTERRUPT_GRACE = 4.0
"""Seconds between asking a group to end and killing it, after a Ctrl-C."""
_IDLE = 0.1
"""Seconds of silence after which half a line is shown, and an ended process's output counts as complete."""
_PAUSE = 0.02
"""Seconds between two looks at whether a group that was asked to end has done so."""
_LONGEST_LINE = 8192
_CHUNK = 65536
_LONGEST_ERROR = 500


@dataclass(frozen=True, slots=True)
class Ended:
    """How a process ended: its code (minus the signal's number where one ended it) and its last line of stderr."""

    code: int
    last_error: str


def run_streaming(command: Sequence[str], environment: Mapping[str, str]) -> Ended:
    """Run `command` to its end, writing its output to `sys.stdout` and `sys.stderr` line by line.

    What the process leaves running in its group is killed when it ends, as it would be in a container. If this
    process is interrupted meanwhile, the group is asked to end, killed after a while, and the interruption raised.

    Raises:
        OSError: the process cannot be started.
    """
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        process_group=0,
    )  # fmt: skip
    grace: float | None = 0.0
    with process, _Output(process) as output:
        try:
            output.pass_on()
            _wait(process)
        except BaseException as error:
            grace = error.grace if isinstance(error, Stopped) else INTERRUPT_GRACE
            _signal_group(process, signal.SIGTERM)
            raise
        finally:
            _end_group(process, output, grace)
    return Ended(process.returncode, output.last_error)


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


class _Output:
    """Both output streams of a child."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._errors = _Line("stderr")
        self._selector = selectors.DefaultSelector()
        for stream, line in ((process.stdout, _Line("stdout")), (process.stderr, self._errors)):
            if stream is not None:
                self._selector.register(stream, selectors.EVENT_READ, line)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()

    @property
    def last_error(self) -> str:
        """The last line on stderr that is not blank; of a longer one 500 characters, and that it is cut (``...``)."""
        last = self._errors.last.strip()
        return last if len(last) <= _LONGEST_ERROR else f"{last[: _LONGEST_ERROR - 3]}..."

    def pass_on(self) -> None:
        """Pass output on until both streams have ended, or the process has and nothing comes any more."""
        while self._selector.get_map():
            if self.poll(_IDLE):
                continue
            for key in self._selector.get_map().values():
                key.data.flush()
            if _poll(self._process) is not None:  # something in the background holds a stream open
                return

    def poll(self, seconds: float) -> bool:
        """Pass on what comes within `seconds`; whether anything did."""
        ready = self._selector.select(seconds)
        for key, _ in ready:
            data = os.read(key.fd, _CHUNK)
            key.data.feed(data)
            if not data:
                self._selector.unregister(key.fileobj)
        return bool(ready)


def _end_group(process: subprocess.Popen[bytes], output: _Output, grace: float | None) -> None:
    """Wait `grace` seconds (None: for as long as it takes) for the group to be empty, then kill what is left."""
    deadline = None if grace is None else time.monotonic() + grace
    try:
        while _alive(process) and (deadline is None or time.monotonic() < deadline):
            output.poll(_PAUSE)
        while grace != 0.0 and output.poll(0):  # the last words of a group that was asked to end
            pass
    finally:
        _signal_group(process, signal.SIGKILL)
        _wait(process)


def _poll(process: subprocess.Popen[bytes], options: int = os.WNOHANG) -> int | None:
    """As `process.poll`, and note what it has used."""
    if process.returncode is None:
        with suppress(ChildProcessError):  # something else has waited for it: Python says what it then is
            pid, status, used = os.wait4(process.pid, options)
            if pid:
                process.returncode = os.waitstatus_to_exitcode(status)
                waited_for(used)
            return process.returncode
    return process.poll()


def _wait(process: subprocess.Popen[bytes]) -> None:
    """As `process.wait`, and note what it has used."""
    _poll(process, 0)


def _alive(process: subprocess.Popen[bytes]) -> bool:
    if _poll(process) is None:
        return True
    with suppress(ChildProcessError):
        while os.waitpid(-process.pid, os.WNOHANG)[0]:  # orphans that became ours, as those of process 1 do
            pass
    try:
        os.killpg(process.pid, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return _has_member(process.pid)


def _has_member(group: int) -> bool:
    """Whether one of `group` still runs: where process 1 does not reap orphans, the dead keep the group in being."""
    if not Path("/proc/self/stat").exists():
        return True
    for status in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError):  # it ended while this looked
            state, _, process_group = status.read_bytes().rpartition(b")")[2].split()[:3]
            if int(process_group) == group and state != b"Z":
                return True
    return False


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)
