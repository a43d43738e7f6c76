"""Applying manifests to a real cluster and running them there.

RUNNABLE_CLUSTER_IMAGE            an image that the nodes have, built from examples/Dockerfile
RUNNABLE_CLUSTER_NAMESPACE        where workflows run (argo)
RUNNABLE_CLUSTER_SERVICE_ACCOUNT  which their pods run as (workflow)
"""

import json
import os
import socket
import subprocess
import time
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import pytest
import yaml

from runnable.cluster.nodes import read_nodes
from runnable.configuration import Configuration
from runnable.configuration.sections import Section
from runnable.driver.compile import compile_to
from runnable.driver.plan import Asked, plan
from runnable.driver.retry import Retry
from runnable.executors.local.run import run as run_here
from runnable.executors.settings import LocalSettings
from runnable.frontend.giving import give
from runnable.frontend.loading import load
from runnable.ir.unit import CompilationUnit
from runnable.runs.stores import STORES
from runnable_runtime.values.parameters import decode_lines
from tests.conformance.test_examples import NEEDS_STORE
from tests.support import api
from tests.support.argo_programs import program, stub

NAMESPACE = os.environ.get("RUNNABLE_CLUSTER_NAMESPACE", "argo")
SERVICE_ACCOUNT = os.environ.get("RUNNABLE_CLUSTER_SERVICE_ACCOUNT", "workflow")
IMAGE = os.environ.get("RUNNABLE_CLUSTER_IMAGE", "")
if IMAGE:
    os.environ["TOOL_IMAGE"] = IMAGE  # examples/17-containers takes any image with a Python: nodes have this one
WORKFLOWS = "apis/argoproj.io/v1alpha1"
SECONDS = 900
_MADE_ANEW = timedelta(seconds=12)
"""A pod that is gone within 10 s of its start is made again as the same attempt (RECENTLY_STARTED_POD_DURATION)."""


