"""Text of another's making on a terminal: it may have colours, and steers nothing."""

from __future__ import annotations

import re
from typing import TextIO

from runnable_runtime.deferred import pattern

_COLOUR = pattern(r"(\x1b\[[0-9;]*m)")
_STEERING = pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and end of line, what changes the direction of writing, and halves of characters."""


def harmless(text: str) -> str:
    """`text` with what could steer a terminal written out: move its cursor, clear it, fill its clipboard."""
    if text.isascii() and text.isprintable():  # nearly always
        return text
    pieces = _COLOUR.split(text)
    return "".join(piece if at % 2 else _STEERING.sub(_written_out, piece) for at, piece in enumerate(pieces))


def say(*texts: object, end: str = "\n", file: TextIO | None = None, flush: bool = False) -> None:
    """As `print`, for all that this package says: names, messages and values in it are often of another's making."""
    print(*(harmless(str(text)) for text in texts), end=end, file=file, flush=flush)


def plain(text: str) -> str:
    """`text` without colours, and with what could steer a terminal, or change the direction of writing, written out."""
    return _STEERING.sub(_written_out, _COLOUR.sub("", text))


def _written_out(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")
