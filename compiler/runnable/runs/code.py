"""Digests of the code of a program's tasks, by `runnable_runtime.code.fingerprint`, computed before anything runs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import islice
from pathlib import Path

from runnable.ir.nodes import Action, ContainerRun, Program, ShellCommand, Task
from runnable.ir.task_spec import task_spec
from runnable.ir.walk import tasks
from runnable_runtime.code import fingerprint
from runnable_runtime.code.data_files import names_in
from runnable_runtime.code.file_states import states
from runnable_runtime.code.hashing import DATA, PACKAGE, READ, UNKNOWN
from runnable_runtime.code.sources import Fingerprint, Sources
from runnable_runtime.protocol import Json, ReturnSpec
from runnable_runtime.stores.patterns import Pattern

Functions = Mapping[str, Callable[..., object]]
"""The function objects that a program calls, by ``module:name``."""


_MOST_GIVEN = 1_000
"""How many texts of its parameters may name files that a task depends on: more are a list of other things."""


class CodeBook:
    """What the code of each task consists of, and a digest of it.

    A function that is in `functions` neither, nor imported, is unknown. Files are read when the book is made, so that
    what is edited while the run lasts does not count; for data files see `caching.depends`.
    """

    def __init__(self, program: Program, functions: Functions) -> None:
        self._functions = functions
        self._sources = Sources(Path(program.root or "."))
        self._known: dict[tuple[Action, tuple[ReturnSpec, ...]], tuple[str, Fingerprint]] = {}
        for _, task in tasks(program.graph):
            self.of(task)

    def of(self, task: Task) -> tuple[str, Mapping[str, str]]:
        """The digest and the parts of a task's code; empty for a stub, which has none."""
        if isinstance(task.action, ContainerRun):
            parts = _of_container(task, task.action)
            return fingerprint.digest(parts), parts
        key = task.action, task.returns
        if key not in self._known:
            found = self._found(task)
            self._known[key] = (fingerprint.digest(found.parts) if found.parts else ""), found
        digest, found = self._known[key]
        return digest, found.parts

    def parts_of(self, action: Action, returns: tuple[ReturnSpec, ...]) -> Mapping[str, str]:
        """The parts of the code of a task of the program that does `action`; data files are not among them."""
        return {n: part for n, part in self._known[action, returns][1].parts.items() if not n.startswith(DATA)}

    def files_of(self, action: Action, returns: tuple[ReturnSpec, ...], given: Mapping[str, Json]) -> Mapping[str, str]:
        """A part for each data file that the code of such a task names, as the file is now.

        Or that is named by what it is `given`: by a value, or, in a command, by a word with values in it.
        """
        found = self._known[action, returns][1]
        names = [*found.names, *islice((name for value in given.values() for name in _names(value)), _MOST_GIVEN)]
        if isinstance(action, ShellCommand):
            from string import Template

            names += [Template(name).safe_substitute(given) for name in found.names if "$" in name]
        return self._sources.data_parts(names, found.folders, found.parts)

    def changed_reads(self, then: Mapping[str, str]) -> tuple[str, ...]:
        """The names of what a task has read when it ran, of all that it depended on `then`, and is another now."""
        return tuple(name for name, now in as_now(then, self._sources.project).items() if now != then[name])

    def _found(self, task: Task) -> Fingerprint:
        spec = task_spec(task, task.name)
        function = self._functions.get(spec.target) or fingerprint.imported(spec.target)
        found = fingerprint.of_task(spec, function, self._sources)
        patterns = [Pattern.of(text) for text in (*spec.get, *spec.put)]  # what the catalog has is not the code's
        mine = {n: p for n, p in found.parts.items() if not (n.startswith(DATA) and _matches(patterns, n))}
        return replace(found, parts=mine)


def as_now(then: Mapping[str, str], project: Path) -> dict[str, str]:
    """What a task has read when it ran, as it is now: of all that it depended on `then`."""
    paths = [name.removeprefix(READ) for name in then if name.startswith(READ)]
    return {READ + path: part for path, part in states(project, paths).items()}


def _of_container(task: Task, run: ContainerRun) -> dict[str, str]:
    """What is known of the code of a step that runs an image of its own: the image's name, and what is run in it."""
    program = json.dumps([run.command, run.args, run.working_dir], ensure_ascii=False)
    returns = json.dumps([[one.encode() for one in task.returns], run.files], ensure_ascii=False)
    return {"image": task.options.image or "", "program": program, "returns": returns}


def _names(value: Json) -> Iterator[str]:
    """What in the texts of a value may name data files."""
    pending = [value]
    while pending:
        match pending.pop():
            case str(text):
                yield from names_in(text)
            case list(values):
                pending += values
            case dict(values):
                pending += values.values()
            case _:
                continue


def _matches(patterns: list[Pattern], part: str) -> bool:
    return any(pattern.matches(part.removeprefix(DATA)) for pattern in patterns)


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the parts that differ; not those of installed packages: another machine has other versions.

    A data file that has come into being since is left out: most are what the run has written itself.
    """
    names = dict.fromkeys((*after, *before))
    differing = (n for n in names if before.get(n) != after.get(n) and not n.startswith(PACKAGE))
    return tuple(n for n in differing if n in before or not n.startswith(DATA))


def unknown_parts(parts: Mapping[str, str]) -> tuple[str, ...]:
    """What of a task cannot be known, in words, with the reasons: it may have changed although nothing else has."""
    return tuple(f"{n.removeprefix(UNKNOWN)} ({reason})" for n, reason in parts.items() if n.startswith(UNKNOWN))
