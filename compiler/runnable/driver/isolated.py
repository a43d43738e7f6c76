"""Work with a user's file in a process of its own, forked from this one, which never runs a user's code itself.

So whatever the file does to its process, such as modules, working folder, `sys.path`, environment or threads, is gone
with it, and the next file begins as if it were the first; yet nothing of this package is imported twice.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import struct
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, NoReturn

from runnable_runtime.deferred import begin_all

_LENGTH = struct.Struct("!Q")
_LOOK_EVERY = 0.1
"""Seconds after which it is seen that a process has ended whose children still hold the pipe."""


class ProcessEnded(Exception):
    """The process ended before its work was done; the text says how."""


def isolated(work: Callable[[], Any]) -> Any:
    """What `work` returns, which JSON must take, in a process of its own. Raises ProcessEnded.

    What is printed meanwhile goes to standard error.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    begin_all()
    gc.freeze()  # so that the child's collections leave the pages alone that it shares with us
    reader, writer = os.pipe()
    process = os.fork()
    if process == 0:
        os.close(reader)
        _child(work, writer)
    os.close(writer)
    try:
        return _received(process, reader)
    except BaseException:  # Ctrl-C
        with suppress(OSError):
            os.kill(process, signal.SIGKILL)
            os.waitpid(process, 0)
        raise
    finally:
        os.close(reader)


def _child(work: Callable[[], Any], writer: int) -> NoReturn:
    code = 1
    try:
        atexit._clear()  # what this package's process is to do at its end
        os.dup2(2, 1)
        answer = json.dumps(work()).encode()
        _write(writer, _LENGTH.pack(len(answer)) + answer)
        code = 0
        atexit._run_exitfuncs()  # what the user's file has registered
    except KeyboardInterrupt:
        code = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        for stream in (sys.stdout, sys.stderr):
            with suppress(Exception):
                stream.flush()
        os._exit(code)


def _write(descriptor: int, data: bytes) -> None:
    while data:
        data = data[os.write(descriptor, data) :]


def _received(process: int, reader: int) -> Any:
    """The answer of a process, which has ended then."""
    answer, status = b"", None
    while not _is_whole(answer):
        if select.select([reader], [], [], _LOOK_EVERY if status is None else 0)[0]:
            if piece := os.read(reader, 1 << 16):
                answer += piece
                continue
            break
        if status is not None:
            break
        ended, found = os.waitpid(process, os.WNOHANG)
        status = found if ended else None
    if status is None:
        status = os.waitpid(process, 0)[1]
    if not _is_whole(answer):
        raise ProcessEnded(_how(status))
    return json.loads(answer[_LENGTH.size :])


def _is_whole(answer: bytes) -> bool:
    return len(answer) >= _LENGTH.size and len(answer) == _LENGTH.size + _LENGTH.unpack(answer[: _LENGTH.size])[0]


def _how(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    if code >= 0:
        return f"it ends its process with the exit code {code}"
    with suppress(ValueError):
        return f"it ends its process by {signal.Signals(-code).name}"
    return f"it ends its process by the signal {-code}"
