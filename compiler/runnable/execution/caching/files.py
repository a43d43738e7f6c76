"""Data files that a task's code or parameters name: as they are before it runs, and which it has made itself."""

from __future__ import annotations

from collections.abc import Container, Mapping
from pathlib import Path

from runnable.execution.launcher import TaskStart
from runnable.runs.code import CodeBook
from runnable_runtime.code.file_states import beginning
from runnable_runtime.code.hashing import DATA, READ
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.patterns import Pattern

WRITTEN = "written"
"""In place of a digest: the task has made the file, or added to it, so that what is in it is nothing it depends on."""


@dataclass(frozen=True, slots=True)
class NamedFiles:
    """The files that a task names: `parts` before it ran, and the `sizes` of those that were there, in bytes."""

    parts: Mapping[str, str]
    sizes: Mapping[str, int]


def before(task: TaskStart, codes: CodeBook) -> NamedFiles:
    """The files that the code of `task`, or what it is given, names, as they are now.

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


def read(task: TaskStart, parts: Mapping[str, str], known: Container[str]) -> dict[str, str]:
    """What a task has read, but for what is `known` by its name.

    Nor what it has of the catalog, or makes for it, or what the run itself writes.
    """
    patterns = _of_catalog(task)
    records = _records(task)
    found = {}
    for name, part in parts.items():
        path = name.removeprefix(READ)
        if DATA + path in known:
            continue
        if not (_is_of_catalog(path, patterns) or (records and (task.project / path).is_relative_to(records))):
            found[name] = part
    return found


def changed_names(now: Mapping[str, str], then: Mapping[str, str]) -> list[str]:
    """The names of what is not as it was, of all that a task depends on."""
    names = [*now, *(name for name in then if name not in now)]
    return [name for name in names if now.get(name) != then.get(name) and then.get(name) != WRITTEN]


def _parts(task: TaskStart, codes: CodeBook) -> dict[str, str]:
    patterns = _of_catalog(task)
    visible = {name: value for name, value in task.environment.items() if name not in task.spec.secrets}
    given = {**task.parameters, **visible}
    found = codes.files_of(task.action, task.spec.returns, given)
    return {n: digest for n, digest in found.items() if not _is_of_catalog(n.removeprefix(DATA), patterns)}


def _records(task: TaskStart) -> Path | None:
    """The folder of all runs' records, or of this one's, where that is also the project's; None if there is none."""
    if task.log is None:
        return None
    _, run, runs, *_ = (folder.resolve() for folder in task.log.parents)
    return run if task.project.resolve().is_relative_to(runs) else runs


def _of_catalog(task: TaskStart) -> list[Pattern]:
    return [Pattern.of(text, task.storage.folder) for text in (*task.spec.get, *task.spec.put)]


def _is_of_catalog(path: str, patterns: list[Pattern]) -> bool:
    return any(pattern.matches(path) for pattern in patterns)


def _grew(project: Path, name: str, known: NamedFiles) -> bool:
    """Whether the file was not there, or begins with what it was."""
    if name not in known.parts:
        return True
    return beginning(project / name.removeprefix(DATA), known.sizes[name]) == known.parts[name]


def _size(project: Path, name: str) -> int:
    try:
        return (project / name.removeprefix(DATA)).stat().st_size
    except OSError:
        return 0
