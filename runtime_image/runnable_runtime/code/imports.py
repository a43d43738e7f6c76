"""The user's files that code imports when it runs, and what they import in turn: read, and not imported.

A file that is found in this way counts as a whole. `collect` gives parts such as ``{"pkg/late.py": "5f0c…"}``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path

from runnable_runtime.code.data_files import names_in
from runnable_runtime.code.facts import IMPORTS, RUNS_CODE, Import, imported_by, why_unclear
from runnable_runtime.code.hashing import hashed, package, plain
from runnable_runtime.code.parsing import parse
from runnable_runtime.code.sources import Sources
from runnable_runtime.deferred import dataclass
from runnable_runtime.presence import is_folder, module_file


@dataclass(frozen=True, slots=True)
class Named:
    """What the text of a module names: what it imports, its texts, and what hides which code runs."""

    imports: tuple[Import, ...] = ()
    texts: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()


@dataclass(slots=True)
class Imported:
    """Collects the files that imports lead to. `unknown` is what cannot be read.

    `names` may name data files, and `folders` are those of the files that were found (`sources.Fingerprint`). `beside`
    are folders in which modules are searched before all others.
    """

    sources: Sources
    beside: tuple[Path, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    names: dict[str, None] = field(default_factory=dict)
    folders: dict[str, None] = field(default_factory=dict)
    unknown: dict[str, str] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def add(self, one: Import, package_name: str = "") -> None:
        """Add what `one` imports, in a module of the package `package_name`."""
        module = one.module
        if one.level:
            above = package_name.split(".")[: max(0, len(package_name.split(".")) - one.level + 1)]
            module = ".".join([*above, *([module] if module else [])])
        for name in (module, *(f"{module}.{name}" for name in one.names if name != "*")):
            self._module(name, required=name == module)

    def file(self, file: Path, name: str) -> None:
        """Add a file of Python, and what it imports; `name` is that of its module."""
        label = self.sources.label(str(file))
        if label is None or label in self.parts:
            return
        text = _read(file)
        self.parts[label] = hashed(plain(text))
        self.folders[self.sources.path(file.resolve().parent)] = None
        self.named(named_in(text), label, name if file.name == "__init__.py" else name.rpartition(".")[0])

    def named(self, found: Named, label: str, package_name: str = "") -> None:
        """Add what the text called `label` names."""
        self.names |= dict.fromkeys(name for text in found.texts for name in names_in(text))
        for one in found.unclear:
            self.unknown[f"{label}:{one}"] = why_unclear(one)
        for wanted in found.imports:
            self.add(wanted, package_name)

    def _module(self, name: str, *, required: bool) -> None:
        if not name or name in self._seen:
            return
        self._seen.add(name)
        names = name.split(".")
        if names[0] in sys.stdlib_module_names and not self._find(names[0]):
            return
        for length in range(1, len(names) + 1):
            part = ".".join(names[:length])
            for file in self._find(part):
                self.file(file, part)
        if required and not self._has(names[0]) and (known := package(names[0])):
            self.parts[known[0]] = known[1]

    def _find(self, module: str) -> list[Path]:
        """The file of the user's that `module` is, at most one."""
        file = module_file(module, self._folders())
        return [] if file is None or self.sources.label(str(file)) is None else [file]

    def _has(self, top: str) -> bool:
        """Whether a module or a folder of the user's has that name."""
        return bool(self._find(top)) or any(
            is_folder(folder / top) for folder in self._folders()[: len(self.beside) + 1]
        )

    def _folders(self) -> list[Path]:
        return [*self.beside, self.sources.project, *(Path(folder or ".") for folder in sys.path)]


def named_in(source: str) -> Named:
    """What the text of a module names; nothing if it is not Python: importing it fails, whatever it imports."""
    try:
        tree = parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return Named()
    imports = [one for node in ast.walk(tree) for one in _imports(node)]
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    hidden = [name for node in ast.walk(tree) for name in _unclear(node)]
    return Named(tuple(dict.fromkeys(imports)), tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(hidden)))


def _imports(node: ast.AST) -> Iterator[Import]:
    match node:
        case ast.Import(names=aliases):
            yield from (Import(alias.name) for alias in aliases)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            yield Import(module or "", tuple(alias.name for alias in aliases), level)
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if (call := _called(node)) in IMPORTS:
            yield from imported_by(call, name)


def _unclear(node: ast.AST) -> Iterator[str]:
    """What in `node` leads to code that only a value names, or what Python has loaded."""
    match node:
        case ast.Call(func=ast.Name(id=name)) if name in RUNS_CODE:
            yield name
        case ast.Call(args=arguments) if (name := _called(node)) in IMPORTS and not _is_text(arguments):
            yield name
        case ast.Call(func=ast.Name(id="run_path") | ast.Attribute(ast.Name(id="runpy"), "run_path")):
            yield "run_path"
        case ast.Attribute(attr="__subclasses__"):
            yield node.attr
        case ast.Attribute(value=ast.Name(id="sys"), attr="modules"):
            yield "sys.modules"
        case _:
            return


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


def _is_text(arguments: Iterable[ast.expr]) -> bool:
    return any(isinstance(one, ast.Constant) and isinstance(one.value, str) for one in arguments)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "replace")
    except OSError:
        return ""
