"""How a run came about, as its record says it: nothing secret of the command, and the commit from git's own files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from runnable.execution.origin import OriginFinder, command
from runnable.execution.repository import Repository
from runnable_runtime import __version__
from runnable_runtime.redaction import Redactor
from tests.support.local_runs import execute, program, stub

COMMANDS = [
    ("/opt/venv/bin/runnable run p.py -c prod.yaml", "runnable run p.py -c prod.yaml"),
    ("runnable run p.py -p token=hunter2 -p more.yaml", "runnable run p.py -p token=... -p more.yaml"),
    ("runnable run p.py -ptoken=hunter2 -qp token=hunter2", "runnable run p.py -ptoken=... -qp token=..."),
    ("runnable run p.py --parameters token=hunter2", "runnable run p.py --parameters token=..."),
    ("runnable run p.py --parameters=token=hunter2 --tag=a", "runnable run p.py --parameters=token=... --tag=a"),
    ("runnable run p.py -p --token=hunter2", "runnable run p.py -p --token=..."),
    ("runnable run p.py token=hunter2", "runnable run p.py token=..."),
    ("/x/site-packages/runnable/__main__.py run p.py", "runnable run p.py"),
    ("/x/site-packages/pytest/__main__.py -q tests", "python -m pytest ... ..."),
    ("/elsewhere/deep/train.py hunter2 --key=hunter2 --fast", "python train.py ... --key=... --fast"),
    ("-c hunter2", "python -c ..."),
    ("", "python"),
]


@pytest.mark.parametrize(("given", "recorded"), COMMANDS)
def test_a_command_is_recorded_without_what_was_given_to_it(given: str, recorded: str) -> None:
    assert command(given.split(" ")) == recorded


def test_a_script_of_the_working_folder_is_named_as_it_is_found_there(tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert command([str(tmp_path / "jobs" / "train.py")]) == "python jobs/train.py"
    assert command(["runnable", "run", "my pipeline.py"]) == "runnable run 'my pipeline.py'"
    assert len(command(["runnable", "run", "x" * 9999])) == 500


def git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=a", "-c", "user.email=a@b"]
    ended = subprocess.run(["git", *who, *words], cwd=folder, capture_output=True, text=True, check=True)
    return ended.stdout.strip()


@pytest.fixture(scope="module")
def repository(tmp_path_factory) -> Path:
    """A repository with a commit."""
    folder = tmp_path_factory.mktemp("repository")
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "inner").mkdir()
    (folder / "inner" / "p.py").write_text("1\n")
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "--message=one")
    return folder


def commit_of(folder: Path) -> str:
    found = Repository.around(folder)
    return found.commit() if found else "none"


def test_the_commit_is_read_from_a_branch_a_packed_branch_a_working_tree_and_a_commit(repository, tmp_path) -> None:
    head = git(repository, "rev-parse", "HEAD")
    assert commit_of(repository / "inner") == head
    git(repository, "pack-refs", "--all")
    assert not (repository / ".git" / "refs" / "heads" / "main").exists()
    assert commit_of(repository) == head
    git(repository, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "tree"))
    assert commit_of(tmp_path / "tree") == head
    git(tmp_path / "tree", "checkout", "--quiet", "--detach")
    assert commit_of(tmp_path / "tree") == head


def test_what_is_no_repository_or_a_strange_one_has_no_commit(tmp_path) -> None:
    assert commit_of(tmp_path) == "none"
    (tmp_path / ".git").mkdir()
    assert commit_of(tmp_path) == ""
    (tmp_path / ".git" / "HEAD").write_text("ref: refs/heads/../../../secret")
    assert commit_of(tmp_path) == ""


def test_git_says_beside_the_run_whether_files_are_as_committed(repository, monkeypatch) -> None:
    monkeypatch.setattr("runnable.execution.repository._PATIENCE", 20.0)
    monkeypatch.setenv("GIT_DIR", "/nowhere")  # as in a hook of git's
    for text, dirty in (("1\n", False), ("2\n", True)):
        (repository / "inner" / "p.py").write_text(text)
        (repository / "untracked").touch()
        finder = OriginFinder(str(repository / "inner"), Redactor({}))
        finder.ask("here")
        finder.settle()
        assert finder.begun.dirty is None
        assert finder.finished().dirty is dirty
    monkeypatch.delenv("GIT_DIR")
    git(repository, "checkout", "--quiet", ".")


def test_without_git_and_for_one_that_does_not_answer_it_is_not_known(repository, monkeypatch) -> None:
    monkeypatch.setattr("runnable.execution.repository._PATIENCE", 0.0)
    for command_line in ("no-such-command &", "sleep 0.5 &", "echo nonsense"):
        monkeypatch.setattr("runnable.execution.repository._ASK", command_line)
        finder = OriginFinder(str(repository), Redactor({}))
        finder.ask("here")
        finder.settle()
        assert finder.finished().dirty is None


def test_a_run_has_its_origin(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(sys, "argv", ["runnable", "run", "p.py", "-p", "key=hunter2"])
    monkeypatch.setenv("LOGNAME", "ada")
    record = execute(program(stub("a")), {}, tmp_path)
    assert record.origin is not None
    assert (record.origin.user, record.origin.version) == ("ada", __version__)
    assert record.origin.command == "runnable run p.py -p key=..."
    assert record.origin.host
    assert (record.origin.commit, record.origin.dirty) == ("", None) or Repository.around(Path.cwd())


def test_what_was_asked_and_is_not_heard_leaves_nothing_open(repository) -> None:
    before = os.listdir("/dev/fd")
    finder = OriginFinder(str(repository), Redactor({}))
    finder.ask("here")
    assert len(os.listdir("/dev/fd")) > len(before)
    del finder
    assert os.listdir("/dev/fd") == before
