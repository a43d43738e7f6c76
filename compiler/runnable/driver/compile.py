"""From a pipeline to the output of a compilation target: the whole way on one screen."""

from __future__ import annotations

import sys
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, read_catalog
from runnable.diagnostics.codes.steps import NotSupportedYet, StreamsNowhere
from runnable.diagnostics.errors import DefinitionError
from runnable.driver.retry import Retry, _resumption
from runnable.ir.unit import Built
from runnable.passes import accept, diagnose

if TYPE_CHECKING:
    from runnable.targets.target import CompileRequest, Document


JOB_TARGET = "k8s-job"
"""The target that only a job, or a pipeline of one task, can be compiled for."""


_SHOWING = ("ir", "ir-json", "mermaid")
"""Targets that only show a pipeline."""


def _refuse_streams(built: Built, target: str) -> None:
    if built.streams and target not in _SHOWING:
        graph = built.program.graph
        raise DefinitionError([StreamsNowhere(span=graph.span, pipeline=graph.name, target=target)])


def section_of(target: str) -> str:
    """The section of the configuration that a compilation target has its keys in."""
    return "job-executor" if target == JOB_TARGET else "pipeline-executor"


def compile_to(
    target: str,
    built: Built,
    configuration: Configuration,
    *,
    image: str | None = None,
    name: str | None = None,
    namespace: str | None = None,
    kind: str | None = None,
    retry: Retry | None = None,
) -> tuple[Document, ...]:
    """The output of a compilation target for a pipeline; with `retry`, for what is left to do of an earlier run.

    Raises DefinitionError or ConfigurationError, and RecordUnusable if that run cannot be gone on with.
    """
    from runnable.targets import load_target

    _refuse_streams(built, target)
    if retry is not None and target != "argo":
        raise DefinitionError([NotSupportedYet(feature=f"going on with a run on {target}")])
    resumption = _resumption(retry, configuration, built.program.parameters)
    if resumption is not None:
        built = replace(built, program=replace(built.program, parameters=dict(resumption.parameters)))
    accept(built, [*built.portability, *diagnose(built, fixed=False)])
    request = _request(target, built, configuration)
    if resumption is not None:
        from runnable.runs.resume.finished import tell_finished

        found = tell_finished(built.program, built.functions, configuration, resumption, target)
        request = replace(request, finished=found)
    return load_target(target).compile(replace(request, image=image, name=name, namespace=namespace, kind=kind))


def _request(target: str, built: Built, configuration: Configuration) -> CompileRequest:
    from runnable.targets.target import CompileRequest

    section = configuration.section(section_of(target))
    return CompileRequest(
        program=built.program,
        configuration=section.config if section.type == target else {},
        configuration_file=configuration.file,
        report=lambda warning: print(warning.render(), file=sys.stderr),
        catalog=read_catalog(configuration),
        run_log_store=configuration.section("run-log-store"),
    )
