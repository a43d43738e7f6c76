"""The nursery of a pod: a process with one thread, of which each attempt at one of the pod's tasks is a fork.

    pod ──► nursery, which has imported what tasks need ──► an attempt, which leads a process group of its own
     └───────────── a socket for each attempt ─────────────────┘

The nursery is started, and not forked, without the secrets of the pod's tasks. What an attempt is given, its
environment above all, goes over a socket of its own and is read after the fork: so no process has ever had another
task's secrets.

It runs no code of the user. It has imported the runtime and, for tasks without secrets, the installed packages that
their modules import (`fused.packages`): those may read the environment. Where such a package has started threads that
are not known to stand a fork, or has left anything else that a fork would share, the nursery says so, and ends.

Over the socket to the nursery go messages of `protocol`'s kinds below; over that of an attempt its birth and its end,
the other way what it is given. If the pod's process dies, the nursery kills what is under way.
"""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import struct
import sys
from contextlib import suppress

from runnable_runtime.process.forking import can_fork, freeze, fresh_random_numbers, has_children
from runnable_runtime.process.keeper import listen, silence, woken_by, woken_up
from runnable_runtime.process.leftovers import descendants
from runnable_runtime.protocol import Json
from runnable_runtime.task import load

MESSAGE = struct.Struct("<iq")
FORK, SIGNAL = 1, 2
"""To the nursery: fork an attempt, with its socket, stdout and stderr; or send a signal, as ``pid << 8 | number``."""
READY, CANNOT = 3, 4
"""From the nursery, first of all: it gives birth, or it cannot."""
BORN, REFUSED, ENDED = 5, 6, 7
"""Over an attempt's socket: its process id, an error number, or its exit code, negative for a signal."""
LENGTH = struct.Struct("<q")
"""Before what an attempt is given: its length in bytes."""
_FILES = 3
_LOOK_EVERY = 1000
"""Milliseconds after which it is looked for ends of attempts in any case."""


def serve(control: int, wanted: dict[str, Json]) -> list[str] | None:
    """Give birth to attempts until the pod is over.

    Returns twice: None at its end, and in each fork the arguments of the entrypoint, with the attempt's environment and
    streams in place. `wanted`: ``{"kinds": [...], "records": bool, "stores": [...], "modules": [[name, path], ...]}``.
    """
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    nursery = Nursery(socket.socket(fileno=control))
    if not nursery.prepare(wanted):
        return None
    return nursery.serve()


