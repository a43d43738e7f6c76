"""One attempt at a step that runs an image of its own: its container, from creation to removal, in its own thread."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import PurePosixPath
from typing import Any

from runnable.container_engine import Ended, Engine, EngineError
from runnable_runtime.deferred import dataclass

GRACE = 5
"""Seconds from asking a program to end until it is killed."""
_LAST_WORDS = 4096
"""Bytes of what a program printed on its standard error that its failure is explained by."""


@dataclass(frozen=True, slots=True)
class Printed:
    """What the program has printed."""

    is_error: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class Started:
    """The program runs."""


@dataclass(frozen=True, slots=True)
class Finished:
    """The container is gone. `ended` is None where it did not come to its end, for the reason `problem`.

    `files` has the content of those that were asked for; None for one that is not there.
    """

    ended: Ended | None
    problem: str = ""
    last_words: str = ""
    files: tuple[bytes | None, ...] = ()


Event = Started | Printed | Finished


class Program:
    """A container that runs one program to its end. `tell` is called from its thread, and may block."""

    def __init__(
        self,
        engine: Engine,
        name: str,
        config: dict[str, Any],
        files: Sequence[str],
        *,
        remove: bool,
        tell: Callable[[Program, Event], None],
    ) -> None:
        self._engine = engine
        self._name = name
        self._config = config
        self._files = files
        self._remove = remove
        self._tell = tell
        self._id = ""
        self._stopped = False
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Have the program ended. Does not wait."""
        with self._lock:
            self._stopped = True
            known = bool(self._id)
        if known:
            threading.Thread(target=self._stop_now, daemon=True).start()

    def join(self, seconds: float) -> bool:
        """Wait until the container is gone; whether it is."""
        self._thread.join(seconds)
        return not self._thread.is_alive()

    # --- in the thread ---

    def _live(self) -> None:
        try:
            finished = self._run()
        except EngineError as error:
            finished = Finished(None, str(error))
        except Exception as error:  # a bug, which must not keep the run waiting for ever
            finished = Finished(None, f"{type(error).__name__}: {error}")
        if self._remove and self._id:
            with suppress(EngineError):  # it is looked for again when the next run starts
                self._engine.remove(self._id)
        self._tell(self, finished)

    def _run(self) -> Finished:
        identity = self._engine.create(self._name, self._config)
        with self._lock:
            self._id = identity
        if self._is_stopped():
            return Finished(None, "stopped before it started")
        for folder in dict.fromkeys(str(PurePosixPath(file).parent) for file in self._files):
            self._engine.make_folder(identity, folder)
        stream = self._engine.attach(identity)
        words = b""
        try:
            self._engine.start(identity)
            if self._is_stopped():  # meanwhile: who asked for that found no program to stop
                self._stop_now()
            self._tell(self, Started())
            for is_error, data in stream.read():
                words = (words + data)[-_LAST_WORDS:] if is_error else words
                self._tell(self, Printed(is_error, data))
        finally:
            stream.close()
        ended = self._engine.ended(identity)
        files = tuple(self._engine.read_file(identity, file) for file in self._files) if ended.code == 0 else ()
        return Finished(ended, last_words=words.decode("utf-8", "replace").strip(), files=files)

    def _is_stopped(self) -> bool:
        with self._lock:
            return self._stopped

    def _stop_now(self) -> None:
        with suppress(EngineError):
            self._engine.stop(self._id, GRACE)
