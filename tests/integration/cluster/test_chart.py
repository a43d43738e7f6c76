"""The chart: linted and rendered with each set of values, and installed, upgraded and uninstalled on a cluster."""

import json
import shutil
import subprocess

import pytest
import yaml

from tests.integration.test_command_line import runnable
from tests.support.namespaces import CHART, helm, kubectl_in, namespace, objects_in, settled

ROOT = CHART.parents[1]
SETS = sorted((CHART / "ci").glob("*.yaml"))
DOCUMENTED = (ROOT / "docs" / "helm.md").read_text()

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(shutil.which("helm") is None, reason="helm is not installed"),
]


def rendered(*arguments):
    return [item for item in yaml.safe_load_all(helm("template", "r", CHART, *arguments).stdout) if item]


def by_kind(items):
    return {item["kind"]: item for item in items}


def test_the_chart_lints_as_it_is():
    helm("lint", "--strict", CHART)


@pytest.mark.parametrize("values", SETS, ids=lambda p: p.stem)
def test_each_set_of_values_lints_is_documented_and_accepted_by_the_api_server(values):
    assert f"ci/{values.name}" in DOCUMENTED
    helm("lint", "--strict", CHART, "--values", values)
    text = helm("template", "r", CHART, "--values", values, "--namespace", "default").stdout
    if text.strip():  # an account that is there already needs nothing
        kubectl_in("default", "apply", "--dry-run=server", "--validate=strict", "-f", "-", text=text)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (["serviceAcount.name=x"], "serviceAcount"),
        (["store.s3.enabled=true"], "bucket"),
        (["store.s3.bucket=B_d", "store.s3.enabled=true"], "bucket"),
        (["store.s3.endpoint=host:9000"], "endpoint"),
        (["store.pvc.size=much"], "size"),
        (["artifactRepository.create=true"], "artifactRepository.create needs store.s3.enabled"),
        (
            ["store.s3.enabled=true", "store.s3.bucket=abc", "store.s3.createSecret=true"],
            "store.s3.createSecret needs store.s3.secretName",
        ),
        (["networkPolicy.apiServer.cidrs={10.0.0.1}"], "cidrs"),
        (["networkPolicy.enabled=true"], "networkPolicy.apiServer.cidrs is needed"),
    ],
)
def test_values_that_cannot_be_are_refused_by_name(values, said):
    ended = helm("template", "r", CHART, *(part for value in values for part in ("--set", value)), check=False)
    assert ended.returncode != 0
    assert said in ended.stderr


