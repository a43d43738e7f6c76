"""A workflow's spec that is too much for one object becomes several, which call each other's templates.

    before   demo: main -> a, b, python                  200 templates an object, or the bytes of one, are not enough
    after    demo: entry -> demo-part-1/main
             demo-part-1: main -> a, demo-part-2/b;  python
             demo-part-2: b, python

Argo finds a template that is called by its name alone in the object of its caller. So templates of pods and stubs, of
which there are few, are in every part that needs them. What the spec says beside templates, `templateDefaults`
included, counts for all parts: a workflow takes it from the object that it is made of.

The object that is made a workflow of has one call only, as a workflow stores its templates twice.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field

from runnable.targets.argo.api import models
from runnable.targets.argo.limits import Limits
from runnable.targets.argo.names import Names
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.sizes import json_size, spec_size, template_size
from runnable_runtime.deferred import dataclass

ENTRY = "entry"
_REFERENCE = 120
"""Bytes that a call of another part's template takes more than one by name, and some to spare."""
_ROOM = 2_000
"""Bytes of an object beside its spec: metadata, and what `kubectl` adds."""


@dataclass(slots=True)
class Part:
    """An object that only has templates: DAGs, and the `leaves` (pods and stubs) that they call.

    `size`: bytes of the object, at most.
    """

    name: str
    size: int
    dags: list[models.Template] = field(default_factory=list)
    leaves: dict[str, models.Template] = field(default_factory=dict)

    @property
    def templates(self) -> list[models.Template]:
        """All templates, DAGs first."""
        return [*self.dags, *self.leaves.values()]

    def add(self, dag: models.Template, size: int, leaves: Mapping[str, models.Template], limits: Limits) -> bool:
        """Add a DAG of `size` bytes with the `leaves` that it calls, unless the part has some already and is full."""
        new = {name: leaf for name, leaf in leaves.items() if name not in self.leaves}
        count = len(self.dags) + len(self.leaves) + 1 + len(new)
        size += self.size + sum(map(template_size, new.values()))
        if self.dags and (count > limits.templates or size > limits.size):
            return False
        self.size = size
        self.dags.append(dag)
        self.leaves |= new
        return True


def split(spec: models.WorkflowSpec, settings: Settings, limits: Limits) -> tuple[models.WorkflowSpec, list[Part]]:
    """The spec for the object that is asked for, and the parts that it calls: none if `spec` fits into one object.

    A Workflow is created, not applied, so it may be as large as the controller lets it be.
    """
    templates = spec.templates or []
    largest = limits.workflow if settings.kind == "Workflow" else limits.size
    if len(templates) <= limits.templates and _ROOM + spec_size(spec) <= largest:
        return spec, []
    cluster = settings.is_cluster
    defaults = _ROOM + (json_size(spec.template_defaults) if spec.template_defaults else 0)
    parts = _fill(templates, settings.name, limits, defaults)
    home = {template.name or "": part.name for part in parts for template in part.dags}
    for part in parts:
        part.dags = [_refer(template, part.name, home, cluster) for template in part.dags]
    names = Names(template.name or "" for template in templates)

    def calling(name: str, template: str) -> models.Template:
        task = models.DAGTask(name="part-1", template_ref=_reference(home[template], template, cluster))
        return models.Template(name=names.new(name), dag=models.DAGTemplate(tasks=[task]))

    called = [calling(ENTRY, spec.entrypoint or "")]
    called += [calling(f"{ENTRY}-{spec.on_exit}", spec.on_exit)] if spec.on_exit else []
    on_exit = called[1].name if spec.on_exit else None
    return spec.replaced(entrypoint=called[0].name, on_exit=on_exit, templates=called), parts


def _fill(templates: Sequence[models.Template], name: str, limits: Limits, empty: int) -> list[Part]:
    """Parts with all `templates` in their order, which has those that call each other near each other."""
    leaves = {template.name or "": template for template in templates if template.dag is None}
    parts = [Part(f"{name}-part-1", empty)]
    for template in templates:
        if template.dag is None:
            continue
        called = dict.fromkeys(task.template or "" for task in template.dag.tasks)
        needed = {name: leaves[name] for name in called if name in leaves}
        size = template_size(template) + _REFERENCE * (len(called) - len(needed))
        if not parts[-1].add(template, size, needed, limits):
            parts.append(Part(f"{name}-part-{len(parts) + 1}", empty))
            parts[-1].add(template, size, needed, limits)
    return parts


def _refer(template: models.Template, part: str, home: dict[str, str], cluster: bool) -> models.Template:
    """`template`, which is in `part`, with references in the place of names of other parts' templates."""
    assert template.dag is not None
    tasks = [
        task
        if home.get(task.template or "", part) == part
        else task.replaced(
            template=None, template_ref=_reference(home[task.template or ""], task.template or "", cluster)
        )
        for task in template.dag.tasks
    ]
    return template.replaced(dag=template.dag.replaced(tasks=tasks))


def _reference(part: str, template: str, cluster: bool) -> models.TemplateRef:
    return models.TemplateRef(name=part, template=template, cluster_scope=True if cluster else None)
