"""The base image that a project has pinned: a line in a file of its own, as `.python-version` is one for Python."""

from __future__ import annotations

import re
from pathlib import Path

from runnable.container_engine import Engine, EngineError, builds, unavailable
from runnable.container_engine.errors import EngineRefused
from runnable.diagnostics.codes.containers import BasePinUnusable, DigestUnknown
from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable.manifests.folder import write_file

FILE = ".base-image"
_PINNED = re.compile(r"(?P<name>[^\s@]+)@sha256:[0-9a-f]{64}")


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


def pin(project: Path, image: str, default: str) -> tuple[str, str | None]:
    """Pin `image`, or else what is pinned already, or else `default`, by the digest that its registry has now.

    Returns the pin, and the one before. Raises ConfigurationError without an engine, OutputError without a digest.
    """
    before = pinned(project)
    name = (image or before or default).partition("@")[0]
    try:
        found = f"{name}@{builds.registry_digest(Engine.connect(), name)}"
    except EngineRefused as error:
        raise OutputError(DigestUnknown(image=name, reason=str(error)).render()) from None
    except EngineError as error:
        raise unavailable(error) from None
    if found != before:
        write_file(project / FILE, f"{found}\n")
    return found, before
