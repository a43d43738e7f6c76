"""The nursery of a run's notebooks: a process with one thread that has imported what a kernel needs, and forks kernels.

    who executes a notebook ──► its socket ──► nursery ──► a kernel, which leads a session of its own
                  └──── what it is given, and how it ends ────┘

It is started, and not forked, runs no code of the user, and has made no kernel itself: each fork begins one as
``python -m ipykernel_launcher`` does, in a process of its own. What a kernel is given, its environment above all, is
read after the fork. What cannot be given any more to an interpreter that runs already (`refuses`) is refused, and who
asked starts a kernel itself.

If who asked ends, its kernel is killed; if the nursery does, the kernels end by their own watch for their parent.
"""

from __future__ import annotations

import importlib.util
import json
import os
import select
import shutil
import signal
import socket
import struct
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

from runnable_runtime.process.children import ended_with_usage
from runnable_runtime.process.ending import leave, open_files
from runnable_runtime.process.forking import can_fork, freeze
from runnable_runtime.process.keeper import listen, silence, woken_by, woken_up
from runnable_runtime.process.keepers import settle
from runnable_runtime.process.meter import usage_of

LENGTH = struct.Struct("<q")
"""Before what a kernel is given: its length in bytes."""
MESSAGE = struct.Struct("<cqqd")
"""What is said of a kernel: BORN with its process, 0 where it cannot be one; or ENDED with its exit code, negative for
a signal, the most memory that it had, in bytes, and seconds of processor time."""
BORN, ENDED = b"b", b"e"
QUIET = {"PYDEVD_DISABLE_FILE_VALIDATION": "1"}
_AT_START = ("PYTHON", "LC_", "LANG", "LD_", "DYLD_", "MALLOC_", "GLIBC_", "PYDEVD_")
"""How variables begin that an interpreter, or a module of the kernel's, reads when it starts."""
_NEEDED = ("ipykernel.kernelapp", "runnable_runtime.tasks.harvest")
_IMPORTED_LATE = (
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "tornado.queues",
)
"""What a kernel imports when it begins: most of its start is that."""
_CUSTOM = ("sitecustomize", "usercustomize")
_LOOK_EVERY = 1000
"""Milliseconds after which it is looked for ends of kernels in any case."""


def main(listening: int, place: str, own: list[str]) -> None:
    """Be the nursery. `listening` is a socket at `place`; standard input can be read once the run is over.

    `own` is the import path of an interpreter without PYTHONPATH.
    """
    life = os.dup(0)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    silence()
    given = dict(os.environb)
    try:
        for module in _NEEDED:
            importlib.import_module(module)
        for module in _IMPORTED_LATE:
            with suppress(ImportError):  # not every version has it
                importlib.import_module(module)
        if can_fork():
            freeze()
            _Nursery(listening, life, own, given).serve()
    finally:
        shutil.rmtree(Path(place).parent, ignore_errors=True)


