"""`kill -9` of `runnable prune` at each change to the disk: a run is whole, or the next one removes the rest."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from runnable import Catalog, Pipeline, PythonTask, pickled
from runnable.cli import main
from runnable.runs.stores import STORES

CONFIGURATION = """
run-log-store: {type: %s, config: {log_folder: records}}
catalog: {type: file-system, config: {catalog_location: files}}
"""
PRUNE = ["prune", "-c", "c.yaml", "--older-than", "0s", "--yes"]
CHANGES = ("unlink", "rename", "rmdir")


def write() -> dict[str, int]:
    Path("left.txt").write_text("left")
    print("written")
    return {"a": 1}


def make_a_run(folder: Path, kind: str) -> None:
    (folder / "c.yaml").write_text(CONFIGURATION % kind)
    (folder / "pyproject.toml").touch()
    step = PythonTask(name="w", function=write, returns=[pickled("model")], catalog=Catalog(put=["left.txt"]))
    Pipeline(name="p", steps=[step]).execute(configuration_file="c.yaml", run_id="gone")


def in_a_child(folder: Path, work: Callable[[], object]) -> int:
    """How a process ended that did `work` in `folder`."""
    child = os.fork()
    if child == 0:
        os.chdir(folder)
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        with suppress(SystemExit):
            work()
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def prune(killed_before: int = 0) -> None:
    """Prune all; the process is killed before its change number `killed_before`, counted from one."""
    made = 0

    def counted(change):
        def wrapped(*args, **options):
            nonlocal made
            made += 1
            if made == killed_before:
                os.kill(os.getpid(), signal.SIGKILL)
            return change(*args, **options)

        return wrapped

    for name in CHANGES:
        setattr(os, name, counted(getattr(os, name)))
    main(PRUNE)


def files(folder: Path) -> dict[str, bytes]:
    return {
        str(file.relative_to(folder)): file.read_bytes()
        for place in ("records", "files")
        for file in (folder / place).rglob("*")
        if file.is_file() and "gone" in file.parts
    }


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "step"), [("file-system", 1), ("chunked-fs", 4)])
def test_a_prune_that_is_killed_leaves_a_run_that_is_whole_or_gone_and_the_next_one_ends_it(
    kind, step, tmp_path, monkeypatch
):
    first = tmp_path / "first"
    first.mkdir()
    monkeypatch.chdir(first)
    make_a_run(first, kind)
    whole = files(first)
    assert {Path(name).name for name in whole} >= {"left.txt"}
    ends, at = [], 0
    while not ends or ends[-1] == -signal.SIGKILL:
        at += step
        folder = tmp_path / str(at)
        shutil.copytree(first, folder)
        ends.append(in_a_child(folder, lambda at=at: prune(killed_before=at)))
        monkeypatch.chdir(folder)
        store = STORES[kind].open(STORES[kind].settings(log_folder="records"))
        if store.runs():
            assert files(folder) == whole
        assert in_a_child(folder, prune) == 0
        assert not files(folder)
        assert not list(folder.glob("records/.removed/*"))
    assert len(ends) > 5
    assert ends[-1] == 0
