"""One program run in a container of an image, without network, for what it prints."""

from __future__ import annotations

from collections.abc import Sequence

from runnable.container_engine.client import Engine


def run_program(engine: Engine, image: str, command: Sequence[str]) -> tuple[int, str]:
    """The exit code of `command`, and what it printed. Raises EngineError."""
    container = engine.create("", _config(image, command))
    try:
        engine.start(container)
        return engine.ended(container).code, engine.printed(container)
    finally:
        engine.remove(container)


def _config(image: str, command: Sequence[str]) -> dict[str, object]:
    return {
        "Image": image,
        "Entrypoint": list(command),
        "Cmd": [],
        "NetworkDisabled": True,
        "HostConfig": {"CapDrop": ["ALL"], "SecurityOpt": ["no-new-privileges"]},
    }