class Nursery:
    """The loop, and the attempts under way by process id, each with its socket."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._living: dict[int, socket.socket] = {}

    def prepare(self, wanted: dict[str, Json]) -> bool:
        """Import what attempts need; whether they can be forked of what has become of this process then."""
        kept = os.dup(1), os.dup(2), os.dup(0)
        silence()
        before = _left_open()
        _import_runtime(wanted)
        if wanted["modules"]:
            from runnable_runtime.fused.packages import import_packages

            import_packages(wanted["modules"])
        fits = can_fork() and _left_open() == before
        for stream in (sys.stdout, sys.stderr):  # what packages have printed is of no task
            with suppress(OSError, ValueError):
                stream.flush()
        for descriptor, standard in zip(kept, (1, 2, 0), strict=True):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        with suppress(OSError):  # the pod may be over
            self._control.sendall(MESSAGE.pack(READY if fits else CANNOT, 0))
        return fits

    def serve(self) -> list[str] | None:
        """See `serve`."""
        freeze()
        listen()
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(woken_by(), select.POLLIN)
        while True:
            events = dict(poll.poll(_LOOK_EVERY))
            woken_up()
            self._reap()
            if self._control.fileno() in events:
                message, files = self._message()
                if not message:
                    self._end()
                    return None
                kind, value = MESSAGE.unpack(message)
                if kind == SIGNAL:
                    self._send(value >> 8, value & 0xFF)
                elif (arguments := self._fork(files)) is not None:
                    return arguments

    def _message(self) -> tuple[bytes, list[int]]:
        with suppress(OSError):
            message, files, _, _ = socket.recv_fds(self._control, MESSAGE.size, _FILES)
            return message, files
        return b"", []

    def _fork(self, files: list[int]) -> list[str] | None:
        """Give birth to an attempt; in it, the arguments of the entrypoint."""
        own = socket.socket(fileno=files[0])
        try:
            pid = os.fork()
        except OSError as error:
            _say(own, REFUSED, error.errno or 0)
            pid = -1
        if pid == 0:
            return self._become_attempt(own, files[1:])
        for file in files[1:]:
            os.close(file)
        if pid < 0:
            own.close()
            return None
        with suppress(OSError):  # the attempt does it too: whichever comes first, it is done from here on
            os.setpgid(pid, pid)
        self._living[pid] = own
        _say(own, BORN, pid)
        return None

    def _become_attempt(self, own: socket.socket, output: list[int]) -> list[str]:
        """In the fork: hold nothing of the nursery's, and be as a process that was started."""
        os.setpgid(0, 0)
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        self._control.close()
        for other in self._living.values():
            other.close()
        self._living.clear()
        for descriptor, standard in zip(output, (1, 2), strict=True):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        told = _told(own)
        own.close()
        os.environ.clear()
        os.environ.update(told["environment"])
        fresh_random_numbers()
        sys.argv[1:] = told["arguments"]
        return sys.argv[1:]

    def _send(self, pid: int, number: int) -> None:
        """Send a signal to an attempt; SIGKILL to all that descends from it: some lead groups of their own."""
        if pid not in self._living:
            return
        if number != signal.SIGKILL:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(pid, number)
            return
        below = descendants(pid)
        _kill_group(pid)
        for one in below:
            with suppress(ProcessLookupError, PermissionError):
                os.kill(one, number)

    def _reap(self) -> None:
        """Report attempts that have ended, when what they have left running in their groups is killed.

        That comes first: as long as the leader is not waited for, nothing else can have its number.
        """
        while self._living:
            found = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
            if found is None:
                return
            _kill_group(found.si_pid)
            _, status = os.waitpid(found.si_pid, 0)
            if (own := self._living.pop(found.si_pid, None)) is not None:
                _say(own, ENDED, os.waitstatus_to_exitcode(status))
                own.close()

    def _end(self) -> None:
        for pid in self._living:
            self._send(pid, signal.SIGKILL)


def _kill_group(pid: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _say(own: socket.socket, kind: int, value: int) -> None:
    with suppress(OSError):
        own.sendall(MESSAGE.pack(kind, value))


def _told(own: socket.socket) -> dict[str, Json]:
    """What an attempt is given. Ends the process where nobody does: the pod is over."""
    with own.makefile("rb") as stream:
        header = stream.read(LENGTH.size)
        size = LENGTH.unpack(header)[0] if len(header) == LENGTH.size else 0
        text = stream.read(size)
    if not size or len(text) < size:
        os._exit(1)
    told: dict[str, Json] = json.loads(text)
    return told


def _import_runtime(wanted: dict[str, Json]) -> None:
    """What an attempt at tasks of these kinds, with records and stores of these kinds, would import itself."""
    for kind in wanted["kinds"]:
        with suppress(ImportError):  # the task says what is missing
            load(kind)
    names = ["runnable_runtime.stores.settings", "runnable_runtime.stores.folder", "ctypes"]
    if wanted["records"]:
        ours = ("records.pod", "code.sources", "code.closure", "code.imports", "process.hidden_output")
        names += [f"runnable_runtime.{name}" for name in ours]
    if "s3" in wanted["stores"]:
        names += ["s3fs", "runnable_runtime.stores.s3", "runnable_runtime.stores.patience"]
    for name in names:
        with suppress(ImportError):
            __import__(name)
    inspect = sys.modules.get("inspect")
    if inspect is not None:  # a pattern is compiled with the first source that is read
        inspect.getblock(["1\n"])


def _left_open() -> tuple[object, ...]:
    """What a fork would share with this process, or not find as a process that was started does."""
    try:
        count = len(os.listdir("/proc/self/fd"))  # noqa: PTH208
    except OSError:
        count = 0
    here = os.getcwd()  # noqa: PTH109
    handled = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD)]
    return count, here, has_children(), handled
