"""Where in the user's code something was written."""

from __future__ import annotations

import linecache
import sys
from pathlib import Path

from runnable_runtime import deferred, fieldwise
from runnable_runtime.deferred import dataclass

_OURS = (str(Path(__file__).resolve().parent.parent), deferred.__file__, fieldwise.__file__, "<string>")
"""Where code is that stands between a user's and what asks for the line: constructors are made there."""


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A line of a user's file: an absolute path (or a name such as ``<stdin>``) and a line number from 1."""

    file: str
    line: int

    @property
    def source(self) -> str:
        """The line's text without its end, empty when it cannot be read."""
        return linecache.getline(self.file, self.line).rstrip()

    def display(self) -> str:
        """``file:line``, the file relative to the working folder where it lies below it."""
        path = Path(self.file)
        try:
            shown = str(path.relative_to(Path.cwd()))
        except (ValueError, OSError):
            shown = self.file
        return f"{shown}:{self.line}"


def caller_span() -> Span:
    """The innermost line on the call stack that is not this package's own."""
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_internal(frame.f_code.co_filename):
        frame = frame.f_back
    return Span(frame.f_code.co_filename, frame.f_lineno)


def _is_internal(filename: str) -> bool:
    return filename.startswith(_OURS) or "dataclasses.py" in filename
