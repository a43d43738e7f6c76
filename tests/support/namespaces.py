"""A namespace of a test's own, that enforces the restricted Pod Security Standard, with a controller and the chart.

Where the cluster's controller looks after all namespaces, it does after this one too. Where it is bound to one (and
`workflow-controller` is on the PATH), another is started for this one, and stopped again.
"""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
import uuid

import pytest

from tests.support import clusters
from tests.support.paths import ROOT

CHART = ROOT / "helm" / "runnable"
CREDENTIALS = "s3-credentials"
"""The Secret that examples and tests name for a bucket."""


def helm(*arguments, check=True):
    """What helm prints."""
    ended = subprocess.run(["helm", *map(str, arguments)], capture_output=True, text=True, timeout=300)
    if check:
        assert ended.returncode == 0, ended.stderr
    return ended


@contextlib.contextmanager
def namespace(level="restricted"):
    """A new namespace that enforces a level of the Pod Security Standards; deleted at the end, with all in it."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    subprocess.run(["kubectl", "create", "namespace", name], check=True, capture_output=True)
    try:
        label = f"pod-security.kubernetes.io/enforce={level}"
        subprocess.run(["kubectl", "label", "namespace", name, label], check=True, capture_output=True)
        yield name
    finally:
        subprocess.run(["kubectl", "delete", "namespace", name, "--wait=false"], check=True, capture_output=True)


class Controller:
    """A workflow controller of a namespace's own, in a process that can be killed and started again."""

    def __init__(self, name, log):
        self._name, self._log = name, log
        self.start()

    def start(self):
        self._process = _start(self._name, self._log)
        time.sleep(3)
        if self._process.poll() is not None:
            self._log.seek(0)
            pytest.fail(f"the workflow controller does not start: {self._log.read()[-2000:]}")

    def kill(self):
        self._process.kill()
        self._process.wait(30)

    def end(self):
        self._process.terminate()
        self._process.wait(30)


@contextlib.contextmanager
def controller(name):
    """Something that runs the workflows in the namespace called `name`, with nothing about security in its settings.

    It is None where the cluster's controller does that, and a Controller else.
    """
    if _is_looked_after():
        yield None
        return
    if shutil.which("workflow-controller") is None:
        pytest.skip("the cluster's controller is bound to one namespace, and there is none to start for another")
    settings = ["--from-literal=metricsConfig={enabled: false}"]
    kubectl_in(name, "create", "configmap", "workflow-controller-configmap", *settings)
    with tempfile.TemporaryFile("w+") as log:
        started = Controller(name, log)
        try:
            yield started
        finally:
            started.end()


def _start(name, log):
    return subprocess.Popen(
        [
            *("workflow-controller", "--kubeconfig", os.environ["KUBECONFIG"], "--namespaced", "--namespace", name),
            *("--managed-namespace", name, "--configmap", "workflow-controller-configmap"),
            *("--executor-image", image_of_a_node("/argoexec:"), "--executor-image-pull-policy", "IfNotPresent"),
        ],
        env={**os.environ, "LEADER_ELECTION_DISABLE": "true", "DEFAULT_REQUEUE_TIME": "1s"},
        stdout=log,
        stderr=subprocess.STDOUT,
    )


def image_of_a_node(part):
    """The name, with `part` in it, of an image that a node has."""
    named = json.loads(clusters.kubectl("get", "nodes", "-o", "json"))["items"]
    names = [name for node in named for image in node["status"]["images"] for name in image.get("names") or ()]
    found = [name for name in names if part in name]
    return found[0] if found else pytest.skip(f"no node has an image {part}")


def _is_looked_after():
    """Whether the cluster's controller is for all namespaces: one in a pod, without `--namespaced`."""
    ended = subprocess.run(
        ["kubectl", "get", "deployments", "-A", "-l", "app=workflow-controller", "-o", "jsonpath={..args}"],
        capture_output=True,
        text=True,
    )
    return "--" in ended.stdout and "--namespaced" not in ended.stdout


def kubectl_in(name, *arguments, text=None):
    """What kubectl prints in the namespace called `name`; it must succeed."""
    ended = subprocess.run(
        ["kubectl", "-n", name, *arguments], input=text, capture_output=True, text=True, timeout=clusters.SECONDS
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def give_credentials(name):
    """Make the Secret CREDENTIALS in a namespace: this process's own keys of the S3 server."""
    keys = [f"--from-literal={v}={os.environ[v]}" for v in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    kubectl_in(name, "create", "secret", "generic", CREDENTIALS, *keys)


def objects_in(name):
    """The kinds and names of all that is in a namespace, but what Kubernetes itself puts there."""
    kinds = kubectl_in(name, "api-resources", "--namespaced", "--verbs=list", "-o", "name").split()
    listed = [kind for kind in kinds if not kind.startswith("events") and "metrics" not in kind]
    found = kubectl_in(name, "get", ",".join(listed), "-o", "name").split()
    own = ("configmap/kube-root-ca.crt", "serviceaccount/default")
    return sorted(item for item in found if item not in own)


def settled(condition, seconds=60):
    """Whether `condition` comes true."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        if condition():
            return True
        time.sleep(0.5)
    return False
