"""The fields of a workflow's spec that compiled manifests may have, as far as those below a template are Argo's own."""

from __future__ import annotations

_OF_SPEC = """activeDeadlineSeconds archiveLogs arguments.parameters entrypoint imagePullSecrets onExit
parallelism podGC.strategy podMetadata podSpecPatch securityContext serviceAccountName
synchronization.mutexes synchronization.semaphores templateDefaults templates
ttlStrategy.secondsAfterCompletion volumes workflowMetadata workflowTemplateRef.name"""
_OF_TEMPLATES = """activeDeadlineSeconds container dag.failFast dag.tasks.arguments dag.tasks.depends
dag.tasks.templateRef dag.tasks.when dag.tasks.withParam http inputs.parameters.default
inputs.parameters.enum memoize.key metadata name outputs.artifacts.archive
outputs.artifacts.optional outputs.parameters.valueFrom parallelism podSpecPatch
retryStrategy.expression retryStrategy.limit retryStrategy.retryPolicy suspend.duration
synchronization.mutexes synchronization.semaphores volumes"""
FIELDS = (*_OF_SPEC.split(), *(f"templates.{one}" for one in _OF_TEMPLATES.split()))
"""Names between dots; lists are left out. A test compares them with the manifests of all examples."""
