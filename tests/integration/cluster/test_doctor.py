"""`runnable doctor` against a real API server: faults that are made on purpose, each in a namespace of its own."""

import base64
import json
import os
import time
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import yaml

from runnable.cluster.api import Api
from runnable.configuration import load_configuration
from runnable.doctor.examination import of_cluster
from runnable.doctor.finding import Level
from tests.integration.cluster.test_cluster_refusals import as_account, write
from tests.integration.test_command_line import runnable
from tests.support.namespaces import kubectl_in, namespace, settled
from tests.support.paths import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(300)]
ROLE = ("--verb=create,patch", "--resource=workflowtaskresults.argoproj.io")
CREDENTIALS = ("--from-literal=AWS_ACCESS_KEY_ID=a", "--from-literal=AWS_SECRET_ACCESS_KEY=b")
CONFIGURATION = """
pipeline-executor: {type: argo, config: {image: "mine:1", serviceAccount: workflow, namespace: NAMESPACE}}
catalog: {type: s3, config: {bucket: b, endpoint_url: "http://store:9000", credentials_secret: store-keys}}
"""
SECONDS = 20
"""For all checks: the machine may be busy with other tests. How long they take is measured below."""


@pytest.fixture
def good(tmp_path):
    """A namespace in which a pipeline of CONFIGURATION could run, and the configuration's file."""
    with namespace() as name:
        kubectl_in(name, "create", "serviceaccount", "workflow")
        kubectl_in(name, "create", "role", "workflow", *ROLE)
        kubectl_in(name, "create", "rolebinding", "workflow", "--role=workflow", f"--serviceaccount={name}:workflow")
        kubectl_in(name, "create", "secret", "generic", "store-keys", *CREDENTIALS)
        kubectl_in(name, "create", "configmap", "artifact-repositories", "--from-literal=default=s3: {}")
        (tmp_path / "config.yaml").write_text(CONFIGURATION.replace("NAMESPACE", name))
        yield name, tmp_path / "config.yaml"


def found(good, file=None):
    """What is not well, by what it is about; notes about what runs elsewhere are left out."""
    name, configuration = good
    settings = load_configuration(str(configuration), configuration.parent)
    examined = of_cluster(settings, Api.connect(file=file), name, needed=True, seconds=SECONDS)
    return {one.check: one for one in examined.findings if one.level in (Level.WARNING, Level.PROBLEM)}


def test_of_a_good_namespace_nothing_is_told(good):
    assert settled(lambda: not found(good)), found(good)


def no_account(name):
    kubectl_in(name, "delete", "serviceaccount", "workflow")


def no_right(name):
    kubectl_in(name, "delete", "rolebinding", "workflow")


def half_a_right(name):
    kubectl_in(name, "delete", "role", "workflow")
    kubectl_in(name, "create", "role", "workflow", "--verb=create", ROLE[1])


def no_secret(name):
    kubectl_in(name, "delete", "secret", "store-keys")


def no_key(name):
    kubectl_in(name, "delete", "secret", "store-keys")
    kubectl_in(name, "create", "secret", "generic", "store-keys", CREDENTIALS[0])


def no_room(name):
    kubectl_in(name, "create", "quota", "none", "--hard=pods=0")


def too_low(name):
    limits = {"limits": [{"type": "Container", "max": {"memory": "512Mi"}}]}
    item = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "low"}, "spec": limits}
    kubectl_in(name, "apply", "-f", "-", text=yaml.safe_dump(item))


def too_high(name):
    limits = {"limits": [{"type": "Container", "min": {"memory": "64Gi"}}]}
    item = {"apiVersion": "v1", "kind": "LimitRange", "metadata": {"name": "high"}, "spec": limits}
    kubectl_in(name, "apply", "-f", "-", text=yaml.safe_dump(item))


@pytest.mark.parametrize(
    ("make", "check", "told"),
    [
        (too_high, "limit range", "minimum of 64Gi memory"),
        (no_account, "service account", "there is no 'workflow'"),
        (no_right, "task results", "may not create and patch workflowtaskresults"),
        (half_a_right, "task results", "may not patch workflowtaskresults"),
        (no_secret, "secrets", "no Secret 'store-keys'"),
        (no_key, "secrets", "no key AWS_SECRET_ACCESS_KEY"),
        (no_room, "quota", "pods of none: 0 of 0"),
        (too_low, "limit range", "maximum of 512Mi memory"),
    ],
    ids=lambda one: getattr(one, "__name__", None),
)
def test_a_fault_is_a_problem_and_the_only_one(make, check, told, good):
    assert settled(lambda: not found(good))
    make(good[0])
    assert settled(lambda: list(found(good)) == [check]), found(good)
    one = found(good)[check]
    assert one.level is Level.PROBLEM
    assert told in one.text
    assert one.advice


SETS = "workflowtasksets.argoproj.io"
TOKEN = """
apiVersion: v1
kind: Secret
metadata:
  name: workflow.service-account-token
  annotations: {kubernetes.io/service-account.name: workflow}
type: kubernetes.io/service-account-token
"""


