"""Data files that the code of a task names: as they are before it runs, and which of them it has made itself."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from runnable.execution.launcher import TaskStart
from runnable.runs.code import CodeBook
from runnable_runtime.code.hashing import DATA
from runnable_runtime.code.sources import content
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.patterns import Pattern

WRITTEN = "written"
"""In place of a digest: the task has made the file, or added to it, so that what is in it is nothing it depends on."""


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """The files that a task's code names: `parts` before it ran, and the `sizes` of those that were there, in bytes."""

    parts: Mapping[str, str]
    sizes: Mapping[str, int]


def before(task: TaskStart, codes: CodeBook) -> NamedFiles:
    """The files that the code of `task` names, as they are now.

    Not those that come from the catalog, whose content counts already, nor those that go there: the task makes them.
    """
    parts = _parts(task, codes)
    return NamedFiles(parts, {name: _size(task.project, name) for name in parts})


def after(task: TaskStart, codes: CodeBook, known: NamedFiles) -> dict[str, str]:
    """The same when the task has ended; a file that it has rewritten counts as it left it."""
    return {
        name: WRITTEN if digest != known.parts.get(name) and _grew(task.project, name, known) else digest
        for name, digest in _parts(task, codes).items()
    }


def changed_names(now: Mapping[str, str], then: Mapping[str, str]) -> list[str]:
    """The names of what is not as it was, of all that a task depends on."""
    names = [*now, *(name for name in then if name not in now)]
    return [name for name in names if now.get(name) != then.get(name) and then.get(name) != WRITTEN]


def _parts(task: TaskStart, codes: CodeBook) -> dict[str, str]:
    patterns = [Pattern.of(text, task.storage.folder) for text in (*task.spec.get, *task.spec.put)]
    found = codes.files_of(task.action, task.spec.returns)
    return {n: digest for n, digest in found.items() if not any(p.matches(n.removeprefix(DATA)) for p in patterns)}


def _grew(project: Path, name: str, known: NamedFiles) -> bool:
    """Whether the file was not there, or begins with what it was."""
    if name not in known.parts:
        return True
    return content(project, name.removeprefix(DATA), known.sizes[name]) == known.parts[name]


def _size(project: Path, name: str) -> int:
    try:
        return (project / name.removeprefix(DATA)).stat().st_size
    except OSError:
        return 0
