"""Processes instead of containers: the same entrypoint, session and streams."""

from __future__ import annotations

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from runnable.container_engine import Ended, EngineError
from runnable_runtime.protocol import PROTOCOL_VERSION

_CHUNK = 64 * 1024
_GRACE = 6.0
"""Seconds that a session gets to end its tasks, which it asks to end and kills after five."""


class ProcessStreams:
    """The standard streams of one process; see `runnable.container_engine.Stream`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        self._input = process.stdin
        self._outputs = (process.stdout, process.stderr)

    def write(self, data: bytes) -> None:
        """Write to the standard input. Raises OSError where the process has ended."""
        self._input.write(data)
        self._input.flush()

    def read(self) -> Iterator[tuple[bool, bytes]]:
        """What the process prints, as it comes, until it ends: whether on standard error, and the bytes."""
        with selectors.DefaultSelector() as selector:
            for is_error, stream in enumerate(self._outputs):
                selector.register(stream, selectors.EVENT_READ, bool(is_error))
            while selector.get_map():
                for key, _ in selector.select():
                    data = os.read(key.fd, _CHUNK)
                    if data:
                        yield key.data, data
                    else:
                        selector.unregister(key.fileobj)

    def close(self) -> None:
        """Have the standard input end."""
        for stream in (self._input, *self._outputs):
            with suppress(OSError):
                stream.close()


class Processes:
    """Starts sessions of tasks as processes in the folder `project`; see `local_container.host.Host`.

    What `create` takes has the environment of the process, under `environment`.
    """

    noun = "process"

    def __init__(self, project: str) -> None:
        self._project = project
        self._environments: dict[str, dict[str, str]] = {}
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def create(self, name: str, config: dict[str, Any]) -> str:
        """See `Host.create`."""
        self._environments[name] = config["environment"]
        return name

    def attach(self, container: str) -> ProcessStreams:
        """See `Host.attach`. The process starts here: it waits for what it is to do anyway."""
        command = [sys.executable, "-m", "runnable_runtime", "--protocol", str(PROTOCOL_VERSION), "--serve", "stdio"]
        try:
            process = self._processes[container] = subprocess.Popen(
                command,
                cwd=self._project,
                env=self._environments.pop(container),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,  # a Ctrl-C is for this process, which passes it on to the others
            )
        except OSError as error:
            raise EngineError(f"the system does not start another process: {error.strerror}") from None
        return ProcessStreams(process)

    def start(self, container: str) -> None:
        """See `Host.start`."""

    def ended(self, container: str) -> Ended:
        """See `Host.ended`."""
        return Ended(self._processes[container].wait(), out_of_memory=False)

    def remove(self, container: str) -> None:
        """See `Host.remove`. The session is asked to end its tasks first, which are not in its process group."""
        process = self._processes.pop(container, None)
        if process is None:
            return
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
