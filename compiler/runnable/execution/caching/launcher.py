"""A launcher around another one, for tasks with ``cache=True``: it reuses earlier outcomes where it can."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from runnable.diagnostics.wording import listed
from runnable.execution.caching import files
from runnable.execution.caching.bring import Gone, bring
from runnable.execution.caching.depends import depends
from runnable.execution.caching.earlier import Earlier, Found, place_of
from runnable.execution.launcher import ImageOf, Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.progress.events import Progress
from runnable.ir.nodes import Nothing
from runnable.runs.code import CodeBook, as_now, unknown_parts
from runnable_runtime.records.records import Status, StepRecord


class CachingLauncher:
    """Reuses the outcomes of earlier runs, and lets `inner` run the other tasks."""

    def __init__(
        self,
        inner: Launcher,
        earlier: Earlier,
        codes: CodeBook,
        progress: Progress,
        steps: Iterable[StepRecord],
        image_of: ImageOf,
    ) -> None:
        """`steps` are those in the record at the beginning: a resumed run has some from earlier sessions."""
        self._inner = inner
        self._earlier = earlier
        self._codes = codes
        self._progress = progress
        self._image_of = image_of
        self._ends: deque[TaskEnd] = deque()
        self._depends: dict[str, tuple[Mapping[str, str], files.NamedFiles]] = {}
        self._reported: set[str] = set()
        self._files: dict[str, str] = {}
        for step in steps:
            for attempt in step.attempts:
                self._note_files(attempt.files)

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self._inner.capacity

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        if task.options.cache and not isinstance(task.action, Nothing):
            named = files.before(task, self._codes)
            code = {**self._codes.parts_of(task.action, task.spec.returns), **named.parts}
            found = depends(task, code, self._files, self._image_of(task.options))
            outcome = self._taken(task, found)
            if outcome is not None:
                self._ends.append(TaskEnd(task, outcome, logged=False))
                return
            self._depends[task.path] = found, named
            if not self._image_of(task.options):  # an image's files are its own
                task = replace(task, spec=replace(task.spec, watched=True))
        self._inner.start(task)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        end = self._ends.popleft() if self._ends else self._inner.wait(seconds)
        if end is None:
            return None
        self._note_files(end.outcome.files)
        known = self._depends.pop(end.task.path, None)
        if known is None:
            return end
        found, named = known
        after = {**found, **files.after(end.task, self._codes, named)}
        read = files.read(end.task, end.outcome.depends, after)
        return replace(end, outcome=replace(end.outcome, depends={**after, **read}))

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        return (*self._ends, *self._inner.stop(impatient))

    def _taken(self, task: TaskStart, found: Mapping[str, str]) -> Outcome | None:
        """The outcome to reuse from an earlier run; None, with a notice that says why, if the task has to run."""
        if unknown := unknown_parts(found):
            self._report(task.path, _always(unknown))
            return None
        problem = ""
        for same in self._earlier.same(task.path, found, task.project):
            try:
                outputs = bring(same, task.storage)
            except Gone as gone:
                problem = problem or f"of what it left in the run {same.run_id}, {gone}"
                continue
            self._report(task.path, f"takes what it returned in the run {same.run_id}: nothing has changed since")
            attempt = same.attempt
            return Outcome(
                status=Status.SUCCEEDED,
                inputs=tuple(name for name in attempt.inputs if name in task.parameters),
                outputs=outputs,
                metrics=attempt.metrics,
                files=attempt.files,
                depends=attempt.depends,
                reused=f"{same.run_id}/{same.path}",
            )
        why = f"runs: {problem}" if problem else _why(self._earlier.nearest(task.path), found, task)
        self._report(task.path, why)
        return None

    def _report(self, path: str, what: str) -> None:
        """Once for all items of a map and iterations of a loop."""
        text = f"{place_of(path)} {what}"
        if text not in self._reported:
            self._reported.add(text)
            self._progress.notice(text)

    def _note_files(self, files: Iterable[Mapping[str, object]]) -> None:
        self._files |= {str(f["path"]): str(f["sha256"]) for f in files if f["stage"] == "put"}


def _why(nearest: Found | None, now: Mapping[str, str], task: TaskStart) -> str:
    if nearest is None:
        return "runs: it has finished with cache=True in none of the last runs of this pipeline"
    then = nearest.attempt.depends
    if unknown := unknown_parts(then):  # of what it has read
        return _always(unknown)
    changed = files.changed_names({**now, **as_now(then, task.project)}, then)
    return f"runs: since the run {nearest.run_id}, {listed(changed)} changed"


def _always(unknown: Sequence[str]) -> str:
    return f"runs each time: it uses what cannot be known beforehand, {listed(list(unknown))}"
