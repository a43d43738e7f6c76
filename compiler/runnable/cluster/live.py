"""What a cluster has of a pipeline, for comparing with what it compiles to now."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runnable.cluster.objects import Object, Objects
from runnable.diagnostics.codes.cluster import BadSubmission, NotInCluster
from runnable.diagnostics.errors import ClusterError


def live(objects: Objects, compiled: Sequence[Object]) -> list[Object]:
    """The cluster's objects of the kinds and names of `compiled`, and the templates that these refer to.

    Empty if it has none. Raises ClusterError; RN805 for a Workflow, which is made anew for each run.
    """
    found: dict[tuple[str, str], Object] = {}
    wanted = [(item["kind"], str(item["metadata"].get("name", ""))) for item in compiled]
    if any(kind == "Workflow" for kind, _ in wanted):
        raise ClusterError(
            [BadSubmission(reason="a Workflow is made anew for each run: there is none to compare with")]
        )
    while wanted:
        kind, name = wanted.pop()
        if (kind, name) not in found and (item := _get(objects, kind, name)) is not None:
            found[kind, name] = item
            wanted += _referred(item)
    return list(found.values())


def _get(objects: Objects, kind: str, name: str) -> Object | None:
    try:
        return objects.get(kind, name)
    except ClusterError as error:
        problem = error.diagnostics[0]
        if isinstance(problem, NotInCluster) and problem.kind == kind:
            return None
        raise


def _referred(item: Object) -> Iterator[tuple[str, str]]:
    for template in (item.get("spec") or {}).get("templates") or []:
        for task in (template.get("dag") or {}).get("tasks") or []:
            if reference := task.get("templateRef"):
                cluster = reference.get("clusterScope")
                yield ("ClusterWorkflowTemplate" if cluster else "WorkflowTemplate", reference["name"])
