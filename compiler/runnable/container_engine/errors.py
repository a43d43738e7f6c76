"""What goes wrong with an engine, and the reason at the bottom of what the library raises."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from runnable.diagnostics.codes.containers import EngineUnavailable
from runnable.diagnostics.errors import ConfigurationError


class EngineError(Exception):
    """The engine refused, or did not answer; the text says why."""


class EngineMissing(EngineError):
    """There is no engine to talk to. `tried` is its address."""

    def __init__(self, tried: str, reason: str) -> None:
        super().__init__(reason)
        self.tried = tried


class EngineRefused(EngineError):
    """The engine answered, and does not do it."""


def unavailable(error: EngineError) -> ConfigurationError:
    """What ends a command that cannot continue, because the engine has not done something (RN701)."""
    tried = error.tried if isinstance(error, EngineMissing) else ""
    refuses = isinstance(error, EngineRefused)
    return ConfigurationError([EngineUnavailable(tried=tried, reason=str(error), refuses=refuses)])


@contextmanager
def translated() -> Iterator[None]:
    """Turn what the library raises into an EngineError, an EngineRefused if the engine itself says so."""
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        raise EngineRefused(str(error.explanation or error).strip()) from None
    except (DockerException, RequestException, OSError) as error:
        raise EngineError(innermost(error)) from None


def innermost(error: BaseException) -> str:
    """The reason at the bottom of the library's chain of errors: the operating system's, if it has one."""
    seen: list[BaseException] = []
    while (below := _below(error)) is not None and below not in seen:
        seen.append(error)
        error = below
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def _below(error: BaseException) -> BaseException | None:
    if isinstance(error, OSError) and error.errno is not None:
        return None
    held = (*error.args[-1:], getattr(error, "reason", None), error.__cause__, error.__context__)
    # a NameError is the library's own way to find a package missing, which it then says better
    return next((one for one in held if isinstance(one, BaseException) and not isinstance(one, NameError)), None)
