"""A kustomize base: the compiled objects, a kustomization of them, and what kustomize must know of Argo's kinds.

An image that is named with a digest is named without it in the objects, and pinned under `images` of the kustomization.
So a new build is a change of one line, which reviewers and tools that update images understand.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from runnable.manifests.images import Image, Object, change_images, containers
from runnable.manifests.objects import KUSTOMIZATION, parse
from runnable.targets.kubernetes.yaml_writer import write_yaml
from runnable.targets.target import Document
from runnable_runtime.protocol import Json

CONFIGURATION = "kustomizeconfig.yaml"

_IMAGES = ("spec/templateDefaults/container/image", "spec/templates/container/image")
_KINDS = ("WorkflowTemplate", "ClusterWorkflowTemplate", "Workflow")
_CALLS = "templates/dag/tasks/templateRef/name"
_TRIGGER = "spec/triggers/template/k8s/source/resource"
"""Where a Sensor has the workflow that it creates."""


def base(documents: Iterable[Document], heading: str) -> tuple[Document, ...]:
    """The files of a kustomize base for `documents`, in the order in which they are to be written.

    `heading` is the comment that the files begin with.
    """
    documents = tuple(map(_named, documents))
    pins = _pins(documents)
    objects = [_unpinned(document, {pin.name for pin in pins}) for document in documents]
    texts = "".join(document.text for document in documents)
    kustomization: dict[str, Json] = {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": [document.file_name for document in objects],
        "configurations": [CONFIGURATION],
    }
    if pins:
        kustomization["images"] = [_entry(pin) for pin in pins]
    return (
        *objects,
        Document(CONFIGURATION, heading + write_yaml(_configuration(sensors="kind: Sensor\n" in texts))),
        Document(KUSTOMIZATION, heading + write_yaml(kustomization)),
    )


def _named(document: Document) -> Document:
    """`document` with names for objects that would be given one when they are made, which kustomize does not take.

    A name has a digest of the object: where it has changed it is another one, and is run; applied again it is not.
    """
    items = parse(document.text, document.file_name)
    unnamed = [item["metadata"] for item in items if "generateName" in item["metadata"]]
    if not unnamed:
        return document
    digest = hashlib.sha256(document.text.encode()).hexdigest()[:8]
    for metadata in unnamed:
        metadata["name"] = metadata.pop("generateName") + digest
    return _written(document, items)


def _entry(pin: Image) -> dict[str, Json]:
    tag: dict[str, Json] = {"newTag": pin.tag} if pin.tag else {}
    return {"name": pin.name, **tag, "digest": pin.digest}


def _pins(documents: Iterable[Document]) -> list[Image]:
    """The images that are named with a digest; not those of which there are several, as kustomize goes by the name."""
    found: dict[str, set[Image]] = {}
    for document in documents:
        for item in parse(document.text, document.file_name):
            for container in containers(item):
                if "image" in container:
                    image = Image.parse(container["image"])
                    found.setdefault(image.name, set()).add(image)
    single = [images.pop() for _, images in sorted(found.items()) if len(images) == 1]
    return [image for image in single if image.digest]


def _unpinned(document: Document, names: set[str]) -> Document:
    """`document` with the images of those `names` written without a digest."""
    if not names:
        return document

    def unpin(text: str) -> str:
        image = Image.parse(text)
        return str(replace(image, digest=None)) if image.name in names else text

    items = parse(document.text, document.file_name)
    for item in items:
        change_images(item, unpin)
    return _written(document, items)


def _written(document: Document, items: Iterable[Object]) -> Document:
    """`document` with `items` in it, and its comment."""
    comment = "".join(line for line in document.text.splitlines(keepends=True) if line.startswith("#"))
    return replace(document, text=comment + "---\n".join(map(write_yaml, items)))


def _configuration(*, sensors: bool) -> dict[str, Json]:
    """Where images and names stand in Argo's kinds: kustomize knows only of those of Kubernetes itself.

    `sensors`: there are objects of Argo Events among them.

    Source: https://kubectl.docs.kubernetes.io/references/kustomize/kustomization/configurations/
    """
    images = [{"kind": kind, "path": path} for kind in _KINDS for path in _IMAGES]
    images += [{"kind": "CronWorkflow", "path": path.replace("spec/", "spec/workflowSpec/", 1)} for path in _IMAGES]
    called: list[dict[str, Json]] = [
        {"kind": "CronWorkflow", "path": "spec/workflowSpec/workflowTemplateRef/name"},
        *({"kind": kind, "path": f"spec/{_CALLS}"} for kind in _KINDS),
        {"kind": "CronWorkflow", "path": f"spec/workflowSpec/{_CALLS}"},
    ]
    accounts: list[dict[str, Json]] = [
        *({"kind": kind, "path": "spec/serviceAccountName"} for kind in _KINDS),
        {"kind": "CronWorkflow", "path": "spec/workflowSpec/serviceAccountName"},
    ]
    sources: list[dict[str, Json]] = []
    if sensors:
        called.append({"kind": "Sensor", "path": f"{_TRIGGER}/spec/workflowTemplateRef/name"})
        accounts.append({"kind": "Sensor", "path": "spec/template/serviceAccountName"})
        listens = [{"kind": "Sensor", "path": "spec/dependencies/eventSourceName"}]
        sources.append({"kind": "EventSource", "fieldSpecs": listens})
    return {
        "images": images,
        "nameReference": [
            {"kind": "WorkflowTemplate", "fieldSpecs": called},
            {"kind": "ClusterWorkflowTemplate", "fieldSpecs": called},
            {"kind": "ServiceAccount", "fieldSpecs": accounts},
            *sources,
        ],
    }
