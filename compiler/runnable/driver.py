"""From a built pipeline to a run or to a compiled output: the whole way on one screen."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from runnable.configuration import Configuration, load_configuration, load_parameters
from runnable.diagnostics.codes import NotSupportedYet
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import DefinitionError, ExecutionFailedError
from runnable.ir.nodes import Program
from runnable.ir.verify import verify
from runnable.passes import HINTS, MEANING, STRUCTURE
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE

if TYPE_CHECKING:
    from runnable.backends.target import Document
    from runnable.execution.records import RunRecord

PARAMETERS_FILE = "RUNNABLE_PARAMETERS_FILE"
CONFIGURATION_FILE = "RUNNABLE_CONFIGURATION_FILE"
RETRY_RUN_ID = "RUNNABLE_RETRY_RUN_ID"


@dataclass(frozen=True, slots=True)
class Built:
    """A pipeline in the IR, with what cannot be in it.

    `functions` maps ``module:name`` of a PythonCall to the function object of this process. `diagnostics` are the
    mistakes found while building, `portability` those that only matter for another machine.
    """

    program: Program
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    diagnostics: tuple[Diagnostic, ...] = ()
    portability: tuple[Diagnostic, ...] = ()


def diagnose(built: Built, *, hints: bool = False) -> list[Diagnostic]:
    """What is wrong, or doubtful, in a pipeline whose parameters are known; with `hints`, also what is odd."""
    found = list(built.diagnostics)
    for check in STRUCTURE:
        found += check(built.program)
    if not any(d.severity is Severity.ERROR for d in found):
        verify(built.program)
        for check in (*MEANING, *(HINTS if hints else ())):
            found += check(built.program)
    return found


def accept(built: Built, found: list[Diagnostic]) -> None:
    """Print warnings to standard error. Raises DefinitionError, with all that was found, if one of it is an error."""
    if any(d.severity is Severity.ERROR for d in found):
        raise DefinitionError(found)
    for warning in found:
        print(warning.render(), file=sys.stderr)


def execute(
    built: Built, *, configuration_file: str, run_id: str, tag: str, parameters_file: str, log_level: str
) -> RunRecord | None:
    """Run a pipeline where the configuration says. See `Pipeline.execute` for what is raised.

    With a configuration for a target that is compiled to, its output is written to the working folder instead, and
    None is returned.
    """
    import logging

    logging.getLogger("runnable").setLevel(log_level)
    configuration = load_configuration(os.environ.get(CONFIGURATION_FILE) or configuration_file)
    parameters = load_parameters(os.environ.get(PARAMETERS_FILE) or parameters_file)
    built = replace(built, program=replace(built.program, parameters=parameters))
    accept(built, diagnose(built))
    executor = configuration.section("pipeline-executor")
    if executor.type == "local":
        return _run_locally(built, configuration, run_id or _run_id_of_environment(), tag)
    if executor.type == "argo":
        _write_manifest(built, configuration)
        return None
    raise configuration.invalid(
        "pipeline-executor.type", f"{executor.type!r} is not an executor of this version", ("local", "argo")
    )


def _run_id_of_environment() -> str:
    """RUNNABLE_RUN_ID as the user set it; inside of a task it is the run's own, and no id for another run."""
    inside = os.environ.get(ATTEMPT_VARIABLE)
    return "" if inside else os.environ.get(RUN_ID_VARIABLE, "")


def _run_locally(built: Built, configuration: Configuration, run_id: str, tag: str) -> RunRecord:
    from runnable.backends.local import backend
    from runnable.backends.local.settings import LocalSettings
    from runnable.configuration import validate
    from runnable.execution.records import Status
    from runnable.execution.stores.settings import open_store

    if os.environ.get(RETRY_RUN_ID):
        raise DefinitionError([NotSupportedYet(feature=f"resuming a run ({RETRY_RUN_ID})")])
    section = configuration.section("pipeline-executor")
    settings = (
        validate(LocalSettings, section.config, file=configuration.file, at="pipeline-executor.config")
        if section.config
        else LocalSettings()
    )
    store = open_store(configuration.section("run-log-store"), configuration.file)
    record = backend.run(built.program, built.functions, settings, store, run_id=run_id, tag=tag)
    if record.status is not Status.SUCCEEDED:
        raise ExecutionFailedError(record.run_id, backend.summary(record))
    return record


def _write_manifest(built: Built, configuration: Configuration) -> None:
    """What the published package does under an `argo` configuration: leave the manifest in the working folder."""
    from pathlib import Path

    for document in compile_to("argo", built, configuration):
        Path("argo-pipeline.yaml").write_text(document.text, encoding="utf-8")
        print("wrote argo-pipeline.yaml", file=sys.stderr)


def compile_to(
    target: str,
    built: Built,
    configuration: Configuration,
    *,
    image: str | None = None,
    name: str | None = None,
    namespace: str | None = None,
    kind: str | None = None,
) -> tuple[Document, ...]:
    """The output of a compilation target for a pipeline. Raises DefinitionError or ConfigurationError."""
    from runnable.backends import load_target
    from runnable.backends.target import CompileRequest

    accept(built, [*built.portability, *diagnose(built)])
    section = configuration.section("pipeline-executor")
    request = CompileRequest(
        program=built.program,
        image=image,
        name=name,
        namespace=namespace,
        kind=kind,
        configuration=section.config if section.type == target else {},
        configuration_file=configuration.file,
    )
    return load_target(target).compile(request)