class _Nursery:
    def __init__(self, listening: int, life: int, own: list[str], given: dict[bytes, bytes]) -> None:
        self._listening = socket.socket(fileno=listening)
        self._life = life
        self._own = own
        self._given = {name.decode("latin-1"): value.decode("latin-1") for name, value in given.items()}
        self._set = {name: value for name, value in os.environb.items() if given.get(name) != value}  # by imports
        self._living: dict[int, socket.socket] = {}

    def serve(self) -> None:
        """Fork kernels until the run is over, then kill those that are left."""
        listen()
        while True:
            events = dict(self._watched().poll(_LOOK_EVERY))
            woken_up()
            self._reap()
            for pid, asked in self._living.items():
                if asked.fileno() in events:  # nobody is at the other end
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(pid, signal.SIGKILL)
            if self._life in events:
                for pid in self._living:
                    with suppress(ProcessLookupError, PermissionError):
                        os.killpg(pid, signal.SIGKILL)
                return
            if self._listening.fileno() in events:
                self._fork()

    def _watched(self) -> select.poll:
        poll = select.poll()
        for descriptor in (self._life, self._listening.fileno(), woken_by()):
            poll.register(descriptor, select.POLLIN)
        for asked in self._living.values():
            poll.register(asked, 0)  # that it was hung up is always said
        return poll

    def _fork(self) -> None:
        asked, _ = self._listening.accept()
        try:
            pid = os.fork()
        except OSError:
            asked.close()
            return
        if pid == 0:
            self._become_kernel(asked)
        self._living[pid] = asked

    def _reap(self) -> None:
        for pid, code, counted in ended_with_usage():
            if (asked := self._living.pop(pid, None)) is not None:
                used = usage_of(counted)
                with suppress(OSError):
                    asked.sendall(MESSAGE.pack(ENDED, code, used.memory or 0, used.cpu or 0.0))
                asked.close()

    def _become_kernel(self, asked: socket.socket) -> NoReturn:
        try:
            os.setsid()
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            wanted, files = _read(asked)
            if refuses(wanted["environment"], self._given, wanted["before"]):
                asked.sendall(MESSAGE.pack(BORN, 0, 0, 0.0))
                os._exit(0)
            for other in (self._listening, *self._living.values()):
                other.close()
            for descriptor in (self._life, woken_by()):
                os.close(descriptor)
            for standard, file in zip((1, 2), files, strict=True):
                os.dup2(file, standard)
                os.close(file)
            wanted["path"] = list(dict.fromkeys((*wanted["before"], *self._own)))  # each once, as `site` has them
            settle(wanted)
            os.environb.update({name: value for name, value in self._set.items() if name not in os.environb})
            os.environ["JPY_PARENT_PID"] = str(os.getppid())
            asked.sendall(MESSAGE.pack(BORN, os.getpid(), 0, 0.0))
            asked.close()
            _run(wanted["argv"])
        except BaseException:
            import traceback

            traceback.print_exc()
        os._exit(1)


def _read(asked: socket.socket) -> tuple[dict[str, Any], list[int]]:
    data, files, _, _ = socket.recv_fds(asked, LENGTH.size, 2)
    while len(data) < LENGTH.size:
        data += asked.recv(LENGTH.size - len(data)) or _gone()
    (length,) = LENGTH.unpack(data)
    text = bytearray()
    while len(text) < length:
        text += asked.recv(min(length - len(text), 1 << 16)) or _gone()
    return json.loads(text), files


def _gone() -> NoReturn:
    os._exit(0)


def refuses(environment: Mapping[str, str], given: Mapping[str, str], before: list[str]) -> bool:
    """Whether a kernel with these variables would not be as one of its own: `before` is what PYTHONPATH puts first.

    `given` are the variables that the nursery was started with.

    Its interpreter would read other variables when it starts, or run code of the user's, or one of the modules that
    are loaded here would be another one there.
    """
    if _at_start(environment) != _at_start(given):
        return True
    for folder in before:
        with suppress(OSError):
            for name in os.listdir(folder or "."):  # noqa: PTH208 - with every notebook
                stem = name.partition(".")[0]
                if stem in _CUSTOM or (stem in sys.modules and not _is_of(stem, folder)):
                    return True
    return False


def _at_start(environment: Mapping[str, str]) -> dict[str, str]:
    ours = {name: value for name, value in environment.items() if name.startswith(_AT_START)}
    return {name: value for name, value in ours.items() if name != "PYTHONPATH" and name not in QUIET}


def _is_of(module: str, folder: str) -> bool:
    file = getattr(sys.modules[module], "__file__", None)
    return file is not None and Path(file).is_relative_to(folder)


def _run(argv: list[str]) -> NoReturn:
    """What `ipykernel_launcher` does, and what Python does at its end."""
    spec = importlib.util.find_spec("ipykernel_launcher")
    sys.argv = [str(spec.origin) if spec else "ipykernel_launcher", *argv]
    parent = f"--IPKernelApp.parent_handle={os.getppid()}"  # which else is what it was when that module was imported
    before, code = open_files(), 0
    from ipykernel import kernelapp

    try:
        kernelapp.launch_new_instance([*argv, parent])
    except SystemExit as error:
        code = error.code if isinstance(error.code, int) else int(error.code is not None)
    leave(code, before)
    os._exit(code)
