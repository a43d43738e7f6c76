"""Ctrl-C, SIGTERM and kill -9: how a run ends, what is left of it, and what its record says."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from runnable.diagnostics.errors import RecordUnusable
from runnable.runs import leftovers
from runnable_runtime.process.leftovers import MARK, mark_of
from runnable_runtime.records.records import RunRecord
from tests.support.local_runs import call, execute, open_store, program
from tests.support.paths import ROOT

SCRIPT = """
import os, signal, subprocess, sys, time
from pathlib import Path
# as a terminal starts it: a shell that starts something in the background has it ignore Ctrl-C
signal.signal(signal.SIGINT, signal.default_int_handler)
from tests.support.local_runs import *

folder, concurrent, kind = Path(sys.argv[1]), sys.argv[2] == "concurrent", sys.argv[3]

def ready(name, pid=None):
    (folder / f"{name}.tmp").write_text(str(pid or os.getpid()))
    (folder / f"{name}.tmp").rename(folder / f"{name}.ready")

def first():
    return 1

def slow():
    try:
        print("working", flush=True)
        ready("slow", subprocess.Popen(["sleep", "600"]).pid)
        time.sleep(600)
    finally:
        print("cleaning up", flush=True)

def stubborn():
    try:
        ready("stubborn")
        time.sleep(600)
    finally:
        (folder / "stubborn.stopping").write_text("")
        time.sleep(600)

def swallow():
    try:
        ready("swallow")
        time.sleep(600)
    except BaseException:
        pass

task = shell("sh", f"echo $$ > {folder}/sh.tmp; mv {folder}/sh.tmp {folder}/sh.ready; sleep 600") if kind == "sh" \\
    else call(kind)
