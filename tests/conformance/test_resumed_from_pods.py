"""What pods leave of a run, its tasks only, is enough to go on with: the same end, and nothing is done twice."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from itertools import cycle

import pytest

from runnable.configuration import Section
from runnable.configuration.catalog import NO_CATALOG
from runnable.runs.resume.finished import Finished, finished
from runnable.runs.resume.pod_records import completed
from runnable.runs.resume.request import request
from runnable.runs.stores.buffered import BufferedStore
from runnable.targets import argo
from runnable.targets.target import CompileRequest
from runnable_runtime.records.records import COMPOSITES, RunRecord, Status, StepRecord
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import NOWHERE
from tests.conformance.test_corpus import built
from tests.conformance.test_resumed import Died, outcome, session, whole_run
from tests.support.corpus import CORPUS, PARAMETERS
from tests.support.manifests import problems, read


def left_by_pods(record: RunRecord) -> RunRecord:
    """`record` as pods leave it: no composites, no stubs, nothing of what has not started, and no end."""
    steps = {
        path: step
        for path, step in record.steps.items()
        if step.kind not in COMPOSITES and step.kind != "stub" and step.attempts
    }
    return replace(record, workflow="argo/w", status=Status.RUNNING, ended=None, message="", steps=steps)


def stored(record: RunRecord) -> BufferedStore:
    """A store that has `record`, of a run that nobody writes."""
    store = BufferedStore()
    writer = store.create(record)
    for digest, parts in record.code.items():
        writer.write_code(digest, parts)
    writer.close()
    return store


def shape(step: StepRecord) -> tuple[object, ...]:
    return step.kind, step.place, step.status, dict(step.outputs)


@pytest.mark.parametrize("name", CORPUS)
def test_composites_and_stubs_have_ended_as_the_ends_of_tasks_say(name: str) -> None:
    found, whole, _ = whole_run(name)
    again = completed(found.program, left_by_pods(whole), whole.parameters, Objects(NOWHERE).load)
    expected = {path: shape(step) for path, step in whole.steps.items() if step.status is not Status.CREATED}
    assert {path: shape(step) for path, step in again.steps.items()} == expected
    assert list(again.steps) == [path for path in whole.steps if path in expected]


@pytest.mark.parametrize(("name", "dies_at"), list(zip(CORPUS, cycle([1, 2, 4]))))  # each program at one of them
def test_a_run_that_died_on_a_cluster_comes_to_the_same_end_and_does_nothing_twice(name: str, dies_at: int) -> None:
    found, whole, started = whole_run(name)
    again: Counter[str] = Counter()
    store = BufferedStore()
    try:
        ended = session(found, store, again, dies_at=dies_at)
    except Died:
        ended = session(found, stored(left_by_pods(store.read("the-run"))), again)
    assert outcome(ended) == outcome(whole)
    succeeded = {p for p in started if whole.steps[p].status is Status.SUCCEEDED and whole.steps[p].kind != "stub"}
    assert {path: again[path] for path in succeeded} == dict.fromkeys(succeeded, 1)


def is_done(path: str, found: Finished) -> bool:
    """Whether the task at `path`, or something that it is in, does not run again."""
    parts = path.split(".")
    for length in range(1, len(parts) + 1):
        general = ".".join("*" if part.isdecimal() else part for part in parts[:length])
        numbers = tuple(int(part) for part in parts[:length] if part.isdecimal())
        if numbers in found.nodes.get(general, {}):
            return True
    return False


@pytest.mark.parametrize(("name", "dies_at"), list(zip(CORPUS, cycle([1, 3, 5]))))
def test_a_workflow_leaves_out_what_a_further_session_here_would_not_do(name: str, dies_at: int) -> None:
    found = built(name)
    store = BufferedStore()
    try:
        session(found, store, Counter(), dies_at=dies_at)
    except Died:
        record = store.read("the-run")
    else:
        pytest.skip("the run has ended before")
    left: Counter[str] = Counter()
    whole = session(found, stored(record), left)

    resumption = request(store, "the-run", PARAMETERS, rerun_changed=False)
    done, notices = finished(found.program, found.functions, stored(record), resumption, NO_CATALOG, "argo")
    assert not [notice for notice in notices if "has changed" in notice]
    tasks = {path for path, step in whole.steps.items() if step.attempts and step.kind != "stub"}
    assert {path for path in tasks if not is_done(path, done)} == {path for path in left if path in tasks}

    bucket = Section("chunked-s3", {"bucket": "runs"})
    requested = CompileRequest(program=found.program, finished=done, run_log_store=bucket)
    for document in argo.compile(requested):
        for compiled in read(document.text):
            assert problems(compiled) == []
