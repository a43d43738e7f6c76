"""What a user's file imports: modules of its project, which are looked at, too, and others that are loaded already."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from pathlib import Path

from runnable.frontend.contained import library
from runnable.frontend.contained.kinds import Kind, Library, Module, Names, Unknown, Value, same

_STEPS = 50_000
_INSTALLED = (f"{os.sep}site-packages", f"{os.sep}dist-packages")
"""In the path of what is installed: such a module stays in a process."""
_MAIN = ("__main__", "__mp_main__")


class Modules:
    """Those that are imported from `folders`, each of which `look` looks at, and those of the names `loaded`."""

    def __init__(
        self, folders: Iterable[Path], loaded: Container[str], look: Callable[[Modules, Path, Names], None]
    ) -> None:
        self._folders = [str(folder) for folder in dict.fromkeys(folders)]
        self._loaded = loaded
        self._look = look
        self._path = [*sys.path]
        for folder in self._folders:  # as `frontend.loading` does
            if folder not in self._path:
                self._path.insert(0, folder)
        self._found: dict[str, Module] = {}
        self._steps = 0
        self.homes: dict[ast.FunctionDef, tuple[Names, Kind]] = {}
        """Of each function the names of its module, and what its defaults are."""
        self.awaited: list[tuple[Names, str]] = []
        """Names in annotations that may get a meaning later, and where."""
        self.imports: dict[Path, set[Path | str]] = {}
        """What each file of the project imports: files of the project, and names of modules of others."""
        self.inside = False
        """Whether what is not of Python's library is imported by a function, or under a condition such as the guard."""
        self._around: list[Path] = []
        self._files: dict[str, Path] = {}

    def step(self) -> None:
        """A piece is looked at. Raises Unknown where that has been done so often that it takes too long."""
        self._steps += 1
        if self._steps > _STEPS:
            raise Unknown

    @contextmanager
    def entered(self, file: Path) -> Iterator[None]:
        """In the block the statements of a file of the project are looked at."""
        self._around.append(file.resolve())
        self.imports.setdefault(self._around[-1], set())
        yield
        self._around.pop()

    def _note(self, imported: Path | str) -> None:
        if self._around:
            self.imports[self._around[-1]].add(imported)

    def imported(self, dotted: str) -> tuple[Value, Value]:
        """What ``import a.b`` imports: `a`, and `b` in it. Raises Unknown."""
        first, *further = parts = dotted.split(".")
        if not self._is_own(first):
            if dotted not in self._loaded:
                raise Unknown
            self._note(dotted)
            thing: object = sys.modules[first]
            for part in further:
                thing = library.attribute(thing, part)
            return Library(sys.modules[first]), Library(thing)
        modules = [self._module(parts[: length + 1]) for length in range(len(parts))]
        return modules[0], modules[-1]

    def member(self, dotted: str, name: str) -> Value:
        """What ``from dotted import name`` gives, which may be a module that this imports. Raises Unknown."""
        _, of = self.imported(dotted)
        if isinstance(of, Library):
            if f"{dotted}.{name}" in self._loaded:
                self._note(f"{dotted}.{name}")
            return Library(library.attribute(of.thing, name))
        assert isinstance(of, Module)
        if of.folders and _find(name, of.folders) is not None:
            return self._module([*dotted.split("."), name])
        return of.member(name)

    def all_of(self, dotted: str) -> dict[str, Value]:
        """What ``from dotted import *`` gives. Raises Unknown."""
        _, of = self.imported(dotted)
        if not isinstance(of, Module) or not of.is_complete or "__all__" in of.names:
            raise Unknown
        return {name: value for name, value in of.names.items() if not name.startswith("_")}

    def _is_own(self, top: str) -> bool:
        """Whether it is of the project. Raises Unknown for what is neither that nor loaded, or might be both."""
        if top in _MAIN:
            raise Unknown
        if _find(top, self._folders) is None:
            if top not in self._loaded:
                raise Unknown
            return False
        if top in self._loaded or top in sys.stdlib_module_names:
            raise Unknown
        return True

    def _module(self, parts: Sequence[str]) -> Module:
        """A module of the project, looked at at its first import, as Python runs it then. Raises Unknown."""
        dotted = ".".join(parts)
        if dotted in self._found:
            if dotted in self._files:
                self._note(self._files[dotted])
            return self._found[dotted]
        parent = self._found[".".join(parts[:-1])] if len(parts) > 1 else None
        spec = _find(parts[-1], self._path if parent is None else parent.folders)
        if spec is None:
            raise Unknown
        folders = _folders_of(spec)
        if parent is None and (folders, spec.origin) != _place_of(_find(dotted, self._folders)):  # it is another one
            raise Unknown
        if any(part in place for part in _INSTALLED for place in (*folders, spec.origin or "")):
            raise Unknown
        module = self._found[dotted] = Module(folders=folders)
        if type(spec.loader) is SourceFileLoader and spec.origin:
            self._files[dotted] = Path(spec.origin).resolve()
            self._note(self._files[dotted])
            self._look(self, Path(spec.origin), module.names)
        elif spec.origin is not None or not folders:  # it is none that has text, nor a folder without any
            raise Unknown
        module.is_complete = True
        if parent is not None and not same(parent.names.setdefault(parts[-1], module), module):
            raise Unknown
        return module


def _place_of(spec: ModuleSpec | None) -> tuple[list[str], str | None]:
    return ([], None) if spec is None else (_folders_of(spec), spec.origin)


def _folders_of(spec: ModuleSpec) -> list[str]:
    return [] if spec.submodule_search_locations is None else [*spec.submodule_search_locations]


def _find(name: str, folders: Sequence[str]) -> ModuleSpec | None:
    """Where Python finds a module or package of this name, whichever way it is made."""
    return PathFinder.find_spec(name, folders)
