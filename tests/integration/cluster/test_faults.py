"""Faults under way: pods that vanish, a controller and a store that go away, a task without memory.

Each workflow ends as its steps' options say, people are told why, and nothing that was done is lost.
"""

import json
import os
import re
import time

import pytest
import yaml

from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.namespaces import (
    CHART,
    CREDENTIALS,
    controller,
    give_credentials,
    helm,
    kubectl_in,
    namespace,
    settled,
)
from tests.support.proxy import address_towards, proxied
from tests.support.s3 import new_prefix

ENDPOINT = os.environ.get("AWS_ENDPOINT_URL", "")
WITH_STORE = pytest.mark.skipif(not ENDPOINT, reason="AWS_ENDPOINT_URL names no S3 server")
PIPELINE = """
from runnable import Catalog, Map, Pipeline, ShellTask

def main():
    pipeline = Pipeline(steps=[
{steps}
    ])
    pipeline.execute()
    return pipeline
"""
AFTER = 'ShellTask(name="after", command="echo x is $x"),'

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


class Cluster:
    """A namespace with the chart, whose workflows are submitted and looked at by command."""

    def __init__(self, name, controller, folder):
        self.name, self.controller, self._folder = name, controller, folder
        (folder / "pyproject.toml").touch()

    def submit(self, title, *steps, catalog=None):
        """The workflow of a pipeline that has these steps, given as Python."""
        (self._folder / f"{title}.py").write_text(PIPELINE.format(steps="\n".join(steps)))
        sections = {"pipeline-executor": {"type": "argo", "config": {"image": clusters.IMAGE}}}
        sections["pipeline-executor"]["config"] |= {"serviceAccount": "workflow"}
        if catalog:
            sections["catalog"] = {"type": "s3", "config": catalog}
        (self._folder / f"{title}.yaml").write_text(yaml.safe_dump(sections))
        ended = self._call("submit", f"{title}.py", "-c", f"{title}.yaml")
        assert ended.returncode == 0, ended.stderr
        return ended.stdout.strip()

    def wait(self, workflow):
        """What `runnable status --watch` ends with, and says."""
        return self._call("status", "--watch", workflow)

    def steps(self, workflow):
        """The phase of each step, by its path."""
        told = json.loads(self._call("status", "--format", "json", workflow).stdout)
        return {step["path"]: step["phase"] for step in told["steps"]}

    def logs(self, workflow):
        return sorted(self._call("logs", workflow).stdout.splitlines())

    def running(self, workflow):
        """The names of its pods whose task is under way."""
        label = f"workflows.argoproj.io/workflow={workflow}"
        pods = json.loads(kubectl_in(self.name, "get", "pods", "-l", label, "-o", "json"))["items"]
        return [pod["metadata"]["name"] for pod in pods if _is_at_work(pod)]

    def until_running(self, workflow, tasks=1):
        assert settled(lambda: len(self.running(workflow)) >= tasks, 180), "it has not begun"

    def delete_pod(self, workflow, *how):
        """Delete the pod of its task that is under way."""
        self.until_running(workflow)
        assert settled(lambda: clusters.runs_for_long(self._status(workflow)), 60), "Argo has not seen it run"
        (pod,) = self.running(workflow)
        kubectl_in(self.name, "delete", "pod", pod, "--wait=false", *how)

    def _status(self, workflow):
        return json.loads(kubectl_in(self.name, "get", "workflow", workflow, "-o", "json")).get("status", {})

    def _call(self, *arguments):
        return runnable(*arguments, "-n", self.name, cwd=self._folder)


def _is_at_work(pod):
    statuses = pod.get("status", {}).get("containerStatuses", [])
    return any(status["name"] == "main" and "running" in status["state"] for status in statuses)


@pytest.fixture
def cluster(tmp_path):
    with namespace() as name, controller(name) as started:
        helm("install", "pipelines", CHART, "-n", name, "--wait")
        yield Cluster(name, started, tmp_path)


SLEEP = 'ShellTask(name="work", command="sleep 300"),'
SLEEP_ON = """ShellTask(name="work", command="trap '' TERM; while true; do sleep 1; done"),"""
SLEEP_ONCE = (
    'ShellTask(name="work", command="test $RUNNABLE_STEP_ATTEMPT = 2 || sleep 300; export x=7",'
    ' returns=["x"], retry=1),'
)
HANDLED = (
    'ShellTask(name="work", command="sleep 300",'
    ' on_failure=ShellTask(name="mourn", command="echo it is gone").as_pipeline()),'
)
SAID = ("  work: pod deleted", "  work: the task was stopped by SIGTERM", "  work: it was killed")
"""What is known of the end of a pod that was deleted depends on who was first: the task, Kubernetes or Argo."""


