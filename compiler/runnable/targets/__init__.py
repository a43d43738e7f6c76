"""The compilation targets by name. Each is imported only when it is asked for.

Another distribution adds a target through an entry point:

    [project.entry-points."runnable.targets"]
    mine = "my_package.target"        # a module or object with `compile(request)`, see `targets.target.Target`
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from types import MappingProxyType

from runnable.configuration import Configuration, plugins, read_catalog
from runnable.diagnostics.codes.steps import StreamsNowhere
from runnable.diagnostics.codes.targets import BadTargetOption
from runnable.diagnostics.colour import painted
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.terminal import say
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.targets.target import CompileRequest, Target
from runnable_runtime.deferred import dataclass


@dataclass(frozen=True, slots=True)
class TargetEntry:
    """A target, and what is to be known of it before it is imported.

    `section` is the section of the configuration that has its keys. `shows`: its output only shows a pipeline.
    `resumes`: it can leave out what an earlier run has done. `leaves_open`: parameters may be without a value.
    """

    load: Callable[[], Target]
    section: str = "pipeline-executor"
    shows: bool = False
    resumes: bool = False
    leaves_open: bool = False


def _argo() -> Target:
    from runnable.targets import argo

    return argo


def _ir() -> Target:
    from runnable.targets import ir_text

    return ir_text


def _ir_json() -> Target:
    from runnable.targets import ir_json

    return ir_json


def _k8s_job() -> Target:
    from runnable.targets import k8s_job

    return k8s_job


def _mermaid() -> Target:
    from runnable.targets import mermaid

    return mermaid


def _svg() -> Target:
    from runnable.targets import svg

    return svg


TARGETS: dict[str, TargetEntry] = {
    "argo": TargetEntry(_argo, resumes=True, leaves_open=True),
    "k8s-job": TargetEntry(_k8s_job, section="job-executor"),
    "ir": TargetEntry(_ir, shows=True, leaves_open=True),
    "ir-json": TargetEntry(_ir_json, shows=True, leaves_open=True),
    "mermaid": TargetEntry(_mermaid, shows=True, leaves_open=True),
    "svg": TargetEntry(_svg, shows=True, leaves_open=True),
}


def find_target(name: str) -> TargetEntry:
    """The target of that name. Raises DefinitionError (RN502) where there is none, or it cannot be loaded."""
    if name in TARGETS:
        return TARGETS[name]
    try:
        target: Target | None = plugins.load(
            plugins.TARGETS, name, "a module or object with `compile`", lambda t: hasattr(t, "compile")
        )
    except plugins.PluginError as error:
        reason = f"{name!r} cannot be used: {error}"
        raise DefinitionError([BadTargetOption(option="--target", reason=reason)]) from error
    if target is None:
        known = (*TARGETS, *plugins.names(plugins.TARGETS))
        raise DefinitionError([BadTargetOption(option="--target", reason=f"there is no {name!r}", known=known)])
    return TargetEntry(lambda: target)


def request_for(
    target: str,
    program: Program,
    configuration: Configuration,
    functions: Mapping[str, Callable[..., object]] = MappingProxyType({}),
) -> CompileRequest:
    """What `target` is given to compile `program`, which calls `functions`, with `configuration`.

    Raises DefinitionError, ConfigurationError.
    """
    section = configuration.section(find_target(target).section)
    return CompileRequest(
        program=program,
        functions=functions,
        configuration=section.config if section.type == target else {},
        configuration_file=configuration.file,
        report=lambda warning: say(painted(warning.render(), sys.stderr), file=sys.stderr),
        catalog=read_catalog(configuration),
        run_log_store=configuration.section("run-log-store"),
    )


def refuse_streams(unit: CompilationUnit, target: str) -> None:
    """Raise DefinitionError for a pipeline whose events would go nowhere."""
    if unit.streams and not find_target(target).shows:
        graph = unit.program.graph
        raise DefinitionError([StreamsNowhere(span=graph.span, pipeline=graph.name, target=target)])
