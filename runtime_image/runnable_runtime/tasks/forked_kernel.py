"""A kernel that the run's nursery has forked (`process.kernel_nursery`), in the place of one that is started."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
from collections.abc import Mapping
from contextlib import suppress
from typing import IO, Any

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from runnable_runtime.process.keepers import state
from runnable_runtime.process.kernel_nursery import BORN, ENDED, LENGTH, MESSAGE
from runnable_runtime.process.meter import used_elsewhere
from runnable_runtime.protocol import KERNELS_VARIABLE

_BIRTH = 60.0
"""Seconds until a kernel is there, at most: the nursery may still be importing."""
_LOST = -signal.SIGKILL


class ForkedKernel:
    """The kernel's process, with what `subprocess.Popen` has of it that is used. It ends, at the latest, with this."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._channel = channel

    def poll(self) -> int | None:
        """The exit code, if it has ended."""
        if self.returncode is None:
            with suppress(BlockingIOError):
                try:
                    said = self._channel.recv(MESSAGE.size, socket.MSG_DONTWAIT)
                except ConnectionResetError:
                    said = b""
                self._take(said)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """The exit code, once it has ended."""
        if self.returncode is None:
            self._channel.settimeout(timeout)
            self._take(self._channel.recv(MESSAGE.size))
        return self.returncode

    async def ended(self) -> None:
        """Wait until it has ended, without asking again and again."""
        while self.poll() is None:
            loop, found = asyncio.get_running_loop(), asyncio.Event()
            loop.add_reader(self._channel, found.set)
            try:
                await found.wait()
            finally:
                loop.remove_reader(self._channel)

    def send_signal(self, number: int) -> None:
        """Send it a signal, if it has not ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def _take(self, said: bytes) -> None:
        self.returncode = _LOST
        if len(said) == MESSAGE.size and said[:1] == ENDED:
            _, self.returncode, memory, cpu = MESSAGE.unpack(said)
            used_elsewhere(memory, cpu)
        self._channel.close()


class Provisioner(LocalProvisioner):
    """Has kernels forked where the run has a nursery that can, and else starts them."""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        """See `LocalProvisioner`."""
        environment = options["env"]
        place = environment.pop(KERNELS_VARIABLE, "")
        forked = fork(place, cmd, environment, options["stderr"]) if place else None
        if forked is None:
            return await super().launch_kernel(cmd, **options)
        self.process = forked  # type: ignore[assignment]
        self.pid = self.pgid = forked.pid
        self.cwd = options.get("cwd")
        return self.connection_info

    async def wait(self) -> int | None:
        """See `LocalProvisioner`, which looks ten times a second."""
        process: object = self.process
        if isinstance(process, ForkedKernel):
            await process.ended()
        return await super().wait()


def fork(place: str, command: list[str], environment: Mapping[str, str], stderr: IO[bytes]) -> ForkedKernel | None:
    """Have the nursery at `place` fork a kernel; None if it cannot, or is not there."""
    first = command.index("ipykernel_launcher") + 1
    before = [folder for folder in environment.get("PYTHONPATH", "").split(os.pathsep) if folder]
    variables = {_text(name): _text(value) for name, value in environment.items()}
    wanted = {**state(), "environment": variables, "argv": command[first:], "before": before}
    text = json.dumps(wanted).encode()
    channel = socket.socket(socket.AF_UNIX)
    try:
        channel.settimeout(_BIRTH)
        channel.connect(place)
        socket.send_fds(channel, [LENGTH.pack(len(text))], [1, stderr.fileno()])
        channel.sendall(text)
        said = channel.recv(MESSAGE.size)
        if len(said) == MESSAGE.size and said[:1] == BORN and (pid := MESSAGE.unpack(said)[1]):
            channel.settimeout(None)
            return ForkedKernel(pid, channel)
    except OSError:
        pass
    channel.close()
    return None


def _text(value: str) -> str:
    """As `state` has variables: a character for each byte."""
    return os.fsencode(value).decode("latin-1")
