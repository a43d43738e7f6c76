"""The compilation target `argo`: a program becomes a WorkflowTemplate (or another kind), as YAML.

    settings  ◄─ command line, configuration            config, settings, checks
    lowered   ◄─ program                                passes.lowering, passes.analysis.dataflow
    spec      ◄─ lowered                                dag, composites, resumed, templates, wiring,
                                                    container_templates, expressions, lookup, names
    objects   ◄─ spec                                   split, sizes, workflow_nodes, limits, manifest
    text      ◄─ objects                                kubernetes.yaml_writer
    all of it, as one value                             result

Hera and pydantic are loaded when something is compiled, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runnable.targets.target import CompileRequest, Document

if TYPE_CHECKING:
    from runnable.targets.argo.limits import Limits
    from runnable.targets.argo.result import Written

__all__ = ["compile"]


def compile(request: CompileRequest, limits: Limits | None = None) -> tuple[Document, ...]:
    """One YAML file with the object of the kind asked for, and with a CronWorkflow if there are schedules.

    What is too much for one object (see `limits.Limits`) is in further ones, which stand before it.

    Raises DefinitionError for a program or an option that cannot be compiled, ConfigurationError for a mistake in the
    configuration.
    """
    from runnable.targets.argo.checks import check_fail_fast, check_images
    from runnable.targets.argo.fusing import check_fusing
    from runnable.targets.target import ignored_options

    found = written(request, limits)
    ignored = (
        *check_fail_fast(request.program),
        *check_fusing(request.program, found.settings),
        *ignored_options(request.program, "Argo"),
    )
    for warning in (*check_images(request.program, found.settings), *ignored):
        request.report(warning)
    return (Document(f"{found.settings.name}.yaml", found.text),)


def written(request: CompileRequest, limits: Limits | None = None) -> Written:
    """All that `compile` makes of a request, with what it is made of. Nothing is reported. Raises as `compile`."""
    from runnable.diagnostics.errors import DefinitionError
    from runnable.passes.analysis.dataflow import analyze
    from runnable.passes.lowering.chunks import lower_chunks
    from runnable.passes.lowering.inline import lower_inline
    from runnable.targets.argo import manifest
    from runnable.targets.argo.checks import check_steps
    from runnable.targets.argo.fusing import fuse
    from runnable.targets.argo.limits import Limits, check_depth, check_limits, check_workflow
    from runnable.targets.argo.result import Written
    from runnable.targets.argo.room import Rooms
    from runnable.targets.argo.settings import read_settings
    from runnable.targets.argo.split import split
    from runnable.targets.kubernetes.pod_store import fitted
    from runnable.targets.kubernetes.yaml_writer import write_yaml

    limits = limits or Limits()
    settings = read_settings(request)
    check_steps(request.program, settings)
    program = fuse(fitted(request, settings.store), settings)
    program = lower_chunks(lower_inline(program), limits.nodes)
    if too_deep := list(check_depth(program)):
        raise DefinitionError(too_deep)
    flow = analyze(program)
    rooms = Rooms(program, flow, stored=settings.store is not None)
    if too_many := list(rooms.check()):
        raise DefinitionError(too_many)
    spec = manifest.workflow_spec(program, flow, settings, rooms)
    if too_large := list(check_limits(spec)):
        raise DefinitionError(too_large)
    main, parts = split(spec, settings, limits)
    called = [template for part in parts for template in part.templates]
    if too_large := list(check_workflow(program, settings, main, called, limits)):
        raise DefinitionError(too_large)
    found = tuple(manifest.objects(main, parts, settings, program.description))
    texts = [write_yaml(item) for item in found]
    text = manifest.heading(settings, texts, parts) + "---\n".join(texts)
    return Written(settings, program, flow, main, tuple(called), found, text)
