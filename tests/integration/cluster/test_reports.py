"""Reports of workflows: of what pods have recorded, and of a status alone."""

import os
import re
import shlex
import time

import pytest
import yaml

from runnable.cli import main
from runnable.configuration import Section, load_configuration
from runnable.diagnostics.errors import ExitCode
from runnable.runs.stores.settings import open_store
from runnable.ui.viewed import Viewed
from tests.support import clusters
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
EXAMPLE = str(ROOT / "examples" / "06-parallel" / "branch_fails.py")
FAILED = "ValueError: this step always fails"


@pytest.fixture
def configuration(tmp_path, monkeypatch):
    """A function that writes a configuration, with or without a store of records, and gives its path."""
    monkeypatch.chdir(ROOT)

    def write(run_log=None):
        keys = {"image": clusters.IMAGE, "serviceAccount": clusters.SERVICE_ACCOUNT, "namespace": clusters.NAMESPACE}
        sections = {"pipeline-executor": {"type": "argo", "config": keys}}
        if run_log is not None:
            sections["run-log-store"] = {"type": run_log.type, "config": dict(run_log.config)}
        file = tmp_path / "argo.yaml"
        file.write_text(yaml.safe_dump(sections))
        return str(file)

    return write


@pytest.fixture
def run_log():
    if not (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        pytest.skip("AWS_ENDPOINT_URL names no S3 server")
    url = new_prefix()
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    yield Section("chunked-s3", keys)
    empty(url)


def submitted(configuration, report, capsys):
    """The name of the example's workflow, which has failed, and its report."""
    given = ["submit", EXAMPLE, "-c", configuration, "-n", clusters.NAMESPACE, "--watch", "--report", str(report)]
    assert main(given) == ExitCode.RUN_FAILED
    return capsys.readouterr().out.split()[0], report.read_text()


def test_a_failed_run_has_its_pods_logs_and_the_command_that_replays_the_task(configuration, run_log, tmp_path, capsys):
    configured = configuration(run_log)
    name, text = submitted(configured, tmp_path / "r.html", capsys)
    for said in (FAILED, "Traceback (most recent call last)", "parallel, 2 branches, 1 failed", f"argo/{name}"):
        assert said.replace("argo/", f"{clusters.NAMESPACE}/") in text
    replay = re.search(r"runnable replay [^\n<]+", text)[0]
    assert shlex.split(replay)[1:] == ["replay", name, "both.bad.fails", "-c", configured]
    assert main(shlex.split(replay)[1:]) == ExitCode.RUN_FAILED
    assert FAILED in capsys.readouterr().err
    assert main(["report", name, "-c", configured, "-o", "-"]) == ExitCode.OK
    report = capsys.readouterr().out
    assert FAILED in report
    assert "parallel, 2 branches, 1 failed" in report, "which no pod has recorded"
    assert {"both", "both.good"} <= paths_on_the_live_page(name, configured)


def paths_on_the_live_page(name, configured):
    """The paths of the steps that the page of a run shows, once the cluster has been asked."""
    store = open_store(load_configuration(configured))
    viewed = Viewed(store, name, named=configured, root=ROOT, context=None)
    deadline = time.monotonic() + 30
    while "both" not in (paths := {step.path for step in viewed._look()[1].steps}):
        assert time.monotonic() < deadline, paths
        time.sleep(0.2)
    return paths


def test_without_records_the_status_is_reported_and_what_is_missing_is_said(configuration, tmp_path, capsys):
    name, text = submitted(configuration(), tmp_path / "r.html", capsys)
    assert FAILED in text
    assert "Made of the workflow&#x27;s status" in text
    assert f"runnable logs -n {clusters.NAMESPACE} {name} both.bad.fails" in text
    assert "raise ValueError" in text, "the end of its pod's log"
    assert "runnable replay" not in text
    assert main(["report", name, "-n", clusters.NAMESPACE, "-o", "-"]) == ExitCode.OK
    assert "not-reached" in capsys.readouterr().out
