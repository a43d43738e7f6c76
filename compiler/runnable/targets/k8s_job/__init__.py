"""The compilation target `k8s-job`: a program of one task becomes a Job of Kubernetes, or a CronJob, as YAML.

    settings  ◄─ command line, configuration            config, settings, checks
    object    ◄─ the task                               manifest
    text      ◄─ object                                 kubernetes.yaml_writer

How a pod is run (image, resources, secrets, store) is read by `targets.kubernetes`, as for Argo.
"""

from __future__ import annotations

from runnable.targets.target import CompileRequest, Document

__all__ = ["compile"]


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One YAML file with a Job, or with a CronJob if there is a schedule.

    Raises DefinitionError for a program of several tasks or an option that cannot be compiled, ConfigurationError for a
    mistake in the configuration.
    """
    from runnable.targets.k8s_job.checks import check, only_task
    from runnable.targets.k8s_job.manifest import heading, job
    from runnable.targets.k8s_job.settings import read_settings
    from runnable.targets.kubernetes.yaml_writer import write_yaml
    from runnable.targets.target import ignored_options

    only_task(request.program)
    settings = read_settings(request)
    program, warnings = check(request, settings)
    text = heading(settings) + write_yaml(job(only_task(program), program, settings))
    for warning in (*warnings, *ignored_options(program, "Kubernetes")):
        request.report(warning)
    return (Document(f"{settings.name}.yaml", text),)
