"""What a pod of 200 MB used, and where it ran, is in the record that it writes."""

import os

import pytest

from runnable.configuration import Configuration, Section
from runnable.ir.unit import CompilationUnit
from runnable.runs.stores.settings import open_store
from runnable_runtime import __version__
from tests.support import clusters
from tests.support.argo_programs import program, shell
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
SIZE = 200_000_000


@pytest.fixture
def run_log():
    """A section of a configuration with a store of this test's own."""
    url, endpoint = new_prefix(), os.environ["AWS_ENDPOINT_URL"]
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    yield Section("chunked-s3", keys)
    empty(url)


def test_a_pod_of_200_mb_is_recorded_with_what_it_used_and_where_it_ran(run_log):
    large = shell("large", f"python -S -c \"x = b'x' * {SIZE}\"")
    unit = CompilationUnit(program(large, shell("small", "true")))
    finished = clusters.wait(clusters.start(clusters.compiled(unit, run_log=run_log)))
    assert finished.phase == "Succeeded"
    record = open_store(Configuration("", {"run-log-store": run_log})).read(finished.name)
    assert record.origin.version == __version__
    used = {name: record.steps[name].attempts[-1].used for name in ("large", "small")}
    assert used["large"].memory == pytest.approx(SIZE, rel=0.1)
    assert used["large"].memory_before == 0, "the shell's process"
    assert used["large"].cpu > 0.01
    assert used["small"].memory < 0.5 * SIZE
    if container := used["large"].container:  # which a node with cgroup v1 does not say
        assert SIZE <= container.memory <= container.memory_limit
        assert container.cpu > 0.01
    machines = [step.attempts[-1].machine for step in record.steps.values()]
    assert all(one.pod.startswith(f"{clusters.NAMESPACE}/{finished.name}") for one in machines)
    nodes = {pod["hostNodeName"] for pod in finished.pods}
    assert {one.node for one in machines} == nodes
