"""The base image that a project has pinned: a line in a file of its own, as `.python-version` is one for Python."""

from __future__ import annotations

from pathlib import Path

from runnable.container_engine import Engine, EngineError, builds, unavailable
from runnable.container_engine.errors import EngineRefused
from runnable.diagnostics.codes.containers import BasePinUnusable, DigestUnknown
from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable_runtime.deferred import pattern

FILE = ".base-image"
_PINNED = pattern(r"(?P<name>[^\s@]+)@sha256:[0-9a-f]{64}")


def pinned(project: Path) -> str | None:
    """What the project's file names, ``NAME:TAG@sha256:DIGEST``; None without the file.

    Raises ConfigurationError if it is no such line.
    """
    try:
        text = (project / FILE).read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return None
    if not _PINNED.fullmatch(text):
        raise ConfigurationError([BasePinUnusable(file=str(project / FILE), text=text[:200])])
    return text


def new_pin(project: Path, image: str, default: str) -> tuple[str, str | None]:
    """`image`, or else what is pinned already, or else `default`, with the digest that its registry has now.

    Returns that, and the pin before. Raises ConfigurationError without an engine, OutputError without a digest.
    """
    before = pinned(project)
    name = (image or before or default).partition("@")[0]
    try:
        return f"{name}@{builds.registry_digest(Engine.connect(), name)}", before
    except EngineRefused as error:
        raise OutputError(DigestUnknown(image=name, reason=str(error)).render()) from None
    except EngineError as error:
        raise unavailable(error) from None
