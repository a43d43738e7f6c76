"""What a notebook cannot do without: from its code, without running it.

    cell tagged "parameters"   `name: type` alone declares a parameter without a default
    other cells, in order      a name that is read for certain, and that nothing in the notebook can have given a value

Of these a missing one is reported before anything runs. This is all that is decided here: a notebook gets every visible
parameter, and those that it mentions are put in when it is executed (`runnable_runtime.tasks.notebook`). Where the code
does not show a name for certain, as with `exec`, a star import or a magic, nothing is required.
"""

from __future__ import annotations

import ast
import builtins
import json
import os
import re
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import field
from pathlib import Path
from typing import Any

from runnable.configuration.project import relative
from runnable.ir.nodes import Reads
from runnable_runtime.code.parsing import parse
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.presence import is_file

_PARAMETERS = "parameters"
_INJECTED = "injected-parameters"
_KNOWN = {*dir(builtins), "display", "In", "Out", "exit", "quit", "get_ipython"}
"""What a kernel defines by itself, beside names that begin with an underscore."""
_UNCLEAR = {"exec", "eval", "globals", "locals", "vars", "dir", "get_ipython", "NameError", "builtins", "__main__"}
"""Who uses these may give any variable a value."""
_PLAIN_MAGIC = pattern(
    r"^(\s*)%(matplotlib|load_ext|reload_ext|autoreload|config|precision|pip|conda|cd|pwd|ls|mkdir|env)\b.*$",
    re.MULTILINE,
)
_AUTOMAGIC = pattern(
    r"^(?=("
    r"alias|autocall|automagic|bookmark|cat|cd|clear|colors|conda|config|cp|dhist|dirs|edit|"
    r"env|hist|history|ldir|less|lf|lk|ll|load|load_ext|logoff|logon|ls|lsmagic|lx|macro|"
    r"magic|mamba|man|matplotlib|micromamba|mkdir|more|mv|page|pdb|pdef|pdoc|pfile|pinfo|"
    r"pip|popd|precision|prun|psearch|psource|pushd|pwd|pycat|pylab|recall|rehashx|reload_ext|"
    r"rep|rerun|reset|rm|rmdir|run|save|set_env|system|tb|time|timeit|unalias|uv|who|"
    r"who_ls|whos|xdel|xmode"
    r")(?![^ ])(?! *=))"
)
"""What IPython takes for a magic without its ``%`` where a cell has no other line, and no variable is called so."""
_SHELL_LINE = pattern(r"^(\s*)!.*$", re.MULTILINE)
_CAPTURE = pattern(r"\A\s*%%capture\b[^\n]*")
_WORD = pattern(r"[^\W\d]\w*")
_TIMING = pattern(r"\A\s*%%(time|capture)\b[^\n]*\n|^(?=\s*)%time\s+", re.MULTILINE)
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}
_NESTED = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def find_notebook(named: object, root: Path) -> tuple[str, str]:
    """Where a notebook is in the project `root`, with forward slashes, and why it cannot be used: one is empty."""
    text = os.fspath(named) if isinstance(named, os.PathLike) else named
    if not isinstance(text, str) or not text.endswith(".ipynb"):
        return "", "it does not end with .ipynb"
    found = next((path for path in (root / text, Path(text)) if is_file(path)), None)
    if found is None:
        return "", "there is no such file"
    inside = relative(found, root)
    return (inside, "") if inside else ("", f"it is outside of the project {root}")


def reads_of(file: Path, returns: Iterable[str]) -> Reads:
    """What the notebook in `file` reads, where its step returns `returns`: it needs those that it never sets, too."""
    found = names_of(file)
    if found is None:
        return Reads(everything=True)
    required, defined = found
    never_set = [name for name in returns if name not in defined]
    return Reads(tuple(dict.fromkeys((*required, *never_set))), everything=True)


def names_of(file: Path) -> tuple[tuple[str, ...], frozenset[str]] | None:
    """The names that the notebook in `file` needs, in order, and those that it may give a value itself.

    None where its code does not show it for certain.
    """
    from runnable_runtime.tasks.notebook import is_python, language_of

    try:
        notebook: Any = json.loads(file.read_bytes())
        cells = list(_code(notebook["cells"])) if is_python(language_of(notebook)) else None
        return None if cells is None else _names(cells)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, SyntaxError, RecursionError):
        return None  # what executes it reports what is wrong with it


def _code(cells: Iterable[Any]) -> Iterator[tuple[bool, str]]:
    """Whether it is tagged, and the source, of each code cell."""
    for cell in cells:
        tags = cell.get("metadata", {}).get("tags") or []
        if cell["cell_type"] == "code" and _INJECTED not in tags:
            yield _PARAMETERS in tags, cell["source"] if isinstance(cell["source"], str) else "".join(cell["source"])