def test_a_pod_that_is_deleted_fails_its_step_or_is_tried_again(cluster):
    plain = cluster.submit("plain", SLEEP, AFTER)
    deaf = cluster.submit("deaf", SLEEP_ON, AFTER)
    again = cluster.submit("again", SLEEP_ONCE, AFTER)
    handled = cluster.submit("handled", HANDLED, AFTER)
    for workflow, how in {plain: (), deaf: ("--now",), again: (), handled: ()}.items():
        cluster.delete_pod(workflow, *how)
    for workflow in (plain, deaf):
        ended = cluster.wait(workflow)
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[-1] in SAID
        assert "give it `retry`" in ended.stderr
        assert cluster.steps(workflow) == {"work": "failed", "after": "skipped"}
    ended = cluster.wait(again)
    assert ended.returncode == 0, ended.stderr
    assert "after | x is 7" in cluster.logs(again)
    ended = cluster.wait(handled)
    assert ended.returncode == 0, ended.stderr
    assert cluster.steps(handled) == {"work": "failed", "mourn": "succeeded", "after": "skipped"}


FILL = "python -c \\\"x = 'a' * 10**9\\\""
ITEMS = (
    'ShellTask(name="items", command="export ns=[1,2,3]", returns=["ns"]),',
    'Map(name="each", iterate_on="ns", iterate_as="n", branch=ShellTask(name="fill", returns=["x"],'
    f' command="if [ $n = 2 ]; then {FILL}; fi; export x=$n",'
    ' resources={"memory": "64Mi"}).as_pipeline()),',
)
FILL_ONCE = (
    f'ShellTask(name="work", command="test $RUNNABLE_STEP_ATTEMPT = 2 || {FILL} || exit; export x=7", returns=["x"],'
    ' retry=1, resources={"memory": "64Mi"}),'
)


def test_a_task_that_takes_more_memory_than_it_may_fails_alone_and_is_told(cluster):
    items = cluster.submit("items", *ITEMS, AFTER)
    again = cluster.submit("again", FILL_ONCE, AFTER)
    ended = cluster.wait(items)
    assert ended.returncode == 1
    assert "each.1.fill: it took more memory than its limit" in ended.stderr
    steps = cluster.steps(items)
    assert {path: phase for path, phase in steps.items() if path.endswith("fill")} == {
        "each.0.fill": "succeeded",
        "each.1.fill": "failed",
        "each.2.fill": "succeeded",
    }
    ended = cluster.wait(again)
    assert ended.returncode == 0, ended.stderr
    assert "after | x is 7" in cluster.logs(again)


NAP = (
    'ShellTask(name="items", command="export ns=[1,2,3]", returns=["ns"]),',
    'Map(name="each", iterate_on="ns", iterate_as="n", branch=ShellTask(name="nap", returns=["x"],'
    ' command="sleep 15; export x=$n").as_pipeline()),',
)


def test_a_controller_that_is_killed_and_started_again_goes_on_where_it_was(cluster):
    if cluster.controller is None:
        pytest.skip("the cluster's controller is not this test's to kill")
    workflow = cluster.submit("naps", *NAP, AFTER)
    cluster.until_running(workflow, tasks=3)
    cluster.controller.kill()
    assert settled(lambda: not cluster.running(workflow), 120)
    assert cluster.steps(workflow)["each"] == "running"
    cluster.controller.start()
    ended = cluster.wait(workflow)
    assert ended.returncode == 0, ended.stderr
    assert "succeeded: 5 succeeded in" in ended.stderr
    assert cluster.logs(workflow) == ["after | x is [1, 2, 3]"]


WRITE = (
    'ShellTask(name="write", command="sleep 10; seq 100000 > numbers", catalog=Catalog(put=["numbers"])),',
    'ShellTask(name="count", command="export x=$(wc -l < numbers)", returns=["x"], catalog=Catalog(get=["numbers"])),',
)
AWAY = 30
"""Seconds for which the store is away."""


@WITH_STORE
def test_a_store_that_is_away_for_half_a_minute_is_waited_for(cluster):
    give_credentials(cluster.name)
    with proxied(ENDPOINT, address_towards(ENDPOINT)) as store:
        catalog = {"bucket": new_prefix().removeprefix("s3://"), "credentials_secret": CREDENTIALS}
        away = cluster.submit("away", *WRITE, AFTER, catalog={**catalog, "endpoint_url": store.url})
        nowhere = f"http://{address_towards(ENDPOINT)}:1"
        gone = cluster.submit("gone", *WRITE, AFTER, catalog={**catalog, "endpoint_url": nowhere})
        cluster.until_running(away)
        store.leave()
        time.sleep(AWAY)
        assert cluster.steps(away)["write"] == "running"
        store.return_()
        ended = cluster.wait(away)
        assert ended.returncode == 0, ended.stderr
        assert "after | x is 100000" in cluster.logs(away)
        ended = cluster.wait(gone)
        assert ended.returncode == 1
        store_gone = rf"the store s3://{catalog['bucket']} at {nowhere} cannot be used"
        told = rf"  write: {store_gone}: no answer for \d+ s: Could not connect"
        assert re.search(told, ended.stderr), ended.stderr
