"""docs/story.md is run as it stands: on a real cluster, from the pipeline's file to a workflow that has succeeded."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.namespaces import CHART, controller, give_credentials, helm, kubectl_in, namespace
from tests.support.pages import CONSOLE, RUN, TIMES, Shell, comparable, sessions
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix

PAGE = ROOT / "docs" / "story.md"
KIND_LOAD = re.compile(r"kind load docker-image (\S+) --name runnable")
LOAD = os.environ.get("RUNNABLE_CLUSTER_LOAD", "")
BUILD = "runnable image build"
BUILD_FLAGS = os.environ.get("RUNNABLE_BUILD_FLAGS", "")
OF_A_BUILD = re.compile(r"packages are |building |.* is there already$|pushing |(error|warning|notice|  = help)")
"""What `runnable image build` says itself, among the lines of Docker and pip."""
WHAT_DIFFERS = {
    **TIMES,
    r"\borders-[a-z0-9]{5,6}\b": "WORKFLOW",
    RUN: "RUN",
    r"\borders:[0-9a-f]{12}\b": "IMAGE",
    r"\brunnable-runtime:\S+": "RUNTIME",
    r"as_in_orders_[a-z0-9]+": "as_in_WORKFLOW",
    r"building (\S+)": r"\1 is there already",
}
"""What is another one each time, and what is told in its place."""
OF_A_CI = {"CI", "BUILD_NUMBER"}
"""Variables that a person's shell does not have: pytest cuts no line where one is set."""
PASSING = re.compile(r"TIME +(pending|running|waiting) |warning\[RN808\]| = help: it starts as soon as a node has")
"""A watched step on its way, or waiting for a node: whether it is seen there is a matter of when one looks."""

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not shutil.which("docker"), reason="no Docker engine to build an image"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
    pytest.mark.skipif(
        not LOAD and not shutil.which("kind"), reason="no kind, and RUNNABLE_CLUSTER_LOAD names no other command"
    ),
]


@pytest.fixture
def bucket():
    """The name of a bucket, with a prefix in it that is this test's own; it is emptied afterwards."""
    url = new_prefix()
    yield url.removeprefix("s3://")
    empty(url)


@pytest.fixture
def shell(tmp_path, bucket):
    """A shell in a copy of the project, with a namespace of its own as the current one; its images go afterwards."""
    project = shutil.copytree(ROOT / "examples" / "story", tmp_path / "orders")
    tmp_path.chmod(0o755)
    with namespace("restricted") as name, controller(name):
        helm("install", "pipelines", CHART, "-n", name, "--wait")
        give_credentials(name)
        kubeconfig = tmp_path / "kubeconfig"
        kubeconfig.write_text(kubectl_in(name, "config", "view", "--raw", "--flatten"))
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        store = {"RUNNABLE_VAR_bucket": bucket, "RUNNABLE_VAR_s3": os.environ["AWS_ENDPOINT_URL"]}
        own = {name: value for name, value in os.environ.items() if name not in OF_A_CI}
        environment = {**own, **store, "KUBECONFIG": str(kubeconfig), "PATH": path, "COLUMNS": "120"}
        told_as = {str(tmp_path): "~", name: "pipelines", bucket: "pipelines/runs"}
        opened = Shell(project, environment, told_as)
        opened.run(f"kubectl config set-context --current --namespace {name}")
        yield opened
        opened.close()
        kubectl_in(name, "delete", "workflows", "--all", "--wait=false")
    found = subprocess.run(["docker", "images", "-q", "orders"], capture_output=True, text=True).stdout.split()
    subprocess.run(["docker", "rmi", "-f", *found], capture_output=True)


@pytest.mark.takes(330)
def test_the_page_tells_what_happens(shell, request):
    update = request.config.getoption("--update-golden")
    told, happened = [], []

    def run(block):
        written = ""
        for command, expected in sessions(block.group()):
            here = KIND_LOAD.sub(rf"{LOAD} \1", command) if LOAD else command
            here = here.replace(BUILD, f"{BUILD} {BUILD_FLAGS}")
            printed = shell.run(here, OF_A_BUILD if BUILD in here else None)
            written += f"$ {command}\n{printed}"
            told.append((command, comparable(expected, WHAT_DIFFERS, PASSING)))
            happened.append((command, comparable(printed, WHAT_DIFFERS, PASSING)))
            assert update or happened[-1] == told[-1]
        return written

    page = CONSOLE.sub(run, PAGE.read_text())
    assert len(happened) > 15
    if update:
        PAGE.write_text(page)