def _names(cells: list[tuple[bool, str]]) -> tuple[tuple[str, ...], frozenset[str]] | None:
    reader = _Reader()
    tagged = True
    for is_tagged, source in cells:
        reader.maybe.update(word for line in _CAPTURE.findall(source) for word in _WORD.findall(line))
        if (found := _AUTOMAGIC.match(source.strip())) and "\n" not in source.strip() and not reader.has(found[1]):
            source = f"%{source.strip()}"
        source = _SHELL_LINE.sub(r"\1pass", _PLAIN_MAGIC.sub(r"\1pass", _TIMING.sub("", source)))
        module, before = parse(source), set(reader.bound)
        if is_tagged and tagged:
            reader.defaults(module.body)
            tagged = False  # as `runnable_runtime.tasks.notebook` does: parameters go after the first such cell
        else:
            reader.run(module.body)
        reader.maybe.update(one.name for node in ast.walk(module) for one in getattr(node, "type_params", ()))
        for symbol in _in_functions(symtable.symtable(source, "a cell", "exec")):
            name = symbol.get_name()
            reader.seen |= {name} if symbol.is_referenced() and name not in before else set()
            reader.maybe |= {name} if symbol.is_assigned() else set()
    if reader.unclear or _UNCLEAR & reader.seen:
        return None
    defined = reader.bound | reader.maybe
    needed = (name for name in reader.needed if name not in defined and not name.startswith("_"))
    declared = reader.declared
    required = [name for name in (*declared, *needed) if name in declared or name not in _KNOWN]
    return tuple(dict.fromkeys(required)), frozenset(defined)


def _in_functions(table: symtable.SymbolTable) -> Iterator[symtable.Symbol]:
    """The variables of the module that functions, classes and lambdas below `table` use, or set with `global`."""
    for child in table.get_children():
        if child.get_name() not in _COMPREHENSIONS:
            yield from (symbol for symbol in child.get_symbols() if symbol.is_global())
        yield from _in_functions(child)


@dataclass(slots=True)
class _Reader:
    """Goes through statements in their order.

    `bound` has a value for certain, `maybe` on some paths. `declared` is in the tagged cell without a value. `needed`
    is read for certain while it has none. `seen` is all that is read.
    """

    bound: set[str] = field(default_factory=set)
    maybe: set[str] = field(default_factory=set)
    declared: dict[str, None] = field(default_factory=dict)
    needed: dict[str, None] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    unclear: bool = False

    def has(self, name: str) -> bool:
        """Whether a variable may be called `name`."""
        return name in self.bound or name in self.maybe

    def defaults(self, body: list[ast.stmt]) -> None:
        """The cell tagged `parameters`."""
        for statement in body:
            if isinstance(statement, ast.AnnAssign) and statement.value is None:
                if isinstance(statement.target, ast.Name):
                    self.declared[statement.target.id] = None
            else:
                self.run([statement])

    def run(self, body: list[ast.stmt], *, certain: bool = True) -> None:
        """Statements that run once, or if not `certain` perhaps never."""
        for statement in body:
            inner = [block for block in _blocks(statement) if block]
            self._read(statement, certain=certain)
            if not inner:
                self._write(statement, certain=certain)
                continue
            runs = certain and isinstance(statement, ast.With | ast.AsyncWith)
            self._write(statement, certain=runs)
            for block in inner:
                self.run(block, certain=runs)

    def _read(self, statement: ast.stmt, *, certain: bool) -> None:
        for name, here in _loads(statement):
            self.seen.add(name)
            if name in self.bound:
                continue
            if certain and here and name not in self.maybe:
                self.needed.setdefault(name)

    def _write(self, statement: ast.stmt, *, certain: bool) -> None:
        match statement:
            case ast.Import(names) | ast.ImportFrom(names=names):
                found = {(alias.asname or alias.name.partition(".")[0]) for alias in names}
                self.unclear |= "*" in found
            case ast.FunctionDef(name) | ast.AsyncFunctionDef(name) | ast.ClassDef(name):
                found = {name}
            case _:
                found = set(_stores(statement))
        (self.bound if certain else self.maybe).update(found)


def _blocks(statement: ast.stmt) -> Iterator[list[ast.stmt]]:
    """The blocks in a statement that run with it."""
    if isinstance(statement, _NESTED):
        return
    for name in ("body", "orelse", "finalbody"):
        yield getattr(statement, name, [])
    for handler in (*getattr(statement, "handlers", ()), *getattr(statement, "cases", ())):
        yield handler.body


def _parts(node: ast.AST) -> Iterator[ast.AST]:
    """What is evaluated with `node` itself: not the blocks in it."""
    for child in ast.iter_child_nodes(node):
        if not (isinstance(child, ast.stmt | ast.ExceptHandler | ast.match_case)):
            yield child


def _loads(node: ast.AST, own: frozenset[str] = frozenset(), *, here: bool = True) -> Iterator[tuple[str, bool]]:
    """The names that `node` reads, and whether that is when it is reached; `own` are those of comprehensions."""
    if isinstance(node, ast.Lambda):
        return  # as a function: see `_in_functions`
    if isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load) and node.id not in own:
            yield node.id, here
        return
    for handler in getattr(node, "handlers", ()):
        yield from _loads(handler.type, own, here=False) if handler.type else ()
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id, here
    inner = own
    if isinstance(node, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
        inner = own | {name for generator in node.generators for name in _stores(generator.target)}
        here_inside = False  # of an empty list nothing is evaluated but the list
        yield from _loads(node.generators[0].iter, own, here=here)
    else:
        here_inside = here and not isinstance(node, ast.BoolOp | ast.IfExp)
    for part in _parts(node):
        yield from _loads(part, inner, here=here_inside)


def _stores(node: ast.AST) -> Iterator[str]:
    """The names that `node` itself gives a value."""
    if isinstance(node, ast.Lambda):
        return
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        yield node.id
    if isinstance(node, ast.MatchAs | ast.MatchStar) and node.name:
        yield node.name
    if isinstance(node, ast.MatchMapping) and node.rest:
        yield node.rest
    if isinstance(node, ast.Match):
        for case in node.cases:
            yield from _stores(case.pattern)
    for part in _parts(node):
        if not isinstance(part, ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            yield from _stores(part)
