"""What a user's file imports: modules of its project, which are looked at, too, and others that are loaded already."""

from __future__ import annotations

import sys
from collections.abc import Container, Sequence
from pathlib import Path

from runnable.frontend.contained.kinds import Unknown
from runnable_runtime.presence import is_folder, module_file

_STEPS = 10_000


class Modules:
    """Those of `file`, and of what it imports from `folders`; and the names of those of others that are `loaded`."""

    def __init__(self, file: Path, folders: Sequence[Path], loaded: Container[str]) -> None:
        self._folders = list(dict.fromkeys(folders))
        self._loaded = loaded
        self._files = [file.resolve()]
        self._given = 0
        self._current: set[Path | str] = set()
        self._steps = 0
        self.imports: dict[Path, set[Path | str]] = {}
        """What each module of the project imports: files of its other modules, and names of modules of others."""
        self.starred = False
        """Whether one of the project imports all that another one has."""
        self.inside = False
        """Whether what is not of Python's library is imported by a function, or under a condition such as the guard."""

    def step(self) -> None:
        """A statement is looked at. Raises Unknown where that has been done so often that it takes too long."""
        self._steps += 1
        if self._steps > _STEPS:
            raise Unknown

    def next(self) -> Path | None:
        """A further module of the project, whose statements are looked at from here on; None after the last one."""
        if self._given == len(self._files):
            return None
        file = self._files[self._given]
        self._given += 1
        self._current = self.imports[file] = set()
        return file

    def is_of_library(self, name: str) -> bool:
        """Whether the module `name` is loaded and of no project: one of this project is to be looked at.

        Raises Unknown for one that is neither, or that could be one of several.
        """
        top = name.partition(".")[0]
        own = [folder for folder in self._folders if module_file(top, [folder]) or is_folder(folder / top)]
        if not own:
            if name not in self._loaded:
                raise Unknown
            self._current.add(name)
            return True
        if len(own) > 1 or top in self._loaded or top in sys.stdlib_module_names:
            raise Unknown
        parts = name.split(".")
        for length in range(1, len(parts) + 1):
            file = module_file(".".join(parts[:length]), own)
            if file is not None:
                self._import(file.resolve())
            elif not is_folder(own[0].joinpath(*parts[:length])):
                raise Unknown
        return False

    def _import(self, file: Path) -> None:
        self._current.add(file)
        if file not in self._files:
            self._files.append(file)

    def is_member_of_library(self, module: str, name: str) -> bool:
        """The same for ``from module import name``, by which a module `name` may be imported, too. Raises Unknown."""
        if self.is_of_library(module):
            found = vars(sys.modules[module])
            if name not in found and not (module == "pydantic" and name in found["__all__"]):  # which finds them late
                raise Unknown
            if f"{module}.{name}" in self._loaded:
                self._current.add(f"{module}.{name}")
            return True
        if module_file(f"{module}.{name}", self._folders):
            self.is_of_library(f"{module}.{name}")
        return False
