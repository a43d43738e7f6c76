"""The compilation target `argo`: a program becomes a WorkflowTemplate (or another kind), as YAML.

    settings  ◄─ command line, configuration            config, settings, checks
    lowered   ◄─ program                                passes.lowering, passes.analysis.dataflow
    spec      ◄─ lowered                                dag, composites, resumed, report_pod, templates, wiring,
                                                    container_templates, artifacts, cached, memoizing,
                                                    expressions, lookup, names
    objects   ◄─ spec                                   split, sizes, workflow_nodes, limits, manifest
    text      ◄─ objects                                kubernetes.yaml_writer
    all of it, as one value                             result

Hera and pydantic are loaded when something is compiled, not before.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.targets.target import CompileRequest, Document

if TYPE_CHECKING:
    from runnable.ir.nodes import Program
    from runnable.targets.argo.limits import Limits
    from runnable.targets.argo.result import Written
    from runnable.targets.argo.settings import Settings

__all__ = ["compile"]


def compile(request: CompileRequest, limits: Limits | None = None) -> tuple[Document, ...]:
    """One YAML file with the object of the kind asked for, and with a CronWorkflow if there are schedules.

    What is too much for one object (see `limits.Limits`) is in further ones, which stand before it.

    Raises DefinitionError for a program or an option that cannot be compiled, ConfigurationError for a mistake in the
    configuration.
    """
    from runnable.ir.at_exit import joined_program
    from runnable.targets.argo.artifacts import check_artifacts
    from runnable.targets.argo.checks import check_fail_fast, check_images
    from runnable.targets.argo.fusing import check_fusing
    from runnable.targets.argo.memoizing import check_cache

    found = written(request, limits)
    everything = joined_program(request.program)
    ignored = (
        *check_fail_fast(everything),
        *check_fusing(request.program, found.settings),
        *check_cache(request.program, found.settings.cache),
        *check_artifacts(found.program, found.settings),
    )
    for warning in (*check_images(everything, found.settings), *ignored):
        request.report(warning)
    return (Document(f"{found.settings.name}.yaml", found.text),)


def written(request: CompileRequest, limits: Limits | None = None) -> Written:
    """All that `compile` makes of a request, with what it is made of. Nothing is reported. Raises as `compile`."""
    from runnable.diagnostics.errors import DefinitionError
    from runnable.ir.at_exit import joined_program
    from runnable.passes.analysis.exits import analyze_joined
    from runnable.targets.argo import manifest
    from runnable.targets.argo.checks import check_steps
    from runnable.targets.argo.events import check_events
    from runnable.targets.argo.limits import Limits, check_depth, check_limits, check_workflow
    from runnable.targets.argo.memoizing import step_cache, with_cache
    from runnable.targets.argo.report_pod import with_report
    from runnable.targets.argo.result import Written
    from runnable.targets.argo.room import Rooms
    from runnable.targets.argo.settings import AT, read_settings
    from runnable.targets.argo.split import split
    from runnable.targets.argo.templates import read_parameters
    from runnable.targets.kubernetes.pod_store import fitted
    from runnable.targets.kubernetes.yaml_writer import write_yaml

    limits = limits or Limits()
    settings = read_settings(replace(request, program=joined_program(request.program)))
    check_steps(request.program, settings)
    settings = replace(settings, cache=step_cache(request.program, request.functions, settings))
    program = with_report(with_cache(fitted(request, settings.store), settings.cache), settings)
    program = _lowered(program, settings, limits.nodes)
    joined = joined_program(program)
    if too_deep := list(check_depth(joined)):
        raise DefinitionError(too_deep)
    flow = analyze_joined(program)
    rooms = Rooms(joined, flow, stored=settings.store is not None)
    if too_many := list(rooms.check()):
        raise DefinitionError(too_many)
    if settings.keys.events is not None:
        check_events(settings.keys.events, joined, read_parameters(joined, flow), settings.file, f"{AT}.events")
    spec = manifest.workflow_spec(program, flow, settings, rooms)
    del flow, rooms  # a fifth of all that is in memory by now, where the largest texts are still to be made
    if too_large := list(check_limits(spec)):
        raise DefinitionError(too_large)
    main, parts = split(spec, settings, limits)
    called = [template for part in parts for template in part.templates]
    if too_large := list(check_workflow(joined, settings, main, called, limits)):
        raise DefinitionError(too_large)
    found = tuple(manifest.objects(main, parts, settings, program))
    texts = [write_yaml(item) for item in found]
    heading = manifest.heading(settings, texts, parts)
    text = "---\n".join([heading + texts[0], *texts[1:]])
    return Written(settings, program, main, tuple(called), found, text)


def _lowered(program: Program, settings: Settings, nodes: int) -> Program:
    """`program`, and what runs after it, as DAGs of at most so many `nodes`, named by their paths."""
    from runnable.ir.at_exit import with_facts
    from runnable.passes.lowering.chunks import lower_chunks
    from runnable.passes.lowering.inline import lower_inline
    from runnable.passes.lowering.paths import lower_paths
    from runnable.targets.argo.fusing import fuse

    lowered = lower_chunks(lower_inline(fuse(program, settings)), nodes)
    if program.at_exit is None:
        return lowered
    after = lower_chunks(lower_inline(lower_paths(replace(program, graph=program.at_exit))), nodes)
    return replace(lowered, at_exit=with_facts(after.graph))
