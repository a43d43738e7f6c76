"""The condition under which a response is a success: the part of Argo's expressions that means the same here.

    response.statusCode in [200, 404]
    response.statusCode < 300 && not (response.body contains "error")

There are `response.statusCode`, a number, and `response.body`, a text; whole numbers, texts without backslashes, lists
``[200, 201]`` and ranges ``200..299``; comparisons, `in`, `contains`, `startsWith`, `endsWith`; ``&&``, ``||``, ``!``
(or `and`, `or`, `not`) and parentheses.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from runnable_runtime.deferred import pattern

STATUS, BODY = "response.statusCode", "response.body"
_TOKEN = pattern(
    r"\s*(?:(?P<range>\d+\.\.\d+)|(?P<number>\d+)|(?P<text>\"[^\"\\\n]*\"|'[^'\\\n]*')|(?P<word>[A-Za-z_][\w.]*)"
    r"|(?P<sign>&&|\|\||==|!=|<=|>=|[<>!()\[\],]))"
)
_BOTH = {"==": operator.eq, "!=": operator.ne}
_NUMBERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_TEXTS: dict[str, Callable[[str, str], bool]] = {
    "contains": lambda text, part: part in text,
    "startsWith": str.startswith,
    "endsWith": str.endswith,
}
_AND, _OR, _NOT = ("&&", "and"), ("||", "or"), ("!", "not")

Condition = Callable[[int, str], bool]
"""Whether a response with a status and a body is a success."""
_Value = Callable[[int, str], Any]
_SHOWN = {int: "a number", str: "a text", list: "a list", bool: "true or false"}


class BadCondition(ValueError):
    """A text that is no condition, or none of those that mean the same here and on Argo; the text says why."""


def condition(text: str) -> Condition:
    """The condition that `text` is; an empty one is a status from 200 to 299. Raises BadCondition."""
    if not text:
        return lambda status, body: 200 <= status < 300
    reader = _Reader(_tokens(text))
    found = reader.either()
    if reader.left:
        raise BadCondition(f"{reader.left[0]!r} is not expected where it is")
    return _of(bool, found, "the whole condition")


def _tokens(text: str) -> list[str]:
    found, at, end = [], 0, len(text.rstrip())
    while at < end:
        part = _TOKEN.match(text, at)
        if part is None:
            raise BadCondition(f"{text[at:end].strip()[:20]!r} is not understood")
        found.append(part[0].strip())
        at = part.end()
    return found


def _of(kind: type, found: tuple[type, _Value], what: str) -> _Value:
    if found[0] is not kind:
        raise BadCondition(f"{what} is {_SHOWN[found[0]]}, not {_SHOWN[kind]}")
    return found[1]


class _Reader:
    """Reads from `left`, the tokens that are left; each method gives the type of what it has read, and its value."""

    def __init__(self, tokens: list[str]) -> None:
        self.left = tokens

    def either(self) -> tuple[type, _Value]:
        return self._joined(self._both, _OR, lambda a, b: lambda s, t: a(s, t) or b(s, t))

    def _both(self) -> tuple[type, _Value]:
        return self._joined(self._negated, _AND, lambda a, b: lambda s, t: a(s, t) and b(s, t))

    def _joined(
        self,
        part: Callable[[], tuple[type, _Value]],
        words: tuple[str, str],
        join: Callable[[_Value, _Value], _Value],
    ) -> tuple[type, _Value]:
        found = part()
        while self._next(*words):
            left, right = _of(bool, found, f"what is before {words[0]}"), _of(bool, part(), f"what is after {words[0]}")
            found = bool, join(left, right)
        return found

    def _negated(self) -> tuple[type, _Value]:
        if self._next(*_NOT):
            inner = _of(bool, self._negated(), "what is after not")
            return bool, lambda s, t: not inner(s, t)
        return self._compared()

    def _compared(self) -> tuple[type, _Value]:
        left = self._value()
        word = self.left[0] if self.left else ""
        if word not in (*_BOTH, *_NUMBERS, *_TEXTS, "in"):
            return left
        del self.left[0]
        right = self._value()
        if word in _BOTH:
            a, b, compare = left[1], _of(left[0], right, f"what is after {word}"), _BOTH[word]
            return bool, lambda s, t: compare(a(s, t), b(s, t))
        kind = int if word in _NUMBERS else str if word in _TEXTS else left[0]
        a = _of(kind, left, f"what is before {word}")
        b = _of(list if word == "in" else kind, right, f"what is after {word}")
        if word == "in":
            return bool, lambda s, t: a(s, t) in b(s, t)
        test: Callable[[Any, Any], bool] = {**_NUMBERS, **_TEXTS}[word]
        return bool, lambda s, t: test(a(s, t), b(s, t))

    def _value(self) -> tuple[type, _Value]:
        if not self.left:
            raise BadCondition("it ends where something has to follow")
        part = self.left.pop(0)
        if part == "(":
            found = self.either()
            self._need(")")
            return found
        if part == "[":
            return list, self._list()
        if part == STATUS:
            return int, lambda s, t: s
        if part == BODY:
            return str, lambda s, t: t
        if part in ("true", "false"):
            return bool, lambda s, t: part == "true"
        return _constant(part)

    def _list(self) -> _Value:
        items: list[Any] = []
        while not self._next("]"):
            if items:
                self._need(",")
            items.append(_constant(self.left.pop(0) if self.left else "")[1](0, ""))
        return lambda s, t: items

    def _next(self, *tokens: str) -> bool:
        if self.left and self.left[0] in tokens:
            del self.left[0]
            return True
        return False

    def _need(self, part: str) -> None:
        if not self._next(part):
            raise BadCondition(f"a {part!r} is missing")


def _constant(part: str) -> tuple[type, _Value]:
    if part.isdigit():
        return int, lambda s, t: int(part)
    if ".." in part and part[0].isdigit():
        first, _, last = part.partition("..")
        return list, lambda s, t: range(int(first), int(last) + 1)
    if part[:1] in ("'", '"'):
        return str, lambda s, t: part[1:-1]
    raise BadCondition(f"{part!r} is none of {STATUS}, {BODY}, a number, a text or a list")
