"""A project has one root, from wherever it is run: it decides where files, notebooks, records, configurations are."""

import json
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.commands import command, script

PIPELINE = """
from pathlib import Path

from runnable import Catalog, Pipeline, PythonTask, ShellTask


def read():
    return Path("data.txt").read_text().strip()


def pipeline():
    return Pipeline(steps=[
        PythonTask(name="read", function=read, returns=["text"]),
        ShellTask(name="shell", command="cat data.txt > copied.txt", catalog=Catalog(put=["copied.txt"])),
    ])


if __name__ == "__main__":
    pipeline().execute()
"""
NAMED = PIPELINE.replace("execute()", 'execute(configuration_file="configs/mine.yaml")')


class Project:
    """A folder with a pipeline in `misc/`, marked as a project, or not."""

    def __init__(self, folder: Path, *, marked: bool = True) -> None:
        self.folder = folder
        (folder / "misc" / "sub").mkdir(parents=True)
        self.write("misc/p.py", PIPELINE)
        self.write("data.txt", "of the project")
        if marked:
            self.write("pyproject.toml", "[project]\nname = 'mine'\n")

    def write(self, name: str, text: str) -> None:
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def runnable(self, *arguments: str, here: str = "", code: int = 0) -> CompletedProcess[str]:
        ended = command(*arguments, cwd=self.folder / here)
        assert ended.returncode == code, ended.stderr
        return ended

    def runs(self, *arguments: str, here: str = "") -> dict[str, str]:
        found = json.loads(self.runnable("runs", "--format", "json", *arguments, here=here).stdout)
        return {run["run_id"]: run["status"] for run in found}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


MODES = {
    "in process": "pipeline-executor: {type: local}",
    "in workers": "pipeline-executor: {type: local, enable_parallel: true}\nrun-log-store: {type: chunked-fs}",
    "emulator": "pipeline-executor: {type: emulator}",
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("here", ["", "misc", "misc/sub", "elsewhere"])
def test_files_and_records_are_in_the_project_from_every_folder_on_every_executor(project, mode, here):
    (project.folder / "elsewhere").mkdir()
    project.write("config.yaml", MODES[mode])
    file, config = str(project.folder / "misc/p.py"), str(project.folder / "config.yaml")
    project.runnable("run", file, "-c", config, "--run-id", "r", here=here)
    assert (project.folder / ".run_log_store" / "r").is_dir()
    assert (project.folder / ".catalog").is_dir()
    assert '"of the project"' in project.runnable("show", "r", "read", here=here).stdout


def test_a_script_runs_in_its_project_and_leaves_the_working_folder_of_who_started_it(project):
    project.write("misc/p.py", PIPELINE + "    import os\n    print('then in', os.getcwd())\n")
    ended = script("../p.py", cwd=project.folder / "misc" / "sub")
    assert ended.returncode == 0, ended.stderr
    assert f"then in {project.folder / 'misc' / 'sub'}\n" in ended.stdout
    assert list(project.runs(here="misc/sub").values()) == ["succeeded"]


def test_records_are_found_from_below_where_nothing_marks_the_project(tmp_path):
    project = Project(tmp_path, marked=False)
    project.runnable("run", "misc/p.py", "--run-id", "r")
    assert project.runs(here="misc/sub") == {"r": "succeeded"}


@pytest.mark.parametrize(
    "written",
    [
        {"runnable.yaml": "run-log-store: {type: chunked-fs, log_folder: found}"},
        {"runnable-config.yaml": "run-log-store: {type: chunked-fs, log_folder: found}"},
        {
            "pyproject.toml": "[tool.runnable]\nconfiguration = 'configs/mine.yaml'\n",
            "configs/mine.yaml": "run-log-store: {type: chunked-fs, log_folder: found}",
        },
    ],
    ids=lambda written: next(iter(written)),
)
@pytest.mark.parametrize("here", ["", "misc/sub"])
def test_the_configuration_of_a_project_is_found_by_itself(project, written, here):
    for name, text in written.items():
        project.write(name, text)
    project.runnable("run", str(project.folder / "misc/p.py"), "--run-id", "r", here=here)
    assert (project.folder / "found" / "r").is_dir()
    assert project.runs(here=here) == {"r": "succeeded"}


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("pyproject.toml", "[tool.runnable]\nconfiguration = 'gone.yaml'\n", "there is no file 'gone.yaml'"),
        ("pyproject.toml", "[tool.runnable]\nconfiguration = 3\n", "the name of a file is needed"),
        ("pyproject.toml", "[tool.runnable]\nconfigurations = 'a.yaml'\n", "did you mean 'configuration'?"),
        ("pyproject.toml", "[tool.runnable\n", "it is not TOML"),
        ("runnable-config.yaml", "", "only one of them counts"),
    ],
)
def test_a_project_that_names_no_one_configuration_is_an_error(project, name, text, said):
    if name == "runnable-config.yaml":
        project.write("runnable.yaml", "")
    project.write(name, text)
    assert said in project.runnable("check", "misc/p.py", code=4).stderr


