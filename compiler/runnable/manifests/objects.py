"""Reading manifests: the objects in a text, in a file, or in a folder as kustomize would build it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from runnable.diagnostics.codes.targets import ManifestUnreadable
from runnable.diagnostics.errors import ConfigurationError
from runnable.manifests.images import Object, apply_images
from runnable_runtime.presence import is_folder, is_there

KUSTOMIZATION = "kustomization.yaml"
GROUP = "argoproj.io/"


def parse(text: str, file: str) -> list[Object]:
    """The objects in a YAML text; `file` is named in messages. Raises ConfigurationError for what holds none."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        found = [document for document in yaml.load_all(text, Loader=loader) if document is not None]
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise _unreadable(file, f"it is not YAML: {' '.join(str(error).split())[:200]}") from None
    for document in found:
        if not isinstance(document, dict) or not isinstance(document.get("kind"), str):
            raise _unreadable(file, "a part of it is no Kubernetes object: it has no kind")
    return found


@contextmanager
def foreign(file: str) -> Iterator[None]:
    """Make a ConfigurationError of what the block meets in objects of `file` that is not as Argo's objects have it.

    They may be of anyone's making, and only who reads a field knows what it has to be.
    """
    try:
        yield
    except (AttributeError, IndexError, KeyError, OSError, RecursionError, TypeError, ValueError) as error:
        reason = " ".join(f"{type(error).__name__}: {error}".split())[:200]
        raise _unreadable(file, f"a field in it has another type than Argo's objects have there ({reason})") from None


def read(path: Path) -> list[Object]:
    """Argo's objects in a file, or in a folder: what its kustomization lists, with the images pinned that it pins.

    Of a folder without a kustomization, all files that end in ``.yaml`` or ``.yml`` are read. Raises ConfigurationError
    where there is nothing to read.
    """
    if not is_there(path):
        raise _unreadable(str(path), "there is no such file or folder")
    with foreign(str(path)):
        found = _folder(path) if is_folder(path) else parse(_text(path), str(path))
    objects = [item for item in found if str(item.get("apiVersion", "")).startswith(GROUP)]
    if not objects:
        raise _unreadable(str(path), "no object of Argo's is in it")
    return objects


def _folder(folder: Path) -> list[Object]:
    listed = folder / KUSTOMIZATION
    if not is_there(listed):
        files = sorted(p for p in folder.iterdir() if p.suffix in (".yaml", ".yml"))
        return [item for file in files for item in parse(_text(file), str(file))]
    (kustomization, *_) = parse(_text(listed), str(listed)) or [{}]
    found: list[Object] = []
    for resource in kustomization.get("resources") or []:
        file = folder / str(resource)
        found += _folder(file) if is_folder(file) else parse(_text(file), str(file))
    apply_images(found, kustomization)
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise _unreadable(str(path), reason) from None


def _unreadable(file: str, reason: str) -> ConfigurationError:
    return ConfigurationError([ManifestUnreadable(file=file, reason=reason)])
