"""The fate of tasks with `cache=True`: what `execution.caching` would do, as far as it is known before."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from pathlib import Path

from runnable.diagnostics.wording import listed
from runnable.execution.caching import files
from runnable.execution.caching.bring import why_gone
from runnable.execution.caching.depends import depends
from runnable.execution.caching.earlier import Earlier
from runnable.execution.launcher import TaskStart
from runnable.execution.secrets.resolve import Secrets
from runnable.ir.nodes import Nothing, Program, Task
from runnable.ir.task_spec import task_spec
from runnable.planning.changes import PARAMETER, Changes
from runnable.planning.expand import At, Does, Fate
from runnable.planning.steps import Why
from runnable.planning.values import unknown_in
from runnable.runs.code import CodeBook, as_now, unknown_parts
from runnable.semantics.scope import Scope
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.stores.patterns import Pattern
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.arguments import with_arguments

RUNS = Fate()


@dataclass(frozen=True, slots=True)
class _Known:
    """What a task depends on: `parts` that are known, and for each of the others who gives it."""

    parts: Mapping[str, str]
    unknown: Mapping[str, str]


@dataclass(slots=True)
class Caching:
    """What becomes of tasks with `cache=True`. `knows_image`: they run on this machine, and in no image."""

    program: Program
    codes: CodeBook
    earlier: Earlier
    storage: Storage
    secrets: Secrets
    changes: Changes
    knows_image: bool = True
    _put: dict[str, str] = field(default_factory=dict)
    """The files in the catalog that earlier tasks have put there, with their digests."""
    _putting: dict[str, str] = field(default_factory=dict)
    """Patterns of files that tasks put when they run, with the tasks."""

    def __call__(self, task: Task, at: At, scope: Scope) -> Fate:
        """See `FateOf`."""
        fate = self._fate(task, at, scope) if task.options.cache and not isinstance(task.action, Nothing) else RUNS
        if fate.does is not Does.CACHED:
            self._putting |= dict.fromkeys(task.files.put, at.where)
        return fate

    def _fate(self, task: Task, at: At, scope: Scope) -> Fate:
        parameters = with_arguments(task.arguments, scope.select(task.reads))
        found = self._depends(task, at, parameters)
        if unknown := unknown_parts(found.parts):
            return Fate(why=Why(f"runs each time, as it uses what cannot be known, {listed(list(unknown))}"))
        if not found.unknown:
            problem = ""
            for same in self.earlier.same(at.path, found.parts, self._project):
                if gone := why_gone(same, self.storage):
                    problem = problem or f"of what it left in the run {same.run_id}, {gone}"
                    continue
                self._put |= {str(f["path"]): str(f["sha256"]) for f in same.attempt.files if f["stage"] == "put"}
                return Fate(Does.CACHED, outputs=same.attempt.outputs, run_id=same.run_id)
            if problem:
                return Fate(why=Why(problem))
        return self._not_cached(task, at, parameters, found)

    def _not_cached(self, task: Task, at: At, parameters: Mapping[str, Json], found: _Known) -> Fate:
        nearest = self.earlier.nearest(at.path)
        if nearest is None:
            return Fate(why=Why("none of the last runs has finished it with cache=True"))
        then = nearest.attempt.depends
        now = {**found.parts, **as_now(then, self._project)}
        names = [n for n in files.changed_names(now, then) if n not in found.unknown and not self._open(n, at)]
        if names:
            changes = self.changes.of(task, names, nearest.attempt.inputs, parameters, (then, now))
            return Fate(why=Why(f"changed since the run {nearest.run_id}", nearest.run_id, changes))
        given = "; ".join(f"{name}: {source}" for name, source in found.unknown.items())
        text = f"cached if it is given what it was given in the run {nearest.run_id} ({given})"
        return Fate(Does.PERHAPS_CACHED, why=Why(text, nearest.run_id))

    @property
    def _project(self) -> Path:
        return Path(self.program.root or ".")

    def _open(self, name: str, at: At) -> bool:
        """Whether a part may be that of a file which is put into the catalog before, or of a loop's variable."""
        return (name.startswith("file ") and bool(self._putting)) or (not at.exact and name.startswith("variable "))

    def _depends(self, task: Task, at: At, parameters: Mapping[str, Json]) -> _Known:
        spec = task_spec(task, at.path)
        known = {name: value for name, value in parameters.items() if next(unknown_in(value), None) is None}
        start = TaskStart(
            action=task.action,
            spec=spec,
            attempt=1,
            parameters=known,
            environment={**at.variables, **dict(task.options.env)},  # values of secrets do not count
            project=self._project,
            options=task.options,
            storage=self.storage,
            redactor=self.secrets.redactor() or None,
        )
        named = files.before(start, self.codes)
        code = {**self.codes.parts_of(task.action, task.returns), **named.parts}
        parts = depends(start, code, self._put, "")
        unknown = {
            f"{PARAMETER}{name}": next(unknown_in(value)).source
            for name, value in parameters.items()
            if name not in known
        }
        for wanted in task.files.get:
            if (step := self._putter(wanted)) is not None:
                unknown[f"file {wanted}"] = f"{step!r} puts it"
        if not self.knows_image:
            parts.pop("python", None)
            unknown |= {"image": "the engine knows it", "python": "the image has it"}
        return _Known(parts, unknown)

    def _putter(self, wanted: str) -> str | None:
        """The task that runs before, and puts files that the pattern `wanted` may be for."""
        folder = self.storage.folder
        for text, step in self._putting.items():
            if text == wanted or Pattern.of(wanted, folder).matches(text) or Pattern.of(text, folder).matches(wanted):
                return step
            if any(mark in text for mark in "*?[") and any(mark in wanted for mark in "*?["):
                return step
        return None
