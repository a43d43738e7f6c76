"""Whether something is there, by a name that someone gave: a user, a record, a manifest, a notebook.

Such a name can be one that no file can have. `pathlib` raises for some of these, as one that is too long, or is below a
folder that may not be looked into, and says False for others; here there is simply no such file.
"""

from __future__ import annotations

import os.path
from collections.abc import Iterable
from pathlib import Path


def is_file(path: str | os.PathLike[str]) -> bool:
    """Whether there is a file, or a link to one."""
    return os.path.isfile(path)  # noqa: PTH113 - see above


def is_folder(path: str | os.PathLike[str]) -> bool:
    """Whether there is a folder, or a link to one."""
    return os.path.isdir(path)  # noqa: PTH112 - see above


def is_there(path: str | os.PathLike[str]) -> bool:
    """Whether there is anything."""
    return os.path.exists(path)  # noqa: PTH110 - see above


def module_file(name: str, folders: Iterable[Path]) -> Path | None:
    """The file that the module `name` is in the first of `folders` that has one."""
    for folder in folders:
        place = folder.joinpath(*name.split("."))
        for file in (place / "__init__.py", place.with_name(f"{place.name}.py")):
            if is_file(file):
                return file
    return None
