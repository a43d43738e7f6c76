"""`run_pipeline`: runs a pipeline in a test."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Literal

from runnable.configuration import Configuration, Section, read_catalog
from runnable.configuration.catalog import DEFAULT_CATALOG_LOCATION
from runnable.diagnostics.errors import DefinitionError
from runnable.executors.local.executor import run_locally
from runnable.frontend.build import build
from runnable.frontend.giving import give
from runnable.frontend.loading import load
from runnable.ir.nodes import Node, Task
from runnable.ir.walk import replace_nodes
from runnable.passes import accept, diagnose
from runnable.sdk.pipeline import Pipeline
from runnable.testing.result import PipelineRun, with_values
from runnable.testing.stubs import StepStub, Stubbing, StubbingLauncher

if TYPE_CHECKING:
    from runnable.execution.launcher import Launcher
    from runnable.ir.unit import CompilationUnit


def run_pipeline(
    pipeline: Pipeline | str | os.PathLike[str],
    *,
    stubs: Mapping[str, StepStub] | None = None,
    parameters: Mapping[str, Any] | None = None,
    others: Literal["run", "mock"] = "run",
    folder: str | os.PathLike[str] = "",
) -> PipelineRun:
    """Run a pipeline in this process, one step after another, with some of its steps stubbed.

    Args:
        pipeline: a Pipeline, or the file of one: ``FILE`` or ``FILE:name``, as `runnable run` takes it.
        stubs: what steps do instead, by the name of a step, or the end of its path (``branch.train``, ``map.*.train``,
            ``map.0.train``). A mapping has the values that it returns, by name; a function is called with parameters
            by name, as a PythonTask does, and may be any callable, such as a lambda or a mock; an exception makes the
            step fail; None does nothing. For a whole composite: a mapping, an exception or None.
        parameters: JSON values by name; by default those of the file's own `execute(parameters_file=...)`.
        others: what steps without a stub do: "run" as usual, or nothing ("mock").
        folder: the folder for the record, what the steps print, and the catalog. By default nothing is kept.

    Returns:
        The result of the run, whether it succeeded or not.

    Raises:
        DefinitionError: the pipeline or a stub is wrong; nothing has run.
    """
    given = dict(stubs or {})
    ran: dict[str, None] = {}

    def wrap(launcher: Launcher) -> Launcher:
        return StubbingLauncher(launcher, given, ran)

    with _main_of_file(), TemporaryDirectory(prefix="runnable-test-") as scratch:
        configuration = _configuration(folder, scratch)
        unit, file, own = _built(pipeline)
        unit = give(unit, file, own) if parameters is None else give(unit, values=parameters, variables=False)
        record = run_locally(_stubbed(unit, given, others), configuration, wrap=wrap)
        record = with_values(record, read_catalog(configuration))
    return PipelineRun(record, tuple(ran))


def _built(pipeline: Pipeline | str | os.PathLike[str]) -> tuple[CompilationUnit, str, Mapping[str, Any]]:
    if isinstance(pipeline, Pipeline):
        return build(pipeline, pipeline.span.file if pipeline.span else ""), "", {}
    loaded = load(os.fspath(pipeline))
    return loaded.unit, loaded.parameters_file, loaded.parameters


def _stubbed(unit: CompilationUnit, stubs: Mapping[str, StepStub], others: Literal["run", "mock"]) -> CompilationUnit:
    """`unit` with the stubs in it. Raises DefinitionError if it cannot run with them."""
    from runnable.executors import mocked

    def other(task: Task) -> Node:
        return mocked.silenced(task) if others == "mock" else task

    stubbing = Stubbing(stubs, other)
    graph = replace_nodes(unit.program.graph, stubbing.change)
    stubbing.report_unused(unit.program.graph)
    if stubbing.problems:
        raise DefinitionError(stubbing.problems)
    program = replace(unit.program, graph=mocked.without_idle_reducers(graph))
    after = replace(unit, program=program, functions={**unit.functions, **stubbing.functions()})
    accept(after, mocked.explained(diagnose(after), unit.program, program))
    return after


def _configuration(folder: str | os.PathLike[str], scratch: str) -> Configuration:
    store = Section("file-system", {"log_folder": str(Path(folder))}) if folder else Section("buffered")
    catalog = Section("file-system", {"catalog_location": str(Path(folder or scratch, DEFAULT_CATALOG_LOCATION))})
    return Configuration("", {"run-log-store": store, "catalog": catalog}, approvals="approve")


@contextmanager
def _main_of_file() -> Iterator[None]:
    """Restore the main module and arguments after the block, in which a file is loaded as by `python FILE`."""
    main, arguments = sys.modules["__main__"], sys.argv
    try:
        yield
    finally:
        sys.modules["__main__"], sys.argv = main, arguments
