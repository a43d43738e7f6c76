"""The types that a user's file names, in annotations and elsewhere: when the pipeline is built, they are worked out."""

from __future__ import annotations

import ast
from contextlib import suppress

from runnable.frontend.contained import library
from runnable.frontend.contained.calls import Calls
from runnable.frontend.contained.kinds import Kind, Known, Library, Unknown
from runnable.frontend.contained.values import passed_on


class Types(Calls):
    """See `Values`."""

    def see_type(self, node: ast.expr | None) -> None:
        """See `Values.see_type`."""
        self.modules.step()
        match node:
            case ast.Name(id=name):
                if (value := self.known(name)) is None:  # it may come later, or is Python's
                    self.modules.awaited.append((self.outer, name))
                else:
                    passed_on(value)
            case ast.Attribute():
                self.kind(node)
            case ast.Constant(value=str() as text):
                with suppress(SyntaxError):  # so it is for whoever works it out
                    self.see_type(ast.parse(text, mode="eval").body)
            case ast.Subscript():
                self._see_generic(node)
            case None | ast.Constant():
                pass
            case _:
                self._see_composed(node)

    def _see_composed(self, node: ast.expr) -> None:
        match node:
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self.see_type(part)
            case ast.BinOp(op=ast.BitOr(), left=left, right=right):
                self.see_type(left)
                self.see_type(right)
            case ast.Call() if self.is_declaration(node):
                pass
            case _:
                raise Unknown

    def _see_generic(self, node: ast.Subscript) -> None:
        value = self.value(node.value)
        if isinstance(value, Library) and library.is_literal(value.thing):
            self.kind(node.slice)
            return
        if not (value in (Known.CLASS, Known.BASE) or (isinstance(value, Library) and library.is_generic(value.thing))):
            raise Unknown
        self.see_type(node.slice)

    def is_declaration(self, call: ast.Call) -> bool:
        """Whether a call declares a field of a class, or how a class is, and nothing calls anything of the user's."""
        callee = self.value(call.func)
        if not isinstance(callee, Library) or not library.is_declaring(callee.thing):
            return False
        for one in call.args:
            self.made(one)
        for keyword in call.keywords:
            if keyword.arg == "default_factory":
                factory = self.value(keyword.value)
                if not isinstance(factory, Library) or not library.is_factory(factory.thing):
                    return False
            elif keyword.arg is None or self.kind(keyword.value) is not Kind.MADE:
                return False
        return True
