"""What goes wrong with pods, brought about on a cluster: people are told what it is and what to do."""

import json
import time

import pytest

from runnable.cluster.api import Api
from runnable.cluster.objects import Objects
from runnable.cluster.troubles import troubles
from runnable.cluster.view import view
from runnable.driver.run import CompilationUnit
from runnable.ir.options import Resources
from tests.support import clusters
from tests.support.argo_programs import program, shell
from tests.support.namespaces import CHART, controller, helm, image_of_a_node, kubectl_in, namespace

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]

FILL = "python -c \"x = 'a' * 10**9\""
"""A command that takes a gigabyte."""

CASES = {
    "an image that is nowhere": (
        shell("a", image="registry.invalid/none:1"),
        {},
        "the image registry.invalid/none:1 cannot be pulled",
    ),
    "an image that may not be pulled": (
        shell("a", image="nope:1"),
        {"imagePullPolicy": "Never"},
        "the image nope:1 cannot be pulled",
    ),
    "a node that is not there": (
        shell("a", node_selector=(("disk", "none"),)),
        {},
        "no node matches its node_selector",
    ),
    "more than any node has": (shell("a", resources=Resources(cpu="999")), {}, "no node has enough cpu free"),
    "an account that is not there": (shell("a"), {"serviceAccount": "absent"}, "there is no service account 'absent'"),
    "an account without rights": (
        shell("a", "export x=1", returns="x"),
        {"serviceAccount": "norights"},
        "Argo's executor may not report the task's result, as system:serviceaccount:",
    ),
    "pods as argo makes them": (
        shell("a"),
        {"patchExecutor": False},
        "the namespace admits only restricted pods, and Argo's own containers are not",
    ),
    "an image that runs as root": (shell("a"), {"runAsUser": None}, "the image runs as root, which the pod forbids"),
    "too little memory": (
        shell("a", FILL, resources=Resources(memory="40Mi")),
        {},
        "it took more memory than its limit",
    ),
    "too little time": (shell("a", "sleep 100", timeout=5), {}, "it took longer than it may"),
}


@pytest.fixture
def restricted(monkeypatch):
    with namespace("restricted") as name, controller(name):
        helm("install", "pipelines", CHART, "-n", name, "--wait")
        kubectl_in(name, "create", "serviceaccount", "norights")
        monkeypatch.setattr(clusters, "NAMESPACE", name)
        monkeypatch.setattr(clusters, "SERVICE_ACCOUNT", "workflow")
        yield name


def start(step, **configuration):
    return clusters.start(clusters.compiled(CompilationUnit(program(step)), **configuration))


def told(objects, name, seconds=300):
    """What is told of the workflow's step, once something is."""
    ended = time.monotonic() + seconds
    while time.monotonic() < ended:
        found = list(troubles(view(objects.get("Workflow", name)), objects))
        if found:
            return found[0]
        time.sleep(1)
    return None


def test_each_trouble_is_told_with_what_to_do(restricted):
    objects = Objects(Api.connect(), restricted)
    empty = image_of_a_node("/pause:")
    cases = {**CASES, "an image without runnable": (shell("a", image=empty), {}, "the image has no runnable in it")}
    started = {case: start(step, **configuration) for case, (step, configuration, _) in cases.items()}
    found = {case: told(objects, name) for case, name in started.items()}
    said = {case: problem.message if problem else "nothing" for case, problem in found.items()}
    wrong = {case: said[case] for case, (_, _, wanted) in cases.items() if not said[case].startswith(f"a: {wanted}")}
    assert wrong == {}
    assert all(problem.help for problem in found.values())


def test_a_quota_that_is_used_up_is_told_and_waited_for(restricted):
    objects = Objects(Api.connect(), restricted)
    kubectl_in(restricted, "create", "quota", "few", "--hard=pods=1")
    first = start(shell("a", "sleep 20"))
    _until(lambda: json.loads(kubectl_in(restricted, "get", "pods", "-o", "json"))["items"])
    second = start(shell("a"))
    problem = told(objects, second)
    assert problem.message == "a: the quota few of the namespace is used up"
    assert "parallelism" in problem.help
    assert clusters.wait(first).phase == "Succeeded"
    assert clusters.wait(second).phase == "Succeeded"


def _until(condition):
    for _ in range(120):
        if condition():
            return
        time.sleep(0.5)
    pytest.fail("it does not come to that")
