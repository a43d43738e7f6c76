"""The user's files that code imports when it runs, and what they import in turn: read, and not imported.

A file that is found in this way counts as a whole. `collect` gives parts such as ``{"pkg/late.py": "5f0c…"}``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path

from runnable_runtime.code.facts import Import
from runnable_runtime.code.hashing import hashed, package, plain
from runnable_runtime.code.parsing import parse
from runnable_runtime.code.sources import Sources
from runnable_runtime.deferred import dataclass
from runnable_runtime.presence import is_folder, module_file


@dataclass(frozen=True, slots=True)
class Named:
    """What the text of a module names: what it imports, its constants that are texts, and calls that hide what runs."""

    imports: tuple[Import, ...] = ()
    texts: tuple[str, ...] = ()
    by_text: tuple[str, ...] = ()


@dataclass(slots=True)
class Imported:
    """Collects the files that imports lead to. `texts` are what may name data files; `unknown` is what cannot be read.

    `beside` are folders in which modules are searched before all others.
    """

    sources: Sources
    beside: tuple[Path, ...] = ()
    parts: dict[str, str] = field(default_factory=dict)
    texts: dict[str, None] = field(default_factory=dict)
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
        self.named(named_in(text), label, name if file.name == "__init__.py" else name.rpartition(".")[0])

    def named(self, found: Named, label: str, package_name: str = "") -> None:
        """Add what the text called `label` names."""
        self.texts.update(dict.fromkeys(found.texts))
        for call in found.by_text:
            self.unknown[f"{label}:{call}"] = f"what {call}() runs is known only when it runs"
        for one in found.imports:
            self.add(one, package_name)

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
    hidden = [call for node in ast.walk(tree) if isinstance(node, ast.Call) and (call := _by_text(node))]
    return Named(tuple(dict.fromkeys(imports)), tuple(dict.fromkeys(texts)), tuple(dict.fromkeys(hidden)))


def _imports(node: ast.AST) -> Iterator[Import]:
    match node:
        case ast.Import(names=aliases):
            yield from (Import(alias.name) for alias in aliases)
        case ast.ImportFrom(module=module, names=aliases, level=level):
            yield Import(module or "", tuple(alias.name for alias in aliases), level)
        case ast.Call(args=[ast.Constant(value=str(name)), *_]) if _called(node) in ("import_module", "__import__"):
            yield Import(name.lstrip("."))


def _by_text(call: ast.Call) -> str:
    """The name of what `call` calls, if that runs what only a value names."""
    name = _called(call)
    if name in ("exec", "eval") and isinstance(call.func, ast.Name):
        return name
    if name in ("import_module", "__import__") and not _is_text(call.args):
        return name
    return ""


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
