"""The working folder of a task that is replayed: the user's own is not to be written over by what it gets and puts."""

from __future__ import annotations

import shutil
from pathlib import Path

from runnable_runtime.presence import is_file, is_folder
from runnable_runtime.process.workdir import open_up, view_of
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.stores.patterns import Pattern


def working_folder(spec: TaskSpec, folder: Path, scratch: Path, data_folder: str = ".") -> Path:
    """`folder`, or for a task that moves files, `scratch`, with links to what is in `folder`.

    What the task may put has copies instead of links: a link would be written through.
    """
    if not spec.get and not spec.put:
        return folder
    view = view_of(folder, scratch)
    for text in spec.put:
        pattern = Pattern.of(text, data_folder)
        below = pattern.start if not pattern.literal or is_folder(folder / pattern.start) else ""
        if below:
            open_up(view, folder, f"{below}/-")
        for path in _files(folder, pattern):
            place = open_up(view, folder, path)
            if place is not None and place.is_symlink():
                place.unlink()
                shutil.copy2(folder / path, place)
        if pattern.literal:
            open_up(view, folder, pattern.start)
    return view


def _files(folder: Path, pattern: Pattern) -> list[str]:
    start = folder / pattern.start
    files = [start] if is_file(start) else start.rglob("*") if is_folder(start) else []
    found = [file.relative_to(folder).as_posix() for file in files if is_file(file)]
    return [path for path in found if pattern.matches(path)]