def test_the_account_may_do_one_thing():
    role = by_kind(rendered())["Role"]
    assert role["rules"] == [
        {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
    ]


def test_a_network_policy_covers_jobs_too_and_opens_the_api_server_to_workflows_only():
    enabled = rendered("--set", "networkPolicy.enabled=true,networkPolicy.apiServer.cidrs={10.0.0.1/32}")
    policies = {item["metadata"]["name"]: item["spec"] for item in enabled if item["kind"] == "NetworkPolicy"}
    assert {name: spec["podSelector"]["matchExpressions"][0]["key"] for name, spec in policies.items()} == {
        "r-jobs": "batch.kubernetes.io/job-name",
        "r-workflows": "workflows.argoproj.io/workflow",
    }
    names = {"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}]}
    assert policies["r-jobs"] == {**policies["r-jobs"], "ingress": [], "egress": [names]}
    server = {
        "ports": [{"port": port, "protocol": "TCP"} for port in (443, 6443)],
        "to": [{"ipBlock": {"cidr": "10.0.0.1/32"}}],
    }
    assert policies["r-workflows"] == {**policies["r-workflows"], "ingress": [], "egress": [names, server]}


def test_argos_repository_is_the_bucket_of_the_store():
    found = by_kind(rendered("--values", CHART / "ci" / "s3-values.yaml"))
    repository = yaml.safe_load(found["ConfigMap"]["data"]["store"])["s3"]
    assert repository["endpoint"] == "s3.example.com:9000"
    assert repository["insecure"] is True
    assert repository["accessKeySecret"]["name"] == found["Secret"]["metadata"]["name"]
    identity = by_kind(rendered("--values", CHART / "ci" / "pod-identity-values.yaml"))
    assert yaml.safe_load(identity["ConfigMap"]["data"]["store"])["s3"]["useSDKCreds"] is True
    assert "Secret" not in identity


def test_compiled_pipelines_are_applied_as_they_are(tmp_path):
    manifest = ROOT / "examples" / "gitops" / "parallel" / "parallel.yaml"
    shutil.copytree(CHART, tmp_path / "chart")
    shutil.copy(manifest, tmp_path / "chart" / "pipelines")
    expected = by_kind(yaml.safe_load_all(manifest.read_text()))
    from_value = rendered("--set-file", f"pipelines.parallel={manifest}")
    from_folder = [i for i in yaml.safe_load_all(helm("template", "r", tmp_path / "chart").stdout) if i]
    for found in (from_value, from_folder):
        assert by_kind(item for item in found if item["apiVersion"].startswith("argoproj.io/")) == expected


def test_installed_upgraded_and_uninstalled_it_leaves_nothing(tmp_path):
    manifest = tmp_path / "parallel.yaml"
    runnable("compile", "examples/06-parallel/parallel.py", "--image", "a:1", "-o", manifest)
    with namespace() as name:
        helm("install", "pipelines", CHART, "-n", name, "--wait")
        first = [item for item in objects_in(name) if not item.startswith("secret/sh.helm.release")]
        assert first == [
            "role.rbac.authorization.k8s.io/workflow",
            "rolebinding.rbac.authorization.k8s.io/workflow",
            "serviceaccount/workflow",
        ]
        values = [
            part for path in (CHART / "ci/platform-values.yaml", CHART / "ci/s3-values.yaml") for part in ("-f", path)
        ]
        helm(
            "upgrade", "pipelines", CHART, "-n", name, *values, "--set-file", f"pipelines.parallel={manifest}", "--wait"
        )
        second = objects_in(name)
        for item in (
            "configmap/artifact-repositories",
            "limitrange/pipelines",
            "networkpolicy.networking.k8s.io/pipelines-jobs",
            "networkpolicy.networking.k8s.io/pipelines-workflows",
            "resourcequota/pipelines",
            "role.rbac.authorization.k8s.io/pipelines-submit",
            "secret/s3-credentials",
            "secret/workflow-executor.service-account-token",
            "workflowtemplate.argoproj.io/parallel",
        ):
            assert item in second
        helm("upgrade", "pipelines", CHART, "-n", name, "--reset-values", "--wait")
        assert settled(lambda: [i for i in objects_in(name) if "helm.release" not in i] == first)
        helm("uninstall", "pipelines", "-n", name, "--wait")
        assert settled(lambda: objects_in(name) == []), objects_in(name)


def test_people_who_may_submit_may_do_that_and_no_more():
    with namespace() as name:
        subject = json.dumps([{"kind": "User", "name": "jane", "apiGroup": "rbac.authorization.k8s.io"}])
        helm("install", "pipelines", CHART, "-n", name, "--set-json", f"rbac.submitters={subject}")

        def may(verb, resource):
            asked = ["kubectl", "-n", name, "auth", "can-i", verb, resource, "--as", "jane"]
            return subprocess.run(asked, capture_output=True).returncode == 0

        allowed = [("create", "workflows"), ("patch", "workflows"), ("get", "pods"), ("get", "pods/log")]
        refused = [("create", "pods"), ("get", "secrets"), ("delete", "workflows"), ("create", "rolebindings")]
        assert [pair for pair in allowed if not may(*pair)] == []
        assert [pair for pair in refused if may(*pair)] == []
