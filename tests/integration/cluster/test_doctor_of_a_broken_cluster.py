"""`runnable doctor` on an API server of its own, whose faults would stop everybody else's workflows on a shared one."""

import base64
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from runnable.cluster.api import Api
from runnable.configuration import load_configuration
from runnable.doctor.examination import of_cluster
from runnable.doctor.finding import Level
from tests.integration.cluster.test_cluster_refusals import server_without_argo, write
from tests.support import clusters
from tests.support.namespaces import settled

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning"),  # its certificate is its own
    pytest.mark.skipif(
        shutil.which("kube-apiserver") is None or shutil.which("etcd") is None, reason="no API server to start"
    ),
]
CONFIGURATION = (
    "pipeline-executor: {type: argo, config: {image: 'mine:1', serviceAccount: workflow, namespace: pipelines}}\n"
)
CRON = "cronworkflows.argoproj.io"
SCHEMA = "/spec/versions/0/schema/openAPIV3Schema/properties/spec"
MUTEXES = "/properties/workflowSpec/properties/templates/items/properties/synchronization/properties/mutexes"
OLD = {(MUTEXES,): "templates.synchronization.mutexes", ("/properties/schedules", "/required"): "schedules"}
"""What definitions of an older Argo lack, and the first field of it that is named."""
CONTAINER = {
    "name": "workflow-controller",
    "image": "quay.io/argoproj/workflow-controller:v4.1.2",
    "env": [{"name": "DEFAULT_REQUEUE_TIME", "value": "2s"}],
}


class Broken:
    """The server, by kubectl, and what `doctor` finds on it."""

    def __init__(self, config, folder):
        self.folder = folder
        self.environment = {**os.environ, **write(config, folder)}
        self._configuration = folder / "config.yaml"
        self._configuration.write_text(CONFIGURATION)
        self._config = config

    def kubectl(self, *arguments, text=None, check=True):
        ended = subprocess.run(
            ["kubectl", *arguments], input=text, env=self.environment, capture_output=True, text=True, timeout=120
        )
        assert ended.returncode == 0 or not check, ended.stderr
        return ended.stdout

    def create(self, *items):
        self.kubectl("create", "-f", "-", text=listed(items))

    def replace(self, item):
        self.kubectl("replace", "-f", "-", text=listed([item]))

    def apply(self, *items):
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", "-", text=listed(items))

    def set_status(self, *what, **status):
        self.kubectl("patch", *what, "--subresource=status", "--type=merge", "-p", json.dumps({"status": status}))

    def found(self, token=""):
        """What is not well, by what it is about."""
        file = self.environment["KUBECONFIG"]
        if token:
            users = [{"name": "u", "user": {"token": token}}]
            (self.folder / "other").mkdir(exist_ok=True)
            file = write({**self._config, "users": users}, self.folder / "other")["KUBECONFIG"]
        settings = load_configuration(str(self._configuration), self.folder)
        examined = of_cluster(settings, Api.connect(file=file), "pipelines", needed=True, seconds=20)
        return {one.check: one for one in examined.findings if one.level in (Level.WARNING, Level.PROBLEM)}

    def expect(self, check, words, level=Level.PROBLEM):
        """That `check` comes to be the only thing that is not well, with these words."""
        last = {}

        def is_so():
            last.clear()
            last.update(self.found())
            return list(last) == [check] and words in last[check].text

        assert settled(is_so, 60), last
        assert last[check].level is level
        assert last[check].advice

    def expect_nothing(self):
        assert settled(lambda: not self.found(), 60), self.found()


def listed(items):
    return json.dumps({"apiVersion": "v1", "kind": "List", "items": items})


@pytest.fixture
def broken():
    definitions = json.loads(clusters.kubectl("get", "customresourcedefinitions", "-o", "json"))["items"]
    with tempfile.TemporaryDirectory(prefix="api-") as folder, server_without_argo(Path(folder)) as config:
        found = Broken(config, Path(folder))
        assert settled(lambda: found.kubectl("get", "--raw", "/readyz", check=False) == "ok", 120)
        yield found, [plain(one) for one in definitions if one["spec"]["group"] == "argoproj.io"]


def plain(definition):
    """A definition as it is applied."""
    metadata = {"name": definition["metadata"]["name"]}
    return {"apiVersion": definition["apiVersion"], "kind": definition["kind"], "metadata": metadata} | {
        "spec": definition["spec"]
    }


