"""The images in Argo's objects, and what kustomize makes of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from runnable.targets.argo.reading.workflow import workflow_spec
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

Object = dict[str, Any]
"""One Kubernetes object, as JSON."""


@dataclass(frozen=True, slots=True)
class Image:
    """The parts of an image's name: ``host:5000/a/b:1@sha256:…`` is ``host:5000/a/b``, ``1`` and ``sha256:…``."""

    name: str
    tag: str | None = None
    digest: str | None = None

    @classmethod
    def parse(cls, text: str) -> Image:
        """The image that `text` names."""
        named, _, digest = text.partition("@")
        name, colon, tag = named.rpartition(":")
        if not colon or "/" in tag:
            name, tag = named, ""
        return cls(name, tag or None, digest or None)

    def __str__(self) -> str:
        return self.name + (f":{self.tag}" if self.tag else "") + (f"@{self.digest}" if self.digest else "")

    def changed(self, images: Iterable[Mapping[str, Json]]) -> Image:
        """What kustomize makes of it with the entries of a kustomization's `images`."""
        for entry in images:
            if entry.get("name") == self.name:
                changed = replace(self, name=entry.get("newName") or self.name)
                if entry.get("newTag") or entry.get("digest"):
                    changed = replace(changed, tag=entry.get("newTag"), digest=entry.get("digest"))
                return changed
        return self


def change_images(item: Object, change: Callable[[str], str]) -> None:
    """Replace the image of every container in an object."""
    for container in containers(item):
        if isinstance(container.get("image"), str):
            container["image"] = change(container["image"])


def containers(item: Object) -> Iterator[dict[str, Any]]:
    """The containers that an object has for its pods: one of Argo's, a Job or a CronJob."""
    spec = workflow_spec(item)
    job = (spec.get("jobTemplate") or {}).get("spec") or spec
    pod = (job.get("template") or {}).get("spec") or {}
    yield from pod.get("containers") or []
    for template in (spec.get("templateDefaults"), *(spec.get("templates") or [])):
        container = (template or {}).get("container")
        if isinstance(container, dict):
            yield container


def apply_images(items: Iterable[Object], kustomization: Mapping[str, Json]) -> None:
    """Do in `items` what the `images` of a kustomization say."""
    images = kustomization.get("images") or []
    for item in items:
        change_images(item, lambda text: str(Image.parse(text).changed(images)))
