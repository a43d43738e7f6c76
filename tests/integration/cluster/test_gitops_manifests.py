"""What a GitOps tool sees: what it applied is what it reads back; and what kustomize does to Argo's kinds."""

import json
import shutil
import subprocess

import pytest
import yaml

from runnable.manifests.objects import read
from tests.conformance.test_examples import EXAMPLES
from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.paths import ROOT
from tests.support.selection import representative

MANAGED = ("uid", "resourceVersion", "generation", "creationTimestamp", "managedFields")
IN_CI = [
    "examples/01-tasks/notebook.py",
    "examples/02-sequential/conditional.py",
    "examples/02-sequential/retry.py",
    "examples/03-parameters/objects.py",
    "examples/04-catalog/on_failure.py",
    "examples/06-parallel/nesting.py",
    "examples/07-map/reducers.py",
    "examples/10-loop/loop.py",
    "examples/12-nesting/everything.py",
    "examples/14-caching/caching.py",
]
"""An example of each construct, each kind of task and a store; the API server accepts every one (test_argo_runs)."""

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


def read_back(text, *how):
    """The objects as the API server has them after they were applied, without what only the server manages."""
    found = json.loads(clusters.kubectl("apply", *how, "--validate=ignore", "-f", "-", "-o", "json", text=text))[
        "items"
    ]
    for live in found:
        for key in MANAGED:
            live["metadata"].pop(key, None)
        live["metadata"].get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
        if not live["metadata"].get("annotations"):
            live["metadata"].pop("annotations", None)
    return found


@pytest.mark.parametrize("example", representative(EXAMPLES, IN_CI))
def test_an_applied_manifest_does_not_drift(example):
    configuration = {"schedules": ["0 0 1 1 *"], "timezone": "UTC", "labels": {"team": "data"}, "ttl": 60}
    built, store = clusters.built_example(example), clusters.store_of(example)
    kinds = ("WorkflowTemplate", "CronWorkflow")
    text = "---\n".join(clusters.compiled(built, kind, store, **configuration) for kind in kinds)
    for how in (["--server-side"], []):
        try:
            assert read_back(text, *how) == list(yaml.safe_load_all(text)), how
        finally:
            clusters.kubectl("delete", "--ignore-not-found", "-f", "-", text=text)


def kustomized(folder):
    ended = subprocess.run(["kubectl", "kustomize", str(folder)], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return {item["kind"]: item for item in yaml.safe_load_all(ended.stdout)}


def test_kustomize_gives_out_what_was_compiled(tmp_path):
    runnable(
        "compile", "examples/06-parallel/parallel.py", "-c", "examples/gitops/config.yaml", "-o", tmp_path / "a.yaml"
    )
    compiled = {item["kind"]: item for item in yaml.safe_load_all((tmp_path / "a.yaml").read_text())}
    assert kustomized(ROOT / "examples/gitops/parallel") == compiled
    assert {item["kind"]: item for item in read(ROOT / "examples/gitops/parallel")} == compiled


def test_an_overlay_changes_image_namespace_and_schedule():
    found = kustomized(ROOT / "examples/gitops/production")
    template, cron = found["WorkflowTemplate"], found["CronWorkflow"]
    assert template["metadata"]["namespace"] == cron["metadata"]["namespace"] == "pipelines"
    image = template["spec"]["templateDefaults"]["container"]["image"]
    assert image.startswith("registry.example.com/team/pipelines:1.2.1@sha256:f0e1")
    assert cron["spec"]["schedules"] == ["0 4 * * *"]


def test_a_prefix_of_names_reaches_what_refers_to_them(tmp_path):
    shutil.copytree(ROOT / "examples/gitops/parallel", tmp_path / "base")
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [base]\nnamePrefix: staging-\nconfigurations: [kustomizeconfig.yaml]\n"
    )
    shutil.copy(tmp_path / "base/kustomizeconfig.yaml", tmp_path)
    found = kustomized(tmp_path)
    assert found["WorkflowTemplate"]["metadata"]["name"] == "staging-parallel"
    assert found["CronWorkflow"]["spec"]["workflowSpec"]["workflowTemplateRef"]["name"] == "staging-parallel"


def test_the_api_server_accepts_what_kustomize_gives_out():
    ended = subprocess.run(
        ["kubectl", "kustomize", "examples/gitops/parallel"], capture_output=True, text=True, check=True
    )
    clusters.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", text=ended.stdout)
