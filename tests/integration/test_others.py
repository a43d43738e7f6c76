"""Steps that others do, on this machine: in process, in workers, in processes as pods have them, and stubbed."""

from __future__ import annotations

import json

import pytest

from runnable.testing import run_pipeline
from tests.support.commands import command
from tests.unit.runtime.tasks.test_http import Server

PIPELINE = """
from runnable import HttpTask, Map, Pipeline, PythonTask, TemplateTask, param

ask = HttpTask(name="ask", url="URL" + param("city"), method="POST", body=param("city"), returns=["answer"], timeout=30)
score = TemplateTask(
    name="score", template="tools", entrypoint="score", arguments={"a": param("answer")}, returns=["score"]
)
branch = Pipeline(steps=[ask, score])


def total(answer: list, score: list) -> str:
    return f"{answer} {score}"


def main():
    each = Map(name="each", branch=branch, iterate_on="cities", iterate_as="city")
    pipeline = Pipeline(steps=[each, PythonTask(name="total", function=total, returns=["all"])])
    pipeline.execute(parameters={"cities": ["oslo", "rome"]})
    return pipeline


if __name__ == "__main__":
    main()
"""
EXECUTORS = {
    "in process": "pipeline-executor: {type: local}\n",
    "in workers": "pipeline-executor: {type: local, enable_parallel: true}\n",
    "in the emulator": "pipeline-executor: {type: emulator}\n",
}


@pytest.mark.parametrize("executor", EXECUTORS)
def test_requests_are_sent_and_templates_are_stood_in_for_by_the_configuration(executor, tmp_path):
    store = "run-log-store: {type: chunked-fs}\n"
    templates = "templates: {score: {score: 1}, each.*.score: {score: 3}}\n"
    (tmp_path / "c.yaml").write_text(EXECUTORS[executor] + store + templates)
    with Server() as server:
        (tmp_path / "p.py").write_text(PIPELINE.replace("URL", server.url))
        ended = command("run", "-c", "c.yaml", "p.py", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    assert "score calls a template of Argo's, which is not called here" in ended.stderr
    assert sorted(path for _, path, _, _ in server.requests) == ["/oslo", "/rome"]
    shown = json.loads(command("show", "-c", "c.yaml", "latest", "--format", "json", cwd=tmp_path).stdout)
    steps = {step["path"]: step for step in shown["steps"]}
    assert {path: step["kind"] for path, step in steps.items() if path.startswith("each.1.")} == {
        "each.1.ask": "http",
        "each.1.score": "template",
    }
    (last,) = steps["total"]["attempts"]
    assert last["outputs"] == {"all": "[{'x': 1.5}, {'x': 1.5}] [3, 3]"}


def test_in_a_test_both_are_stubbed(tmp_path):
    (tmp_path / "p.py").write_text(PIPELINE.replace("URL", "http://127.0.0.1:1/"))
    stubs = {"ask": {"answer": "a"}, "score": {"score": 1}}
    ended = run_pipeline(str(tmp_path / "p.py"), stubs=stubs, parameters={"cities": ["oslo"]})
    assert ended.succeeded, ended.message
    assert ended.outputs["all"] == "['a'] [1]"
