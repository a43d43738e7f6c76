"""The session's side: it starts tasks as forks, passes on what they print, and stops them. One thread, one loop."""

from __future__ import annotations

import gc
import json
import os
import selectors
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from time import monotonic
from types import FrameType
from typing import Any

from runnable_runtime import __version__, protocol
from runnable_runtime.deferred import begin_all
from runnable_runtime.process.children import ended_with_usage
from runnable_runtime.process.control_group import container_usage
from runnable_runtime.process.meter import usage_of
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import Json, SpecError, TaskSpec
from runnable_runtime.session.frames import encode_frame
from runnable_runtime.session.task import Assignment, Running
from runnable_runtime.task import load

_CHUNK = 64 * 1024
_GRACE = 5.0
"""Seconds that tasks get to end when the session is to."""
_DRAIN = 256
"""Chunks to read, at most, of what a dead task has left in a pipe that something else may still be writing to."""


def serve(scratch: str) -> Assignment | None:
    """Serve the launcher at the other end of standard input and output until it has no more tasks.

    Returns twice: None where the session is over, and in each fork the task that it is to run, its pipes in place.
    `scratch` is a folder to make a task's own folder in.
    """
    return Server(scratch).run()


class Server:
    """The tasks under way, and the streams to and from the launcher."""

    def __init__(self, scratch: str) -> None:
        self._scratch = scratch
        self._tasks: dict[int, Running] = {}
        self._count = 0
        self._selector = selectors.DefaultSelector()
        self._requests = bytearray()
        self._kinds: set[str] = set()
        self._closing = False
        self._wake = os.pipe()
        # Frames go where standard output went; what else is printed here must not come between them.
        self._launcher = os.dup(1)
        os.dup2(2, 1)

    def run(self) -> Assignment | None:
        """See `serve`."""
        self._listen()
        self._send({"session": protocol.PROTOCOL_VERSION, "version": __version__})
        self._selector.register(0, selectors.EVENT_READ, self._read_requests)
        while self._tasks or not self._closing:
            for key, _ in self._selector.select(self._until_deadline()):
                read: Callable[[int], Assignment | None] = key.data
                assignment = read(key.fd)
                if assignment is not None:
                    return assignment
            self._meet_deadlines()
            self._reap()
        return None

    # --- requests ---

    def _read_requests(self, descriptor: int) -> Assignment | None:
        data = os.read(descriptor, _CHUNK)
        if not data:
            self._selector.unregister(descriptor)
            self._launcher_is_gone()
            return None
        self._requests += data
        while (end := self._requests.find(b"\n")) >= 0:
            request = json.loads(self._requests[:end])
            del self._requests[: end + 1]
            if (assignment := self._obey(request)) is not None:
                return assignment
        return None

    def _obey(self, request: dict[str, Json]) -> Assignment | None:
        match request:
            case {"run": int() as number, "spec": str() as spec, "inputs": str() as inputs, "env": dict() as variables}:
                return self._start(number, spec, inputs, variables)
            case {"stop": int() as number, "grace": grace}:
                for task in self._tasks.values():
                    if task.number == number:
                        task.stop(float(grace))
            case {"close": True}:
                self._closing = True
            case _:
                raise ValueError(f"no request of this version: {sorted(request)}")
        return None

    def _launcher_is_gone(self) -> None:
        if not self._closing:
            for task in self._tasks.values():
                task.stop(_GRACE)
        self._closing = True

    # --- tasks ---

    def _start(self, number: int, spec: str, inputs: str, variables: dict[str, str]) -> Assignment | None:
        """Fork. Returns None here, and in the fork what it is to do."""
        self._prepare(spec)
        pipes = [os.pipe() for _ in range(3)]
        try:
            pid = os.fork()
        except OSError as error:
            for descriptor in sum(pipes, ()):
                os.close(descriptor)
            print(f"the system does not allow another process: {error.strerror}", file=sys.stderr)
            self._send({"task": number, "is": "end", "code": 1, "report": ""})
            return None
        if pid == 0:
            self._become_task()
            for read, _ in pipes:
                os.close(read)
            folder = f"{self._scratch}/task-{os.getpid()}"
            return Assignment.begin(spec, inputs, variables, folder, [write for _, write in pipes])
        for _, write in pipes:
            os.close(write)
        self._count += 1
        task = Running(number, pid, f"{self._scratch}/task-{pid}", *(read for read, _ in pipes))
        self._tasks[pid] = task
        for descriptor in task.open:
            os.set_blocking(descriptor, False)
            self._selector.register(descriptor, selectors.EVENT_READ, self._reader(task))
        return None

    def _prepare(self, spec: str) -> None:
        """From the second task of a kind on, have the code of that kind here, for forks need not load it then.

        A collection of garbage in a fork, as at its end, leaves alone what was there before: to look at it copies it.
        """
        with suppress(SpecError):  # the task will say so
            kind = TaskSpec.from_json(spec).kind
            if kind in self._kinds:
                load(kind)
            self._kinds.add(kind)
        begin_all()
        gc.freeze()

    def _become_task(self) -> None:
        """In a fork: hold nothing of the session's."""
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGCHLD, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        self._selector.close()
        for descriptor in (self._launcher, *self._wake, *(d for task in self._tasks.values() for d in task.open)):
            os.close(descriptor)

    def _reader(self, task: Running) -> Callable[[int], None]:
        def read(descriptor: int) -> None:
            if descriptor in task.open:
                self._pass_on(task, descriptor)

        return read

    def _pass_on(self, task: Running, descriptor: int) -> bool:
        """Pass one chunk on; False if nothing more is to be had at present."""
        try:
            data = os.read(descriptor, _CHUNK)
        except BlockingIOError:
            return False
        if not data:
            self._forget(task, descriptor)
            return False
        stream = task.open[descriptor]
        if stream == "report":
            task.report += data
        else:
            self._send({"task": task.number, "is": stream}, data)
        return True

    def _forget(self, task: Running, descriptor: int) -> None:
        self._selector.unregister(descriptor)
        del task.open[descriptor]
        os.close(descriptor)

    def _reap(self) -> None:
        """See to tasks that have ended. As process 1, this also takes in the orphans of the whole container."""
        for pid, code, used in ended_with_usage():
            if (task := self._tasks.pop(pid, None)) is not None:
                self._end(task, code, used)

    def _end(self, task: Running, code: int, counted: Any) -> None:
        task.kill()  # what it has left running, as a container's end would
        for descriptor in list(task.open):
            for _ in range(_DRAIN):
                if not self._pass_on(task, descriptor):
                    break
            if descriptor in task.open:
                self._forget(task, descriptor)
        notebook = task.take_notebook()
        if notebook:
            self._send({"task": task.number, "is": "notebook"}, notebook)
        report, _, used = task.report.decode().partition("\n")
        words = {"task": task.number, "is": "end", "code": code, "report": report}
        self._send({**words, "used": self._usage(used, counted).to_json()})

    def _usage(self, said: str, counted: Any) -> Usage:
        """What a task has used, by what it says itself; one that was killed says nothing, and the system has counted.

        As process 1 this knows that it is a container's, which is then its first task's alone.
        """
        used = usage_of(counted)
        with suppress(ValueError, TypeError):  # a task may write anything anywhere
            used = Usage.from_json(json.loads(said)) if said else used
        return replace(used, container=container_usage()) if os.getpid() == 1 and self._count == 1 else used

    # --- time and signals ---

    def _until_deadline(self) -> float | None:
        deadlines = [task.deadline for task in self._tasks.values() if task.deadline is not None]
        return max(0.0, min(deadlines) - monotonic()) if deadlines else None

    def _meet_deadlines(self) -> None:
        for task in self._tasks.values():
            if task.deadline is not None and monotonic() >= task.deadline:
                task.deadline = None
                task.kill()

    def _listen(self) -> None:
        """Have signals wake the loop up."""
        for descriptor in self._wake:
            os.set_blocking(descriptor, False)
        signal.set_wakeup_fd(self._wake[1], warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, _do_nothing)
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        self._selector.register(self._wake[0], selectors.EVENT_READ, _empty)

    def _stop(self, number: int, frame: FrameType | None) -> None:
        self._launcher_is_gone()

    def _send(self, header: dict[str, Json], payload: bytes = b"") -> None:
        data = encode_frame(header, payload)
        try:
            while data:
                data = data[os.write(self._launcher, data) :]
        except OSError:  # nobody listens any more; the end of standard input says so too
            self._launcher_is_gone()


def _do_nothing(number: int, frame: FrameType | None) -> None:
    pass


def _empty(descriptor: int) -> None:
    with suppress(BlockingIOError):
        os.read(descriptor, _CHUNK)
