"""Where a function's text ends, and where its comments and texts are.

`tokenize` knows as well, and compiles a pattern for it that takes a twentieth of a short run. What only it can say is
asked of it: texts that are formatted have code of their own since Python 3.12.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence

from runnable_runtime.deferred import pattern

_TOKEN = pattern(
    r"""(?P<comment>\#[^\n]*)
    | (?P<text>(?P<three>\"{3}|'{3})(?:\\.|[^\\])*?(?P=three) | "(?!"")(?:\\.|[^"\\\n])*" | '(?!'')(?:\\.|[^'\\\n])*')
    | (?P<unended>["'])
    | (?P<joined>\\\n)
    | (?P<opening>[(\[{])
    | (?P<closing>[)\]}])
    | (?P<line>\n)""",
    re.VERBOSE | re.DOTALL,
)
_HAVE_CODE = "fFtT" if sys.version_info >= (3, 12) else ""
_FIRST_LINES = 64
"""As many are looked at first: a file may have thousands of functions, each of a few lines."""
_DEFINES = ("def ", "async def ")


class Unclear(ValueError):
    """`tokenize` is to be asked."""


def block(lines: Sequence[str], first: int) -> str:
    """The text of the function that begins with that line, its decorators with it, without comments that follow it.

    Raises:
        Unclear: it cannot be said where it ends.
    """
    count = _FIRST_LINES
    while True:
        text = "".join(lines[first : first + count])
        everything = first + count >= len(lines)
        if (end := _end(text, everything)) is not None:
            return text[:end]
        count *= 8


def marks(text: str) -> Iterator[tuple[str, int, int]]:
    """The kind of each mark in Python code, such as `comment` and `text`, where it begins and where it ends.

    A text that is not ended is `unended` where it begins, and what follows means nothing.

    Raises:
        Unclear: a text may have code in it.
    """
    for found in _TOKEN.finditer(text):
        kind, start = str(found.lastgroup), found.start()
        if kind == "text" and any(letter in _HAVE_CODE for letter in text[max(0, start - 2) : start]):
            raise Unclear
        yield kind, start, found.end()


def _end(text: str, everything: bool) -> int | None:
    """Where the block ends that begins with `text`; None if that is not in it. `everything`: no more follows."""
    if "\f" in text or "\r" in text:
        raise Unclear
    around, end, seen = -1, 0, 0
    for begin, seen in _logical_lines(text):
        line = text[begin:seen].lstrip(" \t")
        column = seen - begin - len(line)
        if line == "\n" or line.startswith("#"):
            continue
        if around < 0 and line.startswith(_DEFINES):
            around = column
        elif around < 0 and not line.startswith("@"):
            raise Unclear
        elif around >= 0 and column <= around:
            return end
        end = seen
    if not everything:
        return None
    if around < 0 or seen < len(text):
        raise Unclear
    return end


def _logical_lines(text: str) -> Iterator[tuple[int, int]]:
    """Where each begins and ends, as far as they are whole."""
    begin = depth = 0
    for kind, _, end in marks(text):
        if kind == "unended":
            return
        depth += (kind == "opening") - (kind == "closing")
        if kind == "line" and not depth:
            yield begin, end
            begin = end
