"""Tasks and items that share pods, on a real cluster: they end as here, in fewer pods."""

import json
import os
from dataclasses import replace

import pytest

from runnable import Map, Parallel, Pipeline, ShellTask, Stub
from runnable.cluster.model import Phase
from runnable.cluster.view import view
from runnable.configuration import Configuration
from runnable.configuration.sections import Section
from runnable.frontend.build import build
from runnable.ir.nodes import FanOut
from runnable.ir.walk import rewrite
from runnable.runs.stores.settings import open_store
from runnable_runtime.records.records import Status
from tests.conformance.test_corpus import built
from tests.integration.cluster.test_argo_corpus import OURS
from tests.support import clusters
from tests.support.argo_programs import fused
from tests.support.corpus import CORPUS
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix
from tests.support.selection import representative

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
CASES = [name for name in CORPUS if name not in ("texts that look like numbers", "four deep")]
REPRESENTATIVE = ["a task fails", "map of hostile items", "loop in map", "handled in map", "parallel in loop", "graph"]
KILL = "kill -9 $(cut -d' ' -f4 /proc/$PPID/stat); sleep 60"
KILLS = f"test $RUNNABLE_STEP_ATTEMPT != 1 || {{ {KILL}; }}"
"""Ends what runs the tasks of a pod, at the first attempt."""
PHASES = {
    Status.SUCCEEDED: Phase.SUCCEEDED,
    Status.FAILED: Phase.FAILED,
    Status.CREATED: Phase.SKIPPED,
    Status.SKIPPED: Phase.SKIPPED,
}


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


def ended(found, **configuration):
    """The view of a workflow that has ended, and its pods."""
    name = clusters.start(clusters.compiled(found, **configuration))
    return view(clusters.ended(name)), clusters.wait(name)


def phases_here(found):
    record, _ = clusters.recorded_here(found)
    return record, {path: PHASES[step.status] for path, step in record.steps.items() if step.attempts}


def _is_ours(path):
    """Whether it is a pod that no user has written."""
    return OURS.search(path) is not None or path.endswith(".not-enough")


def compare(found):
    """What becomes of the steps there and here."""
    shown, finished = ended(found)
    record, here = phases_here(found)
    there = {step.path: step.phase for step in shown.tasks() if not _is_ours(step.path)}
    assert (shown.phase is Phase.SUCCEEDED) == (record.status is Status.SUCCEEDED)
    assert {path: phase for path, phase in there.items() if phase is not Phase.SKIPPED} == {
        path: phase for path, phase in here.items() if record.steps[path].kind != "stub"
    }
    return finished


@pytest.mark.parametrize("name", representative(CASES, REPRESENTATIVE))
def test_a_pipeline_of_the_corpus_ends_as_it_does_here(name):
    found = built(name)
    finished = compare(replace(found, program=fused(found.program)))
    print(f"{name}: {finished.phase}, {len(finished.pods)} pods")


@pytest.mark.parametrize(("example", "pods"), [("fusing", 2), ("batching", 4)])
def test_the_examples_take_so_many_pods(example, pods):
    found = clusters.built_example(f"examples/19-fusing/{example}.py")
    planned = clusters.planned(found).pods
    assert (planned.least, planned.most) == (pods, pods)
    assert len(compare(found).pods) == pods


def batched(found, items):
    """The same, so many items in a pod."""

    def change(graph):
        nodes = (replace(one, batch=items) if isinstance(one, FanOut) else one for one in graph.nodes)
        return replace(graph, nodes=tuple(nodes), fuse=tuple(one.name for one in graph.nodes))

    return replace(found, program=replace(found.program, graph=rewrite(found.program.graph, change)))


BATCHED = ["map of hostile items", "map of what a map returned", "map of nothing", "reduced"]
COLLECTED = [
    "collects",
    "collects nothing",
    "collects a share",
    "collects and reduces by a task",
    "too few are collected",
]


@pytest.mark.parametrize("name", [*BATCHED, *COLLECTED])
def test_items_in_batches_end_as_they_do_here(name):
    compare(batched(built(name), 2))


