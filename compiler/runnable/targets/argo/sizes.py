"""How many bytes Argo makes of a template, and of a workflow that runs.

The controller refuses to store a workflow of more than 1 MiB of JSON, and such a workflow is lost. A workflow holds, to
its end, every template that it may call, those of a WorkflowTemplate that it was made of twice, and the state of its
nodes, which is compressed.

Source: Argo 4.1.2, workflow/packer/packer.go; setStoredWfSpec in workflow/controller/operator.go and SetStoredTemplate,
which the validation of a new workflow calls for all that can be reached from its entrypoint.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from runnable.targets.argo.api import models
from runnable.targets.argo.api.objects import ApiObject

NODE = 40
"""Bytes of one node's state, compressed: measured 36 for a stub, 45 to 60 and its data for a pod."""
_OVERHEAD = 2_000
"""Bytes of a workflow beside its templates and nodes."""
_EMPTY = {"arguments": 15, "inputs": 12, "outputs": 13, "metadata": 14, "resources": 15, "name": 10}
"""Bytes of fields that Go writes, empty ones too: `,"arguments":{}` and its like."""


def template_size(template: models.Template) -> int:
    """Bytes of a template as Argo stores it."""
    size = json_size(template)
    size += sum(_EMPTY[name] for name in ("inputs", "outputs") if getattr(template, name) is None)
    size += _EMPTY["metadata"]
    if template.dag is not None:
        size += _EMPTY["arguments"] * sum(task.arguments is None for task in template.dag.tasks)
    if template.container is not None:
        size += _EMPTY["name"] + (_EMPTY["resources"] if template.container.resources is None else 0)
    return size


def json_size(item: ApiObject) -> int:
    """Bytes of an object as compact JSON, written by Go: it escapes ``<``, ``>`` and ``&``, with six bytes for one."""
    text = json.dumps(item, separators=(",", ":"), ensure_ascii=False)
    size = len(text) if text.isascii() else len(text.encode())  # the text of a whole workflow is not copied
    return size + 5 * sum(map(text.count, "<>&"))


def spec_size(spec: models.WorkflowSpec) -> int:
    """As `json_size`, of a whole spec: one template after another, so that there is no text of all of them."""
    templates = spec.templates or []
    if not templates:
        return json_size(spec)
    return json_size(spec.replaced(templates=[])) + sum(map(json_size, templates)) + len(templates) - 1


def workflow_size(
    spec: models.WorkflowSpec, parts: Iterable[models.Template], *, nodes: int, by_reference: bool
) -> int:
    """Bytes of a workflow that runs `spec`, with templates of other objects (`parts`), and has had `nodes`.

    `by_reference`: it is made of a WorkflowTemplate, whose templates are then stored twice.
    """
    own = sum(map(template_size, spec.templates or []))
    settings = json_size(spec.replaced(templates=None))
    return _OVERHEAD + settings + own * (1 + by_reference) + sum(map(template_size, parts)) + NODE * nodes
