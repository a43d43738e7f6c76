"""The project: the folder that decides where files, records and configurations are looked up, on every executor.

An image holds it, and paths in a compiled pipeline are relative to it.
"""

from __future__ import annotations

import os
import sys
from functools import cache
from pathlib import Path

from runnable_runtime.presence import is_there

_MARKERS = ("pyproject.toml", "setup.py", "setup.cfg", "runnable.yaml", "runnable-config.yaml", ".git")
RECORDS = ".run_log_store"
"""The folder, in a project, of records where no configuration names another one."""


def find_root(file: str) -> Path:
    """The project folder of the pipeline in `file` (empty for an interactive session).

    It is the nearest folder above the file that has a pyproject.toml, setup.py, setup.cfg, runnable.yaml,
    runnable-config.yaml or .git; else the working folder, if the file is below it; else the file's own folder. An
    installed program that runs pipelines, such as pytest, Jupyter or a server, is in no project: there, and in an
    interactive session, it is the project of the working folder.
    """
    here = Path.cwd().resolve()
    if not file or _is_installed(file):
        return enclosing_project(here)
    folder = Path(file).resolve().parent
    return _marked(folder) or (here if folder.is_relative_to(here) else folder)


def enclosing_project(folder: Path) -> Path:
    """The project folder that `folder` is in, by the same marks; else itself."""
    return _marked(folder.resolve()) or folder


def recorded_project() -> Path:
    """The project of the working folder, for commands that read records: by marks, else by the records themselves."""
    here = Path.cwd().resolve()
    with_records = (folder for folder in (here, *here.parents) if is_there(folder / RECORDS))
    return _marked(here) or next(with_records, here)


def in_project(path: str, root: Path) -> str:
    """Where the file is that code of the project calls `path`: in the project, else seen from the working folder.

    It is given as seen from the working folder. An empty `path` stays empty.
    """
    if not path or Path(path).is_absolute() or not is_there(root / path):
        return path
    return os.path.relpath(root / path)


def _is_installed(file: str) -> bool:
    """Whether `file` is of Python's installation, or of a package that is installed; mostly its prefix says not."""
    path = Path(file)
    prefixes = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    return any(map(path.is_relative_to, prefixes)) and any(map(path.is_relative_to, _installation()))


@cache
def _installation() -> tuple[str, ...]:
    import sysconfig

    return tuple(sysconfig.get_path(name) for name in ("scripts", "purelib", "platlib", "stdlib"))


def _marked(folder: Path) -> Path | None:
    candidates = (folder, *folder.parents)
    return next((c for c in candidates if any(is_there(c / marker) for marker in _MARKERS)), None)


def relative(path: Path, root: Path) -> str | None:
    """`path` relative to `root` with forward slashes, None if it lies outside."""
    resolved = path.resolve()
    return resolved.relative_to(root).as_posix() if resolved.is_relative_to(root) else None
