"""What the keepers of a process's runs are born of: started when the first run needs one, and there until the end.

A keeper is a fork of it (`keeper`), so that a run with workers waits neither for an interpreter nor for imports. It has
one thread and no code of the user, or is a fork of a process whose code has left nothing (`main_in_fork`). What a run
has changed of its process since is handed to its keeper: the folder, the environment, the import path, the arguments,
the limits.
"""

from __future__ import annotations

import contextlib
import importlib
import json
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Iterable
from types import ModuleType
from typing import Any, NoReturn

from runnable_runtime import garbage
from runnable_runtime.process.children import ended_children
from runnable_runtime.process.ending import exit_here
from runnable_runtime.process.keeper import function_named, keep, life_of, listen, silence, woken_by, woken_up
from runnable_runtime.process.leftovers import GRACE, MARK, adopt_orphans, end_all, of_process

BEGIN = b"b"
_LOOK_EVERY = 0.25
_FILES = 2
_MOST_FILES = 1 << 20

try:
    import resource

    _LIMITS = [getattr(resource, name) for name in dir(resource) if name.startswith("RLIMIT_")]
except ImportError:  # Windows, which has no keepers either
    _LIMITS = []


def main(control: int, text: str) -> None:
    """Be that. `control` is a socket to the process, `text` says which that is, and what its keepers will need.

    ``{"parent": its id, "process": the token that the marks of its runs begin with, "work": ..., "load": ...}``, the
    last two as in `keeper.keep`.
    """
    garbage.pause()
    adopt_orphans()  # workers whose keeper was killed
    about = json.loads(text)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT):
        signal.signal(number, signal.SIG_IGN)
    _Keepers(socket.socket(fileno=control), about).serve()


def main_in_fork(control: int, text: str, own: Iterable[str]) -> NoReturn:
    """Be that in a fork of the process, which has imported what tasks need, and the user's modules `own`.

    These are forgotten: each keeper imports them anew. What of the process's calls goes on here is nothing.
    """
    try:
        os.setsid()  # signals of the terminal are for the run, which passes them on
        silence()
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # what the process has not written yet, which it does itself
        os.closerange(3, control)
        os.closerange(control + 1, _MOST_FILES)
        _forget(own)
        os.environ[MARK] = f"{json.loads(text)['process']}--"
        main(control, text)
    except SystemExit:  # a worker's
        exit_here()
    except BaseException:
        os._exit(1)
    os._exit(0)


_forgotten: list[ModuleType] = []


def _forget(own: Iterable[str]) -> None:
    """Have none of the modules `own`. They are kept from view: what is in them would see that it goes."""
    _forgotten.extend(sys.modules.pop(name) for name in own)
    sys.modules["__main__"] = ModuleType("__main__")


class _Keepers:
    def __init__(self, control: socket.socket, about: dict[str, Any]) -> None:
        self._control = control
        self._about = about
        self._parent = int(about["parent"])
        self._life = life_of(self._parent)
        self._living: set[int] = set()
        with contextlib.suppress(Exception):  # it fails in each worker again, which says so
            function_named(about["work"])
            function_named(about["load"])([])
        garbage.settle()

    def serve(self) -> None:
        """Give birth to keepers until the process has ended, and all of them; then end what it has left."""
        silence()
        listen()
        over = False
        while not over:
            events = dict(self._watched().poll(_LOOK_EVERY * 1000))
            woken_up()
            if self._control.fileno() in events and not self._request():
                self._control.close()
            self._reap()
            over = self._life in events if self._life is not None else os.getppid() != self._parent
        deadline = time.monotonic() + 2 * GRACE  # each ends its own first, asking before it kills
        while self._living and time.monotonic() < deadline:
            time.sleep(0.01)
            self._reap()
        end_all(of_process(self._about["process"]))

    def _watched(self) -> select.poll:
        poll = select.poll()
        for descriptor in (self._life, woken_by()):
            if descriptor is not None:
                poll.register(descriptor, select.POLLIN)
        if self._control.fileno() >= 0:
            poll.register(self._control, select.POLLIN)
        return poll

    def _request(self) -> bool:
        """Give birth to a keeper; False if a task has closed the socket: then another one of these will be started."""
        try:
            word, files, _, _ = socket.recv_fds(self._control, len(BEGIN), _FILES)
        except OSError:
            return False
        if word != BEGIN:
            return False
        try:
            pid = os.fork()
        except OSError:
            pid = -1  # who asked sees the socket closed
        if pid == 0:
            self._become_keeper(*files)
        for file in files:
            os.close(file)
        if pid > 0:
            self._living.add(pid)
        return True

    def _become_keeper(self, control: int, document: int) -> NoReturn:
        try:
            self._control.close()
            with open(document, "rb") as file:
                file.seek(0)
                wanted = json.load(file)
            settle(wanted)
            keep(control, wanted, self._life)
        except SystemExit:  # a worker, which leaves as Python does
            raise
        except BaseException:
            os._exit(1)
        os._exit(0)

    def _reap(self) -> None:
        for pid, _ in ended_children():
            self._living.discard(pid)


def state() -> dict[str, Any]:
    """What `settle` takes of this process."""
    mask = os.umask(0o077)
    os.umask(mask)
    try:
        folder = os.getcwd()  # noqa: PTH109 - there may be none
    except OSError:
        folder = ""
    return {
        "argv": sys.argv,
        "path": [os.path.abspath(place) for place in sys.path],  # noqa: PTH100
        "folder": folder,
        "environment": {name.decode("latin-1"): value.decode("latin-1") for name, value in os.environb.items()},
        "mask": mask,
        "limits": [[kind, *resource.getrlimit(kind)] for kind in _LIMITS],
    }


def settle(wanted: dict[str, Any]) -> None:
    """Be as the process of the run is by now."""
    environment = {name.encode("latin-1"): value.encode("latin-1") for name, value in wanted["environment"].items()}
    for name in os.environb.keys() - environment.keys():
        del os.environb[name]
    os.environb.update(environment)
    sys.argv[:], sys.path[:] = wanted["argv"], wanted["path"]
    os.umask(wanted["mask"])
    with contextlib.suppress(OSError):
        os.chdir(wanted["folder"] or "/")
    for kind, soft, hard in wanted["limits"]:
        if resource.getrlimit(kind) != (soft, hard):
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (soft, hard))
    importlib.invalidate_caches()
    if hasattr(time, "tzset"):
        time.tzset()
