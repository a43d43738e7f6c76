"""The user's own code that a function can reach by the names in it; `fingerprint` makes digests of it."""

from __future__ import annotations

import dis
import functools
import inspect
import json
import linecache
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, CodeType, FunctionType, MethodType, ModuleType

from runnable_runtime.code.hashing import OURS, hashed, package, plain

_LARGEST = 64 * 1024
"""The largest constant that is hashed, in characters; a larger one is data, and would take too long."""
_INSTALLED = ("site-packages", "dist-packages")
_IMPORT = dis.opmap["IMPORT_NAME"]
_NAME = re.compile(r"[A-Za-z_]\w*")


class Sources:
    """The user's files and what is in them, read once for all functions of a project."""

    def __init__(self, project: Path) -> None:
        self.project = project.resolve()
        self._labels: dict[str, str | None] = {}
        self._hashes: dict[int, tuple[object, str]] = {}
        self._standard = str(Path(inspect.__file__).parent.resolve())

    def label(self, file: str) -> str | None:
        """What a file of the user's is called, relative to the project; None for one that is installed, or is none."""
        if file not in self._labels:
            linecache.checkcache(file)
            self._labels[file] = self._labelled(file)
        return self._labels[file]

    def hash(self, value: FunctionType | type) -> str:
        """The hash of the source of `value`."""
        if id(value) not in self._hashes:
            self._hashes[id(value)] = value, _source(value)
        return self._hashes[id(value)][1]

    def _labelled(self, file: str) -> str | None:
        if not file or file.startswith("<"):
            return None
        path = Path(file).resolve()
        if any(part in _INSTALLED for part in path.parts) or str(path).startswith(self._standard):
            return None
        return path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else path.name


