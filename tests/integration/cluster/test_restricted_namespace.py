"""Pods in a namespace that enforces the restricted Pod Security Standard, with the chart and only its account.

Nothing in the controller's configuration is about security: what the manifests say must be enough.
"""

import json
import os
import time
from dataclasses import replace

import pytest
import yaml

from runnable.configuration import load_configuration
from runnable.ir.unit import CompilationUnit
from tests.conformance.test_containers import SEPARATE
from tests.conformance.test_examples import EXAMPLES, FAILING, LARGE, NEEDS_SERVER, NEEDS_STORE, WITH_STORE
from tests.integration.cluster import test_approvals, test_argo_corpus, test_argo_stores
from tests.support import clusters
from tests.support.argo_programs import program, shell
from tests.support.namespaces import CHART, CREDENTIALS, controller, give_credentials, helm, kubectl_in, namespace
from tests.support.paths import ROOT
from tests.support.s3 import new_prefix

ACCOUNT = "pipelines"
AT_A_TIME = 8
ADMITTED = {
    "runAsNonRoot": True,
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
RUN_ELSEWHERE = {
    *test_argo_corpus.EXAMPLES,
    *test_argo_stores.EXAMPLES,
    "examples/02-sequential/default_fail.py",  # test_argo_runs
    "examples/09-retry/goes_on.py",  # test_resumed_elsewhere
    "examples/20-approval/release.py",  # test_approvals
    "examples/21-exit/at_the_end.py",  # test_exits
    "examples/24-templates/score.py",  # test_around
    "examples/27-requests/rates.py",  # test_around, with its server and its plan
}
ANSWERS = {"examples/20-approval/release.py": ("-p", "audience=everybody", "-p", "copies=3")}
"""What a person says to those that wait for one."""

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


@pytest.fixture
def restricted(monkeypatch):
    """The name of such a namespace; `clusters` works in it."""
    monkeypatch.chdir(ROOT)
    with namespace("restricted") as name, controller(name):
        more = ["--set", f"serviceAccount.name={ACCOUNT}", "--set", "semaphores.limits.licences=2"]
        helm("install", "pipelines", CHART, "-n", name, *more, "--wait")
        monkeypatch.setattr(clusters, "NAMESPACE", name)
        monkeypatch.setattr(clusters, "SERVICE_ACCOUNT", ACCOUNT)
        yield name


@pytest.fixture
def store(restricted):
    """The section `catalog` of the configuration for examples, with the bucket and the server of the tests."""
    give_credentials(restricted)
    section = load_configuration(WITH_STORE).section("catalog")
    place = {"bucket": new_prefix().removeprefix("s3://"), "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    assert section.config["credentials_secret"] == CREDENTIALS
    return replace(section, config={**section.config, **place})


def run_all(manifests):
    """Each workflow when it has ended, by the key of its manifest; AT_A_TIME of them run at a time."""
    waiting, running, found = dict(manifests), {}, {}
    while waiting or running:
        while waiting and len(running) < AT_A_TIME:
            key, text = waiting.popitem()
            name = clusters.start(text)
            running[name] = key
            if key in ANSWERS:
                test_approvals.when_it_waits(name)
                assert test_approvals.runnable("approve", name, *ANSWERS[key]).returncode == 0
        for name in list(running):
            if clusters.status(name).get("phase") in ("Succeeded", "Failed", "Error"):
                found[running.pop(name)] = clusters.wait(name)
        time.sleep(1)
    return found


@pytest.fixture
def templates_of_others(restricted):
    """What examples call that another team keeps in the namespace, as that team would have it admitted there."""
    (text,) = (path.read_text() for path in (ROOT / "examples").glob("*/risk-tools.yaml"))
    others = yaml.safe_load(text.replace("python:3.11-slim", clusters.IMAGE).replace("/tmp/score", "/var/tmp/score"))
    for template in others["spec"]["templates"]:
        template["script"]["securityContext"] = ADMITTED
    kubectl_in(restricted, "apply", "-f", "-", text=yaml.safe_dump(others))


@pytest.mark.takes(170)
@pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server")
@pytest.mark.usefixtures("templates_of_others")
@pytest.mark.parametrize(
    "examples",
    [
        pytest.param(sorted(set(EXAMPLES) - RUN_ELSEWHERE), id="that run in no other test"),
        pytest.param(
            sorted(RUN_ELSEWHERE - set(NEEDS_SERVER)),
            id="that other tests run in another namespace",
            marks=pytest.mark.thorough,
        ),
    ],
)
def test_examples_run_to_their_expected_status_in_as_many_pods_as_planned(examples, restricted, store):
    built = {example: clusters.built_example(example) for example in examples}
    stores = {example: store if example in NEEDS_STORE | LARGE else None for example in examples}
    ended = run_all({example: clusters.compiled(found, catalog=stores[example]) for example, found in built.items()})
    succeeded = {example: finished.phase == "Succeeded" for example, finished in ended.items()}
    assert succeeded == {example: example not in FAILING | SEPARATE for example in examples}
    wrong = {example: pods_otherwise(built[example], stores[example], ended[example]) for example in examples}
    assert {example: text for example, text in wrong.items() if text} == {}
    refused = kubectl_in(restricted, "get", "events", "-o", "jsonpath={..message}")
    assert "violates PodSecurity" not in refused


def pods_otherwise(found, catalog, finished):
    """How a workflow took other pods than `runnable plan` says; empty if it did not."""
    planned = clusters.planned(found, catalog).pods
    ours = sum(bool(test_argo_corpus.OURS.search(step_of(pod))) for pod in finished.pods)
    again = sum(len(node["children"]) - 1 for node in finished.nodes.values() if node["type"] == "Retry")
    at_the_end = sum(".onExit" in pod["name"] for pod in finished.pods)  # which a plan leaves out, and says so
    theirs = sum("templateRef" in pod for pod in finished.pods)  # which a plan does not know
    number = len(finished.pods) - again - at_the_end - theirs
    print(f"{found.program.source}: {number} pods, {again} attempts more, planned {planned}, {finished.phase}")
    too_many = planned.most is not None and number > planned.most + ours
    too_few = finished.phase == "Succeeded" and number < planned.least
    return f"{number} pods, planned {planned}" if too_many or too_few else ""


def step_of(pod):
    """The path of the step that a pod is for; empty for a program of another image, which is not told."""
    given = {one["name"]: one.get("value", "") for one in pod.get("inputs", {}).get("parameters", ())}
    return json.loads(given.get("spec") or "{}").get("name", "")


LOOK = (
    "export token=$(ls /var/run/secrets/kubernetes.io/serviceaccount 2>/dev/null | wc -l);"
    " export user=$(id -u);"
    " export root=$(touch /x 2>/dev/null && echo writable || echo read-only);"
    " export scratch=$(touch /tmp/x && echo writable);"
    " export privileges=$(grep NoNewPrivs /proc/self/status | tr -dc 0-9);"
    " export capabilities=$(grep CapEff /proc/self/status | tr -d '[:space:]')"
)


def test_a_task_has_no_token_no_privileges_and_a_root_that_it_cannot_write(restricted):
    step = shell("look", LOOK, returns="token user root scratch privileges capabilities")
    name = clusters.start(clusters.compiled(CompilationUnit(program(step))))
    clusters.ended(name)
    pod = json.loads(kubectl_in(restricted, "get", "pods", "-o", "json"))["items"][0]["spec"]
    finished = clusters.wait(name)
    assert finished.outputs()["look"] == {
        "token": 0,
        "user": 1000,
        "root": "read-only",
        "scratch": "writable",
        "privileges": 1,
        "capabilities": "CapEff:0000000000000000",
    }
    for container in (*pod["containers"], *pod["initContainers"]):
        assert container["resources"].keys() >= {"requests", "limits"}
        assert container["imagePullPolicy"] == "IfNotPresent"


def test_a_pod_is_admitted_where_a_quota_counts_every_container(restricted):
    helm("upgrade", "pipelines", CHART, "-n", restricted, "--reuse-values", "--set", "resourceQuota.enabled=true")
    finished = clusters.wait(
        clusters.start(clusters.compiled(CompilationUnit(program(shell("a", "export x=1", returns="x")))))
    )
    assert finished.phase == "Succeeded"


def test_argos_own_way_of_an_account_for_the_executor_works_too(restricted):
    helm(
        "upgrade",
        "pipelines",
        CHART,
        "-n",
        restricted,
        "--reuse-values",
        "--set",
        "executor.serviceAccount.create=true",
    )
    step = shell("look", LOOK, returns="token")
    text = clusters.compiled(CompilationUnit(program(step)), executorServiceAccount="workflow-executor")
    finished = clusters.wait(clusters.start(text))
    assert finished.phase == "Succeeded"
    assert finished.outputs()["look"] == {"token": 0}


def test_a_task_gets_a_token_where_the_configuration_says_so(restricted):
    text = clusters.compiled(
        CompilationUnit(program(shell("look", LOOK, returns="token"))), automountServiceAccountToken=True
    )
    helm(
        "upgrade", "pipelines", CHART, "-n", restricted, "--reuse-values", "--set", "serviceAccount.automountToken=true"
    )
    finished = clusters.wait(clusters.start(text))
    assert finished.outputs()["look"]["token"] > 0
