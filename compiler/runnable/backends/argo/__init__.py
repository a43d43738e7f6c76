"""The compilation target `argo`: a program becomes a WorkflowTemplate (or another kind), as YAML.

    settings  ◄─ command line, configuration            config, settings, leaf, checks
    lowered   ◄─ program                                passes.lower_*, passes.dataflow
    spec      ◄─ lowered                                dag, shapes, expressions, names
    text      ◄─ spec                                   manifest, limits, yaml_writer

Hera and pydantic are loaded when something is compiled, not before.
"""

from __future__ import annotations

from runnable.backends.target import CompileRequest, Document

__all__ = ["compile"]


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One YAML file with the object of the kind asked for, and with a CronWorkflow if there are schedules.

    Raises DefinitionError for a program or an option that cannot be compiled, ConfigurationError for a mistake in the
    configuration.
    """
    from runnable.backends.argo import limits, manifest
    from runnable.backends.argo.checks import check_steps
    from runnable.backends.argo.settings import read_settings
    from runnable.backends.argo.yaml_writer import write_yaml
    from runnable.diagnostics.errors import DefinitionError
    from runnable.passes.dataflow import analyze
    from runnable.passes.lower_chunks import lower_chunks
    from runnable.passes.lower_inline import lower_inline
    from runnable.passes.lower_paths import lower_paths
    from runnable.passes.supported import refuse_unsupported

    refuse_unsupported(request.program, "on Argo")
    settings = read_settings(request)
    check_steps(request.program, settings)
    program = lower_chunks(lower_inline(lower_paths(request.program)), limits.MOST_TASKS)
    spec = manifest.workflow_spec(program, analyze(program), settings)
    if too_large := list(limits.check_limits(spec)):
        raise DefinitionError(too_large)
    found = manifest.objects(spec, settings, program.description)
    texts = [write_yaml(manifest.dump(item)) for item in found]
    if too_large := [problem for text in texts for problem in limits.check_size(settings.name, text)]:
        raise DefinitionError(too_large)
    return (Document(f"{settings.name}.yaml", manifest.heading(settings.name, texts) + "---\n".join(texts)),)
