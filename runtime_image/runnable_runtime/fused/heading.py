"""The lines in the log of a pod that several tasks share, by which it is known what each of them has printed."""

from __future__ import annotations

from runnable_runtime.deferred import pattern

_HEADING = pattern(r"runnable: step '(.+)'(?:, attempt \d+)?")


def heading(path: str, attempt: int) -> str:
    """The line before what an attempt at the task at `path` prints."""
    return f"runnable: step '{path}'" + (f", attempt {attempt}" if attempt > 1 else "")


def heading_of(line: str) -> str:
    """The path in such a line; empty for any other."""
    found = _HEADING.fullmatch(line.rstrip("\r\n"))
    return found[1] if found else ""
