"""Where a task works and what it writes: a writable view of a read-only project, and files written whole."""

import os
from pathlib import Path

import pytest

from runnable_runtime.process.files import write_atomically
from runnable_runtime.process.workdir import writable_view


@pytest.fixture
def read_only(monkeypatch):
    """Folders count as read-only: as root, which tests may run as, permissions do not make them so."""
    monkeypatch.setattr(os, "access", lambda path, mode: False)


@pytest.fixture
def project(tmp_path):
    folder = tmp_path / "project"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "in.txt").write_text("in")
    (folder / "main.py").write_text("")
    return folder


def test_a_writable_project_is_worked_in(project, tmp_path):
    assert writable_view(project, tmp_path / "scratch") == project
    assert not (tmp_path / "scratch").exists()


def test_a_read_only_project_is_seen_through_a_writable_folder(project, tmp_path, read_only):
    view = writable_view(project, tmp_path / "scratch" / "work")
    assert (view / "data" / "in.txt").read_text() == "in"
    (view / "new.txt").write_text("new")
    assert not (project / "new.txt").exists()
    assert sorted(path.name for path in view.iterdir()) == ["data", "main.py", "new.txt"]


def test_a_view_can_be_made_again(project, tmp_path, read_only):
    writable_view(project, tmp_path / "scratch")
    assert (writable_view(project, tmp_path / "scratch") / "main.py").exists()


def test_without_a_place_to_write_to_the_project_is_worked_in(project, tmp_path, read_only):
    (tmp_path / "file").touch()
    assert writable_view(project, tmp_path / "file" / "scratch") == project


def test_a_file_is_replaced_whole_and_folders_are_made(tmp_path):
    path = tmp_path / "a" / "b.json"
    write_atomically(path, "one\n")
    write_atomically(path, "zwei\nü")
    assert path.read_bytes() == "zwei\nü".encode()
    assert list(path.parent.iterdir()) == [path]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(tmp_path):
    path = tmp_path / "b.json"
    write_atomically(path, "old")
    with pytest.raises(UnicodeEncodeError):
        write_atomically(path, "half \ud800")
    assert path.read_text() == "old"
    assert list(Path(tmp_path).iterdir()) == [path]
