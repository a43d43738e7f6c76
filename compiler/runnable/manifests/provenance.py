"""What manifests say of where they come from, in their annotations."""

from __future__ import annotations

from pathlib import Path

from runnable.diagnostics.errors import ConfigurationError
from runnable.manifests.images import Object
from runnable.manifests.objects import foreign, read
from runnable.provenance.facts import Facts


def said_in(path: Path, source: str = "") -> Facts | None:
    """What the manifests at `path` say, of several pipelines those of the file `source`; None if they say nothing."""
    try:
        found = facts_of(read(path), str(path))
    except ConfigurationError:
        return None
    return next((one for one in found if not source or one.source == source), None)


def facts_of(objects: list[Object], file: str) -> list[Facts]:
    """What each object says that says something. Raises ConfigurationError for one of another form."""
    with foreign(file):
        said = [Facts.of_annotations(one["metadata"].get("annotations") or {}) for one in objects]
    return [one for one in said if one is not None]


def images_of(objects: list[Object], file: str) -> list[str]:
    """The images of all containers, each once, in their order. Raises as `facts_of`."""
    found: dict[str, None] = {}
    pending: list[object] = [*objects]
    with foreign(file):
        while pending:
            one = pending.pop(0)
            if isinstance(one, dict):
                if isinstance(image := one.get("image"), str):
                    found[image] = None
                pending += one.values()
            elif isinstance(one, list):
                pending += one
    return list(found)
