"""A writable working folder, for a project that cannot be written to, as on a pod's read-only root."""

from __future__ import annotations

import os
from pathlib import Path


def writable_view(project: Path, scratch: Path) -> Path:
    """A folder with the project's entries in which new files can be made.

    That is `project` itself where it is writable. Otherwise it is `scratch`, made and filled with a symbolic link to
    each top-level entry of `project`: what is there can be read by its relative path, and new files land in `scratch`.
    The project stays what code is imported from. Without a writable place for `scratch` it is `project` after all: a
    task that writes no files can run there all the same.
    """
    if os.access(project, os.W_OK):
        return project
    try:
        return view_of(project, scratch)
    except OSError:
        return project


def view_of(project: Path, scratch: Path) -> Path:
    """`scratch`, made and filled with links to what is in `project`, whether that can be written to or not."""
    scratch.mkdir(parents=True, exist_ok=True)
    for entry in project.iterdir():
        link = scratch / entry.name
        if not link.is_symlink():
            link.symlink_to(entry)
    return scratch


def open_up(base: Path, project: Path, path: str) -> Path | None:
    """Where the file `path` can be written below `base`; None if a link on the way leads elsewhere.

    The folders on the way are made. In a view of `project`, one that is a link into it becomes a folder of its own with
    links to what is in the project's.
    """
    place = base
    *folders, name = path.split("/")
    for part in folders:
        place = place / part
        if place.is_symlink():
            target = place.resolve()
            if base != project and target.is_relative_to(project.resolve()):
                _copy_as_links(place, target)
            elif not target.is_relative_to(base.resolve()):
                return None
        place.mkdir(exist_ok=True)
    return place / name


class Inside:
    """Whether files are inside of one of some folders, wherever links lead; the folder of many is looked at once."""

    def __init__(self, *folders: Path) -> None:
        self._roots = [os.path.realpath(folder) for folder in folders]
        self._known: dict[str, bool] = {}

    def __call__(self, file: Path) -> bool:
        """Whether `file`, which need not be there, is inside."""
        if file.is_symlink():
            return self._is_inside(os.path.realpath(file))
        folder = str(file.parent)
        if folder not in self._known:
            self._known[folder] = self._is_inside(os.path.realpath(folder))
        return self._known[folder]

    def _is_inside(self, real: str) -> bool:
        return any(Path(real).is_relative_to(root) for root in self._roots)


def _copy_as_links(link: Path, target: Path) -> None:
    """Replace the link to `target` by a folder of links to what is in it."""
    link.unlink()
    link.mkdir()
    for entry in target.iterdir():
        (link / entry.name).symlink_to(entry)