def kubectl(*arguments, text=None):
    """What kubectl prints; it must succeed."""
    ended = subprocess.run(
        ["kubectl", "-n", NAMESPACE, *arguments], input=text, capture_output=True, text=True, timeout=SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def built_example(example):
    """An example's pipeline, with the parameters that it names."""
    loaded = load(str(example))
    return give(loaded.unit, loaded.parameters_file, loaded.parameters)


def store_of(example):
    """The section `catalog` for an example that compiles only with one."""
    if example not in NEEDS_STORE:
        return None
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "http://s3.storage:9000")
    return Section(
        "s3", {"bucket": "artifacts/tests", "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    )


def compiled(built, kind="Workflow", catalog=None, run_log=None, retry="", provenance=None, **configuration):
    """The manifest of a pipeline, as a name of its own; `catalog` and `run_log` are sections of the configuration.

    `retry` is the run to go on with, `provenance` what the manifest says of where it comes from.
    """
    settings = {"serviceAccount": SERVICE_ACCOUNT, "namespace": NAMESPACE, **configuration}
    sections = {"pipeline-executor": Section("argo", settings)} | ({"catalog": catalog} if catalog else {})
    sections |= {"run-log-store": run_log} if run_log else {}
    name = f"test-{uuid.uuid4().hex[:8]}"
    configured = Configuration("test.yaml", sections)
    gone_on_with = Retry(retry) if retry else None
    asked = {"image": IMAGE or None, "kind": kind, "name": name, "retry": gone_on_with, "provenance": provenance}
    (document,) = compile_to("argo", built, configured, **asked)
    return document.text


def planned(built, catalog=None, **configuration):
    """What `runnable plan --target argo` says of a pipeline, compiled as `compiled` does it."""
    settings = {"serviceAccount": SERVICE_ACCOUNT, "namespace": NAMESPACE, **configuration}
    sections = {"pipeline-executor": Section("argo", settings)} | ({"catalog": catalog} if catalog else {})
    store = STORES["buffered"]
    asked = Asked(target="argo", image=IMAGE or None, kind="Workflow")
    return plan(built, Configuration("test.yaml", sections), store.open(store.settings()), asked).argo


def recorded_here(built):
    """What a run on this machine records: outputs by the path of the step."""
    store = STORES["buffered"]
    record = run_here(built.program, built.functions, LocalSettings(), store.open(store.settings()))
    return record, {path: dict(step.outputs) for path, step in record.steps.items() if step.attempts}


@dataclass
class Finished:
    """A workflow that has ended: its phase, and its nodes by Argo's ids."""

    name: str
    phase: str
    nodes: dict

    @property
    def pods(self):
        return [node for node in self.nodes.values() if node["type"] == "Pod"]

    def node(self, display_name):
        return next(node for node in self.nodes.values() if node["displayName"] == display_name)

    def outputs(self):
        """Outputs of the pods by the path of the step, those of the attempt that succeeded where there is one."""
        found = {}
        for pod in sorted(self.pods, key=lambda pod: pod["phase"] == "Succeeded"):
            given = {p["name"]: p.get("value", "") for p in pod.get("inputs", {}).get("parameters", [])}
            out = [p["value"] for p in pod.get("outputs", {}).get("parameters", []) if p["name"] == "out"]
            found[json.loads(given["spec"])["name"]] = decode_lines(out[0]) if out else {}
        return found


_TAKEN_UP: dict[str, bool] = {}
"""By namespace, whether something takes up the workflows there, as far as it is known."""
_NOBODY = "the cluster has no Argo controller that runs workflows"


def start(text, within=60):
    """Create a workflow; its name. Skips the test if nothing on the cluster takes it up, and all others after it.

    `within`: how many seconds that may take, in which the controller checks all templates.
    """
    if not _TAKEN_UP.get(NAMESPACE, True):
        pytest.skip(_NOBODY)
    (item,) = (item for item in yaml.safe_load_all(text) if item)
    name = api.create(item, NAMESPACE)["metadata"]["name"]
    ended = time.monotonic() + within
    while time.monotonic() < ended:
        if status(name).get("phase"):
            _TAKEN_UP[NAMESPACE] = True
            return name
        time.sleep(0.2)
    delete(name)
    assert not _TAKEN_UP.get(NAMESPACE), f"the Argo controller has not taken up the workflow {name}"
    _TAKEN_UP[NAMESPACE] = False
    pytest.skip(_NOBODY)


def need_controller():
    """Skip the test if nothing on the cluster runs workflows."""
    if not _TAKEN_UP.get(NAMESPACE):
        delete(start(compiled(CompilationUnit(program(stub("a"))))))


def status(name):
    """A workflow's status, empty if it has none yet."""
    return api.request("GET", f"{WORKFLOWS}/namespaces/{NAMESPACE}/workflows/{name}").get("status", {})


def delete(name):
    """Delete a workflow, with its pods; they may go later."""
    api.request("DELETE", f"{WORKFLOWS}/namespaces/{NAMESPACE}/workflows/{name}")


def runs_for_long(found):
    """Whether a workflow of this status has a pod that runs, and began so long ago that Argo does not make it anew."""
    pods = [node for node in found.get("nodes", {}).values() if node["type"] == "Pod" and node["phase"] == "Running"]
    return any(datetime.now(UTC) - datetime.fromisoformat(pod["startedAt"]) > _MADE_ANEW for pod in pods)


def ended(name):
    """The workflow, as the API server has it, when it has ended."""
    over = time.monotonic() + SECONDS
    while (left := over - time.monotonic()) > 0:
        for workflow in api.watch(f"{WORKFLOWS}/namespaces/{NAMESPACE}/workflows", name, left):
            if workflow.get("status", {}).get("phase") in ("Succeeded", "Failed", "Error"):
                return workflow
        time.sleep(0.5)  # the server has ended the watch, as it may
    pytest.fail(f"the workflow {name} has not ended")


def wait(name, seen=None):
    """The workflow when it has ended; it is deleted, with its pods. `seen` is given its status before."""
    workflow = ended(name)
    if seen is not None:
        seen(workflow["status"])
    delete(name)
    return Finished(name, workflow["status"]["phase"], read_nodes(workflow))


def address():
    """That of this machine for pods, where the server of the tests' bucket runs too."""
    host = urlsplit(os.environ.get("AWS_ENDPOINT_URL", "")).hostname or ""
    try:
        with socket.socket() as probe:
            probe.bind((host, 0))
    except OSError:
        pytest.skip("no address of this machine is known that pods reach")
    return host
