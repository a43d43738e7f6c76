"""The handler that `execute()` calls are handed to, unless another one is in charge: the driver."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable.driver import run
from runnable.frontend.build import build
from runnable.sdk.handler import Execution

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


def execute(execution: Execution) -> RunRecord | None:
    """See `Pipeline.execute`."""
    return run.execute(
        build(execution.subject, _main_file()),
        configuration_file=execution.configuration_file,
        run_id=execution.run_id,
        tag=execution.tag,
        parameters_file=execution.parameters_file,
        parameters=execution.parameters,
        log_level=execution.log_level,
    )


def stream(execution: Execution) -> AsyncGenerator[Any, None]:
    """See `AsyncPipeline.execute_streaming`."""
    from runnable.driver.stream import stream as stream_events

    span = execution.subject.span
    return stream_events(
        build(execution.subject, span.file if span else _main_file()),
        configuration_file=execution.configuration_file,
        run_id=execution.run_id,
        tag=execution.tag,
        parameters_file=execution.parameters_file,
        parameters=execution.parameters,
        log_level=execution.log_level,
    )


def _main_file() -> str:
    """The absolute path of the script that is being run, empty in an interactive session."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(Path(file).resolve()) if file else ""
