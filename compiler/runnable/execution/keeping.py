"""The run's side of its keeper (`runnable_runtime.process.keeper`), and of what ends the leftovers of this process.

Each process that runs pipelines has a *watch*: a shell that waits for its end, which costs next to nothing, and then
ends what its runs have left. Once a run needs workers, a process of Python takes that over, of which its keeper, and
those of later runs, are forks (`runnable_runtime.process.keepers`).
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from runnable_runtime.process.beside import start
from runnable_runtime.process.environment import variables
from runnable_runtime.process.held import HeldFile
from runnable_runtime.process.leftovers import MARK, mark_of

if TYPE_CHECKING:
    import socket

POSSIBLE = hasattr(os, "fork")
WORKER = {"work": "runnable.executors.local.worker:work", "load": "runnable.executors.local.worker:load"}
"""What workers call, and what imports the modules of their tasks."""
_IMPORT = "import sys; sys.path[:] = {path!r}; from runnable_runtime.process."
_KEEPERS = _IMPORT + "keepers import main; main({fd}, sys.argv[1])"
_WATCH = """trap "" HUP INT QUIT TERM
read -r word
[ "$word" = over ] && exit
while read -r _ _ _ above _ < /proc/$$/stat && [ "$above" = "$4" ]; do sleep 0.1; done
[ -r /proc/self/environ ] && ! grep -qsaF "$1" /proc/[0-9]*/environ && exit
exec "$2" -c "$3"
"""
"""Waits for the end of this process, also if a task closes the pipe; where nothing is left, no Python is started.

