"""The calls in a user's file: of this package, of functions of the file, of a few of Python's, and of methods."""

from __future__ import annotations

import ast
from abc import abstractmethod
from collections.abc import Mapping, Sequence

from runnable.frontend.contained import library
from runnable.frontend.contained.kinds import Kind, Known, Library, Unknown, Value, element
from runnable.frontend.contained.methods import GIVING, GROWING, HOLDING, METHODS, TAKING_ALL, see_call
from runnable.frontend.contained.values import Values, attribute, passed_on


class Calls(Values):
    """See `Values`."""

    @abstractmethod
    def call(self, function: ast.FunctionDef, given: Sequence[Kind], named: Mapping[str, Kind]) -> Kind:
        """What a function of the project returns that is called with values of these kinds. Raises Unknown."""

    def called(self, call: ast.Call) -> Value:
        """See `Values.called`."""
        if isinstance(call.func, ast.Attribute):
            of = self.value(call.func.value)
            if isinstance(of, Kind):
                return self._method(call, call.func, of)
            if isinstance(of, Library) and library.is_environment(of.thing) and call.func.attr == "get":
                return _all_made(self._given(call))
            callee = attribute(of, call.func.attr)
        else:
            callee = self.value(call.func)
        match callee:
            case ast.FunctionDef():
                return self._own(callee, call)
            case Known.SDK | Known.MAP:
                if callee is Known.MAP:
                    self._see_reducer(call)
                self._given(call)
                return Kind.MADE
            case Library(thing=thing):
                return library.called(thing, max(self._given(call, not library.is_lazy(thing)), default=Kind.MADE))
            case _:
                raise Unknown

    def _given(self, call: ast.Call, takes_all: bool = False) -> list[Kind]:
        """What a call gives. What is taken apart for it must be made here; what is made later, be taken at once."""
        return [
            *(
                self.comprehended(one) if takes_all and isinstance(one, ast.GeneratorExp) else self.kind(one)
                for one in call.args
            ),
            *(self.kind(one.value) if one.arg else self.made_here(one.value) for one in call.keywords),
        ]

    def _method(self, call: ast.Call, function: ast.Attribute, of: Kind) -> Kind:
        method, given = function.attr, self._given(call, function.attr in TAKING_ALL)
        most = max(given, default=Kind.MADE)
        if method not in METHODS or of is Kind.SEEN:
            raise Unknown
        see_call(method, function.value, call)
        if method in GROWING:
            if not isinstance(function.value, ast.Name):
                raise Unknown
            self.grow(function.value.id, most)
        elif method not in HOLDING and most is not Kind.MADE:
            raise Unknown
        return max(element(of), most) if method in GIVING else of

    def _own(self, function: ast.FunctionDef, call: ast.Call) -> Kind:
        if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
            raise Unknown
        named = {one.arg: self.kind(one.value) for one in call.keywords if one.arg}
        return self.call(function, [self.kind(one) for one in call.args], named)

    def _see_reducer(self, call: ast.Call) -> None:
        """See that a Map's reducer is a function, or the text of one: building the pipeline imports what it names."""
        named = {one.arg: one.value for one in call.keywords}
        if (reducer := named.get("reducer")) is None:
            if None in named:  # it may be in what is taken apart
                self._see_no_texts(next(one.value for one in call.keywords if one.arg is None))
            return
        for one in reducer.values if isinstance(reducer, ast.Dict) else [reducer]:
            if isinstance(one, ast.Constant):
                self._see_text(one.value)
            elif not isinstance(one, ast.Lambda) and not _is_function(self.value(one)):
                raise Unknown

    def _see_no_texts(self, node: ast.expr) -> None:
        if not isinstance(node, ast.Dict):
            raise Unknown
        if any(not isinstance(key, ast.Constant) or key.value == "reducer" for key in node.keys):
            raise Unknown

    def _see_text(self, reducer: object) -> None:
        """See that a reducer's text names what is there, or is a lambda of which nothing is done when it is made."""
        if not isinstance(reducer, str) or reducer.isidentifier():
            return
        module, _, name = reducer.strip().rpartition(".")
        if all(part.isidentifier() for part in (*module.split("."), name)):
            if not _is_function(self.modules.member(module, name)):
                raise Unknown
            return
        text = ast.parse(reducer.strip(), mode="eval").body
        if not isinstance(text, ast.Lambda) or text.args.defaults or any(text.args.kw_defaults):
            raise Unknown


def _all_made(kinds: Sequence[Kind]) -> Kind:
    if any(kind is not Kind.MADE for kind in kinds):
        raise Unknown
    return Kind.MADE


def _is_function(value: Value) -> bool:
    return isinstance(value, ast.FunctionDef) or (isinstance(value, Library) and passed_on(value) is Kind.SEEN)
