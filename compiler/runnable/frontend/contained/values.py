"""The kinds of a user's expressions, all of which only make something new, or call what is known."""

from __future__ import annotations

import ast
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence

from runnable.frontend.contained.kinds import (
    BUILTINS,
    GIVING,
    GROWING,
    HOLDERS,
    METHODS,
    OF_MODULES,
    SDK,
    Kind,
    Known,
    Names,
    Unknown,
    Value,
    element,
)

_DISPLAYS = (ast.List, ast.Tuple, ast.Set, ast.Dict)
_OPERATIONS = (ast.BinOp, ast.BoolOp, ast.UnaryOp, ast.Compare, ast.JoinedStr, ast.FormattedValue)
"""By which a value's own methods are called."""
_COMPREHENSIONS = (ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)


class Values(ABC):
    """Expressions, with the names that they know: `outer` are those of the module."""

    def __init__(self, names: Names, outer: Names) -> None:
        self.names = names
        self.outer = outer

    @abstractmethod
    def call(self, function: ast.FunctionDef, given: Sequence[Kind], named: Mapping[str, Kind]) -> Kind:
        """What a function of the file returns that is called with values of these kinds. Raises Unknown."""

    def kind(self, node: ast.expr) -> Kind:
        """The kind of what an expression gives. Raises Unknown."""
        match node:
            case ast.Constant() | ast.Name() | ast.Attribute() | ast.Lambda():
                return self._plain(node)
            case ast.Call():
                return self._called(node)
            case ast.IfExp(test=test, body=body, orelse=orelse):
                self.made(test)
                return max(self.kind(body), self.kind(orelse))
            case ast.Subscript(value=value, slice=key):
                self.kind(key)
                return Kind.MADE if self.kind(value) is Kind.MADE else Kind.SEEN
            case ast.BinOp(op=ast.Add()) | ast.Starred() | ast.Slice():
                return self.made_here(*_parts(node))
            case _:
                return self._composed(node)

    def _composed(self, node: ast.expr) -> Kind:
        if isinstance(node, ast.Dict) and None in node.keys:
            return self.made_here(*_parts(node))
        if isinstance(node, _DISPLAYS):
            return self._together(_parts(node))
        if isinstance(node, _OPERATIONS):
            return self.made(*_parts(node))
        if isinstance(node, _COMPREHENSIONS):
            return self._comprehended(node)
        raise Unknown

    def made_here(self, *nodes: ast.expr) -> Kind:
        """The kind of what is made of all these, which must be made here themselves. Raises Unknown."""
        if any(self.kind(node) is Kind.SEEN for node in nodes):
            raise Unknown
        return self._together(nodes)

    def defaults(self, taken: ast.arguments) -> Kind:
        """The kind of arguments that are not given: the one with which the least may be done. Raises Unknown."""
        nodes = [*taken.defaults, *(one for one in taken.kw_defaults if one)]
        return max(map(self.kind, nodes), default=Kind.MADE)

    def assign(self, target: ast.expr, kind: Kind) -> None:
        """Give what is assigned to a value of that kind. Raises Unknown."""
        match target:
            case ast.Name(id=name):
                self.bind(name, kind)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.assign(part, element(kind))
            case ast.Subscript(value=ast.Name(id=name), slice=key):
                self.made(key)
                self._grow(name, kind)
            case ast.Attribute(value=ast.Name(id=name)):
                self._grow(name, kind)
            case _:
                raise Unknown

    def bind(self, name: str, value: Value) -> None:
        """Give a name a value: of several the one with which the least may be done. Raises Unknown."""
        hidden = self.outer.get(name, Kind.MADE) if self.outer is not self.names else Kind.MADE
        if name in BUILTINS or not isinstance(hidden, Kind):
            raise Unknown
        known = self.names.get(name)
        if known is None:
            self.names[name] = value
        elif isinstance(known, Kind) and isinstance(value, Kind):
            self.names[name] = max(known, value)
        elif known is not value:
            raise Unknown

    def _plain(self, node: ast.expr) -> Kind:
        match node:
            case ast.Constant():
                return Kind.MADE
            case ast.Name(id=name):
                value = self._value(name)
                return value if isinstance(value, Kind) else Kind.SEEN
            case ast.Attribute(value=of):
                self.kind(of)
            case ast.Lambda(args=taken):
                self.defaults(taken)
            case _:
                pass
        return Kind.SEEN

    def _value(self, name: str) -> Value:
        for names in (self.names, self.outer):
            if name in names:
                return names[name]
        if name in OF_MODULES:
            return Kind.MADE
        return Known.BUILTIN if name in BUILTINS else Kind.SEEN

    def _together(self, nodes: Iterable[ast.expr]) -> Kind:
        """The kind of what holds all these."""
        return Kind.MADE if all(self.kind(node) is Kind.MADE for node in nodes) else Kind.MIXED

    def made(self, *nodes: ast.expr) -> Kind:
        """MADE, as all of these must be. Raises Unknown."""
        if self._together(nodes) is not Kind.MADE:
            raise Unknown
        return Kind.MADE

    def _grow(self, name: str, kind: Kind) -> None:
        """What is made here and has this name gets something of that kind: MADE, since it may have other names."""
        if self.names.get(name) not in (Kind.MADE, Kind.MIXED) or kind is not Kind.MADE:
            raise Unknown

    def _comprehended(self, node: ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp) -> Kind:
        before = dict(self.names)
        try:
            for one in node.generators:
                self.assign(one.target, element(self.kind(one.iter)))
                for condition in one.ifs:
                    self.made(condition)
            return self._together([node.key, node.value] if isinstance(node, ast.DictComp) else [node.elt])
        finally:
            self.names.clear()
            self.names.update(before)

    def _called(self, call: ast.Call) -> Kind:
        most = max(map(self.kind, _given(call)), default=Kind.MADE)
        match call.func:
            case ast.Name(id=name):
                value = self._value(name)
                if isinstance(value, ast.FunctionDef):
                    return self._own(value, call)
                if value is Known.SDK:
                    return Kind.MADE
                if value is Known.BUILTIN and most <= (Kind.MIXED if name in HOLDERS else Kind.MADE):
                    return most
            case ast.Attribute(value=ast.Name(id=name), attr=method) if self._value(name) is Known.PACKAGE:
                if method in SDK:
                    return Kind.MADE
            case ast.Attribute(value=of, attr=method) if method in METHODS:
                return self._method(of, method, most)
        raise Unknown

    def _method(self, of: ast.expr, method: str, given: Kind) -> Kind:
        kind = self.made_here(of)
        if method in GROWING:
            if not isinstance(of, ast.Name):
                raise Unknown
            self._grow(of.id, given)
        return element(kind) if method in GIVING else kind

    def _own(self, function: ast.FunctionDef, call: ast.Call) -> Kind:
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            raise Unknown
        named = {one.arg: self.kind(one.value) for one in call.keywords if one.arg}
        return self.call(function, [self.kind(one) for one in call.args], named)


def _parts(node: ast.expr) -> list[ast.expr]:
    """The expressions that one is made of."""
    return [part for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]


def _given(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]
