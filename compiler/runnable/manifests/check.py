"""Comparing a folder with what a compilation gives: whether it is up to date, and else what differs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from runnable.diagnostics.errors import RunnableError
from runnable.manifests.changes import compare
from runnable.manifests.folder import stale_files
from runnable.manifests.images import Object, apply_images
from runnable.manifests.kustomize import CONFIGURATION
from runnable.manifests.objects import GROUP, KUSTOMIZATION, parse, read
from runnable.manifests.outline import outline
from runnable.manifests.text import render, render_texts
from runnable.targets.target import Document


def differences(folder: Path, documents: Sequence[Document], owner: str) -> str:
    """What differs between the files of `folder` and `documents`; empty if nothing does.

    First in terms of steps, then line by line. `owner`: the pipeline that the folder is for; files of it that are not
    among `documents` are named.
    """
    parts: list[str] = []
    for document in documents:
        committed = _committed(folder / document.file_name)
        if committed is None:
            parts.append(f"{document.file_name} is missing")
        elif committed != document.text:
            parts.append(render_texts(committed, document.text, document.file_name))
    parts += [f"{file.name} is no longer compiled" for file in stale_files(folder, documents, owner)]
    if parts and (meaning := _meaning(folder, documents)):
        parts.insert(0, meaning)
    return "\n\n".join(parts)


def _committed(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        return ""


def _meaning(folder: Path, documents: Sequence[Document]) -> str:
    """The changes in terms of steps; nothing where one side is not to be understood as a pipeline."""
    names = {document.file_name for document in documents}
    try:
        old = read(folder if KUSTOMIZATION in names else folder / documents[0].file_name)
    except RunnableError:
        return ""
    new = _objects(documents)
    return render(compare(outline(old), outline(new))) if new else ""


def _objects(documents: Sequence[Document]) -> list[Object]:
    """Argo's objects in `documents`, as the kustomization among these would give them out."""
    manifests = [document for document in documents if document.file_name != CONFIGURATION]
    items = [item for document in manifests for item in parse(document.text, document.file_name)]
    found = [item for item in items if str(item.get("apiVersion", "")).startswith(GROUP)]
    for kustomization in (item for item in items if item["kind"] == "Kustomization"):
        apply_images(found, kustomization)
    return found
