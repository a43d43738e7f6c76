"""The classes of a user's file, whose making, and the making of objects of theirs, calls nothing of the user's.

Objects are made of some while a pipeline is compiled: members of enumerations, and what is given for parameters.
"""

from __future__ import annotations

import ast

from runnable.frontend.contained import library
from runnable.frontend.contained.kinds import Kind, Known, Library, Unknown
from runnable.frontend.contained.types import Types
from runnable.frontend.contained.values import Scope

_DECORATORS = (classmethod, property, staticmethod)
_BEGUN = ("__init__", "__repr__", "__str__")
"""Those of Python's own names that nothing calls when a class is made, but where an object of it is made."""
_TYPES = (bytes, dict, float, frozenset, int, list, set, str, tuple)
_CALLED = frozenset(name for kind in _TYPES for name in dir(kind)) | {
    *("attribute_map", "dtype", "func", "item", "shape", "to_dict", "tolist"),
}
"""What types of Python's, numpy's and others have: it is asked of an object without looking whose it is."""


class Classes(Types):
    """See `Values`."""

    asked = False
    """Whether the class whose names these are has a function that is called where its name is asked for."""

    def make_class(self, statement: ast.ClassDef) -> None:
        """See to a class. Raises Unknown."""
        if statement.keywords or getattr(statement, "type_params", None):
            raise Unknown
        plain = not statement.decorator_list and all(map(self._is_plain_base, statement.bases))
        if not plain and not (all(map(self._is_base, statement.bases)) and self._is_decorated(statement)):
            raise Unknown
        inner = type(self)(self.modules, {}, {**self.outer, **self.names}, Scope.CLASS)
        called = [inner.of_class(one) for one in statement.body]
        has_objects = any(map(self._is_enumeration, statement.bases))
        if (any(called) and not plain) or (has_objects and inner.asked):
            raise Unknown
        self.bind(statement.name, Known.CLASS if any(called) or has_objects else Known.BASE)

    def of_class(self, statement: ast.stmt) -> bool:
        """See to a statement of a class; whether it is a function that is called of any object. Raises Unknown."""
        self.modules.step()
        match statement:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                return self._of_function(statement, name)
            case ast.AnnAssign(target=ast.Name(id=name), annotation=annotation, value=value):
                self.see_type(annotation)
                if value is not None:
                    self._give(name, value)
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    if not isinstance(target, ast.Name):
                        raise Unknown
                    self._give(target.id, value)
            case ast.Pass() | ast.Expr(value=ast.Constant()):
                pass
            case _:
                raise Unknown
        return False

    def _of_function(self, function: ast.FunctionDef | ast.AsyncFunctionDef, name: str) -> bool:
        for one in function.decorator_list:
            value = self.value(one)
            if not isinstance(value, Library) or not any(value.thing is known for known in _DECORATORS):
                raise Unknown
            self.asked |= value.thing is property
        is_dunder = name.startswith("__")
        if is_dunder and name not in _BEGUN:
            raise Unknown
        self.define(function)
        if not is_dunder:
            self.names[name] = Kind.SEEN
        return _is_called(name)

    def _give(self, name: str, value: ast.expr) -> None:
        """See to what a class has. What is not made here may have `__set_name__`, or be called as the class is made."""
        if not (isinstance(value, ast.Call) and self.is_declaration(value)):
            found = self.value(value)
            is_member = found is Known.MEMBER and not _is_called(name)  # which may be a function
            if not is_member and found is not Kind.MADE and not _is_constant(found):
                raise Unknown
        self.bind(name, Kind.SEEN)

    def _is_decorated(self, statement: ast.ClassDef) -> bool:
        for one in statement.decorator_list:
            if isinstance(one, ast.Call):
                if one.args or not all(isinstance(given.value, ast.Constant) for given in one.keywords):
                    return False
                one = one.func
            value = self.value(one)
            if not isinstance(value, Library) or value.thing is not library.DATACLASS:
                return False
        return True

    def _is_base(self, node: ast.expr) -> bool:
        value = self.value(node)
        return value is Known.BASE or (isinstance(value, Library) and library.is_base(value.thing))

    def _is_enumeration(self, node: ast.expr) -> bool:
        value = self.value(node)
        return isinstance(value, Library) and library.is_enumeration(value.thing)

    def _is_plain_base(self, node: ast.expr) -> bool:
        value = self.value(node)
        return isinstance(value, Library) and library.is_plain_base(value.thing)

    def define(self, function: ast.FunctionDef | ast.AsyncFunctionDef) -> Kind:
        """See that to define a function runs nothing; the kind of its defaults. Raises Unknown."""
        if getattr(function, "type_params", None):  # whose bounds are worked out later
            raise Unknown
        taken = function.args
        for argument in (*taken.posonlyargs, *taken.args, *taken.kwonlyargs, taken.vararg, taken.kwarg):
            if argument is not None:
                self.see_type(argument.annotation)
        self.see_type(function.returns)
        return self.defaults(taken)


def _is_called(name: str) -> bool:
    """Whether a function of this name is called by whoever makes, shows or looks through an object."""
    return name in _CALLED or name.startswith(("_", "model_"))


def _is_constant(value: object) -> bool:
    return isinstance(value, Library) and library.kind(value.thing) is Kind.MADE
