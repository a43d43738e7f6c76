"""A user's statements, all of which only define something in their own module."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Mapping, Sequence

from runnable.frontend.contained import library
from runnable.frontend.contained.classes import Classes
from runnable.frontend.contained.kinds import SDK, Kind, Known, Library, Names, Unknown, Value, element, of_ours
from runnable.frontend.contained.modules import Modules
from runnable.frontend.contained.values import Scope

_DEPTH = 20
_OF_ALL = {*sys.stdlib_module_names, "runnable"}
"""What is there whoever imports it."""


class Statements(Classes):
    """The statements of a module, or of a function that is called."""

    def __init__(
        self,
        modules: Modules,
        names: Names,
        outer: Names | None = None,
        scope: Scope = Scope.MODULE,
        depth: int = 0,
    ) -> None:
        super().__init__(modules, names, names if outer is None else outer, scope)
        self._depth = depth
        self._inside = depth
        self._returned = Kind.MADE

    def run(self, statements: Iterable[ast.stmt]) -> None:
        """See what they do, one after another. Raises Unknown."""
        for statement in statements:
            self.modules.step()
            if not self._defines(statement):
                self._run(statement)

    def call(self, function: ast.FunctionDef, given: Sequence[Kind], named: Mapping[str, Kind]) -> Kind:
        """See `Calls.call`."""
        taken = function.args
        outer, defaults = self.modules.homes[function]
        arguments = [one.arg for one in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs)]
        names: Names = dict.fromkeys(arguments, defaults)
        names |= dict(zip(arguments, given, strict=False))
        names |= named
        if self._depth > _DEPTH or taken.vararg or taken.kwarg:
            raise Unknown
        inner = Statements(self.modules, names, outer, Scope.FUNCTION, self._depth + 1)
        inner.run(function.body)
        return inner._returned

    def _defines(self, statement: ast.stmt) -> bool:
        """See to a statement that gives names what they mean; whether it is one."""
        match statement:
            case ast.Import() | ast.ImportFrom():
                self._import(statement)
            case ast.FunctionDef(decorator_list=[], name=name):
                self.modules.homes[statement] = (self.outer, self.define(statement))
                # One in another function may know names of that, and is not called.
                self.bind(name, statement if self.scope is Scope.MODULE else Kind.SEEN)
            case ast.AsyncFunctionDef(decorator_list=[], name=name):
                self.define(statement)
                self.bind(name, Kind.SEEN)
            case ast.ClassDef():
                self.make_class(statement)
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
            case ast.Assert(test=test, msg=message):
                self.made(test, *([message] if message else []))
            case ast.If(test=test, body=body, orelse=orelse):
                match self.value(test):
                    case Kind.MADE:
                        self._run_inside([*body, *orelse])
                    case Library(thing=bool() as known):  # as `TYPE_CHECKING`
                        self.run(body if known else orelse)
                    case _:
                        raise Unknown
            case ast.For(orelse=orelse):
                self._loop(statement)
                self._run_inside(orelse)
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
            self._run_inside(statement.body)

    def _run_inside(self, statements: Iterable[ast.stmt]) -> None:
        self._inside += 1
        self.run(statements)
        self._inside -= 1

    def _import(self, statement: ast.Import | ast.ImportFrom) -> None:
        for one in statement.names:
            top = (getattr(statement, "module", "") or one.name).partition(".")[0]
            self.modules.inside |= self._inside > 0 and top not in _OF_ALL
            if isinstance(statement, ast.Import):
                self._import_module(one)
            elif statement.level or statement.module is None:
                raise Unknown
            elif statement.module != "__future__":
                self._import_from(statement.module, one)

    def _import_module(self, one: ast.alias) -> None:
        if one.name == "runnable":
            self.bind(one.asname or one.name, Known.PACKAGE)
            return
        top, inner = self.modules.imported(one.name)
        self.bind(one.asname or one.name.partition(".")[0], inner if one.asname else top)

    def _import_from(self, module: str, one: ast.alias) -> None:
        if module == "runnable":
            for name in library.ours() if one.name == "*" else [one.name]:
                self.bind(one.asname or name, of_ours(name) if name in SDK else _beside(name))
        elif one.name == "*":
            for name, value in self.modules.all_of(module).items():
                self.bind(name, value)
        else:
            self.bind(one.asname or one.name, self.modules.member(module, one.name))

    def _assign(self, statement: ast.Assign | ast.AnnAssign | ast.AugAssign) -> None:
        match statement:
            case ast.Assign(targets=targets, value=given):
                value = self.value(given)
                for target in targets:
                    self.assign(target, value)
            case ast.AnnAssign(target=ast.Name() as target, annotation=annotation, value=given):
                self.see_type(annotation)
                if given is not None:
                    self.assign(target, self.value(given))
            case ast.AugAssign(target=ast.Name(id=name) as target, value=given):
                self.made(given)  # what it is added to may have other names
                self.assign(target, self.made_here(ast.Name(name)))
            case _:
                raise Unknown


def _beside(name: str) -> Value:
    """What this package has under a public name that makes no part of a pipeline. Raises Unknown."""
    if name not in library.ours():
        raise Unknown
    return Library(library.of_ours(name))
