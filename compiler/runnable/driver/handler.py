"""The handler that `execute()` calls are handed to, unless another one is in charge: the driver."""

from __future__ import annotations

import sys
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable.configuration.project import find_root, in_project
from runnable.driver.early import expect_workers
from runnable.driver.last_looks import spare
from runnable.frontend.build import build
from runnable.sdk.handler import Executable, Execution
from runnable_runtime.garbage import paused
from runnable_runtime.installed import is_installed
from runnable_runtime.presence import is_file

if TYPE_CHECKING:
    from runnable_runtime.records.records import RunRecord


def execute(execution: Execution) -> RunRecord | None:
    """See `Pipeline.execute`."""
    with paused():  # until tasks begin
        unit = build(execution.subject, _file_of(execution.subject))
        root = Path(unit.program.root)
        configuration_file = in_project(execution.configuration_file, root)
        expect_workers(unit, configuration_file)
        spare()
        from runnable.driver import run

        return run.execute(
            unit,
            configuration_file=configuration_file,
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


def _file_of(subject: Executable) -> str:
    """The file that the run is of: the script; where that is a tool's, or of another project, the one of `subject`.

    pytest, uvicorn and their like run files of a project, which they are no part of.
    """
    main, span = _main_file(), subject.span
    if not main or span is None or span.file == main or not is_file(span.file):
        return main
    root = find_root(span.file)
    if _is_a_tool(Path(main)):  # what it runs may have gone to a folder of its own, such as a test's
        return span.file if Path.cwd().is_relative_to(root) else main
    return main if find_root(main) == root else span.file


def _is_a_tool(script: Path) -> bool:
    """Whether the script is a command of this Python's, or a module of its library or of what is installed."""
    return is_installed(str(script)) or script.is_relative_to(Path(sys.prefix, "bin").resolve())


def _main_file() -> str:
    """The absolute path of the script that is being run, empty in an interactive session."""
    file = getattr(sys.modules.get("__main__"), "__file__", None)
    return str(Path(file).resolve()) if file else ""
