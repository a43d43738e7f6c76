"""`runnable replay` of runs that were recorded on this machine."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.test_command_line import runnable
from tests.support.paths import ROOT

GOES_ON = "examples/09-retry/goes_on.py"
PIPE = """
import os
from runnable import Catalog, Loop, Map, Pipeline, PythonTask, ShellTask, Stub, pickled

class Model:
    def __init__(self, weight):
        self.weight = weight

def load():
    with open("rows.csv", "w") as file:
        file.write("1\\n2\\n3\\n")
    return [1, 2, 3], Model(7), list(range(200_000))

def fit(x: int, model: Model, many: list):
    if x == 2:
        raise ValueError(f"cannot fit {x} to {len(many)}")
    return x * model.weight

def improve(xs: list[int]):
    if os.environ["i"] == "1":
        raise ValueError("no better")
    return False

def main():
    returned = ["xs", pickled("model"), "many"]
    files = Catalog(put=["rows.csv"])
    handler = ShellTask(
        name="count",
        command="test $(wc -l < rows.csv) = $wanted && echo 9 > rows.csv",
        catalog=Catalog(get=["rows.csv"], put=["rows.csv"]),
    ).as_pipeline()
    fits = PythonTask(name="fit", function=fit, returns=["ys"]).as_pipeline()
    better = PythonTask(name="improve", function=improve, returns=["done"]).as_pipeline()
    pipeline = Pipeline(steps=[
        PythonTask(name="load", function=load, returns=returned, catalog=files),
        Stub(name="nothing"),
        Loop(name="loop", branch=better, max_iterations=3, break_on="done", index_as="i",
             on_failure=Pipeline(steps=[
                 Map(name="fits", branch=fits, iterate_on="xs", iterate_as="x", on_failure=handler),
             ])),
    ])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def recorded(tmp_path_factory):
    """A project with a run that has failed in several places."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    (folder / "pipe.py").write_text(PIPE)
    (folder / "parameters.yaml").write_text("wanted: 4\n")
    ended = runnable("run", "pipe.py", "-p", "parameters.yaml", cwd=folder, RUNNABLE_RUN_ID="broken")
    assert ended.returncode == 1, ended.stderr
    return folder


@pytest.fixture
def project(recorded, tmp_path):
    """A copy of it that a test may change."""
    import shutil

    return Path(shutil.copytree(recorded, tmp_path / "project"))


def edit(project, before, after):
    text = (project / "pipe.py").read_text()
    assert before in text
    (project / "pipe.py").write_text(text.replace(before, after))


def replay(project, *arguments, **options):
    return runnable("replay", "broken", *arguments, cwd=project, **options)


def test_a_failed_item_is_replayed_with_its_values_from_the_store_and_the_edited_code(project):
    again = replay(project, "fits.1.fit")
    assert again.returncode == 1
    assert "replaying fits.1.fit of broken, attempt 1, which failed: ValueError: cannot fit 2" in again.stderr
    assert "  x = 2\n" in again.stderr
    assert "fits.1.fit failed: ValueError: cannot fit 2 to 200000 (pipe.py:" in again.stderr
    assert "/runnable_runtime/" not in again.stderr
    edit(project, "x == 2", "x == 20")
    fixed = replay(project, "fits.1.fit")
    assert fixed.returncode == 0, fixed.stderr
    assert fixed.stderr.endswith("fits.1.fit succeeded\n  ys = 14\n")


def test_nothing_of_the_run_is_changed(project):
    before = _content(project)
    (project / "rows.csv").write_text("mine")
    assert replay(project, "load").returncode == 0
    assert replay(project, "count").returncode == 1
    assert (project / "rows.csv").read_text() == "mine"
    assert _content(project) == before


def test_files_come_from_the_run_and_go_nowhere_else(project):
    edit(project, "$wanted", "3")
    ended = replay(project, "count")
    assert ended.returncode == 0, ended.stderr
    folder = Path(ended.stderr.split("its files are in ")[1].splitlines()[0])
    assert (folder / "rows.csv").read_text() == "9\n"
    assert (project / "rows.csv").read_text() == "1\n2\n3\n"


def test_an_iteration_has_its_number(project):
    ended = replay(project, "loop.1.improve")
    assert "loop.1.improve failed: ValueError: no better" in ended.stderr
    first = replay(project, "loop.0.improve")
    assert first.returncode == 0
    assert "  done = False" in first.stderr


def test_a_debugger_begins_where_the_exception_was_raised(project):
    command = [sys.executable, "-m", "runnable.cli", "replay", "broken", "fits.1.fit", "--pdb"]
    ended = subprocess.run(command, cwd=project, input="p 'weight', model.weight\nq\n", capture_output=True, text=True)
    assert "pipe.py(" in ended.stdout
    assert "('weight', 7)" in ended.stdout
    assert ended.returncode == 1


def test_a_step_is_saved_as_a_test_that_passes_once_it_is_mended(project):
    saved = replay(project, "fits.1.fit", "--save-as-test")
    assert saved.returncode == 0, saved.stderr
    assert saved.stderr.splitlines()[0] == "wrote tests/test_replay_fits_1_fit.py"
    failing = _pytest(project)
    assert "ValueError: cannot fit 2 to 200000" in failing.stdout
    assert "1 failed" in failing.stdout
    edit(project, "x == 2", "x == 20")
    assert "1 passed" in _pytest(project).stdout
    import shutil

    shutil.rmtree(project / ".catalog")  # the test has what it needs
    assert "1 passed" in _pytest(project).stdout
    again = replay(project, "fits.1.fit", "--save-as-test")
    assert again.returncode in (5, 8)
    named = replay(project, "loop.0.improve", "--save-as-test", "checks/test_mine.py")
    assert named.stderr == "wrote checks/test_mine.py\n"
    assert "project=Path(__file__).parents[1]" in (project / "checks/test_mine.py").read_text()


def test_a_test_that_is_there_is_kept(project):
    (project / "tests").mkdir()
    (project / "tests/test_replay_fits_1_fit.py").write_text("mine")
    ended = replay(project, "fits.1.fit", "--save-as-test")
    assert ended.returncode == 5
    assert "is there already" in ended.stderr
    assert (project / "tests/test_replay_fits_1_fit.py").read_text() == "mine"


def test_a_step_that_was_renamed_is_told(project):
    edit(project, 'name="fit"', 'name="fitted"')
    ended = replay(project, "fits.1.fit")
    assert ended.returncode == 8
    assert "error[RN907]: the pipeline in" in ended.stderr
    assert "has no step 'fits.1.fit' now" in ended.stderr


def test_a_value_that_is_gone_is_told(project):
    import shutil

    shutil.rmtree(project / ".catalog")
    ended = replay(project, "fits.1.fit")
    assert ended.returncode == 8
    assert "error[RN908]: what the step 'fits.1.fit' got cannot be had" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing"], 8, "RN9"),
        (["fits"], 8, "RN903"),
        (["ft"], 8, "RN902"),
        (["fits.1.fit", "--attempt", "2"], 8, "RN903"),
        (["count", "--pdb"], 8, "RN910"),
        (["count", "--container"], 8, "RN909"),
    ],
)
def test_what_cannot_be_replayed_is_told(recorded, arguments, code, said):
    ended = replay(recorded, *arguments)
    assert (ended.returncode, f"error[{said}" in ended.stderr) == (code, True), ended.stderr
    assert "Traceback" not in ended.stderr


def test_the_example_of_the_documentation(tmp_path):
    configuration = tmp_path / "here.yaml"
    configuration.write_text(f"run-log-store: {{type: file-system, log_folder: {tmp_path}}}\n")
    arguments = ("-c", configuration)
    assert runnable("run", GOES_ON, *arguments).returncode == 1
    ended = runnable("replay", "latest", "each order.1.price", *arguments)
    assert ended.returncode == 1
    told = (ROOT / "docs/replay.md").read_text()
    for line in ended.stderr.splitlines()[1:]:
        assert line.strip().replace(str(ROOT) + "/", "") in told
    fixed = runnable("replay", "latest", "each order.1.price", *arguments, PRICES="known")
    assert fixed.stderr.splitlines()[-2:] == ["each order.1.price succeeded", "  prices = 5"]


def _content(project):
    folders = (project / ".catalog", project / ".run_log_store")
    files = [p for folder in folders for p in folder.rglob("*") if p.is_file()]
    assert files
    return {p: p.read_bytes() for p in files}


def _pytest(project):
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


def test_what_a_replayed_task_prints_is_shown_without_its_secrets(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "spills.py").write_text(
        "import os\nfrom runnable import Pipeline, PythonTask\n"
        "def spill():\n    os.system('echo child $TOKEN')\n    print('task', os.environ['TOKEN'])\n"
        "pipeline = Pipeline(steps=[PythonTask(name='spill', function=spill, secrets=['TOKEN'])])\n"
    )
    monkeypatch.setenv("TOKEN", "hunter2-hunter2")
    assert runnable("run", "spills.py", cwd=tmp_path).returncode == 0
    replayed = runnable("replay", "latest", "spill", cwd=tmp_path)
    assert (replayed.returncode, "hunter2" in replayed.stdout + replayed.stderr) == (0, False)
    assert replayed.stdout.splitlines()[:2] == ["child <secret:TOKEN>", "task <secret:TOKEN>"]
