"""Digests of the code of a program's tasks, by `runnable_runtime.code.fingerprint`, computed before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from runnable.ir.nodes import Action, Program, Task
from runnable.ir.task_spec import task_spec
from runnable.ir.walk import tasks
from runnable_runtime.code import fingerprint
from runnable_runtime.code.hashing import PACKAGE
from runnable_runtime.protocol import ReturnSpec

Functions = Mapping[str, Callable[..., object]]
"""The function objects that a program calls, by ``module:name``."""


class CodeBook:
    """What the code of each task consists of, and a digest of it.

    A function that is in `functions` neither, nor imported, is known by its name only. Files are read when the book is
    made, so that what is edited while the run lasts does not count.
    """

    def __init__(self, program: Program, functions: Functions) -> None:
        from runnable_runtime.code.closure import Sources

        self._functions = functions
        self._sources = Sources(Path(program.root or "."))
        self._known: dict[tuple[Action, tuple[ReturnSpec, ...]], tuple[str, Mapping[str, str]]] = {}
        for _, task in tasks(program.graph):
            self.of(task)

    def of(self, task: Task) -> tuple[str, Mapping[str, str]]:
        """The digest and the parts of a task's code; empty for a stub, which has none."""
        key = task.action, task.returns
        if key not in self._known:
            parts = self._parts(task)
            self._known[key] = (fingerprint.digest(parts) if parts else ""), parts
        return self._known[key]

    def parts_of(self, action: Action, returns: tuple[ReturnSpec, ...]) -> Mapping[str, str]:
        """The parts of the code of a task of the program that does `action`."""
        return self._known[action, returns][1]

    def _parts(self, task: Task) -> dict[str, str]:
        spec = task_spec(task, task.name)
        function = self._functions.get(spec.target) or fingerprint.imported(spec.target)
        return fingerprint.of_task(spec, function, self._sources)


def changed_parts(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The names of the parts that differ; not those of installed packages: another machine has other versions."""
    names = dict.fromkeys((*after, *before))
    return tuple(n for n in names if before.get(n) != after.get(n) and not n.startswith(PACKAGE))
