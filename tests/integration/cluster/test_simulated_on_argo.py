"""A recorded workflow is simulated as long as it took, and with more at one time as long as that then takes."""

import os
from datetime import datetime

import pytest

from runnable.configuration import Configuration, Section
from runnable.ir.nodes import FanOut
from runnable.ir.unit import CompilationUnit
from runnable.provenance.facts import Facts
from runnable.runs.stores.settings import open_store
from runnable.simulation.engine import simulate
from runnable.simulation.known import Given, Known
from runnable.simulation.measured import measured
from runnable.simulation.place import Place, asked_of
from runnable_runtime.records.times import seconds_between
from tests.support import clusters
from tests.support.argo_programs import chain, program, shell
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
ITEMS, SECONDS = 6, 15
SAID = Facts(commit="c" * 40, changes="clean", lock="l" * 16, compiler="0", pipeline="p" * 16, source="p.py")
REQUESTS = {"cpu": "100m", "memory": "100Mi"}


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
    assert ended.phase == "Succeeded"
    took = datetime.fromisoformat(said["finishedAt"]) - datetime.fromisoformat(said["startedAt"])
    record = open_store(Configuration("", {"run-log-store": run_log})).read(name)
    return record, took.total_seconds(), said["resourcesDuration"]


def test_a_workflow_is_predicted_by_itself_and_by_a_narrower_one(run_log):
    each = FanOut("each", chain("*", shell("wait", f"sleep {SECONDS}")), "xs", "x")
    unit = CompilationUnit(program(shell("begin", "true"), each, shell("end", "true"), xs=list(range(ITEMS))))
    record, took, resources = run(unit, run_log, parallelism=2, default_resources=REQUESTS)
    assert (record.origin.commit, record.origin.changes) == (SAID.commit, SAID.changes)
    assert (record.origin.pipeline, record.origin.lock) == (SAID.pipeline, SAID.lock)
    known = Known.of(Given(), record)
    found, asked = measured(unit.program, known, record, 2), asked_of(REQUESTS)
    places = [
        Place("argo", most, start=found.start, starts=found.starts, counted=lambda task: asked) for most in (2, None)
    ]
    narrow, wide = (simulate(unit.program, known, place) for place in places)
    print(
        f"a pod starts in {found.start:.1f} s; took {took:.0f} s, simulated {narrow.makespan:.0f} s; Argo: {resources}"
    )
    print(f"core hours {narrow.hours()[0]:.5f}; Argo's, with its own containers, {resources['cpu'] / 3600:.5f}")
    attempts = [step.attempts[-1] for step in record.steps.values() if step.attempts]
    recorded = seconds_between(record.started, max(one.ended for one in attempts))
    assert narrow.makespan - narrow.ran[0].started == pytest.approx(recorded, rel=0.1), "from the first pod on"
    _, measured_wide, _ = run(unit, run_log, default_resources=REQUESTS)
    print(f"without a limit it took {measured_wide:.0f} s, simulated {wide.makespan:.0f} s")
    if os.getloadavg()[0] <= os.cpu_count():  # on a busy machine pods take now 10 s to start, now 60
        assert wide.makespan == pytest.approx(measured_wide, rel=0.2)
