"""Building, naming and pushing images, and which files of a folder an image is built of."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO

from runnable.container_engine.client import Engine
from runnable.container_engine.errors import EngineError, EngineRefused, translated
from runnable_runtime.deferred import pattern

_STEP = pattern(r"^STEP \d+/\d+ ?: (.*)$", re.M | re.I)
_TERMINAL = pattern(r"\x1b\[[0-9;]*m")
_MOST_SAID = 64 * 1024
"""Characters of what an instruction printed that are kept."""

Show = Callable[[str], None]
"""Is given what the engine prints, piece by piece."""


class StepFailed(EngineError):
    """A build failed. `step` is the instruction that did, empty where it is not known; `printed` is what it printed."""

    def __init__(self, reason: str, step: str, printed: str) -> None:
        super().__init__(reason)
        self.step = step
        self.printed = printed


def build(
    engine: Engine,
    context: IO[bytes],
    *,
    dockerfile: str,
    tag: str,
    arguments: Mapping[str, str],
    labels: Mapping[str, str],
    network: str = "",
    platform: str = "",
    fresh: bool = False,
    show: Show,
) -> None:
    """Build an image from `context`, a tar file, whose `dockerfile` says how, and call it `tag`.

    `arguments` are the build's. `network` is what its steps reach, empty for the engine's default. With `fresh`, the
    results of earlier builds are not used. Raises StepFailed, for a Dockerfile that cannot be read too, or EngineError.
    """
    step, printed = "", ""
    with _refused_as_failed(), translated():
        lines = engine.api.build(
            fileobj=context,
            custom_context=True,
            dockerfile=dockerfile,
            tag=tag,
            buildargs=dict(arguments),
            labels=dict(labels),
            network_mode=network or None,
            platform=platform or None,
            nocache=fresh,
            rm=True,
            forcerm=True,
            decode=True,
            timeout=None,
        )
        for line in lines:
            text = _TERMINAL.sub("", line.get("stream", ""))
            if found := _STEP.findall(text):
                step, printed = found[-1], ""
            printed = (printed + text)[-_MOST_SAID:]
            show(text)
            if "error" in line:
                raise StepFailed(str(line["error"]).strip(), step, printed)


@contextmanager
def _refused_as_failed() -> Iterator[None]:
    try:
        yield
    except EngineRefused as error:
        raise StepFailed(str(error), "", "") from None


def tag(engine: Engine, reference: str, repository: str, name: str) -> None:
    """Call an image also ``repository:name``. Raises EngineError."""
    with translated():
        engine.api.tag(reference, repository, name)


def forget(engine: Engine, reference: str) -> None:
    """Take a name away from an image. Raises EngineError."""
    with translated():
        engine.api.remove_image(reference, noprune=True)


def push(engine: Engine, repository: str, name: str, show: Show) -> str:
    """Push ``repository:name`` to its registry; returns the digest there (``sha256:...``). Raises EngineError."""
    digest, shown = "", ""
    with translated():
        for line in engine.api.push(repository, tag=name, stream=True, decode=True):
            if "error" in line:
                raise EngineError(str(line["error"]).strip())
            digest = (line.get("aux") or {}).get("Digest") or digest
            status = f"{line.get('id', '')} {line.get('status', '')}".strip()
            if status != shown and not line.get("progress"):
                show(f"{status}\n")
                shown = status
    return digest


def registry_digest(engine: Engine, reference: str) -> str:
    """The digest (``sha256:...``) that an image has in its registry now, of all its platforms. Raises EngineError.

    Source: https://docs.docker.com/reference/api/engine/version/v1.43/#tag/Distribution
    """
    with translated():
        return str(engine.api.inspect_distribution(reference)["Descriptor"]["digest"])


def kept_files(folder: str, patterns: Sequence[str], dockerfile: str) -> Iterable[str]:
    """The paths below `folder`, relative to it and sorted, that the `patterns` of a .dockerignore do not leave out."""
    from docker.utils import exclude_paths

    return sorted(exclude_paths(folder, list(patterns), dockerfile))


def split_reference(reference: str) -> tuple[str, str]:
    """``registry:5000/team/name:tag`` as repository and tag, the tag empty where there is none."""
    from docker.utils import parse_repository_tag

    repository, name = parse_repository_tag(reference)
    return repository, name or ""
