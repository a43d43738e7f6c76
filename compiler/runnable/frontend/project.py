"""The project: the folder that an image holds, and that paths in a compiled pipeline are relative to."""

from __future__ import annotations

from pathlib import Path

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "runnable-config.yaml", ".git")


def find_root(file: str) -> Path:
    """The project folder of the pipeline in `file` (empty for an interactive session).

    It is the nearest folder above the file that has a pyproject.toml, setup.py, setup.cfg, runnable-config.yaml or
    .git; else the working folder, if the file is below it; else the file's own folder.
    """
    here = Path.cwd().resolve()
    if not file:
        return here
    folder = Path(file).resolve().parent
    return _marked(folder) or (here if folder.is_relative_to(here) else folder)


def enclosing_project(folder: Path) -> Path:
    """The project folder that `folder` is in, by the same marks; else itself."""
    return _marked(folder.resolve()) or folder


def _marked(folder: Path) -> Path | None:
    candidates = (folder, *folder.parents)
    return next((c for c in candidates if any((c / marker).exists() for marker in _MARKERS)), None)


def relative(path: Path, root: Path) -> str | None:
    """`path` relative to `root` with forward slashes, None if it lies outside."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None
