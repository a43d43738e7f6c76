"""A working folder that can be written to where the project's cannot, as on a pod's read-only root."""

from __future__ import annotations

import os
from pathlib import Path


def writable_view(project: Path, scratch: Path) -> Path:
    """A folder with the project's entries in which new files can be made.

    That is `project` itself where it is writable. Otherwise it is `scratch`, made and filled with a symbolic link to
    each top-level entry of `project`: what is there can be read by its relative path, and new files land in `scratch`.
    The project stays what code is imported from. Without a writable place for `scratch` it is `project` after all: a
    task that writes no files does not mind.
    """
    if os.access(project, os.W_OK):
        return project
    try:
        scratch.mkdir(parents=True, exist_ok=True)
        for entry in project.iterdir():
            link = scratch / entry.name
            if not link.is_symlink():
                link.symlink_to(entry)
    except OSError:
        return project
    return scratch