@pytest.mark.parametrize("batch", [2, None])
def test_what_a_map_keeps_of_shared_pods_is_what_it_keeps_here(batch):
    """A step after it compares. The last item kills what runs it: its pod leaves nothing."""
    texts = ['a "quoted" {{item}} $(x) & <é>', 12345678901234567890, {"b": 1, "a": [1.0]}, None, "dies"]
    each = Pipeline(
        steps=[
            ShellTask(name="look", command='case "$x" in *quoted*) exit 3;; *) export y=seen;; esac', returns=["y"]),
            ShellTask(name="end", command=f'case "$x" in dies) {KILL};; *b*) exit 4;; esac'),
        ],
        fuse=True,
    )
    several = Map(name="m", branch=each, iterate_on="xs", iterate_as="x", on_error="collect", batch=batch)
    tells = ShellTask(name="tell", command='echo "$y|$failures"; export out="$y|$failures"', returns=["out"])
    expected = [
        {"index": 0, "item": texts[0], "step": "look", "error": "command exited with 3"},
        {"index": 2, "item": texts[2], "step": "end", "error": "command exited with 4"},
        {"index": 4, "item": "dies", "step": "", "error": "its pod has disappeared"},
    ]
    same = ShellTask(name="same", command='test "$out" = "$wanted" || { echo "$wanted"; exit 1; }')
    found = build(Pipeline(name="kept", steps=[several, tells, same]), __file__)
    wanted = "|".join(json.dumps(one, ensure_ascii=False) for one in (["seen", "seen"], expected))
    parameters = {"xs": texts, "wanted": wanted}
    shown, finished = ended(replace(found, program=replace(found.program, parameters=parameters)))
    assert shown.phase is Phase.SUCCEEDED, shown.steps
    assert len(finished.pods) == (5 if batch else 7)


def test_a_pod_that_is_killed_is_begun_again():
    """The second task kills what runs it, at its first attempt. Without records all run again."""
    first = ShellTask(name="one", command="export x=1", returns=["x"])
    second = ShellTask(name="two", command=KILLS, retry=1)
    found = build(Pipeline(name="killed", steps=[first, second], fuse=True), __file__)
    shown, finished = ended(found)
    assert shown.phase is Phase.SUCCEEDED
    assert len(finished.pods) == 2


@pytest.fixture
def run_log():
    """The section of a configuration with records in a bucket of this test's own."""
    if not os.environ.get("AWS_ENDPOINT_URL"):
        pytest.skip("AWS_ENDPOINT_URL names no S3 server")
    url = new_prefix()
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    yield Section("chunked-s3", {**keys, "credentials_secret": "s3-credentials"})
    empty(url)


def test_a_pod_that_is_killed_resumes_at_the_first_task_that_has_not_finished(run_log):
    """As records say, which its pods write."""
    steps = [
        ShellTask(name="one", command="export x=1", returns=["x"]),
        ShellTask(name="two", command=f"export y=$((x + 1)); {KILLS}", returns=["y"], retry=1),
        ShellTask(name="three", command='test "$x,$y" = 1,2'),
    ]
    found = build(Pipeline(name="killed", steps=steps, fuse=True), __file__)
    shown, finished = ended(found, run_log=run_log)
    record = open_store(Configuration("", {"run-log-store": run_log})).read(finished.name)
    assert shown.phase is Phase.SUCCEEDED
    assert len(finished.pods) == 2
    assert [len(step.attempts) for step in record.steps.values()] == [1, 2, 1]
    assert {step.status for step in record.steps.values()} == {Status.SUCCEEDED}


@pytest.mark.takes(70)
def test_a_pod_of_a_whole_parallel_that_is_killed_resumes_in_each_branch_where_that_was(run_log):
    left = [
        ShellTask(name="one", command="export x=1", returns=["x"]),
        ShellTask(name="two", command=f"export y=$((x + 1)); sleep 5; {KILLS}", returns=["y"], retry=1),
    ]
    right = Pipeline(steps=[Stub(name="idle"), ShellTask(name="one", command="export z=3", returns=["z"])])
    steps = [
        Parallel(name="both", branches={"left": Pipeline(steps=left, fuse=True), "right": right}),
        ShellTask(name="last", command='test "$x,$y,$z" = 1,2,3'),
    ]
    found = build(Pipeline(name="killed", steps=steps, fuse=True), __file__)
    shown, finished = ended(found, run_log=run_log)
    record = open_store(Configuration("", {"run-log-store": run_log})).read(finished.name)
    assert shown.phase is Phase.SUCCEEDED
    assert len(finished.pods) == 2
    attempts = {path: len(step.attempts) for path, step in record.steps.items() if step.attempts}
    assert attempts == {"both.left.one": 1, "both.left.two": 2, "both.right.one": 1, "last": 1}
    assert list(shown.steps) == [
        "both",
        "both.left",
        "both.left.one",
        "both.left.two",
        "both.right",
        "both.right.idle",
        "both.right.one",
        "last",
    ]


def test_a_failed_item_is_known_by_its_number():
    each = ShellTask(name="check", command="test $x != 3")
    steps = [Map(name="m", branch=each.as_pipeline(), iterate_on="xs", iterate_as="x", batch=4)]
    found = build(Pipeline(name="items", steps=steps), __file__)
    found = replace(found, program=replace(found.program, parameters={"xs": [1, 2, 3, 4, 5]}))
    shown, _ = ended(found)
    assert {path: str(step.phase) for path, step in shown.steps.items() if step.kind == "item"} == {
        "m.0": "succeeded",
        "m.1": "succeeded",
        "m.2": "failed",
        "m.3": "succeeded",
        "m.4": "succeeded",
    }
    assert "exited with 1" in shown.steps["m.2.check"].message
