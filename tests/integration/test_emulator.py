"""The emulator: each attempt in a fresh process of the pods' entrypoint, in the project's folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runnable_runtime.records.records import RunRecord, Status
from tests.support.local_runs import open_store

CONFIGURATION = """
pipeline-executor: {type: emulator}
run-log-store: {type: chunked-fs, log_folder: log}
"""


def write(folder: Path, steps: str, functions: str = "") -> Path:
    (folder / "pyproject.toml").touch()
    (folder / "config.yaml").write_text(CONFIGURATION)
    (folder / "functions.py").write_text(f"import os, sys, time\nfrom pathlib import Path\n{functions}")
    file = folder / "pipelines" / "p.py"
    file.parent.mkdir()
    file.write_text(
        "from runnable import *\nfrom functions import *\n\n"
        f"def main():\n    Pipeline(steps=[{steps}]).execute()\n\nif __name__ == '__main__':\n    main()\n"
    )
    return file


def start(file: Path, **variables: str) -> subprocess.Popen[str]:
    folder = file.parents[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "RUNNABLE_CONFIGURATION_FILE": str(folder / "config.yaml"),
        "RUNNABLE_RUN_ID": "r",
        **variables,
    }
    return subprocess.Popen(
        [sys.executable, str(file)],
        cwd=folder,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def run(file: Path, **variables: str) -> tuple[int, str, str]:
    with start(file, **variables) as process:
        stdout, stderr = process.communicate()
    return process.returncode, stdout, stderr


def record(folder: Path) -> RunRecord:
    return open_store(folder / "log", "chunked-fs").read("r")


def test_every_attempt_has_a_process_of_its_own_and_the_project_as_its_folder(tmp_path: Path) -> None:
    functions = "def where(): return [os.getpid(), os.getcwd(), os.environ['MINE']]\n"
    steps = "*[PythonTask(name=n, function=where, returns=[n]) for n in 'ab']"
    code, _, stderr = run(write(tmp_path, steps, functions), MINE="inherited")
    assert code == 0, stderr
    found = [record(tmp_path).steps[name].outputs[name] for name in "ab"]
    assert found[0][0] != found[1][0]
    assert {tuple(one[1:]) for one in found} == {(str(tmp_path), "inherited")}


def test_what_a_task_prints_and_why_it_fails_is_told_as_it_is_without(tmp_path: Path) -> None:
    functions = "def bad(): print('out'); print('err', file=sys.stderr); raise ValueError('no')\n"
    code, stdout, stderr = run(write(tmp_path, "PythonTask(name='bad', function=bad)", functions))
    assert code == 1
    assert stdout == "out\n"
    assert "err\n" in stderr
    assert "ValueError: no (functions.py:3 in bad)" in stderr
    assert "runnable_runtime" not in stderr


def test_a_process_that_dies_is_a_failed_attempt(tmp_path: Path) -> None:
    functions = "def die(): os.kill(os.getpid(), 9)\ndef kill_session(): os.kill(os.getppid(), 9); time.sleep(9)\n"
    steps = "PythonTask(name='die', function=die, on_failure=PythonTask(name='session', function=kill_session)\\\n"
    steps += "    .as_pipeline())"
    code, _, _stderr = run(write(tmp_path, steps, functions))
    assert code == 1
    found = record(tmp_path).steps
    assert "SIGKILL" in found["die"].message
    session = next(step for path, step in found.items() if path.endswith("session"))
    assert session.message == "the process ended with -9: it left no message"


def test_a_timeout_ends_an_attempt(tmp_path: Path) -> None:
    functions = "def slow(): time.sleep(600)\n"
    code, _, _stderr = run(write(tmp_path, "PythonTask(name='slow', function=slow, timeout=1)", functions))
    assert code == 1
    assert record(tmp_path).steps["slow"].message == "timed out after 1 s"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_the_run_and_its_processes(number: signal.Signals, tmp_path: Path) -> None:
    functions = "def slow():\n    Path('pid').write_text(str(os.getpid()))\n    time.sleep(600)\n"
    with start(write(tmp_path, "PythonTask(name='slow', function=slow)", functions)) as process:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert process.poll() is None
            time.sleep(0.05)
        process.send_signal(number)
        process.communicate()
    assert process.returncode == 1, "a script ends with 1"
    assert record(tmp_path).status is Status.INTERRUPTED
    assert not Path("/proc", (tmp_path / "pid").read_text()).exists()


def test_a_run_that_is_killed_leaves_no_task_behind(tmp_path: Path) -> None:
    functions = "def slow():\n    Path('pid').write_text(str(os.getpid()))\n    time.sleep(600)\n"
    with start(write(tmp_path, "PythonTask(name='slow', function=slow)", functions)) as process:
        while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
            assert process.poll() is None
            time.sleep(0.05)
        process.kill()
    task = Path("/proc", (tmp_path / "pid").read_text())
    while task.exists() and "State:\tZ" not in (task / "status").read_text():
        time.sleep(0.05)


def test_what_another_process_cannot_import_is_refused(tmp_path: Path) -> None:
    code, _, stderr = run(write(tmp_path, "PythonTask(name='a', function=lambda: None)"))
    assert code != 0
    assert "RN2" in stderr
    assert not (tmp_path / "log").exists()
