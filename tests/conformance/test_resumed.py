"""A run that ends at any task, however it ends there, and is gone on with, gives what a run without that end gives."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import cache
from typing import Any

import pytest

from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.execution.launcher import Launcher, TaskEnd, TaskStart
from runnable.executors.local import run as backend
from runnable.executors.settings import LocalSettings
from runnable.ir.unit import CompilationUnit
from runnable.runs.resume.request import request
from runnable.runs.stores import RunLogStore
from runnable.runs.stores.buffered import BufferedStore
from runnable_runtime.records.records import RunRecord, Status
from tests.conformance.test_corpus import built
from tests.support.corpus import CORPUS, PARAMETERS


class Died(BaseException):
    """Stands in for the end of the process: the record stays as it is at that moment."""


class Counting:
    """Passes tasks on, notes which were started, and dies when it is given the one numbered `dies_at`."""

    def __init__(self, launcher: Launcher, started: Counter[str], dies_at: int) -> None:
        self._launcher = launcher
        self._started = started
        self._left = dies_at

    @property
    def capacity(self) -> int:
        return self._launcher.capacity

    def start(self, task: TaskStart) -> None:
        if self._left == 0:
            raise Died
        self._left -= 1
        self._started[task.path] += 1
        self._launcher.start(task)

    def wait(self, seconds: float) -> TaskEnd | None:
        return self._launcher.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        return self._launcher.stop(impatient)


def session(
    found: CompilationUnit,
    store: RunLogStore,
    started: Counter[str],
    *,
    dies_at: int = -1,
    catalog: CatalogSettings = NO_CATALOG,
    run_id: str = "the-run",
) -> RunRecord:
    """One session of the run; it dies when it comes to its task `dies_at`, unless it has fewer."""
    return backend.run(
        found.program,
        found.functions,
        LocalSettings(),
        store,
        run_id=run_id,
        resumption=request(store, run_id, PARAMETERS, rerun_changed=False) if store.runs() else None,
        catalog=catalog,
        wrap=lambda launcher: Counting(launcher, started, dies_at),
    )


@cache
def whole_run(name: str) -> tuple[CompilationUnit, RunRecord, Counter[str]]:
    """A pipeline of the corpus, its run in one session, and which tasks that started, for all tests of a process."""
    found = built(name)
    started: Counter[str] = Counter()
    return found, session(found, BufferedStore(), started), started


def outcome(record: RunRecord) -> Any:
    steps = [(s.path, s.kind, s.place, s.status, s.message, dict(s.outputs)) for s in record.steps.values()]
    return record.status, record.message, record.outputs, steps


@pytest.mark.parametrize("name", CORPUS)
def test_a_run_that_dies_again_and_again_comes_to_the_same_end_and_does_nothing_twice(name: str) -> None:
    found, whole, started = whole_run(name)
    again: Counter[str] = Counter()
    store = BufferedStore()
    ended = None
    failing = sum(step.status is Status.FAILED for path, step in whole.steps.items() if path in started)
    while ended is None:
        try:  # several a session, since what has failed is tried once more: before its handler, or to be listed
            ended = session(found, store, again, dies_at=3 + failing)
        except Died:
            assert sum(again.values()) < (3 + failing) * sum(started.values()), "the sessions come no further"
    assert outcome(ended) == outcome(whole)
    succeeded = {path for path in started if whole.steps[path].status is Status.SUCCEEDED}
    assert {path: again[path] for path in succeeded} == {path: 1 for path in succeeded}
    assert again.keys() == started.keys()
