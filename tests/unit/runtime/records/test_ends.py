"""How a workflow has ended stands beside what its pods have recorded, whoever writes it, and however often."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from runnable.runs.stores.store import KeepsEnds, RunLogStore
from runnable_runtime.records.ends import WorkflowEnd
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from tests.unit.runs.stores.test_stores import IN_A_BUCKET, ended, opened  # the first has pytest.mark.s3

STARTED = "2026-11-26T02:00:00.000000+00:00"
LATER = "2026-11-26T02:01:00.000000+00:00"
LATEST = "2026-11-26T02:02:00.000000+00:00"
FAILED = WorkflowEnd(workflow="argo/w", status=Status.FAILED, ended=LATER, message="'b' failed")
SUCCEEDED = WorkflowEnd(workflow="argo/w", status=Status.SUCCEEDED, ended=LATEST)

everywhere = pytest.mark.parametrize("kind", ["chunked-fs", IN_A_BUCKET])


def written_by_pods(store: RunLogStore, workflow: str = "argo/w") -> None:
    """The run `r`: `a` has ended, `b` was killed without having said so."""
    attempt = AttemptRecord(number=1, started=STARTED)
    steps = [ended("a", x=1), StepRecord(path="b", kind=Kind.PYTHON, status=Status.RUNNING, attempts=(attempt,))]
    bare = {step.path: StepRecord(path=step.path, kind=step.kind) for step in steps}
    writer = store.create(RunRecord(run_id="r", pipeline="p", started=STARTED, workflow=workflow, steps=bare))
    for step in steps:
        writer.write_step(step)
    writer.close()


@pytest.fixture
def store(kind: str, tmp_path: Path) -> RunLogStore:
    found = opened(kind, tmp_path)
    written_by_pods(found)
    return found


def write(store: RunLogStore, *ends: WorkflowEnd, run_id: str = "r") -> bool:
    assert isinstance(store, KeepsEnds)
    return all([store.write_end(run_id, end) for end in ends])


@everywhere
def test_the_end_of_its_workflow_is_that_of_the_run(store: RunLogStore) -> None:
    assert store.header("r").status is Status.RUNNING
    assert write(store, FAILED)
    for record in (store.header("r"), store.read("r")):
        assert (record.status, record.ended, record.message) == (Status.FAILED, LATER, "'b' failed")
        assert record.seconds == 60


@everywhere
def test_what_its_pods_left_as_running_was_killed(store: RunLogStore) -> None:
    before = store.read("r").steps
    assert before["b"].status is Status.RUNNING
    write(store, FAILED)
    after = store.read("r").steps
    assert after["a"] == before["a"]
    assert (after["b"].status, after["b"].message) == (Status.INTERRUPTED, "its process was killed")
    assert after["b"].attempts[-1].status is Status.INTERRUPTED


@everywhere
@pytest.mark.parametrize("order", list(itertools.permutations([FAILED, FAILED, SUCCEEDED])))
def test_an_older_view_takes_nothing_away(store: RunLogStore, order: tuple[WorkflowEnd, ...]) -> None:
    """Argo can go on with a workflow that has failed: what it ended with last counts, whoever writes last."""
    write(store, *order)
    assert (store.read("r").status, store.read("r").ended) == (Status.SUCCEEDED, LATEST)


@everywhere
def test_many_may_write_at_once(store: RunLogStore) -> None:
    with ThreadPoolExecutor(16) as pool:
        assert all(pool.map(lambda end: write(store, end), [FAILED, SUCCEEDED] * 16))
    assert store.header("r").status is Status.SUCCEEDED


@everywhere
def test_the_end_of_another_workflow_is_not_that_of_the_run(store: RunLogStore) -> None:
    write(store, replace(FAILED, workflow="argo/before"))
    assert store.header("r").status is Status.RUNNING


@everywhere
def test_a_run_that_went_on_elsewhere_is_no_longer_the_workflows(store: RunLogStore) -> None:
    write(store, FAILED)
    record, writer = store.resume("r")
    assert record.status is Status.FAILED
    writer.write_run(replace(record, workflow="", status=Status.RUNNING, ended=None, message=""))
    write(store, SUCCEEDED)
    assert store.header("r").status is Status.RUNNING
    writer.close()


@everywhere
def test_of_a_run_that_is_not_there_nothing_is_written(store: RunLogStore) -> None:
    assert not write(store, FAILED, run_id="other")
    assert store.runs() == ("r",)


@pytest.mark.parametrize("kind", ["chunked-fs"])
def test_a_step_that_began_after_the_end_is_of_a_further_try(store: RunLogStore) -> None:
    write(store, replace(FAILED, ended="2026-11-26T01:59:59.000000+00:00"))
    assert store.read("r").steps["b"].status is Status.RUNNING
