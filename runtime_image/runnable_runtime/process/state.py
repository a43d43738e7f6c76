"""What a task can change of its process, put back after it, so that the next one begins as the first did.

It is put back before anything is said of the task's end as well: that needs files, and streams to write to.
"""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

_SIGNALS = tuple(
    int(getattr(signal, name))
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGALRM", "SIGCHLD")
    if hasattr(signal, name)
)
_handler_of = getattr(signal, "_signal", signal).getsignal
"""As `signal.getsignal`, which for each signal looks two members of enumerations up."""


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

    The working folder, environment variables, standard streams, ``sys.argv``, what is taken from
    ``sys.path``, the mask of new files, the handlers of
    common signals, a timer, the locale, the filters of warnings, the limits of open files and of recursion, what
    is logged where, the timeout of new sockets, and how decimal numbers are rounded.
    """

    def __init__(self) -> None:
        self._folder, self._path = _open_folder(), _folder_path()
        self._environment, self._arguments, self._import_path = _environment(), list(sys.argv), list(sys.path)
        self._streams, self._filters = (sys.stdin, sys.stdout, sys.stderr), list(warnings.filters)
        self._mask = os.umask(0o077)
        os.umask(self._mask)
        self._handlers = {number: _handler_of(number) for number in _SIGNALS}
        self._timer = signal.getitimer(signal.ITIMER_REAL)[0]
        self._locale = _locale()
        self._files, self._depth = resource.getrlimit(resource.RLIMIT_NOFILE), sys.getrecursionlimit()
        self._logging, self._timeout, self._decimal = _logging(), _socket_timeout(), _decimal_context()

    def put_back(self, *, last: bool = True) -> None:
        """Have all of it again, and for the `last` time. What cannot be put back is left as it is."""
        _return_to(self._folder, self._path, last=last)
        _restore_environment(self._environment)
        sys.argv[:] = self._arguments
        if not set(self._import_path) <= set(sys.path):  # what a module adds when it is imported stays: that is once
            sys.path[:] = [*self._import_path, *(path for path in sys.path if path not in self._import_path)]
        sys.stdin, sys.stdout, sys.stderr = self._streams
        os.umask(self._mask)
        filters = self._filters
        if filters != list(warnings.filters):
            warnings.filters[:] = filters  # type: ignore[index]
            warnings.simplefilter("default", append=True)  # which also forgets what was cached for the other filters
            warnings.filters[:] = filters  # type: ignore[index]
        _restore_handlers(self._handlers)
        if not self._timer and signal.getitimer(signal.ITIMER_REAL)[0]:
            signal.setitimer(signal.ITIMER_REAL, 0)
        if self._files != resource.getrlimit(resource.RLIMIT_NOFILE):
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, self._files)
        if self._depth != sys.getrecursionlimit():
            sys.setrecursionlimit(self._depth)
        _restore_logging(self._logging)
        _restore_decimal_context(self._decimal)
        if self._timeout != _socket_timeout():
            sys.modules["socket"].setdefaulttimeout(self._timeout)
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


def _return_to(folder: int | None, path: str, *, last: bool) -> None:
    """Go back to the folder, by its path if the task has closed the descriptor."""
    try:
        if folder is not None:
            os.fchdir(folder)
            if last:
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
        if handler is not None and _handler_of(number) is not handler:
            signal.signal(number, handler)


def _locale() -> str | None:
    module = sys.modules.get("locale")
    return None if module is None else module.setlocale(module.LC_ALL)


def _set_locale(text: str) -> None:
    module = sys.modules["locale"]
    with suppress(module.Error):
        module.setlocale(module.LC_ALL, text)


def _logging() -> tuple[int, list[Any], int] | None:
    """The root logger's level and handlers, and what is disabled; None where the module is not loaded."""
    module = sys.modules.get("logging")
    return None if module is None else (module.root.level, list(module.root.handlers), module.root.manager.disable)


def _restore_logging(before: tuple[int, list[Any], int] | None) -> None:
    """A handler that the task has added may write to a stream of its own, which is closed."""
    now = _logging()
    if now is None or now == before:
        return
    level, handlers, disabled = before or (30, [], 0)  # as the module has them when it is loaded
    root = sys.modules["logging"].root
    root.setLevel(level)
    root.handlers[:] = handlers
    root.manager.disable = disabled


def _socket_timeout() -> float | None:
    module = sys.modules.get("socket")
    return None if module is None else module.getdefaulttimeout()


def _decimal_context() -> Any:
    """A copy of this thread's context; None where the module is not loaded."""
    module = sys.modules.get("decimal")
    return None if module is None else module.getcontext().copy()


def _restore_decimal_context(before: Any) -> None:
    module = sys.modules.get("decimal")
    if module is not None and (before is None or repr(module.getcontext()) != repr(before)):
        module.setcontext(before or module.DefaultContext.copy())
