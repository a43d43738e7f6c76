"""One container, from its creation to its removal, and the threads that wait for it so that nobody else has to."""

from __future__ import annotations

import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import Any

from runnable.container_engine import Ended, EngineError
from runnable.executors.container.host import Host, StandardStreams
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.session.frames import Frame, FrameError, FrameReader, encode_line

_LAST_WORDS = 4096
"""Bytes of what a container printed outside of any task that are kept."""


@dataclass(frozen=True, slots=True)
class Gone:
    """A container has ended. `problem` says why, where it ended otherwise than it was asked to."""

    problem: str


Event = Frame | Gone
Tell = Callable[["Container", Event], None]


class Container:
    """A container that serves tasks. It is created, started, read from and removed in a thread of its own.

    `tell` is called from that thread with each frame that comes, and with `Gone` at the end, after which there is
    nothing more. It may block, and thereby keeps the container from printing faster than it is read.
    """

    def __init__(self, host: Host, name: str, config: dict[str, Any], *, remove: bool, tell: Tell) -> None:
        self.name = name
        self.ready = False
        """Whether it has said that it is there; the receiver of its frames sets this."""
        self._host = host
        self._config = config
        self._remove = remove
        self._tell = tell
        self._requests: SimpleQueue[bytes | None] = SimpleQueue()
        self._id = ""
        self._closing = False
        self._killed = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def send(self, request: dict[str, Json]) -> None:
        """Have a request written as soon as it can be."""
        self._requests.put(encode_line(request))

    def close(self) -> None:
        """Say that no more requests come: the container ends with its last task."""
        if not self._closing:
            self._closing = True
            self.send({"close": True})

    def kill(self) -> None:
        """End it at once. Does not wait."""
        with self._lock:
            self._closing = self._killed = True
            known = bool(self._id)
        if known:
            threading.Thread(target=self._remove_now, daemon=True).start()

    def join(self, seconds: float) -> bool:
        """Wait until it is gone; whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- in the thread ---

    def _live(self) -> None:
        problem = ""
        try:
            problem = self._serve()
        except EngineError as error:
            problem = str(error)
        finally:
            self._requests.put(None)
            self._tell(self, Gone("" if self._killed else problem))
            if self._remove or self._killed:
                self._remove_now()

    def _serve(self) -> str:
        identity = self._host.create(self.name, self._config)
        with self._lock:
            self._id = identity
            if self._killed:
                return ""
        stream = self._host.attach(identity)
        try:
            self._host.start(identity)
            threading.Thread(target=self._write, args=(stream,), daemon=True).start()
            words, broken = self._read(stream)
        finally:
            stream.close()
        if broken or not self._closing:
            return broken or _death(self._host.noun, self._host.ended(identity), words)
        return ""

    def _write(self, stream: StandardStreams) -> None:
        while (data := self._requests.get()) is not None:
            try:
                stream.write(data)
            except OSError:
                return  # it has ended; the reader sees that too

    def _read(self, stream: StandardStreams) -> tuple[str, str]:
        """Read to the end. What it printed on its own standard error, and what was wrong with what it sent."""
        frames, words = FrameReader(), b""
        for is_error, data in stream.read():
            if is_error:
                words = (words + data)[-_LAST_WORDS:]
                continue
            try:
                for frame in frames.feed(data):
                    self._tell(self, frame)
            except FrameError as error:
                return "", f"it printed what no runtime of this project does: {error}"
        return words.decode("utf-8", "replace").strip(), ""

    def _remove_now(self) -> None:
        try:
            if self._id:
                self._host.remove(self._id)
        except EngineError:
            return  # it is looked for again when the next run starts


def _death(noun: str, ended: Ended, words: str) -> str:
    if ended.out_of_memory:
        return f"the {noun} was ended: its memory was exhausted"
    last = words.splitlines()[-1] if words else "it left no message"
    return f"the {noun} ended with {ended.code}: {last}"
