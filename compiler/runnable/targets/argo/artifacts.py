"""What of a step is listed in Argo's page: files of its catalog, and its executed notebook, as artifacts of its pod.

A pod leaves them in a folder, under names that are made here (`runnable_runtime.artifacts`), and Argo takes them to the
namespace's artifact repository. One that is not there is no failure.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from runnable.diagnostics.codes.caching import ArtifactsNotKept
from runnable.ir.at_exit import REPORT
from runnable.ir.nodes import Fused, NotebookRun, Program, Task
from runnable.ir.options import Pairs
from runnable.ir.walk import tasks
from runnable.targets.argo.api import models
from runnable.targets.argo.report_pod import FILE
from runnable.targets.kubernetes.names import slug
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import ARTIFACTS_FOLDER, ARTIFACTS_VARIABLE
from runnable_runtime.stores.patterns import Pattern
from runnable_runtime.values.parameters import encode

if TYPE_CHECKING:
    from runnable.targets.argo.config import ArtifactKeys
    from runnable.targets.argo.settings import Settings

_LONGEST = 60
"""Characters of an artifact's name."""
_UNSAFE = pattern(r"[^A-Za-z0-9_.-]+")
"""What of a path is no part of a file name in the repository."""


@dataclass(frozen=True, slots=True)
class Shown:
    """What a pod leaves for Argo: the file name of its executed `notebook`, and by pattern of `files`, their names.

    `written` is the name of a file that its command writes there itself.
    """

    notebook: str = ""
    files: Pairs = ()
    written: str = ""

    def __bool__(self) -> bool:
        return bool(self.notebook or self.files or self.written)

    @property
    def variable(self) -> Pairs:
        """The environment variable that says so to the pod."""
        if not self.notebook and not self.files:
            return ()
        said: dict[str, object] = {"notebook": self.notebook} if self.notebook else {}
        said |= {"files": dict(self.files)} if self.files else {}
        return ((ARTIFACTS_VARIABLE, encode(said)),)

    def artifacts(self) -> list[models.Artifact] | None:
        """The outputs of the pod's template. A file is kept as it is, so that Argo's page shows it."""
        names = [(name, True) for name in (self.notebook, self.written) if name]
        names += [(name, Pattern.of(text).literal) for text, name in self.files]
        as_it_is = models.ArchiveStrategy(none=models.NoneStrategy())
        found = [
            models.Artifact(
                name=slug(name, _LONGEST),
                path=f"{ARTIFACTS_FOLDER}/{name}",
                archive=as_it_is if literal else None,
                optional=True,
            )
            for name, literal in names
        ]
        return found or None


NOTHING = Shown()


def shown(task: Task, keys: ArtifactKeys | None) -> Shown:
    """What of `task` is listed, as the configuration says."""
    if keys is None:
        return NOTHING
    if task.name == REPORT:
        return Shown(written=FILE)
    target = task.action.path if isinstance(task.action, NotebookRun) and keys.notebooks else ""
    chosen = [text for text in task.files.put if any(fnmatchcase(text, pattern) for pattern in keys.files)]
    taken: set[str] = set()
    notebook = _name(PurePosixPath(target).name, taken) if target else ""
    return Shown(notebook, tuple((text, _name(text, taken)) for text in dict.fromkeys(chosen)))


def _name(text: str, taken: set[str]) -> str:
    """A file name of its own for what `text` means, with its suffix, by which Argo's page knows how to show it."""
    if Pattern.of(text).literal:
        ending = PurePosixPath(text).suffix
        plain = _UNSAFE.sub("-", text.removesuffix(ending)).strip("-.")[:_LONGEST] or "file"
    else:
        plain, ending = slug(text, _LONGEST), ""
    name, number = f"{plain}{ending}", 1
    while slug(name, _LONGEST) in taken:
        number += 1
        name = f"{plain}-{number}{ending}"
    taken.add(slug(name, _LONGEST))
    return name


def check_artifacts(program: Program, settings: Settings) -> Iterator[ArtifactsNotKept]:
    """A warning for each step that shares its pod, and would have had artifacts in one of its own."""
    for _, task in tasks(program.graph):
        if isinstance(task.action, Fused):
            yield from _not_kept((member.task for member in task.action.members), settings)


def _not_kept(members: Iterable[Task], settings: Settings) -> Iterator[ArtifactsNotKept]:
    for one in members:
        if shown(one, settings.keys.artifacts):
            yield ArtifactsNotKept(span=one.span, step=one.name)
