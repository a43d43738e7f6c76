"""What a pod leaves for Argo to take: the files that its task put, and its executed notebook."""

import pytest

from runnable_runtime import protocol
from runnable_runtime.artifacts import Artifacts
from runnable_runtime.container import run
from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.values.parameters import encode

FILES = {"out/plot.svg": "out-plot.svg", "out/*.csv": "out-csv"}


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The folder that artifacts are left in, by a task in a project of its own."""
    (tmp_path / "project").mkdir()
    monkeypatch.chdir(tmp_path / "project")
    monkeypatch.setattr("runnable_runtime.artifacts.ARTIFACTS_FOLDER", str(tmp_path / "kept"))
    monkeypatch.setattr(Artifacts.of.__func__, "__defaults__", (str(tmp_path / "kept"),))
    monkeypatch.setenv(protocol.STORE_VARIABLE, StoreSettings(str(tmp_path / "store")).encode())
    monkeypatch.setenv(protocol.RUN_ID_VARIABLE, "run-1")
    return tmp_path / "kept"


def ran(tmp_path, spec):
    return run(spec, "", tmp_path / "scratch")


DRAW = "mkdir -p out; echo drawn > out/plot.svg; echo 1 > out/a.csv; echo 2 > out/b.csv; echo no > out/c.txt"


def test_the_files_that_are_named_are_left_and_no_others(kept, tmp_path, monkeypatch):
    monkeypatch.setenv(protocol.ARTIFACTS_VARIABLE, encode({"files": FILES}))
    ran(tmp_path, TaskSpec("shell", DRAW, "draw", put=("out/plot.svg", "out/*.csv", "out/c.txt")))
    found = {str(one.relative_to(kept)): one.read_text() for one in kept.rglob("*") if one.is_file()}
    assert found == {"out-plot.svg": "drawn\n", "out-csv/out/a.csv": "1\n", "out-csv/out/b.csv": "2\n"}


def test_a_task_that_fails_leaves_what_there_is(kept, tmp_path, monkeypatch):
    monkeypatch.setenv(protocol.ARTIFACTS_VARIABLE, encode({"files": FILES}))
    with pytest.raises(TaskFailure):
        ran(tmp_path, TaskSpec("shell", f"{DRAW}; exit 3", "draw", put=("out/plot.svg", "out/*.csv")))
    assert (kept / "out-plot.svg").read_text() == "drawn\n"


def test_what_cannot_be_left_is_said_and_the_task_succeeds(kept, tmp_path, monkeypatch, capsys):
    kept.write_text("a file where the folder is to be")
    monkeypatch.setenv(protocol.ARTIFACTS_VARIABLE, encode({"files": FILES}))
    ran(tmp_path, TaskSpec("shell", DRAW, "draw", put=("out/plot.svg",)))
    assert "the artifacts of this step are not kept" in capsys.readouterr().err


def test_without_the_variable_nothing_is_left(kept, tmp_path):
    ran(tmp_path, TaskSpec("shell", DRAW, "draw", put=("out/plot.svg",)))
    assert not kept.exists()