def test_a_path_that_code_names_is_in_the_project_and_one_that_is_typed_in_the_working_folder(project):
    project.write("misc/p.py", NAMED)
    project.write("configs/mine.yaml", "run-log-store: {type: chunked-fs, log_folder: by-code}")
    project.write("misc/configs/mine.yaml", "run-log-store: {type: chunked-fs, log_folder: typed}")
    project.runnable("run", "p.py", "--run-id", "a", here="misc")
    project.runnable("run", "p.py", "--run-id", "b", "-c", "configs/mine.yaml", here="misc")
    assert (project.folder / "by-code" / "a").is_dir()
    assert (project.folder / "typed" / "b").is_dir()


def test_runs_lists_what_every_configuration_of_the_project_has_written(project):
    project.write("parallel.yaml", MODES["in workers"])
    project.write("configs/other.yaml", "run-log-store: {type: file-system, log_folder: other}")
    project.runnable("run", "misc/p.py", "--run-id", "default")
    project.runnable("run", "misc/p.py", "--run-id", "parallel", "-c", "parallel.yaml")
    project.runnable("run", "misc/p.py", "--run-id", "other", "-c", "configs/other.yaml")
    everything = {"default": "succeeded", "parallel": "succeeded", "other": "succeeded"}
    assert project.runs() == project.runs(here="misc/sub") == everything
    assert project.runs("-c", "configs/other.yaml") == {"other": "succeeded"}
    assert "took" in project.runnable("show", "other", "read").stdout
    assert project.runnable("show", "latest").stdout.startswith("run other:")


def test_a_configuration_that_is_gone_or_broken_hides_no_other_runs(project):
    project.write("other.yaml", "run-log-store: {type: file-system, log_folder: other}")
    project.runnable("run", "misc/p.py", "--run-id", "default")
    project.runnable("run", "misc/p.py", "--run-id", "other", "-c", "other.yaml")
    project.write("other.yaml", "run-log-store: {type: no-such}")
    ended = project.runnable("runs")
    assert "default" in ended.stdout
    assert ended.stderr.startswith("notice: runs of other.yaml are left out: error[RN402]")
    (project.folder / "other.yaml").unlink()
    assert project.runs() == {"default": "succeeded"}


FAILING = PIPELINE.replace('Path("data.txt")', 'Path("missing.txt")')


def test_a_run_is_resumed_and_replayed_with_the_configuration_that_it_was_made_with(project):
    project.write("other.yaml", "run-log-store: {type: chunked-fs, log_folder: other}")
    project.write("misc/p.py", FAILING)
    project.runnable("run", "misc/p.py", "--run-id", "r", "-c", "other.yaml", code=1)
    project.write("missing.txt", "found now")
    project.runnable("replay", "r", "read", here="misc/sub")
    project.runnable("retry", "r", here="misc/sub")
    assert project.runs() == {"r": "succeeded"}
    assert (project.folder / "other" / "r").is_dir()


LAUNCHER = """
import sys
sys.path.insert(0, {folder!r})
from misc.p import pipeline
pipeline().execute()
"""


@pytest.mark.parametrize("tool", [False, True], ids=["a script elsewhere", "a tool"])
def test_a_run_is_of_the_file_that_builds_the_pipeline_whatever_starts_it(tool, tmp_path):
    project = Project(tmp_path / "project")
    launcher = LAUNCHER.format(folder=str(project.folder))
    place = tmp_path / ("site-packages/tool" if tool else "elsewhere") / "__main__.py"
    place.parent.mkdir(parents=True)
    place.write_text(launcher)
    project.write("misc/__init__.py", "")
    project.write("misc/p.py", PIPELINE.replace("cat data.txt", "test -e ready.txt && cat data.txt"))
    ended = script(str(place), cwd=project.folder if tool else tmp_path)
    assert ended.returncode == 1, ended.stderr
    (run_id,) = project.runs()
    project.write("ready.txt", "")
    assert project.runnable("retry", "latest").returncode == 0
    assert project.runs() == {run_id: "succeeded"}
