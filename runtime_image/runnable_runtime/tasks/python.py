"""A Python task: import a function, call it with its parameters, collect what it returns."""

from __future__ import annotations

import builtins
import errno
import importlib
import os
import resource
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from types import AsyncGeneratorType, CoroutineType
from typing import NoReturn

from runnable_runtime.failures import BadReturn, Stopped, TaskFailure, UserCodeFailed
from runnable_runtime.process.environment import variables
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.values.returns import collect
from runnable_runtime.values.signature import bind, promised


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    project: Path,
    environment: Mapping[str, str],
    function: Callable[..., object] | None,
    objects: Objects,
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Call the function that `spec` names, or `function` where it is given.

    Returns:
        The outputs, and the parameters that the function used.

    Raises:
        TaskFailure: the function cannot be imported, raised, or got or returned what does not fit.
    """
    with variables(environment), users_exceptions(project):
        called = function or load(spec, project)
        bound = bind(called, parameters, objects.load)
        process, ours = os.getpid(), dict(vars(builtins))
        try:
            result = called(*bound.positional, **bound.arguments)
            if isinstance(result, CoroutineType):
                from runnable_runtime.tasks.asynchronous import finish

                result = finish(result)
            elif isinstance(result, AsyncGeneratorType):
                from runnable_runtime.tasks.asynchronous import drain, finish

                result = finish(drain(result, spec.stream_end))
        except SystemExit as error:
            if isinstance(error, Stopped) or error.code not in (None, 0):
                raise
            if spec.returns:
                names = ", ".join(returned.name for returned in spec.returns)
                raise BadReturn(f"{spec.target} ended with sys.exit(), and did not return {names}") from None
            result = None
        finally:
            if vars(builtins) != ours:  # at once: what follows needs them
                vars(builtins).update(ours)
            if os.getpid() != process:
                _end_child()
        return collect(result, spec.returns, spec.target, objects.save, promised(called)), bound.consumed


def _end_child() -> NoReturn:
    """End a process that the function has forked, and that leaves it: only the task's own process has an outcome."""
    error = sys.exception()
    if error is not None and not isinstance(error, SystemExit):
        import traceback

        traceback.print_exception(error)
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or none
            stream.flush()
    os._exit(0 if error is None else 1)


def load(spec: TaskSpec, project: Path) -> Callable[..., object]:
    """Import the function that `spec.target` names, with `project` and the spec's import path importable.

    Raises:
        UserCodeFailed: there is no such function. What the module itself raises is passed on as it is.
    """
    extend_path(project, spec.import_path)
    module_name, _, name = spec.target.partition(":")
    try:
        found: object = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not (module_name == error.name or module_name.startswith(f"{error.name}.")):
            raise
        raise UserCodeFailed(
            f"there is no module {module_name!r} in {project} (is the code, as it was compiled, in this image?)"
        ) from None
    for part in name.split("."):
        found = getattr(found, part, None)
    if not callable(found):
        raise UserCodeFailed(
            f"the module {module_name!r} has no function {name!r} (is the code, as it was compiled, in this image?)"
        )
    return found


def extend_path(project: Path, import_path: tuple[str, ...]) -> None:
    """Put `project`, and the folders of `import_path` before it, first on `sys.path`, each once."""
    folders = [*(str((project / folder).resolve()) for folder in import_path), str(project)]
    sys.path[:0] = [folder for folder in dict.fromkeys(folders) if folder not in sys.path]


def _allow_more_files(error: BaseException) -> None:
    """Where the task has all files open that it may: to say so takes some."""
    if isinstance(error, OSError) and error.errno == errno.EMFILE:
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


@contextmanager
def users_exceptions(project: Path) -> Iterator[None]:
    """Make a task's failure of whatever the user's code raises, except for requests to end."""
    try:
        yield
    except (TaskFailure, KeyboardInterrupt, Stopped):
        raise
    except BaseException as error:
        _allow_more_files(error)
        from runnable_runtime.traces import user_failure

        raise user_failure(error, project) from error
