"""A user's statements, all of which only define something in their own module."""

from __future__ import annotations

import ast
import builtins
import sys
from collections.abc import Iterable, Mapping, Sequence

from runnable.frontend.contained.kinds import BUILTINS, SDK, Kind, Known, Names, Unknown, element
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.values import Values

_HERE = "here"
_BASES = frozenset({"enum", "pydantic", "typing", _HERE})
"""Modules whose classes take no note of the classes that are made of them, and the file itself."""
_DECORATORS = frozenset({"classmethod", "property", "staticmethod"})
_METHODS = ("__init__", "__repr__", "__str__")
"""Those of Python's own names that nothing calls when a class is made."""
_TYPES = (ast.Name, ast.Attribute, ast.Subscript, ast.Constant, ast.Tuple, ast.List, ast.BinOp, ast.BitOr)
_DEPTH = 20


class Statements(Values):
    """The statements of a module, or of a function that is called."""

    def __init__(self, modules: Modules, names: Names, outer: Names | None = None, depth: int = 0) -> None:
        super().__init__(names, names if outer is None else outer)
        self._modules = modules
        self._origins: dict[str, str] = {}
        self._depth = depth
        self._inside = depth
        self._returned = Kind.MADE

    def run(self, statements: Iterable[ast.stmt]) -> None:
        """See what they do, one after another. Raises Unknown."""
        for statement in statements:
            self._modules.step()
            if not self._defines(statement):
                self._run(statement)

    def call(self, function: ast.FunctionDef, given: Sequence[Kind], named: Mapping[str, Kind]) -> Kind:
        """See `Values.call`."""
        taken = function.args
        arguments = [one.arg for one in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
        names: Names = dict.fromkeys(arguments, self.defaults(taken))
        names |= dict(zip(arguments, given, strict=False))
        names |= named
        if self._depth > _DEPTH or taken.vararg or taken.kwarg or not BUILTINS.isdisjoint(names):
            raise Unknown
        inner = Statements(self._modules, names, self.outer, self._depth + 1)
        inner.run(function.body)
        return inner._returned

    def _defines(self, statement: ast.stmt) -> bool:
        """See to a statement that gives names what they mean; whether it is one."""
        match statement:
            case ast.Import() | ast.ImportFrom():
                self._import(statement)
            case ast.FunctionDef(decorator_list=[], name=name) if not name.startswith("__"):
                self._define(statement)  # one in another function may know names of that, and is not called
                self.bind(name, statement if self.outer is self.names else Kind.SEEN)
            case ast.AsyncFunctionDef(decorator_list=[], name=name) if not name.startswith("__"):
                self._define(statement)
                self.bind(name, Kind.SEEN)
            case ast.ClassDef():
                self._class(statement)
            case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
                self._assign(statement)
            case _:
                return False
        return True

    def _run(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Return(value=ast.expr() as value):
                self._returned = max(self._returned, self.kind(value))
            case ast.Expr(value=value):
                self.kind(value)
            case ast.Assert(test=test):
                self.made(test)
            case ast.If(test=test, body=body, orelse=orelse):
                self.made(test)
                self._run_inside([*body, *orelse])
            case ast.For():
                self._loop(statement)
            case ast.Pass() | ast.Return(value=None):
                pass
            case _:
                raise Unknown

    def _loop(self, statement: ast.For) -> None:
        """All turns: what one makes of a name is there in the next."""
        before: Names | None = None
        while before != self.names:
            before = dict(self.names)
            self.assign(statement.target, element(self.kind(statement.iter)))
            self._run_inside([*statement.body, *statement.orelse])

    def _run_inside(self, statements: Iterable[ast.stmt]) -> None:
        self._inside += 1
        self.run(statements)
        self._inside -= 1

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        for one in statement.names:
            if isinstance(statement, ast.Import):
                self._note(one.name)
                self._import_module(one)
            elif statement.level or statement.module is None:
                raise Unknown
            elif statement.module != "__future__":
                self._note(statement.module)
                self._import_from(statement.module, one)

    def _note(self, module: str) -> None:
        """Take note of an import inside of something."""
        if self._inside and module.partition(".")[0] not in {*sys.stdlib_module_names, "runnable"}:
            self._modules.inside = True

    def _import_module(self, one: ast.alias) -> None:
        if one.name == "runnable":
            self.bind(one.asname or one.name, Known.PACKAGE)
        else:
            self._modules.is_of_library(one.name)
            self.bind(one.asname or one.name.partition(".")[0], Kind.SEEN)

    def _import_from(self, module: str, one: ast.alias) -> None:
        name = one.asname or one.name
        if module == "runnable":
            for ours in SDK if one.name == "*" else (one.name,):
                if ours not in SDK:
                    raise Unknown
                self.bind(one.asname or ours, Known.SDK)
        elif one.name == "*":
            if self._modules.is_of_library(module) or any(
                isinstance(one, ast.FunctionDef) for one in self.names.values()
            ):
                raise Unknown
            self._modules.starred = True
        else:
            if self._modules.is_member_of_library(module, one.name):
                self._origins[name] = module
            self.bind(name, Kind.SEEN)

    def _assign(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        match statement:
            case ast.Assign(targets=targets, value=value):
                kind = self.kind(value)
                for target in targets:
                    self.assign(target, kind)
            case ast.AnnAssign(target=target, annotation=annotation, value=given):
                _see_types(annotation)
                if given is not None:
                    self.assign(target, self.kind(given))
            case ast.AugAssign(target=ast.Name(id=name) as target, value=value):
                self.assign(target, self.made_here(ast.Name(name), value))
            case _:
                raise Unknown

    def _define(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        taken = function.args
        self.defaults(taken)
        for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg):
            if argument is not None:
                _see_types(argument.annotation)
        _see_types(function.returns)

    def _class(self, statement: ast.ClassDef) -> None:
        """A class whose making calls nothing of the user's."""
        bases, decorators = _names(statement.bases), _names(statement.decorator_list)
        if not all(map(self._is_base, bases)) or any(self._origins.get(one) != "dataclasses" for one in decorators):
            raise Unknown
        if statement.keywords:
            raise Unknown
        for inner in statement.body:
            self._of_class(inner)
        self.bind(statement.name, Kind.SEEN)
        self._origins[statement.name] = _HERE

    def _of_class(self, statement: ast.stmt) -> None:
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                if not _DECORATORS.issuperset(_names(statement.decorator_list)):
                    raise Unknown
                if name.startswith("__") and name not in _METHODS:
                    raise Unknown
                self._define(statement)
            case ast.AnnAssign(annotation=annotation, value=value):
                _see_types(annotation)
                if value is not None:
                    self.kind(value)
            case ast.Assign(value=value):
                self.kind(value)
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise Unknown

    def _is_base(self, name: str) -> bool:
        """Whether making a class of this one calls nothing of the user's: it is Python's, pydantic's, or from here."""
        if name in self.names:
            return self._origins.get(name) in _BASES
        return isinstance(getattr(builtins, name, None), type)


def _names(nodes: Iterable[ast.expr]) -> list[str]:
    """The names that they are; no name's for one that is none."""
    return [node.id if isinstance(node, ast.Name) else "" for node in nodes]


def _see_types(annotation: ast.expr | None) -> None:
    """See that an annotation only names types. Raises Unknown."""
    for one in () if annotation is None else ast.walk(annotation):
        if not isinstance(one, (*_TYPES, ast.expr_context)) or (
            isinstance(one, ast.Constant) and "(" in str(one.value)
        ):
            raise Unknown
