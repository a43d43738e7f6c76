"""Handlers: what a call of `execute()` is passed to.

By default that is the driver, which runs the pipeline. While a file is loaded, it is a handler that only keeps the
call, for the loader. In a task, which imports the user's file to find its function, it is one that does nothing.
"""

from __future__ import annotations

import os
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import field, fields
from importlib import import_module
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Protocol

from runnable.sdk.declared import Declared
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import INSIDE_TASK, Json

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


NO_PARAMETERS: Mapping[str, Any] = MappingProxyType({})
NORMAL_LEVEL = "WARNING"
"""The level of the logger `runnable`, unless a call says another."""


class Executable(Declared):
    """The base of classes with a method `execute()`: pipelines and jobs."""

    __slots__ = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A call of `execute()` or `execute_streaming()`: what to run, and the arguments. An empty text is the default."""

    subject: Executable
    configuration_file: str = ""
    parameters_file: str = ""
    parameters: Mapping[str, Json] = field(default_factory=dict)
    run_id: str = ""
    tag: str = ""
    log_level: str = NORMAL_LEVEL

    def __post_init__(self) -> None:
        """Make paths texts, and Python's values JSON. Raises DefinitionError (RN203) for what cannot be."""
        from runnable.sdk.arguments import checked

        for name, value in checked({f.name: getattr(self, f.name) for f in fields(self)}).items():
            object.__setattr__(self, name, value)


def call_of(subject: Executable, **arguments: Any) -> Execution:
    """A call with `arguments` as the user gives them. Raises DefinitionError (RN203) for what is of another type."""
    return Execution(subject=subject, **arguments)


class Handler(Protocol):
    """An object, or a module, that calls of `execute()` are passed to."""

    def execute(self, execution: Execution) -> RunRecord | None:
        """See `Pipeline.execute`."""
        ...

    def stream(self, execution: Execution) -> AsyncGenerator[Any, None]:
        """See `AsyncPipeline.execute_streaming`."""
        ...


_NO_EVENTS: tuple[Any, ...] = ()


class _Nothing:
    """The handler in a task."""

    def execute(self, execution: Execution) -> RunRecord | None:
        return None

    async def stream(self, execution: Execution) -> AsyncGenerator[Any, None]:
        for event in _NO_EVENTS:
            yield event


class _Notes:
    """The handler while a file is loaded: nothing runs, and the calls are kept."""

    def __init__(self) -> None:
        self.calls: list[Execution] = []

    def execute(self, execution: Execution) -> RunRecord | None:
        self.calls.append(execution)
        return None

    async def stream(self, execution: Execution) -> AsyncGenerator[Any, None]:
        self.calls.append(execution)
        for event in _NO_EVENTS:
            yield event


_current: ContextVar[Handler | None] = ContextVar("handler", default=None)


def current() -> Handler:
    """The handler in charge."""
    if (handler := _current.get()) is not None:
        return handler
    return _Nothing() if os.environ.get(INSIDE_TASK) else _driver()


def _driver() -> Handler:
    """The driver, by its name: importing the classes that users write with does not import what runs them."""
    found: Any = import_module("runnable.driver.handler")
    handler: Handler = found
    return handler


def bundle_of(subject: Executable) -> dict[str, str]:
    """What a notebook shows of a pipeline, by type; what draws it is imported by its name, as the driver is."""
    pictures: Any = import_module("runnable.driver.pictures")
    found: dict[str, str] = pictures.bundle(subject)
    return found


@contextmanager
def noted() -> Iterator[list[Execution]]:
    """Within this context `execute()` runs nothing, and its calls are added to the list."""
    notes = _Notes()
    token = _current.set(notes)
    try:
        yield notes.calls
    finally:
        _current.reset(token)
