"""A pod of several tasks, as a process: what each is given, its attempts, its time, its secrets, its record."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

import runnable_runtime
from runnable.runs.stores.settings import STORES
from runnable_runtime import protocol
from runnable_runtime.fused.heading import heading_of
from runnable_runtime.fused.spec import FusedSpec, Member, Pause
from runnable_runtime.fused.words import read_failed_members
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.records.records import Status
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.values.parameters import decode_lines

STEPS = """
import os, sys, time
def one(w: int): print("one"); return w + 1
def two(x: int): print("two", file=sys.stderr); return {"deep": [x, 1.0, 2**60 + 1]}
def secret(): return os.environ.get("KEY", "no key"), os.environ.get("OTHER", "no other")
def fail(): raise ValueError("boom")
def wait(): open("up", "w").close(); time.sleep(60)
"""


def member(name, target, *, reads="", returns="", kind="python", **more):
    number = int(name.removeprefix("s")) if name.removeprefix("s").isdecimal() else 0
    spec = TaskSpec(kind, target, name, tuple(map(ReturnSpec.decode, returns.split())), place=(number,))
    own = {key: more.pop(key) for key in ("secrets", "exported") if key in more}
    return Member(replace(spec, **own), tuple(reads.split()), **more)


class Pod:
    def __init__(self, folder):
        self.project = folder / "project"
        self.project.mkdir()
        (self.project / "steps.py").write_text(STEPS)
        self.log = folder / "log"
        self.out = self.project / "out" / "outputs.json"

    def start(
        self,
        *members,
        inputs="",
        keep="",
        recorded=False,
        attempt=1,
        workflow="w",
        batch=False,
        reports=False,
        order=(),
        locked=False,
        **variables,
    ):
        spec = FusedSpec("all of them", members, tuple(keep.split()), batch, reports, order, locked)
        environment = {
            **os.environ,
            "PYTHONPATH": str(Path(runnable_runtime.__file__).parent.parent),
            "TMPDIR": str(self.project.parent / "scratch"),
            protocol.ATTEMPT_VARIABLE: str(attempt),
            protocol.RUN_ID_VARIABLE: "r",
            **variables,
        }
        if recorded:
            environment |= {
                protocol.RUN_LOG_VARIABLE: StoreSettings(str(self.log)).encode(),
                protocol.RUN_VARIABLE: '{"pipeline":"p"}',
                protocol.WORKFLOW_VARIABLE: f"argo/{workflow}",
                protocol.POD_VARIABLE: f"{workflow}-all-1",
            }
        options = ["--protocol", "1", "--fused", json.dumps(spec.to_json()), "--inputs", inputs]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        command = [sys.executable, "-m", "runnable_runtime", *options, "--outputs", "out/outputs.json"]
        return subprocess.Popen(command, cwd=self.project, env=environment, **pipes)

    def run(self, *members, **more):
        process = self.start(*members, **more)
        out, err = process.communicate(timeout=60)
        return process.returncode, out, err

    @property
    def outputs(self):
        return decode_lines(self.out.read_text())

    def steps(self):
        return STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=str(self.log))).read("r").steps


@pytest.fixture
def pod(tmp_path):
    return Pod(tmp_path)


def ran(err):
    return [path for path in map(heading_of, err.splitlines()) if path]


ONE = member("s1", "steps:one", reads="w", returns="x")
TWO = member("s2", "steps:two", reads="x", returns="y")
THREE = member("s3", 'export z="$x and $w"', reads="x w", returns="z", kind="shell")


def test_each_is_given_what_those_before_it_returned_and_what_is_kept_leaves_the_pod(pod):
    code, out, err = pod.run(ONE, TWO, THREE, inputs='["w","4"]\n{"unread":1}', keep="y z")
    assert (code, out) == (0, "one\n"), err
    assert ran(err) == ["s1", "s2", "s3"]
    assert pod.outputs == {"y": {"deep": [5, 1.0, 2**60 + 1]}, "z": "5 and 4"}


def test_a_later_value_of_a_name_wins(pod):
    again = member("s2", "steps:one", reads="w", returns="w")
    code, _, err = pod.run(again, replace(again, spec=replace(again.spec, name="s3")), inputs='{"w":1}', keep="w")
    assert code == 0, err
    assert pod.outputs == {"w": 3}


def test_a_task_that_fails_is_named_and_those_after_it_do_not_run(pod):
    code, _, err = pod.run(ONE, member("s2", "steps:fail"), THREE, inputs='{"w":1}')
    assert code == protocol.EXIT_TASK_FAILED
    assert ran(err) == ["s1", "s2"]
    last = err.splitlines()[-1]
    assert last.startswith("step 's2' failed: ValueError: boom (steps.py:")
    words = {"s2": last.removeprefix("step 's2' failed: ")}
    assert read_failed_members(f"Error (exit code 1): {last}") == (words, True)
    assert not pod.out.exists()


def test_it_has_its_own_attempts_which_it_knows_the_numbers_of(pod):
    flaky = 'echo "$RUNNABLE_STEP_ATTEMPT"; test "$RUNNABLE_STEP_ATTEMPT" = 3'
    began = time.monotonic()
    three = member("s1", flaky, kind="shell", attempts=3, pause=Pause(0.3, 2))
    code, out, err = pod.run(three, member("s2", "echo $RUNNABLE_STEP_ATTEMPT", kind="shell"))
    assert (code, out.split()) == (0, ["1", "2", "3", "1"]), err
    assert time.monotonic() - began > 0.9
    code, out, _ = pod.run(member("s1", flaky, kind="shell", attempts=2))
    assert (code, out.split()) == (1, ["1", "2"])


def test_it_has_its_own_time(pod):
    code, _, err = pod.run(member("s1", "sleep 60", kind="shell", timeout=1, attempts=2), ONE, recorded=True)
    assert code == protocol.EXIT_TASK_FAILED
    assert err.splitlines()[-1] == "step 's1' failed: timed out after 1 s"
    step = pod.steps()["s1"]
    assert [(one.status, one.message) for one in step.attempts] == [(Status.FAILED, "timed out after 1 s")] * 2


def test_it_sees_its_own_secrets_only(pod):
    mine = member("s1", "steps:secret", returns="a b", secrets=("KEY",))
    code, _, err = pod.run(
        replace(mine, spec=replace(mine.spec, returns=(ReturnSpec("a"), ReturnSpec("b")))),
        member("s2", 'test -z "$KEY" && test -n "$OTHER" && echo "it is $OTHER"', kind="shell", secrets=("OTHER",)),
        KEY="short",
        OTHER="another one",
        keep="a b",
    )
    assert code == 0, err
    assert pod.outputs == {"a": "short", "b": "no other"}
    assert "another one" not in err


def test_what_a_task_leaves_running_ends_with_it(pod):
    leaves = "import subprocess; subprocess.Popen(['sleep', '61'])"
    code, _, err = pod.run(
        member("s1", f'{sys.executable} -c "{leaves}"', kind="shell"),
        member("s2", "pgrep -f 'sleep [6]1' && exit 1; true", kind="shell"),
    )
    assert code == 0, err


def test_records_are_those_of_pods_of_their_own(pod):
    code, _, err = pod.run(ONE, TWO, member("s3", "steps:fail"), inputs='{"w":1}', recorded=True)
    assert code == 1, err
    steps = pod.steps()
    assert list(steps) == ["s1", "s2", "s3"]
    assert steps["s1"].inputs == {"w": 1}
    assert steps["s2"].inputs == {"x": 2}
    assert steps["s2"].outputs == {"y": {"deep": [2, 1.0, 2**60 + 1]}}
    assert [step.status for step in steps.values()] == [Status.SUCCEEDED, Status.SUCCEEDED, Status.FAILED]
    assert steps["s3"].message.startswith("ValueError: boom")
    assert all(step.attempts[0].machine.pod == "argo/w-all-1" for step in steps.values())


def killed_in_the_second(pod, **more):
    """A pod that is killed while its second task runs."""
    process = pod.start(ONE, member("s2", "steps:wait", returns="y"), THREE, inputs='{"w":1}', recorded=True, **more)
    deadline = time.monotonic() + 30
    while not (pod.project / "up").exists():
        assert time.monotonic() < deadline
        time.sleep(0.1)
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=30)
    return process.returncode


@pytest.mark.slow
def test_a_pod_that_is_killed_resumes_at_the_first_task_that_has_not_finished(pod):
    assert killed_in_the_second(pod) == 143
    assert pod.steps()["s2"].status is Status.INTERRUPTED
    code, _, err = pod.run(ONE, TWO, THREE, inputs='{"w":1}', keep="y z", recorded=True, attempt=2)
    assert code == 0, err
    assert ran(err) == ["s2", "s3"]
    assert pod.outputs == {"y": {"deep": [2, 1.0, 2**60 + 1]}, "z": "2 and 1"}
    assert [len(step.attempts) for step in pod.steps().values()] == [1, 2, 1]


@pytest.mark.slow
@pytest.mark.parametrize(
    "other", [{"workflow": "another"}, {"inputs": '{"w":2}'}, {"attempt": 1}, {"recorded": False}], ids=str
)
def test_of_another_workflow_or_with_other_inputs_all_run(pod, other):
    killed_in_the_second(pod)
    given = {"inputs": '{"w":1}', "recorded": True, "attempt": 2, **other}
    code, _, err = pod.run(ONE, TWO, THREE, keep="x", **given)
    assert code == 0, err
    assert ran(err) == ["s1", "s2", "s3"]


def test_options_that_contradict_each_other_are_refused():
    found = subprocess.run(
        [sys.executable, "-m", "runnable_runtime", "--protocol", "1", "--fused", "{}", "--spec", "{}", "--inputs", ""],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert found.returncode == protocol.EXIT_USAGE
    assert "--spec and --fused" in found.stderr


def test_what_is_no_spec_of_several_tasks_is_bad_input(pod):
    found = subprocess.run(
        [sys.executable, "-m", "runnable_runtime", "--protocol", "1", "--fused", "{}", "--inputs", ""],
        capture_output=True, text=True, check=False, cwd=pod.project,
    )  # fmt: skip
    assert found.returncode == protocol.EXIT_BAD_INPUT


def test_in_a_map_that_keeps_what_failed_the_pod_leaves_which_step_that_was(tmp_path):
    pod = Pod(tmp_path)
    one = member("s0", "steps:fail")
    one = replace(one, spec=replace(one.spec, name="m.*.check"))
    code, _, _ = pod.run(one, inputs='["item","x","xs",[3,9,1]]', reports=True)
    assert code == protocol.EXIT_TASK_FAILED
    assert pod.out.read_text().strip() == '["failed",{"step":"check","error":"ValueError: boom (steps.py:6 in fail)"}]'
