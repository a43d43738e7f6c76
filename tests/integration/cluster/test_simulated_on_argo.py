"""A recorded workflow is simulated as long as it took; so is the same one wider, and with steps that share pods."""

import os
from dataclasses import replace
from datetime import datetime

import pytest

from runnable.configuration import Configuration, Section
from runnable.driver.simulate import Scenario, simulation
from runnable.ir.nodes import FanOut
from runnable.ir.unit import CompilationUnit
from runnable.provenance.facts import Facts
from runnable.runs.stores.settings import open_store
from runnable.simulation.sharing import with_batch, with_fuse
from runnable_runtime.records.times import seconds_between
from tests.support import clusters
from tests.support.argo_programs import chain, program, shell
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.thorough,  # it predicts times: of a quiet machine, where nothing else runs
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
ITEMS, SECONDS = 6, 15
SAID = Facts(commit="c" * 40, changes="clean", lock="l" * 16, compiler="0", pipeline="p" * 16, source="p.py")
REQUESTS = {"requests": {"cpu": "100m", "memory": "100Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}}
NARROW = {"parallelism": 2}
WITHIN = 0.2


@pytest.fixture
def run_log():
    """A section of a configuration with a store of this test's own."""
    url, endpoint = new_prefix(), os.environ["AWS_ENDPOINT_URL"]
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    yield Section("chunked-s3", keys)
    empty(url)


def run(unit, run_log, **configuration):
    """The record of a workflow, how many seconds it took, and what Argo says of its resources."""
    name = clusters.start(clusters.compiled(unit, run_log=run_log, provenance=SAID, **configuration))
    said = {}
    ended = clusters.wait(name, seen=lambda found: said.update(found))
    assert ended.phase == "Succeeded", {node["displayName"]: node.get("message") for node in ended.nodes.values()}
    took = datetime.fromisoformat(said["finishedAt"]) - datetime.fromisoformat(said["startedAt"])
    record = open_store(Configuration("", {"run-log-store": run_log})).read(name)
    return record, took.total_seconds(), said["resourcesDuration"]


def simulated(unit, record, run_log, at_once=None, **configuration):
    """What a run of `unit` is simulated to take, by the record of another one with that `configuration`."""
    settings = {"default_resources": REQUESTS, "image": clusters.IMAGE, **configuration}
    like = Scenario(target="argo", like=record, at_once=at_once, try_variants=False)
    sections = {"pipeline-executor": Section("argo", settings), "run-log-store": run_log}
    return simulation(unit, Configuration("", sections), like).simulated


def test_a_workflow_is_predicted_by_itself_and_a_wider_and_a_fused_one_by_it(run_log):
    each = FanOut("each", chain("*", shell("wait", f"sleep {SECONDS}")), "xs", "x")
    steps = [shell(name, "sleep 3") for name in ("begin", "on", "further")]
    unit = CompilationUnit(program(*steps, each, shell("end", "true"), xs=list(range(ITEMS))))
    record, took, resources = run(unit, run_log, **NARROW, default_resources=REQUESTS)
    assert (record.origin.commit, record.origin.changes) == (SAID.commit, SAID.changes)
    assert (record.origin.pipeline, record.origin.lock) == (SAID.pipeline, SAID.lock)
    narrow = simulated(unit, record, run_log, **NARROW)
    print(f"a pod starts in {narrow.place.start:.1f} s; took {took:.0f} s, simulated {narrow.makespan:.0f} s")
    print(f"core hours {narrow.hours()[0]:.5f}; Argo's, with its own containers, {resources['cpu'] / 3600:.5f}")
    attempts = [step.attempts[-1] for step in record.steps.values() if step.attempts]
    recorded = seconds_between(record.started, max(one.ended for one in attempts))
    assert narrow.makespan - narrow.place.around - narrow.ran[0].started == pytest.approx(recorded, rel=0.1)
    shared = replace(unit, program=with_batch(with_fuse(unit.program), "each", ITEMS // 2))
    assert simulated(shared, record, run_log, **NARROW).pods == 4
    for what, other, configuration in (("no limit", unit, {}), ("fused and batched", shared, NARROW)):
        predicted = simulated(other, record, run_log, None if configuration else 1000, **NARROW)
        again, measured, _ = run(other, run_log, **configuration, default_resources=REQUESTS)
        itself = simulated(other, again, run_log, **configuration)
        inside = f"{itself.place.inside:.2f} s between tasks of a pod, a pod starts in {itself.place.start:.1f} s"
        print(
            f"{what}: took {measured:.0f} s, simulated {predicted.makespan:.0f} s; {inside}, load {os.getloadavg()[0]}"
        )
        if os.getloadavg()[0] <= os.cpu_count():  # on a busy machine pods take now 10 s to start, now 60
            assert predicted.makespan == pytest.approx(measured, rel=WITHIN)
