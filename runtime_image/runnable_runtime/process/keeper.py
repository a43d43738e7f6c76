"""The keeper of a run: a small process beside it, from which its workers are born (`keepers` forks it).

    process ──► keepers ──► keeper, one for each run ──► nursery ──► worker, one for each task
                  (one thread each, no code of the user)   (has imported it)

**Born of one thread.** A fork copies one thread and the locks of all. So no worker is ever forked from a process in
which the user's code, or a library, may have started threads: not from the run, unless it is known to have done nothing
but import what tasks import, too (`runnable.driver.forkable`). The nursery has imported the modules of the tasks, so
that a worker has them at once; where that has started threads which are not known to stand a fork, the nursery ends,
and workers are born of the keeper itself and import for themselves.

**Nothing outlives its run.** When the run ends, however it does, the keeper ends what is left of it: first by SIGTERM,
then by SIGKILL. What belongs to the run is what descends from the keeper, whose orphans become its own, and what has
the run's mark in its environment.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import select
import signal
import socket
import struct
from collections.abc import Callable
from typing import Any, NoReturn

from runnable_runtime.process.children import ended_with_usage
from runnable_runtime.process.forking import can_fork, freeze
from runnable_runtime.process.leftovers import adopt_orphans, call, call_keeper, end_all, own_name
from runnable_runtime.process.meter import usage_of

MESSAGE = struct.Struct("<iqq")
BORN, ENDED, REFUSED, MEMORY, CPU = 1, 2, 3, 4, 5
FORK, STOP = b"f", b"q"
_LOOK_EVERY = 0.25
_FILES = 4
_OVER = 64
"""What the nursery exits with if the parent has said that it is over."""


def keep(control: int, wanted: dict[str, Any], life: int | None) -> None:
    """Be the keeper of a run. `control` is a socket to it, `life` can be read once its process has ended, if not None.

    `wanted`: ``{"mark": of its processes, "work": "module:function" of workers, "load": "module:function" that
    imports the user's modules and uses what workers do, "modules": [...]}``.
    """
    wanted["name"] = own_name()
    call_keeper(wanted["mark"])
    adopt_orphans()
    keeper = Keeper(control, wanted, life)
    keeper.begin_nursery()
    keeper.serve()


class Keeper:
    """The loop of the keeper, and of the nursery, which is a fork of it."""

    def __init__(self, control: int, wanted: dict[str, Any], life: int | None) -> None:
        self._control = socket.socket(fileno=control)
        self._wanted = wanted
        self._life = life
        self._above = os.getppid()
        self._nursery = 0
        self._is_nursery = False
        self._workers: dict[int, int] = {}
        self._ready = -1
        self._over = False

    def begin_nursery(self) -> None:
        """Fork the nursery; where it cannot be, this process does its work."""
        ready, tell = os.pipe()
        try:
            self._nursery = os.fork()
        except OSError:
            self._nursery = 0
        if self._nursery == 0:
            try:
                os.close(ready)
                self._become_nursery(tell)
            except SystemExit:  # a worker, which leaves as Python does
                raise
            except BaseException:
                os._exit(1)
        os.close(tell)
        self._ready = ready

    def _become_nursery(self, tell: int) -> NoReturn:
        self._is_nursery = True
        self._above = os.getppid()
        call(self._wanted["name"])
        silence()
        function_named(self._wanted["load"])(self._wanted["modules"])
        os.write(tell, b"1" if can_fork() else b"0")
        os.close(tell)
        if can_fork():
            freeze(made=True)  # `load` has used it
            self._nursery = 0
            self.serve()
        os._exit(0)

    def serve(self) -> None:
        """Give birth to workers, and report their ends, until the parent stops this or has died."""
        listen()
        while True:
            events = dict(self._watched().poll(_LOOK_EVERY * 1000))
            woken_up()
            if self._nursery and self._ready in events:
                self._nursery_said(os.read(self._ready, 1))
            if self._takes_requests() and self._control.fileno() in events and not self._request():
                self._over = True
            self._reap()
            if self._over or self._parent_is_dead(events):
                if self._is_nursery:
                    os._exit(_OVER)
                end_all(lambda mark: mark == self._wanted["mark"])
                return

    def _watched(self) -> select.poll:
        poll = select.poll()
        if self._life is not None:
            poll.register(self._life, select.POLLIN)
        if self._nursery and self._ready >= 0:
            poll.register(self._ready, select.POLLIN)
        if self._takes_requests():
            poll.register(self._control, select.POLLIN)
        poll.register(_woken[0], select.POLLIN)
        return poll

    def _takes_requests(self) -> bool:
        return self._nursery == 0 and self._control.fileno() >= 0

    def _nursery_said(self, word: bytes) -> None:
        os.close(self._ready)
        self._ready = -1
        if word != b"1":  # it cannot fork, or has died of what it has imported
            self._nursery = 0

    def _request(self) -> bool:
        """Do what the parent asks for; False if that is to end."""
        try:
            word, files, _, _ = socket.recv_fds(self._control, 1 + 8, _FILES)
        except OSError:
            word, files = b"", []
        if not word:  # a task has closed the socket: there is nobody to report to, but the parent may live
            self._control.close()
            return True
        if word[:1] == STOP:
            return False
        (number,) = struct.unpack("<q", word[1:])
        self._fork(number, files)
        return True

    def _fork(self, number: int, files: list[int]) -> None:
        try:
            pid = os.fork()
        except OSError as error:
            self._say(REFUSED, number, error.errno or 0)
            pid = -1
        if pid == 0:
            self._become_worker(files)
        for file in files:
            os.close(file)
        if pid > 0:
            with contextlib.suppress(OSError):  # the worker does it too: whichever comes first, it is done from here on
                os.setpgid(pid, pid)
            self._workers[pid] = number
            self._say(BORN, number, pid)

    def _become_worker(self, files: list[int]) -> NoReturn:
        try:
            os.setpgid(0, 0)
            signal.set_wakeup_fd(-1)
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            self._control.close()
            for descriptor in (self._life, *_woken):
                if descriptor is not None:
                    os.close(descriptor)
            function_named(self._wanted["work"])(files)
        except SystemExit:
            raise
        except BaseException:
            os._exit(1)
        os._exit(1)

    def _reap(self) -> None:
        """Report the ends of workers; take in all others that have become orphans.

        One that did not end well may not have said what it used: that is what the system has counted, bytes and
        microseconds.
        """
        for pid, code, counted in ended_with_usage():
            if pid == self._nursery:
                self._nursery = 0
                self._over = code == _OVER
            elif (number := self._workers.pop(pid, None)) is not None:
                if code:
                    used = usage_of(counted)
                    self._say(MEMORY, number, used.memory or 0)
                    self._say(CPU, number, int((used.cpu or 0) * 1e6))
                self._say(ENDED, number, code)

    def _say(self, kind: int, number: int, value: int) -> None:
        with contextlib.suppress(OSError):
            self._control.sendall(MESSAGE.pack(kind, number, value))

    def _parent_is_dead(self, events: dict[int, int]) -> bool:
        if self._life is not None:
            return self._life in events
        return os.getppid() != self._above


def life_of(parent: int) -> int | None:
    """A descriptor that can be read once `parent` has ended; None where the system has no such."""
    try:
        return os.pidfd_open(parent)
    except (AttributeError, OSError):
        return None


_woken = (-1, -1)


def listen() -> None:
    """Have the ends of children wake up the loop."""
    global _woken
    if _woken[0] >= 0:
        for descriptor in _woken:
            os.close(descriptor)
    _woken = os.pipe()
    for descriptor in _woken:
        os.set_blocking(descriptor, False)
    signal.set_wakeup_fd(_woken[1], warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)


def woken_by() -> int:
    """What can be read when a child has ended."""
    return _woken[0]


def woken_up() -> None:
    """What has woken the loop up is seen to."""
    with contextlib.suppress(OSError):
        os.read(_woken[0], 4096)


def silence() -> None:
    """What modules print when they are imported here is of no task: each worker would print it again."""
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    os.close(nothing)


def function_named(name: str) -> Callable[..., Any]:
    """What ``module:function`` means, imported."""
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(importlib.import_module(module), function)
    return found
