"""Workers are born of the process that has run the script, and have its packages, where that makes no difference."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from runnable.runs.stores.file_system import FileSystemStore

PACKAGE = """
import os
IMPORTED_BY = os.getpid()
"""
PACKAGES = {
    "heavy": PACKAGE,
    "other": PACKAGE,
    "threads": "import threading, time\nthreading.Thread(target=time.sleep, args=(2,)).start()\n",
    "opens": "file = open('/dev/null', 'w')\n",
    "starts": "import subprocess\nprocess = subprocess.Popen(['sleep', '2'])\n",
}
STEPS = """
import sys

def found(x: int) -> int:
    return int("heavy" in sys.modules)
"""
SCRIPT = """
import os
import sys

import heavy
from runnable import Map, Parallel, Pipeline, PythonTask
{top}

SEEN = []


def task(x: int):
    {task}


def main():
    branch = PythonTask(name="t", function={function}, returns=["y"]).as_pipeline()
    pipeline = Pipeline(steps=[Map(name="m", branch=branch, iterate_on="xs", iterate_as="x")])
    {before}
    pipeline.execute(parameters_file="xs.yaml")
    return pipeline


if __name__ == "__main__":
    {guard}
"""
CONFIGURATION = """
pipeline-executor: {type: local, enable_parallel: true, max_workers: 2}
run-log-store: {type: file-system, log_folder: log}
"""
COMMAND = (sys.executable, "script.py")
NOTHING = {"top": "", "before": "pass", "task": "return heavy.IMPORTED_BY", "function": "task", "guard": "main()"}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    packages = tmp_path / "site-packages"
    packages.mkdir()
    for name, text in PACKAGES.items():
        (packages / f"{name}.py").write_text(text)
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    (folder / "steps.py").write_text(
        "import sys\n\ndef found(x: int) -> int:\n    return int('heavy' in sys.modules)\n"
    )
    (folder / "xs.yaml").write_text("xs: [1, 2, 3, 4]\n")
    (folder / "config.yaml").write_text(CONFIGURATION)
    return folder


class Ended:
    """A run of the script with some of its parts."""

    def __init__(self, project: Path, command: tuple[str, ...] = COMMAND, **parts: str) -> None:
        process = start(project, command, **parts)
        self.out, self.err = process.communicate()
        assert process.returncode == 0, self.err
        self.pid = process.pid
        steps = FileSystemStore(project / "log").read("r").steps
        self.returned = [steps[f"m.{item}.t"].outputs["y"] for item in range(4)]


def start(project: Path, command: tuple[str, ...] = COMMAND, **parts: str) -> subprocess.Popen[str]:
    (project / "script.py").write_text(SCRIPT.format(**{**NOTHING, **parts}))
    places = os.pathsep.join(map(str, (project.parent / "site-packages", project / "src")))
    own = {"PYTHONPATH": places, "RUNNABLE_CONFIGURATION_FILE": "config.yaml"}
    variables = {**os.environ, **own, "RUNNABLE_RUN_ID": "r"}
    piped: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, cwd=project, env=variables, **piped)


def test_a_package_is_imported_once(project: Path) -> None:
    ended = Ended(project)
    assert ended.returned == [ended.pid] * 4


def test_so_it_is_where_tasks_are_elsewhere_in_the_project(project: Path) -> None:
    (project / "src/deep").mkdir(parents=True)
    text = "import heavy\n\ndef found(x: int) -> int:\n    return heavy.IMPORTED_BY\n"
    (project / "src/deep/tasks.py").write_text(text)
    ended = Ended(project, top="from deep.tasks import found", function="found")
    assert ended.returned == [ended.pid] * 4


def test_nor_more_often_by_a_command(project: Path) -> None:
    ended = Ended(project, (sys.executable, "-m", "runnable", "run", "script.py"))
    assert ended.returned == [ended.pid] * 4


@pytest.mark.parametrize(
    "parts",
    [
        {"top": "os.environ['SET'] = 'by the script'"},
        {"top": "import threads"},
        {"top": "import opens"},
        {"top": "import starts"},
        {"guard": "import other; main()"},
        {"guard": "sys.settrace(lambda *_: None); main()"},
        {"guard": "sys.stdout = sys.stderr; main()"},
    ],
    ids=lambda parts: next(iter(parts.values())),
)
def test_but_not_where_a_task_might_see_that(project: Path, parts: dict[str, str]) -> None:
    ended = Ended(project, **parts)
    assert ended.pid not in ended.returned


def test_a_task_has_no_package_that_only_the_script_imports(project: Path) -> None:
    assert Ended(project, top="from steps import found", function="found").returned == [0] * 4


def test_a_second_run_has_nothing_of_the_first_ones_tasks(project: Path) -> None:
    ended = Ended(
        project, top="from runnable import Stub", before="Pipeline(steps=[Stub(name='a')]).execute(run_id='a')"
    )
    assert ended.pid not in ended.returned


@pytest.mark.parametrize(
    "command", [("-m", "script"), ("-X", "dev", "script.py"), ("-c", "import script; script.main()")]
)
def test_nor_is_it_so_where_another_program_runs_the_script(project: Path, command: tuple[str, ...]) -> None:
    ended = Ended(project, (sys.executable, *command))
    assert ended.pid not in ended.returned


def test_a_task_sees_the_module_as_it_is_imported(project: Path) -> None:
    task = "return [SEEN, __name__, hasattr(sys.modules['__main__'], 'SEEN'), sys.argv, len(os.listdir('/dev/fd'))]"
    born = Ended(project, before="SEEN.append(1)", task=task).returned
    shutil.rmtree(project / "log")
    changed = "os.environ['SET'] = 'by the script'"
    assert born == Ended(project, before="SEEN.append(1)", task=task, top=changed).returned
    assert born[0][:4] == [[], "script", False, ["script.py"]]


def test_what_the_script_has_printed_is_printed_once(project: Path) -> None:
    task = "file = open(f'{x}.txt', 'w'); file.write('text'); sys.held = file; return x"
    ended = Ended(project, before="print('printed', end='')", task=task)
    assert ended.out.count("printed") == 1
    assert [(project / f"{x}.txt").read_text() for x in (1, 2, 3, 4)] == ["text"] * 4


def test_random_numbers_are_each_tasks_own(project: Path) -> None:
    found = Ended(project, top="import random", task="return random.random()").returned
    assert len(set(found)) == 4


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_nothing_is_left_of_a_run_that_is_ended(project: Path, number: int) -> None:
    process = start(project, top="import time", task="time.sleep(60)")
    while len(of_folder(project)) < 5:
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(number)
    process.communicate()
    while of_folder(project):
        time.sleep(0.05)


def of_folder(project: Path) -> list[str]:
    """The processes that work in a folder."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if (process / "cwd").readlink() == project:
                found.append(process.name)
    return found
