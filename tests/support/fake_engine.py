"""An engine of containers for tests: a program is a Python function, and its files are a dictionary.

What an engine does itself, such as making folders that a user may write to, is tested in tests/integration/docker.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from runnable.container_engine import Ended, EngineError, Image, Machine


@dataclass
class Ran:
    """One container: what it was described as, and what it leaves."""

    config: dict[str, Any]
    folders: list[str] = field(default_factory=list)
    code: int = 0
    out_of_memory: bool = False
    out: bytes = b""
    error: bytes = b""
    files: dict[str, bytes] = field(default_factory=dict)
    stopped: threading.Event = field(default_factory=threading.Event)
    removed: bool = False

    @property
    def words(self) -> list[str]:
        """The program and its arguments."""
        return [*self.config["Entrypoint"], *self.config["Cmd"]]

    @property
    def environment(self) -> dict[str, str]:
        return dict(one.split("=", 1) for one in self.config["Env"])


class FakeEngine:
    """`program` gets the container when it starts, and sets what comes of it; `images` are those that there are."""

    noun = "container"

    def __init__(self, program: Callable[[Ran], None], images: Sequence[str] = ("tool:1",), user: str = "") -> None:
        self.program = program
        self.images = images
        self.user = user
        self.ran: dict[str, Ran] = {}

    def machine(self) -> Machine:
        return Machine(rootless=False, processors=4, architecture="amd64")

    def image(self, reference: str) -> Image | None:
        if reference not in self.images:
            return None
        return Image(id=f"sha256:{reference}", labels={}, folder="/", user=self.user, architecture="amd64")

    def pull(self, reference: str) -> None:
        raise EngineError(f"there is no {reference} here")

    def labelled(self, label: str) -> dict[str, str]:
        return {}

    def create(self, name: str, config: dict[str, Any]) -> str:
        self.ran[name] = Ran(config)
        return name

    def make_folder(self, container: str, path: str) -> None:
        self.ran[container].folders.append(path)

    def attach(self, container: str) -> FakeStream:
        return FakeStream(self.ran[container])

    def start(self, container: str) -> None:
        self.program(self.ran[container])

    def stop(self, container: str, seconds: int) -> None:
        self.ran[container].stopped.set()

    def ended(self, container: str) -> Ended:
        return Ended(self.ran[container].code, self.ran[container].out_of_memory)

    def read_file(self, container: str, path: str) -> bytes | None:
        return self.ran[container].files.get(path)

    def remove(self, container: str) -> None:
        self.ran[container].removed = True

    def only(self) -> Ran:
        """The one container that there was."""
        (ran,) = self.ran.values()
        return ran


class FakeStream:
    """What the program prints; one that has set no code yet runs until it is stopped."""

    def __init__(self, ran: Ran) -> None:
        self._ran = ran

    def read(self) -> Iterator[tuple[bool, bytes]]:
        if self._ran.out:
            yield False, self._ran.out
        if self._ran.error:
            yield True, self._ran.error
        if self._ran.code == RUNS_ON:
            self._ran.stopped.wait(10)
            self._ran.code = 143

    def close(self) -> None:
        pass


RUNS_ON = -1
"""The code of a program that runs until it is stopped."""
