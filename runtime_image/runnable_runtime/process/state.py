"""What a task can change of its process, put back after it, so that the next one begins as the first did."""

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_SIGNALS = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGCHLD")
    if hasattr(signal, name)
)


@contextmanager
def preserved() -> Iterator[None]:
    """Whatever the block does to what a `ProcessState` has, it is afterwards what it was before."""
    state = ProcessState()
    try:
        yield
    finally:
        state.put_back()


class ProcessState:
    """What this process has now of what a task can change.

    The working folder, environment variables, standard streams, ``sys.argv``, the mask of new files, the handlers of
    common signals, the locale, and the filters of warnings.
    """

    def __init__(self) -> None:
        self._folder, self._path = _open_folder(), _folder_path()
        self._environment, self._arguments = _environment(), list(sys.argv)
        self._streams, self._filters = (sys.stdin, sys.stdout, sys.stderr), list(warnings.filters)
        self._mask = os.umask(0o077)
        os.umask(self._mask)
        self._handlers = {number: signal.getsignal(number) for number in _SIGNALS}
        self._locale = _locale()

    def put_back(self) -> None:
        """Have all of it again, once. What cannot be put back is left as it is."""
        _return_to(self._folder, self._path)
        _restore_environment(self._environment)
        sys.argv[:] = self._arguments
        sys.stdin, sys.stdout, sys.stderr = self._streams
        os.umask(self._mask)
        filters = self._filters
        if filters != list(warnings.filters):
            warnings.filters[:] = filters  # type: ignore[index]
            warnings.simplefilter("default", append=True)  # which also forgets what was cached for the other filters
            warnings.filters[:] = filters  # type: ignore[index]
        _restore_handlers(self._handlers)
        if self._locale is not None and self._locale != _locale():
            _set_locale(self._locale)


def _open_folder() -> int | None:
    """The working folder, which may be renamed meanwhile; None where there is none, or it cannot be opened."""
    try:
        return os.open(".", os.O_RDONLY) if hasattr(os, "fchdir") else None
    except OSError:
        return None


def _folder_path() -> str:
    try:
        return os.getcwd()  # noqa: PTH109 - a text, where there may be none
    except OSError:
        return ""


def _return_to(folder: int | None, path: str) -> None:
    """Go back to the folder, by its path if the task has closed the descriptor."""
    try:
        if folder is not None:
            os.fchdir(folder)
            os.close(folder)
    except OSError:
        with suppress(OSError):
            os.chdir(path)


def _environment() -> dict[bytes, bytes]:
    """The variables as the system has them: decoding each of them takes fifty times as long."""
    data: dict[bytes, bytes] = getattr(os.environ, "_data")  # noqa: B009 - of no public name
    return dict(data)


def _restore_environment(before: dict[bytes, bytes]) -> None:
    now = _environment()
    if now == before:
        return
    for name in now.keys() - before.keys():
        del os.environ[os.fsdecode(name)]
    for name, value in before.items():
        if now.get(name) != value:
            os.environ[os.fsdecode(name)] = os.fsdecode(value)


def _restore_handlers(before: dict[Any, Any]) -> None:
    if threading.current_thread() is not threading.main_thread():
        return
    for number, handler in before.items():
        if handler is not None and signal.getsignal(number) is not handler:
            signal.signal(number, handler)


def _locale() -> str | None:
    module = sys.modules.get("locale")
    return None if module is None else module.setlocale(module.LC_ALL)


def _set_locale(text: str) -> None:
    module = sys.modules["locale"]
    with suppress(module.Error):
        module.setlocale(module.LC_ALL, text)
