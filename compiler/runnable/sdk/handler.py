"""Taking note of pipelines instead of running them, while a file is compiled."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runnable.sdk.jobs import BaseJob
    from runnable.sdk.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Recorded:
    """A call of `execute()` that was only noted, with the files that it named."""

    pipeline: Pipeline | BaseJob
    parameters_file: str = ""
    configuration_file: str = ""


_calls: ContextVar[list[Recorded] | None] = ContextVar("calls", default=None)


@contextmanager
def recording() -> Iterator[list[Recorded]]:
    """Within this context `execute()` runs nothing and adds itself to the list."""
    calls: list[Recorded] = []
    token = _calls.set(calls)
    try:
        yield calls
    finally:
        _calls.reset(token)


def take(pipeline: Pipeline | BaseJob, parameters_file: str, configuration_file: str) -> bool:
    """Note a call of `execute()`; False where nothing is being recorded."""
    calls = _calls.get()
    if calls is None:
        return False
    calls.append(Recorded(pipeline, parameters_file, configuration_file))
    return True


def main_file() -> str:
    """The absolute path of the script that is being run, empty in an interactive session."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(Path(file).resolve()) if file else ""
