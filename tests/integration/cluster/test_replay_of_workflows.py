"""`runnable replay` of a workflow's pods: inputs from its status, values from its bucket, code from here."""

import os

import pytest
import yaml

from runnable_runtime.stores.settings import open_location
from tests.integration.cluster.test_argo_stores import SECRET, bucket  # noqa: F401 - a fixture
from tests.integration.test_command_line import runnable
from tests.support import clusters

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


@pytest.fixture
def submitted(tmp_path):
    """Submits an example and waits for its end; what is left of it on the cluster is removed."""
    clusters.need_controller()
    names = []

    def submit(example, catalog=None):
        configuration = {
            "image": clusters.IMAGE,
            "serviceAccount": clusters.SERVICE_ACCOUNT,
            "namespace": clusters.NAMESPACE,
        }
        sections = {"pipeline-executor": {"type": "argo", "config": configuration}}
        if catalog:
            sections["catalog"] = {"type": "s3", "config": catalog}
        file = tmp_path / "argo.yaml"
        file.write_text(yaml.safe_dump(sections))
        name = f"replay-{os.urandom(3).hex()}"
        ended = runnable("submit", example, "-c", file, "--name", name, "--watch")
        names.append(ended.stdout.strip())
        return names[-1], ended

    yield submit
    for name in names:
        clusters.kubectl("delete", "workflow", name, "--wait=false")


def test_a_pod_that_failed_is_replayed_here_in_a_container_and_as_a_test(submitted, tmp_path):
    name, ended = submitted("examples/09-retry/goes_on.py")
    assert ended.returncode == 1, ended.stderr
    chosen = ("-n", clusters.NAMESPACE, name, "each order.1.price")
    again = runnable("replay", *chosen)
    assert again.returncode == 1
    assert f"replaying each order.1.price of {name}, attempt 1, which failed: LookupError: " in again.stderr
    assert "  order = 'pears'\n" in again.stderr
    why = "LookupError: nobody knows the price of pears (examples/09-retry/goes_on.py:19 in price)"
    assert again.stderr.endswith(f"each order.1.price failed: {why}\n")
    mended = runnable("replay", *chosen, PRICES="known")
    assert mended.stderr.endswith("each order.1.price succeeded\n  prices = 5\n")
    by_name_alone = runnable("replay", name, "each order.1.price", "examples/09-retry/goes_on.py")
    assert by_name_alone.stderr.endswith(f"each order.1.price failed: {why}\n")

    contained = runnable("replay", *chosen, "--container", PRICES="known")
    assert contained.returncode == 1
    assert contained.stderr.endswith(f"each order.1.price failed: {why}\n")
    file = tmp_path / "test_pears.py"
    assert runnable("replay", *chosen, "--save-as-test", file).returncode == 0
    assert "'order': 'pears'" in file.read_text()

    wrong = runnable("replay", "-n", clusters.NAMESPACE, name, "each order.7.price")
    assert (wrong.returncode, "error[RN902]" in wrong.stderr) == (7, True)
    second = runnable("replay", *chosen, "--attempt", "2")
    assert (second.returncode, "error[RN903]" in second.stderr) == (8, True)


@pytest.mark.takes(200)
@pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server")
def test_objects_have_a_key_for_each_writer_in_the_bucket_and_come_from_there(submitted, bucket):  # noqa: F811
    store, keys = bucket
    name, ended = submitted("examples/03-parameters/objects.py", keys)
    assert ended.returncode == 0, ended.stderr
    written = [entry.key for entry in open_location(store).entries(name)]
    objects = [key for key in written if key.startswith(f"{name}/.runnable/objects")]
    steps = {key.split("/")[3] for key in objects}
    assert {f"candidates.{n}.fit" for n in range(3)} <= steps
    assert {"load", "candidates.reduce", "refine.0.improve", "refine.1.improve"} <= steps
    assert len(objects) == len(set(objects))
    assert f"{name}/examples/common/describe_line-describe_out.ipynb" in written

    found = runnable("replay", "--cluster", "-n", clusters.NAMESPACE, name, "refine.0.improve")
    assert found.returncode == 0, found.stderr
    assert "  line = <examples.03-parameters.objects.Line, " in found.stderr
    assert "  done = False" in found.stderr
    assert keys["credentials_secret"] == SECRET
    contained = runnable("replay", "--cluster", "-n", clusters.NAMESPACE, name, "report", "--container")
    assert contained.returncode == 0, contained.stderr
    assert contained.stderr.splitlines()[-1].startswith("  result = ")
