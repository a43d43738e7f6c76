"""Changing inputs, every choice taken from bytes: so that a fuzzer that knows only bytes steers all of it."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, TypeVar

from runnable_runtime.records.lines import encode

T = TypeVar("T")
ODD: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**63, 10**400, 1.5, 1e308, "", " ", "a", "latest", "..", "/etc/passwd", "../../x"),
    *("\x1b]52;c;YQ==\x07", '"""', "'", "{{x}}", "{", "%s", "\ud800", "ü" * 300, "\0", "\n", "2026-01-01", "5", "null"),
    *([], {}, [None], {"": None}, [[]], {"a": {"b": {}}}, ["a"] * 50, {"run_id": "x"}),
)
_PUT_IN = (b"\0", b"\xff", b"[" * 2000, b'"', b"\n", b"&a [*a]", b"!!x ")
_SEAL = re.compile(rb',"crc":"[0-9a-f]{8}"')


class Choices:
    """Choices, taken from `data` byte by byte; zeros when it is used up."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def below(self, limit: int) -> int:
        """A number from 0 to one below `limit`."""
        wide = 2 if limit > 256 else 1
        piece = self._data[self._at : self._at + wide]
        self._at += wide
        return int.from_bytes(piece, "big") % limit if limit > 0 else 0

    def of(self, options: Sequence[T]) -> T:
        """One of `options`."""
        return options[self.below(len(options))]


def changed_bytes(data: bytes, choices: Choices) -> bytes:
    """`data` with a few bytes flipped, cut out, doubled or put in."""
    for _ in range(1 + choices.below(4)):
        at, length = choices.below(max(1, len(data))), 1 + choices.below(20)
        match choices.below(5):
            case 0:
                data = data[:at] + bytes([choices.below(256)]) + data[at + 1 :]
            case 1:
                data = data[:at] + data[at + length :]
            case 2:
                data = data[:at] + data[at : at + length] * 2 + data[at + length :]
            case 3:
                data = data[:at]
            case _:
                data = data[:at] + choices.of(_PUT_IN) + data[at:]
    return data


def changed_value(value: Any, choices: Choices, depth: int = 0) -> Any:
    """A JSON value with one thing in it exchanged, removed or added."""
    if isinstance(value, dict) and value and choices.below(8):
        name = choices.of(list(value))
        match choices.below(8):
            case 0:
                return {key: inner for key, inner in value.items() if key != name}
            case 1:
                return {**value, choices.of(["", "x", "status", "path", name + "x"]): choices.of(ODD)}
            case _:
                return {**value, name: changed_value(value[name], choices, depth + 1)}
    if isinstance(value, list) and value and choices.below(8):
        at = choices.below(len(value))
        match choices.below(6):
            case 0:
                return value[:at] + value[at + 1 :]
            case 1:
                return [*value, value[at]]
            case _:
                return [*value[:at], changed_value(value[at], choices, depth + 1), *value[at + 1 :]]
    return choices.of(ODD)


def changed_lines(data: bytes, choices: Choices) -> bytes:
    """Lines of a record, one of them changed as JSON, with a checksum that is right; or bytes of them changed."""
    if choices.below(4) == 0:
        return changed_bytes(data, choices)
    lines = data.splitlines() or [b""]
    for _ in range(1 + choices.below(3)):
        at = choices.below(len(lines))
        try:
            document = changed_value(json.loads(_SEAL.sub(b"", lines[at])), choices)
            lines[at] = encode(document).rstrip() if isinstance(document, dict) else json.dumps(document).encode()
        except (ValueError, RecursionError):  # it was changed before
            lines[at] = changed_bytes(lines[at], choices)
    return b"\n".join(lines) + b"\n"
