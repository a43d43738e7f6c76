"""The user's own code that a function reaches, and the values that it uses; `fingerprint` makes digests of it.

A function or class of the user's is a part of its own, under its label: its file and name, with a number if another one
has that name too. Whatever refers to it has that label in its digest. A value that a name stands for is a part under
the file and the name.
"""

from __future__ import annotations

import builtins
import enum
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import BuiltinFunctionType, FunctionType, ModuleType
from typing import Any

from runnable_runtime.code.classes import annotated, counts, decorators
from runnable_runtime.code.data_files import names_in
from runnable_runtime.code.facts import Import, why_unclear
from runnable_runtime.code.file_states import AT_ONCE
from runnable_runtime.code.hashing import OURS, UNKNOWN, hashed, package
from runnable_runtime.code.imports import Imported
from runnable_runtime.code.sources import Fingerprint, Sources
from runnable_runtime.code.values import Unknown, Values
from runnable_runtime.deferred import pattern

_NAME = pattern(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_SELF = ("__name__", "__file__", "__doc__", "__spec__", "__package__", "__loader__", "__builtins__")


class Closure:
    """Collects `parts`: hashes by the name of what they are of. Everything is added once."""

    def __init__(self, sources: Sources) -> None:
        self.parts: dict[str, str] = {}
        self.met = 0
        """See `values.Code`."""
        self._sources = sources
        self._values = Values(sources, self)
        self._imported = Imported(sources)
        self._labels: dict[int, tuple[object, str]] = {}
        self._named: dict[tuple[str, int], object] = {}
        self._taken: set[str] = set()
        self._names: dict[str, None] = {}
        self._files: set[str] = set()
        self._folders: dict[str, None] = {}

    def add(self, label: str, value: object) -> None:
        """Add what `value` is and refers to; `label` names it if it is no function or class of the user's."""
        if (label, id(value)) in self._named:
            return
        self._named[label, id(value)] = value
        digest = self._of(label, value)
        if digest is not None and id(value) not in self._labels:
            self.parts[self._free(label)] = digest

    def finish(self) -> Fingerprint:
        """All that was found, with the files that are imported, and those that are named by texts that were met."""
        self.parts |= self._imported.parts
        self.parts |= {UNKNOWN + name: reason for name, reason in self._imported.unknown.items()}
        names = (*self._names, *self._imported.names)
        folders = (*self._folders, *self._imported.folders)
        self.parts |= self._sources.data_parts(names, folders, self.parts, AT_ONCE)
        return Fingerprint(self.parts, names, folders)

    def code(self, value: object) -> str | None:
        """See `values.Code`."""
        match value:
            case FunctionType():
                name = self._function(value)
            case type():
                name = self._class(value)
            case ModuleType():
                name = self._module(value)
            case BuiltinFunctionType() if value.__self__ is None or isinstance(value.__self__, ModuleType):
                self._package(value.__module__ or "")
                name = f"{value.__module__}.{value.__qualname__}"
            case _:
                self._package(type(value).__module__)
                return None
        self.met += name is not None
        return name

    def text(self, text: str) -> None:
        """See `values.Code`."""
        for name in names_in(text):
            self._names[name] = None
            self.met += 1

    def _of(self, label: str, value: object) -> str | None:
        """The digest of `value`; None, and a part that says so, if it cannot be known."""
        try:
            return self._values.of(value).hex()[:16]
        except Unknown as unknown:
            self.parts[UNKNOWN + label] = str(unknown)
        except RecursionError:
            self.parts[UNKNOWN + label] = "nested too deeply"
        return None

    def _function(self, function: FunctionType) -> str | None:
        if id(function) in self._labels:
            return self._labels[id(function)][1]
        code, home = function.__code__, function.__globals__.get("__name__") or ""
        file = self._sources.label(code.co_filename)
        if file is None and code.co_filename.startswith("<") and self._is_users(home):
            file = self._file_of(home) or home
        if file is None or _is_ours(home):
            self._package(home)
            return self._of_library(function, f"{home}.{code.co_qualname}")
        label = self._label(function, f"{file}:{code.co_qualname}")
        self._does(code.co_filename, file, function.__globals__)
        held = self._held(function, label)
        used = self._used(function, file)
        self.parts[label] = hashed("\0".join([self._sources.hash(function), *held, *used]))
        return label

    def _of_library(self, function: FunctionType, name: str) -> str:
        """A library's function; what it was given when it was made, such as what it wraps, may be the user's."""
        registry = function.__dict__.get("registry") if name.startswith("functools.singledispatch") else None
        held = [dict(registry)] if registry is not None else _cells(function) if function.__closure__ else []
        if not held:
            return name
        self._label(function, name)
        return "\0".join([name, *self._digests(name, [*held, _attributes(function)])])

    def _held(self, function: FunctionType, label: str) -> list[str]:
        """What a function holds by itself: defaults, cells, attributes, types."""
        held = [function.__defaults__, function.__kwdefaults__, _cells(function), _attributes(function)]
        types = self._annotations(function.__annotations__, function.__globals__)
        return self._digests(label, [*held, *types, *getattr(function, "__type_params__", ())])

    def _digests(self, label: str, values: Iterable[object]) -> list[str]:
        return [self._of(label, value) or "" for value in values]

    def _annotations(self, annotations: dict[str, object], known: dict[str, object]) -> Iterator[object]:
        """The types that arguments are converted to, and what those that are texts refer to."""
        for name, annotation in annotations.items():
            yield name
            yield annotation
            text = getattr(annotation, "__forward_arg__", annotation)
            if isinstance(text, str):
                for chain in _NAME.findall(text):
                    yield _reach(chain.split("."), known)

    def _used(self, function: FunctionType, file: str) -> list[str]:
        """What a function refers to by names. Values are parts of their own; code that has another name is returned."""
        facts, known = self._sources.facts(function.__code__), function.__globals__
        for text in facts.texts:
            self.text(text)
        for name in facts.unclear:
            if not self._is_users_function(_reach(name.split("."), known)):  # which is followed
                self.parts[f"{UNKNOWN}{file}:{name}"] = why_unclear(name)
        if ("globals",) in facts.chains and "globals" not in known:
            self._all_of(known, file)
        for one in facts.imports:
            self._import(one, known)
        names = (self._name(file, chain, known) for chain in facts.chains)
        return [name for name in dict.fromkeys(names) if name]

    def _name(self, file: str, chain: tuple[str, ...], known: dict[str, object]) -> str:
        """What a name is bound to, where that does not go without saying."""
        if chain[0] not in known:
            return ""
        home, value, at = file, known[chain[0]], 1
        while isinstance(value, ModuleType) and at < len(chain) and (inner := self._file(value)) is not None:
            if chain[at] not in vars(value):
                break
            home, value, at = inner, vars(value)[chain[at]], at + 1
        name = chain[at - 1]
        if name in _SELF and not isinstance(value, ModuleType):
            return ""
        label = f"{home}:{name}"
        if isinstance(value, FunctionType | type | ModuleType):
            bound = self.code(value) or ""
            return "" if bound == label else f"{'.'.join(chain[:at])}={bound}"
        if getattr(builtins, name, None) is not value:
            self.add(label, value)
        return ""

    def _import(self, one: Import, known: dict[str, Any]) -> None:
        self._imported.add(one, str(known.get("__package__") or ""))
        self.met += 1

    def _class(self, cls: type) -> str | None:
        if id(cls) in self._labels:
            return self._labels[id(cls)][1]
        file = self._file_of(cls.__module__)
        if file is None or _is_ours(cls.__module__):
            self._package(cls.__module__)
            return f"{cls.__module__}.{cls.__qualname__}"
        label = self._label(cls, f"{file}:{cls.__qualname__}")
        known = vars(sys.modules[cls.__module__])
        self._does(known.get("__file__") or "", file, known)
        described: list[object] = [*cls.__bases__, type(cls)]
        for name, value in vars(cls).items():
            if counts(cls, name, value):
                described += [name, decorators(value) if name == "__pydantic_decorators__" else value]
        if issubclass(cls, enum.Enum):
            described.append(list(cls.__members__.items()))
        described += self._annotations(vars(cls).get("__annotations__") or annotated(cls), known)
        self.parts[label] = hashed("\0".join(self._digests(label, described)))
        return label

    def _module(self, module: ModuleType) -> str:
        """A module that is passed on, or of which is read what it does not have: all that it has may be used."""
        file = self._file(module)
        if file is None or _is_ours(module.__name__):
            self._package(module.__name__)
            return module.__name__
        if id(module) not in self._labels:
            self._label(module, file)
            self._imported.add(Import(module.__name__))
            self._all_of(vars(module), file)
        return file

    def _all_of(self, known: dict[str, Any], file: str) -> None:
        """All that has a name in a file."""
        for name, value in list(known.items()):
            if name not in _SELF:
                self.add(f"{file}:{name}", value)

    def _does(self, path: str, file: str, known: dict[str, Any]) -> None:
        """What the file does when it is imported, beside giving names to things, and the code that it does so by."""
        if path not in self._files:
            self._files.add(path)
            self._folders[self._sources.path(Path(path).resolve().parent)] = None
        if (done := self._sources.statements(path)) is None or path in self._taken:
            return
        self._taken.add(path)
        code = (chain for chain in done.chains if self._is_followed(_reach(list(chain), known)))
        used = filter(None, [self._name(file, chain, known) for chain in code])
        self.parts[f"{file} (statements)"] = hashed("\0".join([done.hash, *used]))

    def _is_followed(self, value: object) -> bool:
        """Whether it is code, and makes no pipeline: which that has is not what a task of it uses."""
        if not isinstance(value, FunctionType):
            return isinstance(value, type)
        facts, known = self._sources.facts(value.__code__), value.__globals__
        named = (getattr(_reach(list(chain), known), "__module__", None) for chain in facts.chains)
        modules = [*(one.module for one in facts.imports), *(name for name in named if isinstance(name, str))]
        return not any(map(_is_ours, modules))

    def _label(self, value: object, wanted: str) -> str:
        label = self._free(wanted)
        self._labels[id(value)] = value, label
        return label

    def _free(self, wanted: str) -> str:
        """`wanted`, with a number if something else has that name already, such as what a decorator wraps."""
        label, number = wanted, 1
        while label in self._taken:
            number += 1
            label = f"{wanted}#{number}"
        self._taken.add(label)
        return label

    def _file(self, module: ModuleType) -> str | None:
        known = vars(module)  # it may answer for whatever it is asked (`__getattr__`)
        folders = list(known.get("__path__") or ())  # a folder without __init__.py is a module without a file
        return self._sources.label(known.get("__file__") or (str(folders[0]) if folders else ""))

    def _file_of(self, module: str) -> str | None:
        found = sys.modules.get(module)
        return None if found is None else self._file(found)

    def _is_users(self, module: str) -> bool:
        found = sys.modules.get(module)
        return found is None or not getattr(found, "__file__", None) or self._file(found) is not None

    def _is_users_function(self, value: object) -> bool:
        return isinstance(value, FunctionType) and self._sources.label(value.__code__.co_filename) is not None

    def _package(self, module: str) -> None:
        if self._file_of(module) is None and (part := package(module)):
            self.parts[part[0]] = part[1]


def _cells(function: FunctionType) -> list[object]:
    return [cell for cell in function.__closure__ or ()]


def _attributes(function: FunctionType) -> dict[str, object]:
    return {name: value for name, value in vars(function).items() if not name.startswith("__") or name == "__wrapped__"}


def _reach(chain: list[str], known: dict[str, object]) -> object:
    """What a dotted name in the text of a type refers to; None if that is not known."""
    found = known.get(chain[0])
    for name in chain[1:]:
        found = getattr(found, "__dict__", {}).get(name)
    return found


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in OURS
