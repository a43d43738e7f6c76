"""How a workflow ends comes into the record that its pods have written, by whichever command sees it."""

import json
import os
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path

import pytest
import yaml

from runnable.configuration import Section
from runnable.ir.unit import CompilationUnit
from runnable_runtime.stores.settings import StoreSettings, open_location
from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.argo_programs import program, shell
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]


class Place:
    """A folder with a configuration whose store of records is this test's own, and commands that are called there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url, endpoint = new_prefix(), os.environ["AWS_ENDPOINT_URL"]
        keys = {"bucket": self.url.removeprefix("s3://"), "endpoint_url": endpoint}
        self.section = Section("chunked-s3", {**keys, "credentials_secret": "s3-credentials"})
        sections = {"run-log-store": {"type": "chunked-s3", "config": dict(self.section.config)}}
        (folder / "runnable-config.yaml").write_text(yaml.safe_dump(sections))
        self.location = open_location(StoreSettings(self.url, endpoint))
        self.workflow = ""

    def start(self, command: str) -> str:
        """A workflow of one pod."""
        self.workflow = clusters.start(
            clusters.compiled(CompilationUnit(program(shell("a", command))), run_log=self.section)
        )
        return self.workflow

    def call(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return runnable(*arguments, cwd=self.folder, **variables)

    def on_cluster(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.call(*arguments, "-n", clusters.NAMESPACE)

    def shown(self, **variables: str) -> dict:
        """The run as `runnable show` has it."""
        return json.loads(self.call("show", self.workflow, "--format", "json", **variables).stdout)

    def recorded(self) -> dict:
        """The run as it is shown where there is no cluster: what is in the store."""
        return self.shown(KUBECONFIG=str(self.folder / "none"), HOME=str(self.folder))

    def wait_for(self, part: str) -> None:
        """Until the store has a part of the run whose key has `part` in it."""
        for _ in range(240):
            if any(part in entry.key for entry in self.location.entries()):
                return
            time.sleep(0.5)
        pytest.fail(f"{part} is not recorded")


@pytest.fixture
def place(tmp_path):
    found = Place(tmp_path)
    yield found
    if found.workflow:
        clusters.kubectl("delete", "workflow", found.workflow, "--wait=false", "--ignore-not-found")
    empty(found.url)


def test_who_watches_a_workflow_records_how_it_ends(place):
    workflow = place.start("sleep 25; exit 3")  # a busy machine takes seconds for each command
    place.wait_for("/steps/")
    assert place.shown()["status"] == "running"
    assert place.recorded()["status"] == "on argo"
    with ThreadPoolExecutor(3) as pool:
        commands = [("status", workflow, "--watch"), ("logs", "-f", workflow), ("status", workflow, "--watch")]
        assert [ended.returncode for ended in pool.map(lambda c: place.on_cluster(*c), commands)] == [1, 1, 1]
    record = place.recorded()
    assert (record["status"], record["message"]) == ("failed", "'a' failed")
    finished = datetime.fromisoformat(clusters.status(workflow)["finishedAt"])
    assert datetime.fromisoformat(record["ended"]) == finished
    clusters.kubectl("delete", "workflow", workflow)
    assert place.shown() == record


def test_a_list_of_runs_asks_for_the_end_once_and_keeps_it(place):
    place.start("true")
    clusters.ended(place.workflow)
    assert place.recorded()["status"] == "on argo"
    (run,) = json.loads(place.call("runs", "--format", "json").stdout)
    assert (run["run_id"], run["status"]) == (place.workflow, "succeeded")
    assert place.recorded()["status"] == "succeeded"


def test_a_workflow_that_is_stopped_interrupts_its_run(place):
    workflow = place.start("sleep 300")
    place.wait_for("/steps/")
    assert place.on_cluster("stop", workflow).returncode == 0
    record = place.recorded()
    assert (record["status"], record["message"]) == ("interrupted", "the workflow was stopped")
    assert [step["status"] for step in record["steps"]] == ["interrupted"]


def test_of_a_workflow_that_nobody_saw_end_it_is_said_that_it_is_gone(place):
    workflow = place.start("sleep 300")
    place.wait_for("/steps/")
    clusters.kubectl("delete", "workflow", workflow, "--wait=true")
    shown = place.call("show", workflow).stdout
    assert shown.splitlines()[1].startswith("gone, started ")
    assert "its workflow is no longer on the cluster https://" in shown
    assert "steps are as they were recorded" in shown
    assert place.recorded()["status"] == "on argo"
