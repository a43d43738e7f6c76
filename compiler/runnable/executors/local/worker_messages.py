"""What a run sends to its workers: tasks, whole, or as what they differ in from the one before."""

from __future__ import annotations

import os
import pickle
import socket
import struct
from collections.abc import Callable, Mapping
from dataclasses import fields, replace
from functools import cache
from operator import attrgetter

from runnable.execution.descriptors import unnamed_file
from runnable.execution.launcher import TaskStart
from runnable.executors.local.calls import Functions
from runnable_runtime.deferred import changed
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.stores.storage import Storage

_HEAD = struct.Struct("<cI")
_FILES = struct.Struct("i")
_TASK, _LIKE, _FILE = b"t", b"l", b"f"
"""What follows the head, as so many bytes: a task, or how it differs from the one before it, which it is like.

Or it is in the file whose descriptor is sent beside it.
"""
_MOST = 64 * 1024
"""The bytes of a message, at most: they fit into the socket of a worker that waits for one."""


def encode_task(task: TaskStart, functions: Functions) -> bytes:
    """`task`, with the functions that a worker cannot import, for another process.

    Raises whatever pickling them raises.
    """
    pickled = b""
    if functions:
        import cloudpickle

        pickled = cloudpickle.dumps(functions)
    return pickle.dumps((task, pickled), protocol=5)


def hand_over_like(control: int, task: TaskStart, last: TaskStart) -> bool:
    """Send only how `task` differs from `last` to a worker that has run that one and waits for another.

    False, and nothing is sent, if the two are not alike as items of a Map are, or it is too much for the socket. Raises
    OSError if the worker has died.
    """
    alike = _alike()
    if alike(task) != alike(last):
        return False
    difference = task.path, task.attempt, task.parameters, task.storage.step, task.storage.attempt
    data = pickle.dumps(difference, protocol=5)
    if len(data) <= _MOST:
        _send(control, _LIKE, data)
    return len(data) <= _MOST


@cache
def _alike() -> attrgetter[tuple[object, ...]]:
    """Gets what alike tasks have in common: every field but those that are sent, and the log, which no worker reads."""
    own, spec, storage = (_fields(kind) for kind in (TaskStart, TaskSpec, Storage))
    own -= {"spec", "storage", "attempt", "parameters", "log"}
    inner = [
        *(f"spec.{name}" for name in spec - {"name"}),
        *(f"storage.{name}" for name in storage - {"step", "attempt"}),
    ]
    return attrgetter(*sorted(own), *sorted(inner))


def _fields(kind: type[TaskStart] | type[TaskSpec] | type[Storage]) -> set[str]:
    return {field.name for field in fields(kind)}


def hand_over(control: int, data: bytes, files: list[int]) -> None:
    """Send the encoded task `data` to a worker that waits for one; if it is large, in a file, added to `files`.

    Raises OSError if the worker has died.
    """
    if len(data) <= _MOST:
        _send(control, _TASK, data)
        return
    files.append(file_with(data))
    with socket.socket(fileno=os.dup(control)) as channel:
        socket.send_fds(channel, [_HEAD.pack(_FILE, 0)], files[-1:])


def file_with(data: bytes) -> int:
    """A file without a name that has `data`. Raises OSError."""
    file = unnamed_file()
    while data:
        data = data[os.write(file, data) :]
    return file


def _content(file: int) -> bytes:
    """What `file_with` has put into `file`, which is closed."""
    with open(file, "rb") as stream:
        stream.seek(0)
        return stream.read()


def take_back(inbox: int) -> list[str]:
    """Take the messages that a worker has not read out of `inbox`, its end of the socket: the paths of their tasks.

    The worker may read one meanwhile, and so these need not be the last ones that it was sent.
    """
    found = []
    with socket.socket(fileno=os.dup(inbox)) as channel:
        while (message := _unread(channel)) is not None:
            found.append(_path_in(*message))
    return found


def _unread(channel: socket.socket) -> tuple[bytes, list[int]] | None:
    try:
        data, beside, _, _ = channel.recvmsg(_HEAD.size + _MOST, socket.CMSG_LEN(_FILES.size), socket.MSG_DONTWAIT)
    except BlockingIOError:
        return None
    files = [_FILES.unpack(files)[0] for _, kind, files in beside if kind == socket.SCM_RIGHTS]
    return (data, files) if data else None


def _path_in(data: bytes, files: list[int]) -> str:
    """The path of the task in a message."""
    if data[:1] == _LIKE:
        return str(pickle.loads(data[_HEAD.size :])[0])  # noqa: S301 - the run has written it
    return decode_task(_content(files[0]) if files else data[_HEAD.size :])[0].path


def _send(control: int, kind: bytes, data: bytes) -> None:
    if os.write(control, _HEAD.pack(kind, len(data)) + data) < _HEAD.size + len(data):
        raise BlockingIOError  # what it was sent before, it has not read: it is not a worker that waits


Given = tuple[TaskStart, Mapping[str, Callable[..., object]]]
"""A task, and the functions for it that a worker cannot import."""


def decode_task(data: bytes) -> Given:
    """The inverse of `encode_task`."""
    task, functions = pickle.loads(data)  # noqa: S301 - the run has written it
    return task, pickle.loads(functions) if functions else {}  # noqa: S301


class Inbox:
    """What a worker is given, in a file at its birth, or through its socket."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._last: TaskStart | None = None

    def first(self, file: int) -> Given:
        """The task in `file`, which is closed afterwards."""
        return self._whole(_content(file))

    def next(self) -> Given | None:
        """What is handed over; None if nothing will be."""
        data, files, _, _ = socket.recv_fds(self._channel, _HEAD.size + _MOST, 1)
        if files:
            return self.first(files[0])
        if len(data) < _HEAD.size or data[:1] not in (_TASK, _LIKE):
            return None
        length = _HEAD.size + _HEAD.unpack_from(data)[1]
        while len(data) < length and (more := self._channel.recv(length - len(data))):
            data += more
        if len(data) != length:
            return None
        return self._whole(data[_HEAD.size :]) if data[:1] == _TASK else self._like(data[_HEAD.size :])

    def _whole(self, data: bytes) -> Given:
        task, functions = decode_task(data)
        self._last = replace(task, parameters={})  # which may be large
        return task, functions

    def _like(self, data: bytes) -> Given | None:
        """The task that is like the last one; its log is of no interest to a worker."""
        if (last := self._last) is None:
            return None
        path, attempt, parameters, step, stored = pickle.loads(data)  # noqa: S301 - the run has written it
        spec, storage = changed(last.spec, name=path), changed(last.storage, step=step, attempt=stored)
        return changed(last, spec=spec, storage=storage, attempt=attempt, parameters=parameters, log=None), {}
