"""The pod's side of its nurseries (`fused.nursery`): attempts are started here, waited for, and ended."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from time import monotonic

from runnable_runtime import protocol
from runnable_runtime.fused.nursery import ENDED, FORK, LENGTH, MESSAGE, READY, REFUSED, SIGNAL
from runnable_runtime.fused.spec import FusedSpec, Member
from runnable_runtime.process.leftovers import descendants
from runnable_runtime.protocol import Json
from runnable_runtime.stores.settings import S3
from runnable_runtime.values.parameters import encode

EXIT_KILLED = 128 + signal.SIGKILL
"""What a pod ends with whose nursery was killed: as if it had been, so it is started again where it may be."""


_GRACE = 2.0
"""Seconds that a nursery gets to end."""


class NurseryDied(Exception):
    """What the pod's tasks are forked of was killed: with it, the pod has died."""


class Refused(Exception):
    """The system does not allow another process; why."""


class Attempt:
    """A process that a nursery has forked. `code` is its exit code once it has ended, negative for a signal."""

    def __init__(self, nursery: _Nursery, own: socket.socket, told: bytes) -> None:
        """Raises Refused, NurseryDied."""
        self._nursery = nursery
        self._own = own
        self._waiting = threading.Lock()
        self.code: int | None = None
        kind, value = self._message()
        if kind == REFUSED:
            own.close()
            raise Refused(os.strerror(value))
        self._pid = value
        with suppress(OSError):  # it has died already: its end says so
            own.sendall(LENGTH.pack(len(told)) + told)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait for its end, at most `timeout` seconds; whether it has ended. Raises NurseryDied."""
        deadline = None if timeout is None else monotonic() + timeout
        if not self._waiting.acquire(timeout=-1 if timeout is None else max(timeout, 0)):
            return False
        try:
            if self.code is None:
                self._own.settimeout(None if deadline is None else max(deadline - monotonic(), 0.001))
                kind, value = self._message()
                assert kind == ENDED
                self.code = value
                self._own.close()
            return True
        except TimeoutError:
            return False
        finally:
            self._waiting.release()

    def terminate(self) -> None:
        """Ask it to end."""
        self._signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it, and what it has started in its group."""
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        if self.code is None and not self._nursery.signal(self._pid, number):
            for pid in [self._pid, *descendants(self._pid)]:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(pid, number)

    def _message(self) -> tuple[int, int]:
        data = b""
        with suppress(ConnectionError):
            data = self._own.recv(MESSAGE.size)
        if len(data) < MESSAGE.size:
            self._nursery.died = True
            raise NurseryDied
        kind, value = MESSAGE.unpack(data)
        return kind, value


class Nurseries:
    """Those of a pod, each started when it is needed: one for tasks with secrets, one for all others.

    The second imports packages for its tasks. If it cannot be forked of then, the first one does its work.
    """

    def __init__(self, spec: FusedSpec, environment: Mapping[str, str]) -> None:
        self._kinds = sorted({member.spec.kind for member in spec.members} - {"stub"})
        self._modules = _modules(spec)
        secrets = {name for member in spec.members for name in member.spec.secrets}
        self._environment = {name: value for name, value in environment.items() if name not in secrets}
        self._lock = threading.Lock()
        self._plain: _Nursery | None = None
        self._laden: _Nursery | None = None

    def start(self, member: Member, arguments: Sequence[str], environment: Mapping[str, str], output: int) -> Attempt:
        """Start an attempt, which prints into the descriptor `output`, or where this process does if that is -1.

        Raises Refused, NurseryDied.
        """
        told = json.dumps({"arguments": list(arguments), "environment": dict(environment)}).encode()
        streams = (1, 2) if output < 0 else (output, output)
        with self._lock:
            nursery = self._for(member)
            own = nursery.fork(streams)
        return Attempt(nursery, own, told)

    def close(self) -> None:
        """End them, and what is still under way."""
        with self._lock:
            for nursery in {self._plain, self._laden}:
                if nursery is not None:
                    nursery.close()

    def _for(self, member: Member) -> _Nursery:
        """The nursery of a task's attempts. Raises NurseryDied."""
        if member.spec.secrets or not self._modules:
            return self._without_packages()
        if self._laden is None:
            nursery = self._begin(self._modules)
            if nursery.is_ready():
                self._laden = nursery
            else:
                nursery.close()
                self._laden = self._without_packages()
        return self._laden

    def _without_packages(self) -> _Nursery:
        if self._plain is None:
            self._plain = self._begin([])
            if not self._plain.is_ready():
                raise NurseryDied
        return self._plain

    def _begin(self, modules: Sequence[Json]) -> _Nursery:
        stores = [self._environment.get(name, "") for name in (protocol.STORE_VARIABLE, protocol.RUN_LOG_VARIABLE)]
        wanted = {
            "kinds": self._kinds,
            "records": protocol.RUN_LOG_VARIABLE in self._environment,
            "stores": ["s3"] if any(f'"{S3}' in text for text in stores) else [],
            "modules": modules,
        }
        return _Nursery(encode(wanted), self._environment)


def _modules(spec: FusedSpec) -> Sequence[Json]:
    """The modules of the tasks without secrets, each once, with its import path."""
    specs = [member.spec for member in spec.members if member.spec.kind == "python" and not member.spec.secrets]
    return [[name, list(path)] for name, path in {(one.target.partition(":")[0], one.import_path): 0 for one in specs}]


class _Nursery:
    """One of them, as a process."""

    def __init__(self, wanted: str, environment: Mapping[str, str]) -> None:
        self.died = False
        self._control, other = socket.socketpair()
        command = [sys.executable, "-m", "runnable_runtime", "--protocol", str(protocol.PROTOCOL_VERSION)]
        command += ["--serve", str(other.fileno()), "--inputs", wanted]
        with other:
            self._process = subprocess.Popen(command, env=environment, pass_fds=[other.fileno()])

    def is_ready(self) -> bool:
        """Whether it can be forked of; waits until it has imported what it is to import."""
        data = b""
        with suppress(ConnectionError):
            data = self._control.recv(MESSAGE.size)
        return len(data) == MESSAGE.size and MESSAGE.unpack(data)[0] == READY

    def fork(self, streams: Sequence[int]) -> socket.socket:
        """Have it fork; the socket of the attempt. Raises NurseryDied."""
        own, other = socket.socketpair()
        with other:
            try:
                socket.send_fds(self._control, [MESSAGE.pack(FORK, 0)], [other.fileno(), *streams])
            except OSError:
                own.close()
                raise NurseryDied from None
        return own

    def signal(self, pid: int, number: signal.Signals) -> bool:
        """Send a signal to an attempt, SIGKILL to its group; False if this is not there any more."""
        if self.died:  # its sockets may be closed a moment later
            return False
        try:
            self._control.sendall(MESSAGE.pack(SIGNAL, pid << 8 | number))
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End it, with what is under way; it may be importing still."""
        self._control.close()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
