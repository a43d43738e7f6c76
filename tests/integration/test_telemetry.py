"""Spans of runs, as a collector on this machine gets them; and what becomes of a run where there is none."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from tests.support.collector import Collector
from tests.support.paths import ROOT

PIPELINE = """
import os
from runnable import Map, Pipeline, PythonTask, ShellTask


def price(item: str) -> str:
    return os.environ.get("TRACEPARENT", "")


def main():
    each = PythonTask(name="price", function=price, returns=["context"]).as_pipeline()
    note = ShellTask(name="note", command='export shell="$TRACEPARENT"', returns=["shell"])
    fails = ShellTask(name="fails", command="echo broken >&2; exit 1", retry=1)
    pipeline = Pipeline(
        name="orders", steps=[note, Map(name="each", branch=each, iterate_on="items", iterate_as="item"), fails]
    )
    pipeline.execute(parameters={"items": ["a", "b"]})
    return pipeline


if __name__ == "__main__":
    main()
"""
EXECUTORS = {
    "in process": "pipeline-executor: {type: local}\n",
    "in workers": "pipeline-executor: {type: local, enable_parallel: true}\n",
    "in the emulator": "pipeline-executor: {type: emulator}\n",
}


def ran(folder, configuration="", **environment):
    """The run of the pipeline, and how long it took."""
    (folder / "p.py").write_text(PIPELINE)
    (folder / "c.yaml").write_text(configuration + "run-log-store: {type: chunked-fs}\n")
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    began = time.monotonic()
    ended = subprocess.run(
        [sys.executable, "-m", "runnable.cli", "run", "-c", "c.yaml", "--run-id", "r", "p.py"],
        cwd=folder,
        env={**inherited, "RUNNABLE_PROGRESS": "plain", **environment},
        capture_output=True,
        text=True,
    )
    return ended, time.monotonic() - began


@pytest.mark.slow
@pytest.mark.parametrize("executor", EXECUTORS)
def test_a_collector_gets_a_span_for_the_run_each_step_and_each_attempt(executor, tmp_path):
    with Collector() as collector:
        ended, _ = ran(tmp_path, EXECUTORS[executor], OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
    assert ended.returncode == 1, ended.stderr
    spans = {(one.name, one.attributes.get("runnable.step"), one.attributes.get("runnable.attempt")): one
             for one in collector.spans}  # fmt: skip
    assert len(spans) == len(collector.spans)
    assert sorted(spans, key=str) == sorted(
        [
            ("run orders", None, None),
            ("step note", "note", None),
            ("attempt note", "note", 1),
            ("step each", "each", None),
            *((f"step {number}", f"each.{number}", None) for number in (0, 1)),
            *(("step price", f"each.{number}.price", None) for number in (0, 1)),
            *(("attempt price", f"each.{number}.price", 1) for number in (0, 1)),
            ("step fails", "fails", None),
            ("attempt fails", "fails", 1),
            ("attempt fails", "fails", 2),
        ],
        key=str,
    )
    assert {one.trace for one in spans.values()} == {spans["run orders", None, None].trace}
    assert {one.service for one in spans.values()} == {"runnable"}
    by_id = {one.own: one for one in spans.values()}

    def above(one):
        return [by_id[one.parent].name, *above(by_id[one.parent])] if one.parent in by_id else []

    price = spans["attempt price", "each.1.price", 1]
    assert above(price) == ["step price", "step 1", "step each", "run orders"]
    assert all(one.seconds >= 0 for one in spans.values())
    failed = {name for (name, _, _), one in spans.items() if one.failed}
    assert failed == {"run orders", "step fails", "attempt fails"}
    assert "exit" in spans["step fails", "fails", None].message
    contexts = outputs(tmp_path)
    assert contexts["each.1.price"] == f"00-{price.trace}-{price.own}-01"
    assert contexts["note"].split("-")[2] == spans["attempt note", "note", 1].own


def outputs(folder):
    """What the tasks have found as `TRACEPARENT`, by step."""
    words = [sys.executable, "-m", "runnable.cli", "show", "-c", "c.yaml", "r", "--format", "json"]
    shown = json.loads(subprocess.run(words, cwd=folder, capture_output=True, text=True, check=True).stdout)
    found = {step["path"]: step["attempts"][-1].get("outputs", {}) for step in shown["steps"] if step.get("attempts")}
    return {path: next(iter(values.values())) for path, values in found.items() if values}


@pytest.mark.slow
def test_a_run_continues_the_trace_that_it_is_started_in(tmp_path):
    parent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
    with Collector() as collector:
        ran(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, TRACEPARENT=parent, OTEL_SERVICE_NAME="nightly")
    (run,) = [one for one in collector.spans if one.name == "run orders"]
    assert (run.trace, run.parent, run.service) == (parent.split("-")[1], parent.split("-")[2], "nightly")


@pytest.mark.slow
def test_a_collector_that_answers_nothing_costs_a_run_three_seconds(tmp_path):
    with Collector(silent=True) as collector:
        ended, seconds = ran(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url)
        assert collector.requests
    assert ended.returncode == 1
    assert "the collector of spans did not take all of them within 3 s" in ended.stderr
    assert seconds < 20  # it would be 10 for each look at the spans


@pytest.mark.slow
def test_no_collector_at_all_is_no_failure_and_says_nothing_in_the_output_of_tasks(tmp_path):
    ended, seconds = ran(tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT="http://127.0.0.1:9")
    assert ended.returncode == 1
    assert seconds < 20
    assert "Traceback" not in ended.stderr
    assert "refused" not in ended.stderr


@pytest.mark.parametrize(
    "variables",
    [
        {},
        {"OTEL_SDK_DISABLED": "true", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
        {"OTEL_TRACES_EXPORTER": "none", "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"},
    ],
)
def test_unless_it_is_configured_nothing_of_it_is_loaded(variables, tmp_path):
    code = (
        "import sys; from runnable import *; Pipeline(steps=[Stub(name='a')]).execute()\n"
        "import runnable_runtime.telemetry, runnable.execution.tracing\n"
        "assert not any(name.startswith(('opentelemetry', 'google')) for name in sys.modules)"
    )
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    environment = {**inherited, "PYTHONPATH": str(ROOT), **variables}
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True)


def test_where_its_packages_are_missing_a_notice_says_how_to_have_them(tmp_path):
    (tmp_path / "opentelemetry").mkdir()
    (tmp_path / "opentelemetry" / "__init__.py").write_text("raise ImportError('not here')")
    path = {"PYTHONPATH": str(tmp_path), "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9"}
    ended, _ = ran(tmp_path, **path)
    assert "notice: spans are not sent: pip install 'runnable-pipelines[telemetry]'" in ended.stderr


def test_a_protocol_that_is_not_had_is_said(tmp_path):
    variables = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}
    ended, _ = ran(tmp_path, **variables)
    assert "notice: spans are not sent: they are sent by http/protobuf, not grpc" in ended.stderr


def entrypoint(folder, endpoint, **environment):
    """A task as a pod has it."""
    (folder / "job.py").write_text("import os\ndef work(): return os.environ['TRACEPARENT']\n")
    spec = {"name": "train", "python": "job:work", "returns": ["context"]}
    words = ["--protocol", "1", "--spec", json.dumps(spec), "--inputs", "", "--outputs", "-"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    return subprocess.run(
        [sys.executable, "-m", "runnable_runtime", *words],
        cwd=folder,
        env={**inherited, "RUNNABLE_RUN_ID": "r-1", "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **environment},
        capture_output=True,
        text=True,
    )


def test_a_pod_continues_the_trace_of_argo_else_it_is_in_that_of_its_run(tmp_path):
    parent = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"
    with Collector() as collector:
        for more in ({"TRACEPARENT": parent}, {}, {}):
            ended = entrypoint(tmp_path, collector.url, RUNNABLE_STEP_ATTEMPT="2", **more)
            assert ended.returncode == 0, ended.stderr
            last = collector.spans[-1]
            assert f"00-{last.trace}-{last.own}-01" in ended.stdout
    first, second, third = collector.spans
    assert (first.name, first.trace, first.parent) == ("attempt train", parent.split("-")[1], parent.split("-")[2])
    assert first.attributes["runnable.attempt"] == 2
    assert (second.trace, second.parent) == (third.trace, third.parent)
    assert second.trace != first.trace


@pytest.mark.slow
def test_a_pod_whose_collector_answers_nothing_ends_as_it_would(tmp_path):
    with Collector(silent=True) as collector:
        began = time.monotonic()
        ended = entrypoint(tmp_path, collector.url)
        assert time.monotonic() - began < 10
    assert ended.returncode == 0, ended.stderr


def test_tasks_that_share_a_pod_have_a_span_each(tmp_path):
    (tmp_path / "job.py").write_text("import os\ndef work(): return os.environ['TRACEPARENT']\n")
    members = [{"spec": {"name": name, "python": "job:work", "returns": [name]}} for name in "ab"]
    spec = json.dumps({"name": "both", "fused": members, "keep": ["a", "b"]})
    words = ["--protocol", "1", "--fused", spec, "--inputs", "", "--outputs", "-"]
    with Collector() as collector:
        variables = {"RUNNABLE_RUN_ID": "r", "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url}
        command = [sys.executable, "-m", "runnable_runtime", *words]
        environment = {**os.environ, **variables}
        ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert [one.name for one in collector.spans] == ["attempt a", "attempt b"]
    assert all(f"-{one.trace}-{one.own}-" in ended.stdout for one in collector.spans)
