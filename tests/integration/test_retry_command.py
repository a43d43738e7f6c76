"""`runnable retry`, RUNNABLE_RETRY_RUN_ID, and runs that were killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.support import commands
from tests.support.commands import command
from tests.support.paths import ROOT

PIPE = """
import os
from helpers import scale
from runnable import Map, Parallel, Pipeline, PythonTask, ShellTask

def load():
    print("loading")
    return [1, 2, 3]

def fit(x: int):
    return scale(x)

def add(y: list[int]):
    return sum(y)

def publish(total: int):
    if os.environ.get("BROKEN"):
        raise ValueError("cannot publish")

def main():
    fits = PythonTask(name="fit", function=fit, returns=["y"]).as_pipeline()
    pipeline = Pipeline(steps=[
        PythonTask(name="load", function=load, returns=["xs"]),
        Map(name="fits", branch=fits, iterate_on="xs", iterate_as="x"),
        PythonTask(name="add", function=add, returns=["total"]),
        PythonTask(name="publish", function=publish),
    ])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "pyproject.toml").touch()
        (folder / "pipe.py").write_text(PIPE)
        (folder / "helpers.py").write_text("FACTOR = 10\ndef scale(x):\n    return FACTOR * x\n")

    def run(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        ended = subprocess.run(
            arguments, cwd=self.folder, env={**os.environ, **environment}, capture_output=True, text=True
        )
        assert ended.returncode == code, ended.stderr
        return ended

    def runnable(self, *arguments: str, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        ended = command(*arguments, cwd=self.folder, environment={**os.environ, **environment})
        assert ended.returncode == code, ended.stderr
        return ended

    def script(self, code: int = 0, **environment: str) -> subprocess.CompletedProcess[str]:
        ended = commands.script("pipe.py", cwd=self.folder, environment={**os.environ, **environment})
        assert ended.returncode == code, ended.stderr
        return ended

    def shown(self, step: str = "") -> Any:
        named = [step] if step else []
        return json.loads(self.runnable("show", "r", *named, "--format", "json").stdout)

    def edit(self, file: str, old: str, new: str) -> None:
        text = (self.folder / file).read_text()
        assert old in text
        (self.folder / file).write_text(text.replace(old, new))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


def test_a_failed_run_goes_on_by_command_or_by_variable_and_the_exit_code_tells(project: Project) -> None:
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    assert "error: the run r failed" in project.runnable("retry", "r", code=1, BROKEN="1").stderr
    project.script(code=1, BROKEN="1", RUNNABLE_RETRY_RUN_ID="r")
    ended = project.runnable("retry", "latest", "pipe.py")
    assert "loading" not in ended.stdout
    assert "5 of its 6 tasks have succeeded" in ended.stderr
    assert [a["status"] for a in project.shown("publish")["attempts"]] == ["failed"] * 3 + ["succeeded"]
    assert project.runnable("runs").stdout.count("\n") == 2, "it is one run"
    assert project.script(RUNNABLE_RETRY_RUN_ID="r").stdout == "", "nothing is left to do"


MIXED = """
import io, os
from runnable import NotebookTask, Pipeline, PythonTask, ShellTask

STREAM = memoryview(b"a")

def unknown():
    return len(STREAM)

def reads():
    return int(open("data.txt").read())

def plain():
    return 1

def publish():
    assert not os.environ.get("BROKEN")

if __name__ == "__main__":
    Pipeline(steps=[
        PythonTask(name="plain", function=plain, returns=["p"]),
        NotebookTask(name="notebook", notebook="n.ipynb", returns=["n"]),
        ShellTask(name="shell", command="python main.py >/dev/null"),
        PythonTask(name="reads", function=reads, returns=["r"]),
        PythonTask(name="unknown", function=unknown, returns=["u"]),
        PythonTask(name="publish", function=publish),
    ]).execute()
"""


@pytest.mark.parametrize(
    ("file", "old", "new", "again"),
    [
        ("helpers.py", "FACTOR = 10", "FACTOR = 20", "notebook"),
        ("main.py", "print(1)", "print(2)", "shell"),
        ("data.txt", "1", "2", "reads"),
        ("n.ipynb", '"outputs": []', '"outputs":  []', "unknown"),  # nothing of the code; what is unknown runs again
    ],
)
def test_what_notebooks_commands_and_data_files_are_made_of_counts_as_changed_too(
    project: Project, file: str, old: str, new: str, again: str
) -> None:
    cell = {"cell_type": "code", "source": "from helpers import scale\nn = scale(1)", "metadata": {}, "outputs": []}
    notebook = {"cells": [{**cell, "execution_count": None}], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
    (project.folder / "n.ipynb").write_text(json.dumps(notebook))
    (project.folder / "main.py").write_text("print(1)\n")
    (project.folder / "data.txt").write_text("1")
    (project.folder / "pipe.py").write_text(MIXED)
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    project.edit(file, old, new)
    project.runnable("retry", "r", "--rerun-changed")
    counts = {step["path"]: len(step["attempts"]) for step in project.shown()["steps"]}
    order = ["plain", "notebook", "shell", "reads", "unknown", "publish"]
    assert counts == {name: 1 + (order.index(name) >= order.index(again)) for name in order}


def test_the_code_that_changed_is_told_and_runs_again_when_asked(project: Project) -> None:
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    project.edit("helpers.py", "FACTOR = 10", "FACTOR = 100")
    project.edit("pipe.py", 'print("loading")', 'print("loading")  # slowly')
    ended = project.runnable("retry", "r", code=1, BROKEN="1")
    assert "fits.*.fit does not run again, and has changed since: helpers.py:FACTOR\n" in ended.stderr
    assert project.shown("fits.1.fit")["changes"] == ["helpers.py:FACTOR"]
    assert "changes" not in project.shown("load")
    assert "changed since: helpers.py:FACTOR" in project.runnable("show", "r", "fits.0.fit").stdout

    project.runnable("retry", "r", "--rerun-changed")
    steps = {step["path"]: step for step in project.shown()["steps"]}
    assert len(steps["load"]["attempts"]) == 1
    assert [steps[f"fits.{n}.fit"]["attempts"][-1]["outputs"]["y"] for n in range(3)] == [100, 200, 300]
    assert "changes" not in steps["fits.0.fit"]
    assert steps["add"]["attempts"][-1]["outputs"] == {"total": 600}
    assert len(steps["add"]["attempts"]) == 2


def test_a_run_is_gone_on_with_from_a_folder_below_and_one_without_a_file_says_what_to_do(project: Project) -> None:
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    (project.folder / "below").mkdir()
    below = Project.__new__(Project)
    below.folder = project.folder / "below"
    below.runnable("retry", "r")
    (project.folder / "pipe.py").rename(project.folder / "other.py")
    assert "RN906" in project.runnable("retry", "r", code=8).stderr
    project.runnable("retry", "r", "other.py:main")


def test_a_task_that_runs_a_pipeline_of_its_own_does_not_make_it_go_on_with_the_outer_run(project: Project) -> None:
    project.edit(
        "pipe.py",
        "    if os.environ",
        "    Pipeline(steps=[ShellTask(name='s', command='true')]).execute()\n    if os.environ",
    )
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    project.script(RUNNABLE_RETRY_RUN_ID="r")
    assert project.runnable("runs").stdout.count("\n") == 1 + 3


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_a_run_that_was_killed_goes_on_and_its_record_says_what_was(project: Project, kind: str) -> None:
    (project.folder / "runnable-config.yaml").write_text(f"run-log-store: {{type: {kind}}}\n")
    waits = "    open('here', 'w').close()\n    import time\n    time.sleep(60 * ('SLOW' in os.environ))\n"
    project.edit("pipe.py", "    return sum(y)", f"{waits}    return sum(y)")
    process = subprocess.Popen(
        [sys.executable, "pipe.py"],
        cwd=project.folder,
        env={**os.environ, "SLOW": "1", "RUNNABLE_RUN_ID": "r"},
        stderr=subprocess.DEVNULL,
    )
    try:
        while not (project.folder / "here").exists():
            assert process.poll() is None
            time.sleep(0.05)
        assert "RN904" in project.runnable("retry", "r", code=8).stderr, "it is under way"
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert "killed" in project.runnable("show", "r").stdout
    project.runnable("retry", "r")
    record = project.shown()
    assert record["status"] == "succeeded"
    assert [(s["status"], s["message"]) for s in record["earlier"]] == [("interrupted", "its process was killed")]
    attempts = project.shown("add")["attempts"]
    assert [(a["status"], a.get("message")) for a in attempts] == [
        ("interrupted", "its process was killed"),
        ("succeeded", None),
    ]
    assert attempts[1]["outputs"] == {"total": 60}
    assert [len(step["attempts"]) for step in record["steps"] if step["path"] in ("load", "fits.0.fit")] == [1, 1]


def test_the_example_goes_on_where_it_stopped(tmp_path: Path) -> None:
    example = "examples/09-retry/goes_on.py"
    (tmp_path / "config.yaml").write_text(f"run-log-store: {{type: file-system, log_folder: {tmp_path}}}\n")
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": str(tmp_path / "config.yaml")}
    first = subprocess.run([sys.executable, example], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert first.returncode == 1
    again = subprocess.run(
        [sys.executable, "-m", "runnable.cli", "retry", "latest"],
        cwd=ROOT,
        env={**environment, "PRICES": "known"},
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr
    started = [line.split(maxsplit=2)[2] for line in again.stderr.splitlines() if "  started  " in line]
    assert started == ["each order.1.price  attempt 2 of 2", "total"]


OBJECTS = """
import os
from runnable import Catalog, Map, Pipeline, PythonTask, pickled

class Model:
    def __init__(self, weight):
        self.weight = weight

def fit(x: int):
    with open(f"{x}.txt", "w") as stream:
        stream.write(str(x))
    print("fitting", x)
    return Model(x), list(range(200_000))

def read(models, long: list):
    if os.environ.get("BROKEN"):
        raise ValueError("broken")
    return [model.weight for model in models], [len(one) for one in long], sorted(os.listdir("got"))

def main():
    fit_one = PythonTask(name="fit", function=fit, returns=[pickled("models"), "long"], catalog=Catalog(put=["*.txt"]))
    pipeline = Pipeline(steps=[
        Map(name="fits", branch=fit_one.as_pipeline(), iterate_on="xs", iterate_as="x"),
        PythonTask(name="read", function=read, returns=["weights", "lengths", "files"], catalog=Catalog(get=["*.txt"])),
    ])
    pipeline.execute(parameters_file="xs.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""


def test_objects_large_values_and_files_of_finished_steps_are_there_when_the_run_goes_on(project: Project) -> None:
    (project.folder / "pipe.py").write_text(
        OBJECTS.replace('os.listdir("got")', 'f for f in os.listdir() if f.endswith(".txt")')
    )
    (project.folder / "xs.yaml").write_text("xs: [1, 2]\n")
    project.script(code=1, BROKEN="1", RUNNABLE_RUN_ID="r")
    for file in project.folder.glob("*.txt"):
        file.unlink()
    ended = project.runnable("retry", "r")
    assert "fitting" not in ended.stdout
    outputs = project.shown("read")["attempts"][-1]["outputs"]
    assert outputs == {"weights": [1, 2], "lengths": [200_000, 200_000], "files": ["1.txt", "2.txt"]}
