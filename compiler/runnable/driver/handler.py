"""The handler that `execute()` calls are handed to, unless another one is in charge: the driver."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable.configuration.project import find_root, in_project
from runnable.driver import run
from runnable.frontend.build import build
from runnable.sdk.handler import Execution

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


def execute(execution: Execution) -> RunRecord | None:
    """See `Pipeline.execute`."""
    unit = build(execution.subject, _main_file())
    root = Path(unit.program.root)
    return run.execute(
        unit,
        configuration_file=in_project(execution.configuration_file, root),
        run_id=execution.run_id,
        tag=execution.tag,
        parameters_file=in_project(execution.parameters_file, root),
        parameters=execution.parameters,
        log_level=execution.log_level,
    )


def stream(execution: Execution) -> AsyncGenerator[Any, None]:
    """See `AsyncPipeline.execute_streaming`."""
    from runnable.driver.stream import stream as stream_events

    span = execution.subject.span
    unit = build(execution.subject, span.file if span else _main_file())
    root = find_root(_main_file())  # the server's, say: it is the same for all streams of a program
    unit = replace(unit, program=replace(unit.program, root=str(root)))
    return stream_events(
        unit,
        configuration_file=in_project(execution.configuration_file, root),
        run_id=execution.run_id,
        tag=execution.tag,
        parameters_file=in_project(execution.parameters_file, root),
        parameters=execution.parameters,
        log_level=execution.log_level,
    )


def _main_file() -> str:
    """The absolute path of the script that is being run, empty in an interactive session."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(Path(file).resolve()) if file else ""
