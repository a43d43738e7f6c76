"""What Argo's page lists of a step: in the workflow's status, with the bytes that are in the artifact repository."""

import json
import os

import pytest

from runnable import Catalog, NotebookTask, Pipeline, ShellTask
from runnable.configuration import Section
from runnable.frontend.build import build
from runnable_runtime.stores.settings import StoreSettings, open_location
from tests.support import clusters
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
BUCKET = "artifacts"
"""The bucket of the namespace's artifact repository."""


def listed(ended):
    """The artifacts of a workflow's pods: by name, the key that each has in the repository."""
    pods = [pod.get("outputs", {}).get("artifacts", []) for pod in ended.pods]
    return {one["name"]: one["s3"]["key"] for artifacts in pods for one in artifacts if "s3" in one}


def content(key):
    location = open_location(StoreSettings(f"s3://{BUCKET}", os.environ["AWS_ENDPOINT_URL"]))
    return location.read(key)


def test_files_the_executed_notebook_and_logs_are_listed_and_in_the_repository(monkeypatch):
    monkeypatch.chdir(ROOT)
    draw = (
        "mkdir -p out && cd out && echo '<svg>drawn</svg>' > plot.svg && echo 1 > a.csv && echo no > b.txt && echo said"
    )
    steps = [
        ShellTask(name="draw", command=draw, catalog=Catalog(put=["out/plot.svg", "out/*.csv", "out/b.txt"])),
        ShellTask(name="none", command="echo nothing"),
        NotebookTask(name="execute", notebook="examples/common/simple_notebook.ipynb"),
    ]
    unit = build(Pipeline(name="p", steps=steps), str(ROOT / "pipeline.py"))
    assert not unit.diagnostics
    store = {"bucket": f"{BUCKET}/tests", "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    text = clusters.compiled(
        unit,
        catalog=Section("s3", {**store, "credentials_secret": "s3-credentials"}),
        artifacts={"files": ["*.svg", "*.csv"], "notebooks": True, "logs": True},
    )
    ended = clusters.wait(clusters.start(text))
    assert ended.phase == "Succeeded"
    found = listed(ended)
    assert set(found) == {"out-plot-svg", "out-csv", "simple-notebook-ipynb", "main-logs"}
    assert content(found["out-plot-svg"]) == b"<svg>drawn</svg>\n"
    assert found["out-plot-svg"].endswith("out-plot.svg")
    assert content(found["out-csv"])[:2] == b"\x1f\x8b"
    executed = json.loads(content(found["simple-notebook-ipynb"]))
    assert any(cell.get("execution_count") for cell in executed["cells"])
    logs = [one["s3"]["key"] for pod in ended.pods for one in pod["outputs"]["artifacts"] if one["name"] == "main-logs"]
    assert len(logs) == 3
    assert any(b"said" in content(key) for key in logs)


def test_a_step_that_fails_leaves_what_there_is():
    fails = "mkdir -p out && echo half > out/half.svg && exit 3"
    steps = [ShellTask(name="draw", command=fails, catalog=Catalog(put=["out/half.svg", "out/whole.svg"]))]
    unit = build(Pipeline(name="p", steps=steps), __file__)
    store = {"bucket": f"{BUCKET}/tests", "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    catalog = Section("s3", {**store, "credentials_secret": "s3-credentials"})
    ended = clusters.wait(clusters.start(clusters.compiled(unit, catalog=catalog, artifacts={"files": ["*.svg"]})))
    assert ended.phase == "Failed"
    assert "command exited with 3" in ended.pods[0]["message"]
    found = listed(ended)
    assert content(found["out-half-svg"]) == b"half\n"


def test_the_report_is_listed_of_a_workflow_that_has_failed():
    url = new_prefix()
    steps = [ShellTask(name="fine", command="echo fine"), ShellTask(name="fails", command="echo why >&2; exit 3")]
    unit = build(Pipeline(name="p", steps=steps), __file__)
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": os.environ["AWS_ENDPOINT_URL"]}
    run_log = Section("chunked-s3", {**keys, "credentials_secret": "s3-credentials"})
    try:
        ended = clusters.wait(clusters.start(clusters.compiled(unit, run_log=run_log, artifacts={"report": True})))
        assert ended.phase == "Failed"
        text = content(listed(ended)["report-html"]).decode()
        assert "command exited with 3" in text
        assert ended.name in text
    finally:
        empty(url)
