"""A task that writes its own record, as pods do: started as a process, with the store in a folder or in a bucket."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import runnable_runtime
from runnable.runs.stores.settings import STORES
from runnable_runtime import protocol
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.records.ends import WorkflowEnd
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import Kind, Status
from runnable_runtime.records.times import now
from runnable_runtime.stores.settings import StoreSettings, open_location
from tests.support.s3 import new_prefix

IN_A_FOLDER = pytest.param("folder", id="folder")
IN_A_BUCKET = pytest.param("bucket", id="bucket", marks=pytest.mark.s3)
everywhere = pytest.mark.parametrize("kind", [IN_A_FOLDER, IN_A_BUCKET])


class Pods:
    """Starts tasks as pods do, and reads what they have recorded as other commands do."""

    def __init__(self, folder: Path, settings: StoreSettings) -> None:
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / "steps.py").write_text(
            "import os, sys, time\n"
            "def add(a: int, b: int = 1):\n    print('adding')\n    return a + b\n"
            "def fail():\n    raise ValueError('boom ' + os.environ.get('KEY', ''))\n"
            "def tell():\n    print('it is ' + os.environ['KEY'])\n"
            "def wait():\n    open('up', 'w').close()\n    time.sleep(60)\n"
        )
        self.settings = settings

    def start(self, target, *returns, name="step", place=(0,), inputs="", parameters="", kind="python", **more):
        variables = {
            protocol.RUN_ID_VARIABLE: "r",
            protocol.RUN_LOG_VARIABLE: self.settings.encode(),
            protocol.RUN_VARIABLE: json.dumps({"pipeline": "p", "source": "p.py"} | more.pop("about", {})),
            protocol.WORKFLOW_VARIABLE: more.pop("workflow", "argo/w"),
            protocol.POD_VARIABLE: "w-step-1",
            protocol.NODE_VARIABLE: "node-1",
            "PYTHONPATH": str(Path(runnable_runtime.__file__).parent.parent),
            "TMPDIR": str(self.project.parent / "scratch"),
        }
        secrets = more.pop("secrets", ())
        spec = TaskSpec(kind, target, name, tuple(map(ReturnSpec.decode, returns)), place=place, secrets=tuple(secrets))
        options = ["--protocol", str(protocol.PROTOCOL_VERSION), "--spec", json.dumps(spec.to_json())]
        options += ["--inputs", inputs, "--parameters", parameters, "--outputs", "out/outputs.json"]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        arguments = [sys.executable, "-m", "runnable_runtime", *options]
        return subprocess.Popen(arguments, cwd=self.project, env={**os.environ, **variables, **more}, **pipes)

    def run(self, *arguments, **more):
        process = self.start(*arguments, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def store(self):
        if self.settings.url.startswith("s3://"):
            keys = {"bucket": self.settings.url.removeprefix("s3://"), "endpoint_url": self.settings.endpoint}
            return STORES["chunked-s3"].open(STORES["chunked-s3"].settings(**keys))
        return STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=self.settings.url))

    def step(self, path="step"):
        return self.store.read("r").steps[path]


@pytest.fixture
def pods(tmp_path, kind):
    if kind == "folder":
        return Pods(tmp_path, StoreSettings(str(tmp_path / "log")))
    return Pods(tmp_path, StoreSettings(new_prefix(), os.environ.get("AWS_ENDPOINT_URL", "")))


@everywhere
def test_the_first_pod_records_the_run_and_each_its_step(pods):
    inputs = '{"a": 1, "xs": [0, 1, 2, 3, 4]}\n["item","x","xs",4]\n["iteration","n",2]'
    code, out, _ = pods.run("steps:add", "sum", name="m.*.l.*.t", place=(1, 0, 2, 0, 3), inputs=inputs,
                            parameters='{"xs": [1]}')  # fmt: skip
    assert (code, out) == (0, "adding\n")
    assert pods.run("steps:add", "metric:sum", inputs='{"a": 2, "b": 5}', place=(0,))[0] == 0
    record = pods.store.read("r")
    assert (record.pipeline, record.source, record.workflow, record.parameters) == ("p", "p.py", "argo/w", {"xs": [1]})
    assert record.status is Status.RUNNING
    assert list(record.steps) == ["step", "m.4.l.2.t"], "in the order of the pipeline"
    step = record.steps["m.4.l.2.t"]
    assert (step.kind, step.place, step.status, step.outputs) == (Kind.PYTHON, (1, 4, 2, 2, 3), "succeeded", {"sum": 2})
    assert step.inputs == {"a": 1}
    assert "steps.py:add" in record.code[step.attempts[-1].code]
    last = record.steps["step"].attempts[-1]
    assert last.metrics == ("sum",)
    assert last.machine == Machine(pod="argo/w-step-1", node="node-1")
    assert last.used is not None
    assert last.used.memory is not None
    assert 5_000_000 < last.used.memory < 100_000_000
    assert last.used.container is None, "of this machine, which is no pod"
    assert record.origin == Origin(version=runnable_runtime.__version__)
    with pods.store.file("r", step.attempts[-1].log) as log:
        assert log.read() == b"adding\n"
    assert not list((pods.project.parent / "scratch").glob("record-*"))


@everywhere
def test_each_attempt_is_kept_and_what_was_killed_is_told(pods):
    assert pods.run("steps:fail")[0] == protocol.EXIT_TASK_FAILED
    assert pods.step().status is Status.FAILED
    assert pods.step().message == "ValueError: boom (steps.py:6 in fail)"
    process = pods.start("steps:wait")
    while not (pods.project / "up").exists():
        time.sleep(0.02)
    assert pods.step().status is Status.RUNNING
    process.kill()
    process.communicate()
    assert pods.step().status is Status.RUNNING
    assert pods.run("steps:add", "sum", inputs='{"a": 1}')[0] == 0
    attempts = pods.step().attempts
    assert [(a.number, a.status) for a in attempts] == [(1, "failed"), (2, "interrupted"), (3, "succeeded")]
    assert attempts[1].message == "its process was killed"


@everywhere
def test_a_failed_attempt_has_the_inputs_that_it_can_be_replayed_with(pods):
    lines = '{"xs":["a","b"]}\n["item","x","xs",[1,2,"b"]]'
    assert pods.run("exit 3", kind="shell", name="m.*.t", place=(0, 0, 0), inputs=lines)[0] == 1
    (attempt,) = pods.store.read("r").steps["m.1.t"].attempts
    assert (attempt.status, attempt.inputs) == (Status.FAILED, {"x": "b"})


@pytest.mark.parametrize("kind", ["folder"])
def test_a_task_that_is_stopped_is_interrupted(pods):
    process = pods.start("steps:wait")
    while not (pods.project / "up").exists():
        time.sleep(0.02)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    assert process.returncode == 128 + signal.SIGTERM
    assert (pods.step().status, pods.step().message) == (Status.INTERRUPTED, "the task was stopped by SIGTERM")


@everywhere
def test_secrets_are_in_no_record(pods):
    assert pods.run("steps:fail", name="a", secrets=["KEY"], KEY="sesame-open")[0] == protocol.EXIT_TASK_FAILED
    code, out, _ = pods.run("steps:tell", name="b", place=(1,), secrets=["KEY"], KEY="sesame-open")
    assert (code, out) == (0, "it is <secret:KEY>\n")
    assert "boom <secret:KEY>" in pods.step("a").message
    location = open_location(pods.settings)
    found = [location.read(entry.key) for entry in location.entries()]
    assert any(b"it is <secret:KEY>" in data for data in found)
    assert not any(b"sesame" in data for data in found)


@pytest.mark.parametrize("kind", ["folder"])
def test_another_workflow_is_a_further_session_of_the_run(pods):
    pods.run("steps:add", "sum", inputs='{"a": 1}')
    pods.run("steps:add", "sum", inputs='{"a": 1}', name="other", place=(1,), workflow="argo/w2")
    record = pods.store.read("r")
    assert record.workflow == "argo/w2"
    assert [(one.status, one.message) for one in record.earlier] == [("interrupted", "it was the workflow argo/w")]
    assert record.resumed


@pytest.mark.parametrize("kind", ["folder"])
def test_what_cannot_be_recorded_does_not_run(pods):
    Path(pods.settings.url).write_text("a file in the place of the store")
    code, out, err = pods.run("steps:add", "sum", inputs='{"a": 1}')
    assert (code, out) == (protocol.EXIT_STORAGE, "")
    assert err.startswith("the record of the step 'step' cannot be written: ")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("kind", ["folder"])
def test_what_has_ended_well_and_cannot_be_recorded_has_failed(pods):
    (pods.project / "steps.py").write_text(
        "import shutil\n"
        f"def spoil():\n    shutil.rmtree({pods.settings.url!r})\n    open({pods.settings.url!r}, 'w').close()\n"
    )
    code, _, err = pods.run("steps:spoil")
    assert code == protocol.EXIT_STORAGE
    assert "the record of the step 'step' cannot be written: " in err


@pytest.mark.parametrize("kind", ["folder"])
def test_a_task_without_a_place_records_nothing(pods):
    assert pods.run("steps:add", "sum", inputs='{"a": 1}', place=())[0] == 0
    assert not Path(pods.settings.url).exists()


@everywhere
def test_how_the_workflow_before_it_ended_is_known_to_the_session_after(pods):
    pods.run("steps:fail")
    end = WorkflowEnd(workflow="argo/w", status=Status.FAILED, ended=now(), message="'step' failed")
    assert pods.store.write_end("r", end)
    pods.run("steps:add", "sum", inputs='{"a": 1}', workflow="argo/w2")
    record = pods.store.read("r")
    assert (record.status, record.ended) == (Status.RUNNING, None)
    (before,) = record.earlier
    assert (before.status, before.ended, before.message) == ("failed", end.ended, "'step' failed")


@everywhere
def test_the_pods_of_a_job_are_its_attempts_and_record_how_it_ended(pods):
    of_job = {"workflow": "job/argo/w", "about": {"attempts": 2}}
    assert pods.run("steps:fail", **of_job)[0] == protocol.EXIT_TASK_FAILED
    record = pods.store.read("r")
    assert (record.status, record.pods_of) == (Status.RUNNING, "the Job argo/w"), "there will be another attempt"
    assert pods.run("steps:fail", **of_job)[0] == protocol.EXIT_TASK_FAILED
    record = pods.store.read("r")
    assert (record.status, record.message) == (Status.FAILED, "'step' failed")
    assert [a.status for a in record.steps["step"].attempts] == ["failed", "failed"]
    assert record.ended == record.steps["step"].ended


@everywhere
def test_a_job_has_succeeded_with_its_first_attempt_that_has(pods):
    of_job = {"workflow": "job/argo/w", "about": {"attempts": 3}}
    pods.run("steps:fail", **of_job)
    pods.run("steps:add", "sum", inputs='{"a": 1}', **of_job)
    header = pods.store.header("r")
    assert (header.status, header.message) == (Status.SUCCEEDED, "")
