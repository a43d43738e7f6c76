"""Jobs: one task by itself, which runs, is recorded and fails as a step of a pipeline does."""

import os
import subprocess
import sys

import pytest

from runnable import ExecutionFailedError, PythonJob, ShellJob, pickled
from runnable.configuration import load_configuration
from runnable.runs.stores.settings import open_store


def record(run_id):
    found = open_store(load_configuration("")).read(run_id)
    return found.status.value, {step.path: len(step.attempts) for step in found.steps.values()}


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


class Model:
    def __init__(self, size):
        self.size = size


def make(size: int) -> Model:
    return Model(size)


def test_a_job_is_recorded_with_its_inputs_and_outputs(monkeypatch):
    monkeypatch.setenv("RUNNABLE_PRM_size", "7")
    found = PythonJob(function=make, returns=[pickled("model")]).execute(job_id="r", tag="mine")
    assert (found.status.value, found.tag, dict(found.parameters)) == ("succeeded", "mine", {"size": 7})
    assert record("r") == ("succeeded", {"job": 1})


def test_a_job_that_fails_is_tried_again_and_raises():
    with pytest.raises(ExecutionFailedError):
        ShellJob(command="exit 3", retry=2).execute(job_id="r")
    assert record("r") == ("failed", {"job": 3})


def test_a_script_whose_job_fails_ends_with_1_and_the_job_goes_on(tmp_path):
    (tmp_path / "job.py").write_text("from runnable import ShellJob\n\nShellJob(command='test -e ready').execute()\n")
    environment = {**os.environ, "RUNNABLE_RUN_ID": "r"}
    script = subprocess.run([sys.executable, "job.py"], env=environment, capture_output=True, text=True)
    assert script.returncode == 1, script.stderr
    (tmp_path / "ready").touch()
    retried = [sys.executable, "-m", "runnable.cli", "retry", "r"]
    ended = subprocess.run(retried, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert record("r") == ("succeeded", {"job": 2})


def test_where_a_job_runs_is_said_apart_from_where_pipelines_do(tmp_path):
    (tmp_path / "c.yaml").write_text(
        "pipeline-executor: {type: argo}\njob-executor: {type: mocked, patches: {job: {command: echo mocked}}}\n"
    )
    ShellJob(command="exit 3").execute(configuration_file="c.yaml", job_id="r")
    assert record("r") == ("succeeded", {"job": 1})
    assert not (tmp_path / "argo-pipeline.yaml").exists()


def test_a_job_at_module_level_or_returned_by_a_function_is_found_by_its_name(tmp_path):
    (tmp_path / "jobs.py").write_text(
        "from runnable import ShellJob\n\n"
        "first = ShellJob(command='echo first > out')\n\n"
        "def second():\n    return ShellJob(command='echo second > out')\n"
    )
    for name in ("first", "second"):
        subprocess.run([sys.executable, "-m", "runnable.cli", "run", f"jobs.py:{name}"], check=True)
        assert (tmp_path / "out").read_text().strip() == name