def make_good(server):
    """What a workflow needs, but for the definitions; a controller and a node that say that they are ready."""
    for name in ("pipelines", "argo"):
        server.kubectl("create", "namespace", name)
    server.kubectl("-n", "pipelines", "create", "serviceaccount", "workflow")
    rules = [{"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}]
    metadata = {"name": "workflow", "namespace": "pipelines"}
    server.apply({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata, "rules": rules})
    server.kubectl(
        "-n", "pipelines", "create", "rolebinding", "workflow", "--role=workflow", "--serviceaccount=pipelines:workflow"
    )
    server.kubectl("-n", "pipelines", "create", "configmap", "artifact-repositories", "--from-literal=default=s3: {}")
    set_controller(server, CONTAINER)
    server.apply({"apiVersion": "v1", "kind": "Node", "metadata": {"name": "node"}})
    set_node(server)


def set_controller(server, container, ready=1):
    labels = {"app": "workflow-controller"}
    template = {"metadata": {"labels": labels}, "spec": {"containers": [container]}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": "workflow-controller", "namespace": "argo", "labels": labels}
    server.apply({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec})
    counts = {"replicas": 1, "readyReplicas": ready, "availableReplicas": ready}
    server.set_status("-n", "argo", "deployment", "workflow-controller", **counts)


def set_node(server, ready="True", pressure="False"):
    conditions = [{"type": "Ready", "status": ready}, {"type": "DiskPressure", "status": pressure}]
    server.kubectl("taint", "nodes", "node", "node.kubernetes.io/not-ready-", check=False)
    server.set_status("node", "node", conditions=conditions)


def expired(server):
    """A token of the server's own, signed by its key, that has run out."""

    def encoded(item):
        return base64.urlsafe_b64encode(json.dumps(item).encode()).decode().rstrip("=")

    token = server.kubectl("-n", "pipelines", "create", "token", "workflow").strip()
    head, claims, _ = token.split(".")
    known = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
    past = {"exp": 1_600_000_000, "iat": 1_599_990_000, "nbf": 1_599_990_000}
    text = f"{head}.{encoded(known | past)}"
    sign = ["openssl", "dgst", "-sha256", "-sign", str(server.folder / "sa.key")]
    signature = subprocess.run(sign, input=text.encode(), capture_output=True, check=True).stdout
    return f"{text}.{base64.urlsafe_b64encode(signature).decode().rstrip('=')}"


@pytest.mark.takes(220)
def test_each_fault_of_a_cluster_is_found_and_is_the_only_one(broken):
    server, definitions = broken
    make_good(server)
    server.expect("Argo's CRDs", "Argo Workflows is not installed")
    server.create(*definitions)  # not applied: the server need not merge megabytes
    server.expect_nothing()

    results = next(one for one in definitions if one["metadata"]["name"].startswith("workflowtaskresults"))
    server.kubectl("delete", "customresourcedefinition", results["metadata"]["name"])
    server.expect("Argo's CRDs", "workflowtaskresults.argoproj.io missing")
    server.create(results)
    server.expect_nothing()

    cron = next(one for one in definitions if one["metadata"]["name"] == CRON)
    for paths, field in OLD.items():
        change = [{"op": "remove", "path": f"{SCHEMA}{path}"} for path in paths]
        server.kubectl("patch", "customresourcedefinition", CRON, "--type=json", "-p", json.dumps(change))
        server.expect("Argo's CRDs", f"lack `{field}`")
        server.replace(cron)
        server.expect_nothing()

    set_controller(server, {**CONTAINER, "env": [{"name": "DEFAULT_REQUEUE_TIME", "value": "10s"}]})
    server.expect("requeue time", "10 s", Level.WARNING)
    set_controller(server, {**CONTAINER, "image": "quay.io/argoproj/workflow-controller:v3.7.10"})
    server.expect("controller", "is Argo 3.7.10")
    set_controller(server, CONTAINER, ready=0)
    server.expect("controller", "no replica that is ready")
    set_controller(server, CONTAINER)
    server.expect_nothing()

    set_node(server, ready="False")
    server.expect("nodes", "none takes pods")
    set_node(server, pressure="True")
    server.expect("nodes", "DiskPressure")
    set_node(server)
    server.expect_nothing()

    (one,) = server.found(token=expired(server)).values()
    assert (one.check, one.level) == ("API server", Level.PROBLEM)
    assert "the token has expired, at 2020-09-13" in one.text