Which process that is, it is said: one that was killed before the shell asks for its parent is its parent no longer.
"""
_SWEEP = _IMPORT + "leftovers import watch; watch({process!r}, {pid})"
_END = 15.0
"""Seconds until the keeper must have ended what is left of a run: five to ask, and some to kill."""


class _Beside:
    """The processes beside this one that end what it has left; started when they are first needed."""

    def __init__(self) -> None:
        self.token = os.urandom(8).hex()  # as `secrets` has it, which loads OpenSSL
        self._lock = threading.Lock()
        self._watched = False
        self._watch: tuple[HeldFile, int] | None = None
        self._keepers: socket.socket | None = None

    def watch(self) -> None:
        """Have something wait for the end of this process, if the system allows another one."""
        with self._lock:
            if not self._watched and self._keepers is None and POSSIBLE:
                self._watched = True
                with suppress(OSError):
                    self._start_watch()

    def expect(self, own: Sequence[str] | None) -> None:
        """Start what keepers are born of, if it is not there, and the system allows it; see `expect_keepers`."""
        with self._lock:
            if self._keepers is None and POSSIBLE:
                with suppress(OSError):
                    self._keepers = self._start_keepers(own)

    def descriptors(self) -> set[int]:
        """The descriptors that this has."""
        return {self._watch[0].descriptor()} if self._watch else set()

    def begin(self, document: Mapping[str, Any]) -> socket.socket:
        """A new keeper: the socket to it. Raises OSError if there cannot be one."""
        import json
        import socket

        from runnable.execution.descriptors import unnamed_file

        mine, its = socket.socketpair()
        file = unnamed_file()
        try:
            data = json.dumps(document).encode()
            while data:
                data = data[os.write(file, data) :]
            with self._lock:
                try:
                    self._ask([its.fileno(), file])
                except OSError:  # a task has closed the socket, or what is at its other end has died
                    self._keepers = None
                    self._ask([its.fileno(), file])
        except BaseException:
            mine.close()
            raise
        finally:
            its.close()
            os.close(file)
        return mine

    def forget(self) -> None:
        """Have nothing of them: this process is a fork of the one that they are beside."""
        held, keepers = self._watch, self._keepers
        self.__init__()  # type: ignore[misc]  # what the locks of another thread were is nothing to this process
        if held is not None:
            held[0].close()
        if keepers is not None:
            keepers.close()

    def _ask(self, files: list[int]) -> None:
        import socket

        from runnable_runtime.process.keepers import BEGIN

        if self._keepers is None:
            self._keepers = self._start_keepers()
        socket.send_fds(self._keepers, [BEGIN], files)

    def _start_watch(self) -> None:
        read, write = os.pipe()
        try:
            without = {name: value for name, value in os.environ.items() if name != MARK}
            pid = start(watch_command(self.token, os.getpid()), env=without, stdin=read, leads=True)
            self._watch = HeldFile(f"/dev/fd/{write}", os.O_WRONLY), pid
        finally:
            os.close(read)
            os.close(write)

    def _start_keepers(self, own: Sequence[str] | None = None) -> socket.socket:
        import json
        import socket

        mine, its = socket.socketpair()
        about = json.dumps({"parent": os.getpid(), "process": self.token, **WORKER})
        try:
            if own is None:
                self._spawn_keepers(its.fileno(), about)
            else:
                self._fork_keepers(mine, its, about, own)
        except OSError:
            mine.close()
            raise
        finally:
            its.close()
        self._dismiss_watch()
        return mine

    def _fork_keepers(self, mine: socket.socket, its: socket.socket, about: str, own: Sequence[str]) -> None:
        from runnable_runtime.process.keepers import main_in_fork

        if os.fork() == 0:
            mine.close()
            main_in_fork(its.detach(), about, own)

    def _spawn_keepers(self, control: int, about: str) -> None:
        import subprocess

        start = _KEEPERS.format(path=_path(), fd=control)
        flags = getattr(subprocess, "_args_from_interpreter_flags")()  # noqa: B009 - as multiprocessing does
        process = subprocess.Popen(
            [sys.executable, *flags, "-c", start, about],
            env={**os.environ, MARK: f"{self.token}--"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(control,),
            start_new_session=True,  # signals of the terminal are for the run, which passes them on
        )
        process.returncode = 0  # nobody waits for it: it ends after this one

    def _dismiss_watch(self) -> None:
        if self._watch is None:
            return
        pipe, pid = self._watch
        self._watch = None
        with suppress(OSError):
            os.write(pipe.descriptor(), b"over\n")
            pipe.close()
            os.waitpid(pid, 0)


def watch_command(process: str, pid: int) -> list[str]:
    """What waits for the end of the process `pid`, and then ends what is left of runs with its token `process`."""
    sweep = _SWEEP.format(path=_path(), process=process, pid=pid)
    return ["/bin/sh", "-c", _WATCH, "runnable", f"{MARK}={process}-", sys.executable, sweep, str(pid)]


_beside = _Beside()
if POSSIBLE:
    os.register_at_fork(after_in_child=_beside.forget)


def expect_keepers(own: Sequence[str] | None = None) -> None:
    """A keeper will be needed soon: what it is born of starts meanwhile, with the environment of now.

    It is a fork of this process, without the modules `own`, if these are given: all that this process has done is
    import these and what they import.
    """
    _beside.expect(own)


def descriptors() -> set[int]:
    """The descriptors that are open in this process for what is beside it."""
    return _beside.descriptors()


def _path() -> list[str]:
    return [os.path.abspath(place) for place in sys.path]  # noqa: PTH100


class Keeper:
    """The keeper of one run of this process. Its processes are known by `mark`."""

    def __init__(self, mark: str) -> None:
        self.mark = mark
        self._control: socket.socket | None = None

    def start(self, wanted: Mapping[str, Any]) -> None:
        """Start it, with what `keeper.keep` takes beside the mark. Raises OSError if the system does not allow that."""
        if self._control is None:
            from runnable_runtime.process.keepers import state

            self._control = _beside.begin({"mark": self.mark, **wanted, **state()})

    @property
    def control(self) -> int:
        """The descriptor that `told` reads from; -1 once there is none."""
        return -1 if self._control is None else self._control.fileno()

    def ask(self, number: int, files: list[int]) -> None:
        """Ask for the worker `number`, which gets `files`. Raises OSError if the keeper is not there."""
        if self._control is None:
            raise BrokenPipeError
        import socket
        import struct

        from runnable_runtime.process.keeper import FORK

        socket.send_fds(self._control, [FORK + struct.pack("<q", number)], files)

    def told(self) -> Iterator[tuple[int, int, int]]:
        """What the keeper says now: BORN, ENDED, REFUSED, MEMORY or CPU, a worker's number, and what goes with that.

        That is its process, its status, the error, bytes, or microseconds.
        """
        from runnable_runtime.process.keeper import MESSAGE

        data = b"" if self._control is None else self._control.recv(MESSAGE.size * 64)
        while len(data) % MESSAGE.size and self._control is not None:
            data += self._control.recv(MESSAGE.size - len(data) % MESSAGE.size)
        if not data:
            raise BrokenPipeError
        yield from MESSAGE.iter_unpack(data)

    def end(self) -> None:
        """Have it end what is left of the run, and wait for that."""
        if self._control is None:
            return
        from runnable_runtime.process.keeper import STOP

        with suppress(OSError):  # a task has closed the socket
            self._control.settimeout(_END)
            self._control.sendall(STOP + b"\0" * 8)
            while self._control.recv(4096):
                pass
        with suppress(OSError):
            self._control.close()
        self._control = None


@contextmanager
def kept(place: str) -> Iterator[Keeper]:
    """A keeper for the run whose record is at `place`, not started.

    All processes that this one starts while the block runs have its mark, and end with this one at the latest.
    """
    _beside.watch()
    keeper = Keeper(mark_of(_beside.token, place))
    with variables({MARK: keeper.mark}):
        try:
            yield keeper
        finally:
            keeper.end()
