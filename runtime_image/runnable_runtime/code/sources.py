"""The user's files: what they are called, what of them counts, read once for all tasks of a project."""

from __future__ import annotations

import ast
import inspect
import linecache
from collections.abc import Container, Iterable
from pathlib import Path
from types import CodeType, FunctionType

from runnable_runtime.code.data_files import TooMany, named_files
from runnable_runtime.code.facts import Facts, codes, facts_of
from runnable_runtime.code.file_states import states
from runnable_runtime.code.hashing import DATA, UNKNOWN, hashed, plain
from runnable_runtime.code.parsing import parse
from runnable_runtime.deferred import dataclass
from runnable_runtime.installed import is_installed

_SILENT = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Pass)


@dataclass(frozen=True, slots=True)
class Statements:
    """What a file does when it is imported, beside giving names to things.

    `hash` is that of its text, and `chains` are the names in it, as `Facts.chains`.
    """

    hash: str
    chains: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a task's code consists of: `parts` by name, and what may name data files, sometime (`data_files`).

    `names` are texts in it, and `folders` those that its files are in, relative to the project.
    """

    parts: dict[str, str]
    names: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()


class Sources:
    """The user's files below `project`, and in folders beside it that are imported from."""

    def __init__(self, project: Path) -> None:
        self.project = project.resolve()
        self.values: dict[int, tuple[object, bytes]] = {}
        """Digests of values that consist of data only, by their id; each with the value, so that the id stays its."""
        self._labels: dict[str, str | None] = {}
        self._hashes: dict[int, tuple[object, str]] = {}
        self._facts: dict[int, tuple[CodeType, Facts]] = {}
        self._statements: dict[str, Statements | None] = {}

    def label(self, file: str) -> str | None:
        """What a file of the user's is called, relative to the project; None for one that is installed, or is none."""
        if file not in self._labels:
            linecache.checkcache(file)
            self._labels[file] = self._labelled(file)
        return self._labels[file]

    def hash(self, function: FunctionType) -> str:
        """The hash of a function's source. A lambda has no source of its own, nor has what `exec` has made."""
        if id(function) not in self._hashes:
            self._hashes[id(function)] = function, _source(function)
        return self._hashes[id(function)][1]

    def facts(self, code: CodeType) -> Facts:
        """What `code` names."""
        if id(code) not in self._facts:
            self._facts[id(code)] = code, facts_of(code)
        return self._facts[id(code)][1]

    def statements(self, file: str) -> Statements | None:
        """What a file does when it is imported, beside giving names to things; None if it does nothing.

        Names are known by their values. What a call such as ``numpy.random.seed(1)`` does is known by its text only.
        """
        if file not in self._statements:
            self._statements[file] = _statements("".join(linecache.getlines(file)))
        return self._statements[file]

    def data_parts(
        self, names: Iterable[str], beside: Iterable[str], others: Container[str], together: int | None = None
    ) -> dict[str, str]:
        """A part for each data file that `names` name (`data_files`), but for those in `others`, and installed ones.

        `beside` are folders of the code, relative to the project; for `together` see `states`.
        """
        folders = [self.project / folder for folder in beside]
        try:
            found = [self.path(file) for file in named_files(names, self.project, folders) if self.label(str(file))]
        except TooMany as pattern:
            return {f"{UNKNOWN}{pattern}": "more files than are looked at"}
        paths = (path for path in dict.fromkeys(found) if path not in others)
        return {DATA + path: part for path, part in states(self.project, paths, together).items()}

    def path(self, file: Path) -> str:
        """The path of a file, relative to the project if it is below."""
        file = file.absolute()
        return file.relative_to(self.project).as_posix() if file.is_relative_to(self.project) else str(file)

    def shortened(self, text: str) -> str:
        """`text` without the project's own folder at its beginning, which differs from machine to machine."""
        return text.replace(str(self.project), "<project>", 1) if text.startswith(str(self.project)) else text

    def _labelled(self, file: str) -> str | None:
        if not file or file.startswith("<"):
            return None
        path = Path(file).resolve()
        if is_installed(str(path)):
            return None
        return path.relative_to(self.project).as_posix() if path.is_relative_to(self.project) else path.name


def bytecode(code: CodeType) -> str:
    """The hash of what code does, where its source is not at hand; another version of Python has another one."""
    described = []
    for one in codes(code):
        constants = [
            sorted(map(repr, c)) if isinstance(c, frozenset) else repr(c)
            for c in one.co_consts
            if not isinstance(c, CodeType)
        ]
        names = one.co_names, one.co_varnames, one.co_freevars, one.co_cellvars, one.co_argcount, one.co_flags
        described.append(repr((one.co_code, constants, names)))
    return hashed("\0".join(described))


def _source(function: FunctionType) -> str:
    code = function.__code__
    if code.co_name == "<lambda>" or code.co_filename.startswith("<"):
        return bytecode(code)
    try:  # `inspect.getsource` looks through all modules for every function
        lines = linecache.getlines(code.co_filename, function.__globals__)
        return hashed(plain("".join(inspect.getblock(lines[code.co_firstlineno - 1 :]))))
    except (OSError, TypeError, SyntaxError, IndexError):
        return bytecode(code)


def _statements(source: str) -> Statements | None:
    try:
        body = parse(source).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    found = [statement for statement in body if _does_something(statement)]
    if not found:
        return None
    chains = dict.fromkeys(chain for one in found for node in ast.walk(one) if (chain := _chain(node)))
    return Statements(hashed("\n".join(map(ast.unparse, found))), tuple(chains))


def _chain(node: ast.AST) -> tuple[str, ...]:
    """A name with the attributes that are read of it at once; empty for what is none."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return (node.id, *reversed(names)) if isinstance(node, ast.Name) else ()


def _does_something(statement: ast.stmt) -> bool:
    match statement:
        case ast.Expr(value=ast.Constant()):
            return False
        case ast.If(test=test) if "__name__" in ast.unparse(test):
            return False
        case ast.Assign(targets=targets):
            return not all(_plain_target(target) for target in targets)
        case ast.AnnAssign(target=target) | ast.AugAssign(target=target):
            return not _plain_target(target)
        case ast.If(body=body, orelse=orelse):
            return any(map(_does_something, [*body, *orelse]))
        case ast.Try(body=body, orelse=orelse, finalbody=final):
            return any(map(_does_something, [*body, *orelse, *final]))
        case _:
            return not isinstance(statement, _SILENT)


def _plain_target(target: ast.expr) -> bool:
    return isinstance(target, ast.Name) or (
        isinstance(target, ast.Tuple | ast.List) and all(map(_plain_target, target.elts))
    )