branches = {"a": (task, stub("next")), "b": (stub("s"),)}
pipeline = program(call("first", returns="x"), parallel("p", **branches), stub("after"))
functions = {f.__name__: f for f in (first, slow, stubborn, swallow)}
execute(pipeline, functions, folder / "log", concurrent=concurrent, run_id="the-run")
print("not reached")
"""

both = pytest.mark.parametrize("mode", ["sequential", "concurrent"])


class Run:
    """A script that runs a pipeline, in a process group of its own."""

    def __init__(self, folder: Path, mode: str, kind: str) -> None:
        self.folder = folder
        self.kind = kind
        self.mode = mode
        (folder / "script.py").write_text(SCRIPT)
        # Files, not pipes: what the pipeline leaves behind would hold pipes open.
        with (folder / "stdout").open("w") as stdout, (folder / "stderr").open("w") as stderr:
            self.process = subprocess.Popen(
                [sys.executable, "script.py", str(folder), mode, kind],
                cwd=folder,
                env={**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])},
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        self.pid = int(self.wait_for(f"{kind}.ready"))

    def wait_for(self, name: str) -> str:
        for _ in range(600):
            if (self.folder / name).exists():
                return (self.folder / name).read_text()
            if self.process.poll() is not None:
                pytest.fail((self.folder / "stderr").read_text())
            time.sleep(0.05)
        pytest.fail(f"there is no {name}")

    def end(self) -> tuple[int, str]:
        code = self.process.wait(timeout=60)
        assert "not reached" not in (self.folder / "stdout").read_text()
        return code, (self.folder / "stderr").read_text()

    def record(self) -> RunRecord:
        return open_store(self.folder / "log", "chunked-fs" if self.mode == "concurrent" else "file-system").read(
            "the-run"
        )


@pytest.fixture
def started(tmp_path: Path) -> Iterator[list[Run]]:
    runs: list[Run] = []
    yield runs
    for run in runs:
        if run.process.poll() is None:
            run.process.kill()
            run.process.wait()


def gone(pid: int) -> bool:
    for _ in range(200):
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("mode", "number"),
    [
        ("sequential", signal.SIGINT),
        ("concurrent", signal.SIGTERM),
        ("sequential", signal.SIGHUP),
        ("concurrent", signal.SIGQUIT),
    ],
)
def test_a_signal_ends_the_run_and_is_recorded(
    tmp_path: Path, started: list[Run], mode: str, number: signal.Signals
) -> None:
    run = Run(tmp_path, mode, "slow")
    started.append(run)
    while mode == "concurrent" and run.record().steps["p.b.s"].status != "succeeded":  # it begins beside `slow`
        time.sleep(0.01)
    run.process.send_signal(number)
    code, err = run.end()
    why = "Ctrl-C" if number == signal.SIGINT else number.name
    assert code == 1
    assert "Traceback" not in err
    assert f"the run the-run interrupted: ended by {why}" in err

    record = run.record()
    assert (record.status, record.message) == ("interrupted", f"ended by {why}")
    assert record.ended is not None
    assert {path: str(step.status) for path, step in record.steps.items()} == {
        "first": "succeeded",
        "p": "interrupted",
        "p.a": "interrupted",
        "p.a.slow": "interrupted",
        "p.a.next": "created",
        "p.b": "succeeded" if mode == "concurrent" else "created",
        "p.b.s": "succeeded" if mode == "concurrent" else "created",
        "after": "created",
    }
    attempt = record.steps["p.a.slow"].attempts[0]
    assert (attempt.status, attempt.message) == ("interrupted", f"ended by {why}")
    assert attempt.log is not None
    assert Path(record.folder, attempt.log).read_text() == "working\ncleaning up\n"
    assert gone(run.pid), "what the task has started is ended too"


@both
def test_a_second_ctrl_c_does_not_wait_for_a_clean_up(tmp_path: Path, started: list[Run], mode: str) -> None:
    run = Run(tmp_path, mode, "stubborn")
    started.append(run)
    run.process.send_signal(signal.SIGINT)
    run.wait_for("stubborn.stopping")
    run.process.send_signal(signal.SIGINT)
    run.end()
    assert run.record().status == "interrupted"
    assert run.record().steps["p.a.stubborn"].status == "interrupted"


@both
def test_a_task_that_swallows_the_interruption_does_not_keep_the_run_going(
    tmp_path: Path, started: list[Run], mode: str
) -> None:
    run = Run(tmp_path, mode, "swallow")
    started.append(run)
    run.process.send_signal(signal.SIGINT)
    run.end()
    assert run.record().status == "interrupted"
    assert run.record().steps["after"].status == "created"


@both
def test_a_shell_is_ended_with_the_run(tmp_path: Path, started: list[Run], mode: str) -> None:
    run = Run(tmp_path, mode, "sh")
    started.append(run)
    run.process.send_signal(signal.SIGINT)
    run.end()
    assert gone(run.pid)
    assert run.record().steps["p.a.sh"].status == "interrupted"


@both
def test_kill_9_leaves_a_record_in_which_what_had_ended_stays_ended(
    tmp_path: Path, started: list[Run], mode: str
) -> None:
    run = Run(tmp_path, mode, "slow")
    started.append(run)
    run.process.kill()
    run.end()
    record = run.record()
    assert record.status == "running"
    assert record.ended is None
    assert record.steps["first"].status == "succeeded"
    assert record.steps["first"].outputs == {"x": 1}
    assert record.steps["p.a.slow"].status == "running"
    assert record.steps["after"].status == "created"


@pytest.mark.parametrize(
    ("mode", "number"), [("concurrent", signal.SIGKILL), ("sequential", signal.SIGKILL), ("sequential", signal.SIGUSR1)]
)
def test_what_tasks_have_started_ends_with_the_run_however_that_ends(
    tmp_path: Path, started: list[Run], mode: str, number: signal.Signals
) -> None:
    run = Run(tmp_path, mode, "sh")
    started.append(run)
    run.process.send_signal(number)
    assert gone(run.pid)


def test_a_run_of_which_something_is_left_is_not_resumed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leftovers, "_WAIT", 0.05)
    monkeypatch.setattr("runnable_runtime.process.leftovers.descendants", lambda pid: set())  # it is no child of ours
    environment = {**os.environ, MARK: mark_of("aa", "/log/r")}
    with subprocess.Popen(["sleep", "600"], env=environment) as left:
        try:
            leftovers.refuse_leftovers("r", "/log/other")
            left.send_signal(signal.SIGSTOP)
            with pytest.raises(
                RecordUnusable, match=rf"RN914.*\n.*process {left.pid} \(sleep 600\) since .*\(stopped\)"
            ):
                leftovers.refuse_leftovers("r", "/log/r")
        finally:
            left.kill()
    leftovers.refuse_leftovers("r", "/log/r")


def test_a_run_outside_the_main_thread_leaves_signals_alone(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    seen: list[object] = []
    functions = {"look": lambda: seen.append(signal.getsignal(signal.SIGINT))}
    thread = threading.Thread(target=lambda: execute(program(call("look")), functions, tmp_path))
    thread.start()
    thread.join()
    assert seen == [before]


def test_signal_handlers_are_as_before_after_a_run(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    execute(program(call("t")), {"t": lambda: None}, tmp_path)
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before


def test_kill_9_ends_what_a_task_has_put_into_a_session_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "p.py").write_text(
        "import subprocess, time\n"
        "from runnable import Pipeline, PythonTask\n"
        "def work():\n"
        "    child = subprocess.Popen(['setsid', 'sleep', '600'])\n"
        "    open('pid', 'w').write(str(child.pid))\n"
        "    time.sleep(600)\n"
        "if __name__ == '__main__':\n"
        "    Pipeline(steps=[PythonTask(name='work', function=work, timeout=500)]).execute()\n"
    )
    with subprocess.Popen([sys.executable, "p.py"], cwd=tmp_path, stderr=subprocess.DEVNULL) as process:
        deadline = time.monotonic() + 60
        while not (pid := tmp_path / "pid").exists() or not pid.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.kill()
    number = int(pid.read_text())
    while Path(f"/proc/{number}").exists():
        assert time.monotonic() < deadline, "it has outlived its run"
        time.sleep(0.05)