def test_what_argos_agent_lacks_is_told_until_it_has_all_as_the_chart_gives_it(good):
    name, configuration = good

    def requests():
        settings = load_configuration(str(configuration), configuration.parent)
        examined = of_cluster(settings, Api.connect(), name, needed=True, seconds=SECONDS)
        return [(one.level, one.text) for one in examined.findings if one.check == "requests"]

    def told(level, *texts):
        return settled(
            lambda: [(o, [t in text for t in texts]) for o, text in requests()] == [(level, [True] * len(texts))]
        )

    assert told(Level.NOTE, "no HttpTask can send one here", "list", "watch", "patch", "no token"), requests()
    kubectl_in(name, "create", "role", "sets", "--verb=list,watch", f"--resource={SETS}")
    kubectl_in(name, "create", "rolebinding", "sets", "--role=sets", f"--serviceaccount={name}:workflow")
    assert told(Level.WARNING, "may not patch workflowtasksets/status and has no token"), requests()
    kubectl_in(name, "create", "role", "status", "--verb=patch", f"--resource={SETS}/status")
    kubectl_in(name, "create", "rolebinding", "status", "--role=status", f"--serviceaccount={name}:workflow")
    assert told(Level.WARNING, "has no token in a Secret 'workflow.service-account-token'"), requests()
    kubectl_in(name, "apply", "-f", "-", text=TOKEN)
    assert told(Level.OK, "can send those of HttpTasks"), requests()


def test_pods_that_find_no_node_are_warned_of(good):
    name, _ = good
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "main", "image": "none:1", "resources": {"requests": {"cpu": "1000"}}}
    of_all = {"runAsNonRoot": True, "runAsUser": 1000, "seccompProfile": {"type": "RuntimeDefault"}}
    spec = {"containers": [{**container, "securityContext": restricted}], "securityContext": of_all}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "large"}, "spec": spec}
    kubectl_in(name, "apply", "-f", "-", text=yaml.safe_dump(pod))
    assert settled(lambda: list(found(good)) == ["nodes"]), found(good)
    one = found(good)["nodes"]
    assert one.level is Level.WARNING
    assert "Insufficient cpu" in one.text


def test_a_volume_that_is_not_there_is_a_problem(good):
    name, file = good
    keys = f'image: "mine:1", serviceAccount: workflow, namespace: {name}, pvc_for_runnable: shared'
    file.write_text(f"pipeline-executor: {{type: argo, config: {{{keys}}}}}\n")
    assert list(found(good)) == ["volume"]
    assert found(good)["volume"].level is Level.PROBLEM
    assert "shared" in found(good)["volume"].text


class FarAhead:
    """A clock of this machine that is wrong; the server's is real."""

    @staticmethod
    def now(zone):
        return datetime.now(zone) + timedelta(hours=1)


def test_a_clock_that_is_off_is_told(good, monkeypatch):
    monkeypatch.setattr("runnable.doctor.server.datetime", FarAhead)
    assert list(found(good)) == ["clock"]
    assert found(good)["clock"].level is Level.PROBLEM


def test_without_an_artifact_repository_it_is_told_unless_the_controller_has_one(good):
    name, _ = good
    kubectl_in(name, "delete", "configmap", "artifact-repositories")
    has_one = "artifactRepository" in kubectl_in("argo", "get", "configmaps", "-o", "yaml")
    assert list(found(good)) == ([] if has_one else ["artifact repository"])


def test_a_namespace_that_is_not_there_is_a_problem(good, tmp_path):
    missing = found(("nowhere-at-all", good[1]))
    assert missing["namespace"].level is Level.PROBLEM
    assert "there is no 'nowhere-at-all'" in missing["namespace"].text


@pytest.fixture
def kubeconfig():
    return yaml.safe_load(Path(os.environ["KUBECONFIG"]).read_text())


def test_credentials_that_are_wrong_are_the_one_problem(good, kubeconfig, tmp_path):
    kubeconfig["users"][0]["user"] = {"token": "wrong"}
    (one,) = found(good, write(kubeconfig, tmp_path)["KUBECONFIG"]).values()
    assert one.check == "API server"
    assert "does not know you" in one.text


def test_a_token_that_has_expired_is_told_with_its_time(good, kubeconfig, tmp_path):
    token = kubectl_in(good[0], "create", "token", "workflow").strip()
    head, claims, signature = token.split(".")
    expired = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4))) | {"exp": 1_600_000_000}
    claims = base64.urlsafe_b64encode(json.dumps(expired).encode()).decode().rstrip("=")  # the signature fits no more
    kubeconfig["users"][0]["user"] = {"token": f"{head}.{claims}.{signature}"}
    (one,) = found(good, write(kubeconfig, tmp_path)["KUBECONFIG"]).values()
    assert "the token has expired, at 2020-09-13" in one.text


def test_who_may_see_nothing_has_problems_only_where_rights_are_needed(good, kubeconfig, tmp_path):
    name, _ = good
    kubectl_in(name, "create", "serviceaccount", "jane")
    file = write(as_account(kubeconfig, name, "jane"), tmp_path)["KUBECONFIG"]
    assert list(found(good, file)) == ["your rights"]
    assert "may not submit workflows, see workflows" in found(good, file)["your rights"].text


def test_nothing_is_changed(good):
    name, _ = good
    before = kubectl_in(
        name, "get", "all,configmaps,secrets,serviceaccounts,roles,rolebindings,workflows", "-o", "name"
    )
    found(good)
    after = kubectl_in(name, "get", "all,configmaps,secrets,serviceaccounts,roles,rolebindings,workflows", "-o", "name")
    assert after == before


def test_the_command_says_all_in_time_and_ends_with_7_for_a_problem(good):
    name, _ = good
    assert settled(lambda: not found(good))
    began = time.monotonic()
    ended = runnable("doctor", "-n", name, "--json", cwd=ROOT)
    took = time.monotonic() - began
    print(f"doctor took {took:.1f} s")
    report = json.loads(ended.stdout)
    assert {one["check"] for one in report["cluster"]} >= {"API server", "clock", "Argo's CRDs", "namespace", "nodes"}
    assert took < 5 or os.getloadavg()[0] > os.cpu_count(), took  # a busy machine says nothing about it
    no_room(name)
    assert settled(lambda: "quota" in found(good))
    assert runnable("doctor", "-n", name, cwd=ROOT).returncode == 7
