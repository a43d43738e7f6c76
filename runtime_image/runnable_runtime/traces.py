"""Exceptions of the user's code as text: one line for a message, and a traceback without this package's frames."""

from __future__ import annotations

import importlib
import os
import traceback
from pathlib import Path

from runnable_runtime.failures import UserCodeFailed
from runnable_runtime.installed import is_installed

_OURS = f"{Path(__file__).resolve().parent}{os.sep}"
_IMPORTING = ("<frozen importlib", importlib.__file__)
_LONGEST_MESSAGE = 1000
_LONGEST_TRACE = 16_000
"""Characters of a traceback, which is kept in the record: its beginning, and more of its end."""


def user_failure(error: BaseException, project: Path) -> UserCodeFailed:
    """The failure that says what `error` was, and where in the user's code it came from, relative to `project`."""
    described = traceback.TracebackException.from_exception(error)
    _trim(described)
    # as in messages, files of the project are named from its folder: the trace is in the record, wherever it ran
    trace = "".join(described.format()).replace(f'File "{project}{os.sep}', 'File "')
    if len(trace) > _LONGEST_TRACE:
        trace = f"{trace[: _LONGEST_TRACE // 4]}\n...\n{trace[-_LONGEST_TRACE * 3 // 4 :]}"
    return UserCodeFailed(_message(error, described, project), trace)


def _message(error: BaseException, described: traceback.TracebackException, project: Path) -> str:
    if isinstance(error, SystemExit):
        what = f"the code ended with sys.exit({error.code!r})"
    else:
        what = " ".join(_exception_line(described).split())
    if len(what) > _LONGEST_MESSAGE:
        what = what[: _LONGEST_MESSAGE - 3] + "..."
    frame = _users_frame(described.stack)
    if frame is None:
        return what
    return f"{what} ({_short(frame.filename, project)}:{frame.lineno} in {frame.name})"


def _exception_line(described: traceback.TracebackException) -> str:
    """The type and text of the exception, without the notes that were added to it (PEP 678), which come after them."""
    notes, described.__notes__ = described.__notes__, None
    try:
        return "".join(list(described.format_exception_only())[-1:])
    finally:
        described.__notes__ = notes


def _users_frame(stack: traceback.StackSummary) -> traceback.FrameSummary | None:
    """The innermost frame outside of libraries, else the innermost one."""
    for frame in reversed(stack):
        if not is_installed(frame.filename):
            return frame
    return stack[-1] if stack else None


def _short(filename: str, project: Path) -> str:
    path = Path(filename)
    return str(path.relative_to(project)) if path.is_relative_to(project) else path.name


def _trim(described: traceback.TracebackException) -> None:
    """Take this package's frames, and the import system's, out of the whole chain of exceptions."""
    pending = [described]
    seen: set[int] = set()
    while pending:
        one = pending.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        one.stack[:] = [frame for frame in one.stack if not _internal(frame.filename)]
        pending += [other for other in (one.__cause__, one.__context__, *(one.exceptions or ())) if other]


def _internal(filename: str) -> bool:
    return filename.startswith((_OURS, *_IMPORTING))
