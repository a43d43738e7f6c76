"""The values of a user's expressions, all of which only make something new, or look at what is known."""

from __future__ import annotations

import ast
import builtins
from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import Enum

from runnable.frontend.contained import library
from runnable.frontend.contained.kinds import (
    Kind,
    Known,
    Library,
    Module,
    Names,
    Unknown,
    Value,
    element,
    of_ours,
    same,
)
from runnable.frontend.contained.methods import FROM_PATHS
from runnable.frontend.contained.modules import Modules

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_OPERATIONS = (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.FormattedValue)
"""By which a value's own methods are called."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.DictComp)
_OF_MODULES = frozenset({"__name__", "__file__", "__doc__"})
_SAID = frozenset({"__all__", "__author__", "__version__"})
"""What a module says of itself, and Python does nothing by, unless all of it is imported."""


class Scope(Enum):
    """Whose names an expression knows."""

    MODULE = 0
    FUNCTION = 1
    CLASS = 2


class Values(ABC):
    """Expressions, with the names that they know: `outer` are those of the module."""

    def __init__(self, modules: Modules, names: Names, outer: Names, scope: Scope) -> None:
        self.modules = modules
        self.names = names
        self.outer = outer
        self.scope = scope

    @abstractmethod
    def called(self, call: ast.Call) -> Value:
        """What a call gives. Raises Unknown."""

    @abstractmethod
    def see_type(self, node: ast.expr | None) -> None:
        """See that an expression only names a type. Raises Unknown."""

    def value(self, node: ast.expr) -> Value:
        """What an expression gives. Raises Unknown."""
        self.modules.step()
        match node:
            case ast.Constant():
                return Kind.MADE
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=of, attr=name):
                return attribute(self.value(of), name)
            case ast.Call():
                return self.called(node)
            case ast.Subscript():
                return self._item(node)
            case ast.Lambda(args=taken):
                self.defaults(taken)
                return Kind.SEEN
            case ast.BinOp(op=ast.BitOr(), left=left) if self._is_type(left):
                self.see_type(node)
                return Kind.SEEN
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.made(test)
                return max(self.kind(body), self.kind(orelse))
            case _:
                return self._composed(node)

    def _is_type(self, node: ast.expr) -> bool:
        while isinstance(node, ast.BinOp | ast.Subscript):
            node = node.left if isinstance(node, ast.BinOp) else node.value
        value = self.value(node)
        return value in (Known.CLASS, Known.BASE) or (isinstance(value, Library) and library.is_type(value.thing))

    def kind(self, node: ast.expr) -> Kind:
        """The kind of what an expression gives, and something may hold or be given. Raises Unknown."""
        return passed_on(self.value(node))

    def _composed(self, node: ast.expr) -> Kind:
        parts = [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
        if (isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add)) or isinstance(node, ast.Starred | ast.Slice):
            return self.made_here(*parts)
        if isinstance(node, ast.Dict) and None in node.keys:
            return self.made_here(*parts)
        if isinstance(node, _DISPLAYS):
            return _together(map(self.kind, parts))
        if isinstance(node, _OPERATIONS):
            return self.made(*parts)
        if isinstance(node, _COMPREHENSIONS):
            return self.comprehended(node)
        raise Unknown

    def made_here(self, *nodes: ast.expr) -> Kind:
        """The kind of what is made of all these, which must be made here themselves. Raises Unknown."""
        kinds = [self.kind(node) for node in nodes]
        if Kind.SEEN in kinds:
            raise Unknown
        return _together(kinds)

    def made(self, *nodes: ast.expr) -> Kind:
        """MADE, as all of these must be. Raises Unknown."""
        if _together(map(self.kind, nodes)) is not Kind.MADE:
            raise Unknown
        return Kind.MADE

    def defaults(self, taken: ast.arguments) -> Kind:
        """The kind of arguments that are not given: the one with which the least may be done. Raises Unknown."""
        nodes = [*taken.defaults, *(one for one in taken.kw_defaults if one)]
        return max(map(self.kind, nodes), default=Kind.MADE)

    def assign(self, target: ast.expr, value: Value) -> None:
        """Give what is assigned to a value. Raises Unknown."""
        match target:
            case ast.Name(id=name):
                self.bind(name, value if isinstance(value, Kind | Library) else passed_on(value))
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.assign(part, element(passed_on(value)))
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                self.made(key)
                self.grow(name, passed_on(value))
            case ast.Attribute(value=ast.Name(id=name), attr=attr) if attr != "reducer":  # which may be imported
                self.grow(name, passed_on(value))
            case _:
                raise Unknown

    def bind(self, name: str, value: Value) -> None:
        """Give a name a value: of several the one with which the least may be done. Raises Unknown.

        What has no value, since its statement is left out, is what Python has of that name, but in a function.
        """
        if name.startswith("__") and name.endswith("__") and name not in _SAID:
            raise Unknown
        if self.scope is not Scope.FUNCTION and name in vars(builtins):
            raise Unknown
        if isinstance(value, Library):
            library.see_bound(value.thing)
        known = self.names.get(name)
        if known is None:
            self.names[name] = value
        elif isinstance(known, Kind) and isinstance(value, Kind):
            self.names[name] = max(known, value)
        elif not same(known, value):
            raise Unknown

    def known(self, name: str) -> Value | None:
        """What a name means here; None where it means nothing yet."""
        for names in (self.names, self.outer):
            if name in names:
                return names[name]
        return Kind.MADE if name in _OF_MODULES else None

    def _named(self, name: str) -> Value:
        found = self.known(name)
        return Library(library.builtin(name)) if found is None else found

    def _item(self, node: ast.Subscript) -> Value:
        of = self.value(node.value)
        match of:
            case Library(thing=thing) if library.is_environment(thing):
                return self.made(node.slice)
            case Library(thing=thing) if isinstance(node.slice, ast.Constant) and not isinstance(thing, type):
                if not library.is_generic(thing):
                    return Library(library.item(thing, node.slice.value))
            case Known.CLASS | Known.BASE if isinstance(node.slice, ast.Constant):
                return Known.MEMBER
            case Kind():
                self.kind(node.slice)
                return element(of)
            case _:
                pass
        self.see_type(node)
        return Kind.SEEN

    def grow(self, name: str, kind: Kind) -> None:
        """What is made here and has this name gets something of that kind: MADE, since it may have other names."""
        if self.names.get(name) not in (Kind.MADE, Kind.MIXED) or kind is not Kind.MADE:
            raise Unknown

    def comprehended(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Kind:
        """The kind of what is made at once of each of something. Raises Unknown."""
        if self.scope is Scope.CLASS:  # whose names it does not know, but those of the module
            raise Unknown
        before = dict(self.names)
        try:
            for one in node.generators:
                self.assign(one.target, element(self.kind(one.iter)))
                self.made(*one.ifs)
            parts = [node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt]
            return _together(map(self.kind, parts))
        finally:
            self.names.clear()
            self.names.update(before)


def attribute(of: Value, name: str) -> Value:
    """What something has under a name, where asking for it runs nothing. Raises Unknown."""
    if name == "__name__" and not isinstance(of, Module):
        return Kind.MADE if isinstance(of, ast.FunctionDef) else Kind.SEEN
    if name.startswith("__"):
        raise Unknown
    match of:
        case Library(thing=thing):
            return Library(library.attribute(thing, name))
        case Module():
            return of.member(name)
        case Known.PACKAGE:
            return of_ours(name)
        case Known.CLASS | Known.BASE:
            return Known.MEMBER
        case Known.MEMBER if name in ("name", "value"):
            return Kind.SEEN
        case Kind.MADE if name in FROM_PATHS:
            return Kind.MADE
        case Kind.MADE | Kind.MIXED:
            return Kind.SEEN
        case _:
            raise Unknown


def passed_on(value: Value) -> Kind:
    """The kind that a value has once something holds it, or is given it. Raises Unknown."""
    match value:
        case Kind():
            return value
        case Library(thing=thing):
            return library.kind(thing)
        case Module():
            raise Unknown
        case _:
            return Kind.SEEN


def _together(kinds: Iterable[Kind]) -> Kind:
    """The kind of what holds all these."""
    return Kind.MADE if all([kind is Kind.MADE for kind in kinds]) else Kind.MIXED