class Closure:
    """Collects `parts`: hashes by the name of what they are of. Everything is added once."""

    def __init__(self, sources: Sources) -> None:
        self.parts: dict[str, str] = {}
        self._sources = sources
        self._label = sources.label
        self._seen: set[tuple[int, tuple[str, ...]]] = set()

    def add(self, label: str, value: object, names: Iterable[str]) -> None:
        """Add what `value` is and refers to. `label` names it if it is a constant; `names` are used with it."""
        match value:
            case FunctionType():
                self._function(value)
            case MethodType():
                self.add(label, value.__func__, names)
            case functools.partial():
                for inner in (value.func, *value.args, *value.keywords.values()):
                    self.add(label, inner, names)
            case type():
                self._class(value)
            case ModuleType():
                self._module(value, names)
            case BuiltinFunctionType():
                self._package(value.__module__ or "")
            case _ if isinstance(wrapped := getattr(value, "__wrapped__", None), FunctionType):
                self._function(wrapped)  # such as what functools.cache makes
            case _:
                self._constant(label, value)

    def _function(self, function: FunctionType) -> None:
        if self._known(function):
            return
        file = self._label(function.__code__.co_filename)
        if file is None or _is_ours(function.__module__):
            self._package(function.__module__ or "")
            return
        self.parts[f"{file}:{function.__qualname__}"] = self._sources.hash(function)
        self._references(file, function)

    def _references(self, file: str, function: FunctionType) -> None:
        known = function.__globals__
        for code in _codes(function.__code__):
            for name in code.co_names:
                if name in known:
                    self.add(f"{file}:{name}", known[name], code.co_names)
            for name in _imported(code):
                self._import(name, code.co_names)
        cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
        for name, cell in cells:
            try:
                self.add(f"{file}:{name}", cell.cell_contents, ())
            except ValueError:  # not filled yet
                continue
        self._annotations(file, function.__annotations__, known)

    def _annotations(self, file: str, annotations: dict[str, object], known: dict[str, object]) -> None:
        """The user's classes that arguments are converted to."""
        for annotation in annotations.values():
            text = annotation if isinstance(annotation, str) else ""
            for name in _NAME.findall(text):
                if isinstance(known.get(name), type):
                    self.add(name, known[name], ())
            if isinstance(annotation, type):
                self.add(f"{file}:{annotation.__name__}", annotation, ())

    def _class(self, cls: type) -> None:
        if self._known(cls):
            return
        module = sys.modules.get(cls.__module__)
        file = self._label(getattr(module, "__file__", None) or "")
        if file is None or _is_ours(cls.__module__):
            self._package(cls.__module__)
            return
        self.parts[f"{file}:{cls.__qualname__}"] = self._sources.hash(cls)
        for member in vars(cls).values():
            inner = getattr(member, "__func__", None) or getattr(member, "fget", None) or member
            if isinstance(inner, FunctionType) and self._label(inner.__code__.co_filename) == file:
                self._references(file, inner)  # others are made, as a dataclass's are
        self._annotations(file, vars(cls).get("__annotations__", {}), vars(module))
        for base in cls.__bases__:
            self.add(base.__name__, base, ())

    def _module(self, module: ModuleType, names: Iterable[str]) -> None:
        if self._known(module, tuple(names)):
            return
        file = self._label(getattr(module, "__file__", None) or "")
        if file is None or _is_ours(module.__name__):
            self._package(module.__name__)
            return
        for name in names:
            if name in vars(module):
                self.add(f"{file}:{name}", vars(module)[name], names)

    def _import(self, name: str, names: tuple[str, ...]) -> None:
        """A module that a function imports when it runs; as long as it has not, its whole file counts."""
        if name in sys.modules:
            self._module(sys.modules[name], names)
            return
        for folder in (str(self._sources.project), *sys.path):
            file = Path(folder, *name.split(".")).with_suffix(".py")
            if (label := self._label(str(file))) is not None and file.is_file():
                self.parts[label] = hashed(plain(file.read_text("utf-8", "replace")))
                return
        self._package(name)

    def _constant(self, label: str, value: object) -> None:
        text = _text(value)
        if text is not None:
            self.parts[label] = hashed(text)
        elif not isinstance(value, list | dict | set | frozenset | tuple):
            self.add(label, type(value), ())

    def _known(self, value: object, names: tuple[str, ...] = ()) -> bool:
        """Whether it has been added already, or is being added."""
        key = id(value), names
        if key in self._seen:
            return True
        self._seen.add(key)
        return False

    def _package(self, module: str) -> None:
        file = getattr(sys.modules.get(module), "__file__", None) or ""
        if self._label(file) is None and (part := package(module)):
            self.parts[part[0]] = part[1]


def _imported(code: CodeType) -> set[str]:
    """The modules that a function imports when it runs."""
    if _IMPORT not in code.co_code[::2]:
        return set()
    return {str(i.argval) for i in dis.get_instructions(code) if i.opcode == _IMPORT}


def _is_ours(module: str | None) -> bool:
    return (module or "").partition(".")[0] in OURS


def _codes(code: CodeType) -> Iterator[CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _codes(constant)


def _source(value: FunctionType | type) -> str:
    try:
        if isinstance(value, FunctionType):  # `inspect.getsource` looks through all modules for every function
            lines = linecache.getlines(value.__code__.co_filename, value.__globals__)
            return hashed(plain("".join(inspect.getblock(lines[value.__code__.co_firstlineno - 1 :]))))
        return hashed(plain(inspect.getsource(value)))
    except (OSError, TypeError, SyntaxError, IndexError):  # typed in, or made by exec
        code = getattr(value, "__code__", None)
        return hashed(repr([(c.co_code, c.co_names) for c in _codes(code)])) if code else ""


def _text(value: object) -> str | None:
    """A constant as text that is the same in every process; None for what has none, or too long a one."""
    if isinstance(value, list | dict | set | frozenset | tuple | str | bytes) and len(value) > _LARGEST // 4:
        return None
    try:
        text = json.dumps(value, sort_keys=True, default=_sorted)
    except (TypeError, ValueError, RecursionError):
        return None
    return text if len(text) <= _LARGEST else None


def _sorted(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(map(repr, value))
    raise TypeError
