"""What a task opens and lists is recorded, as it has left it; not what it makes itself, nor what is not of the user."""

import importlib
import importlib.metadata
import os
import pkgutil
import sqlite3
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from runnable_runtime.process.reads import Reads, recorded


@pytest.fixture
def project(tmp_path, monkeypatch):
    project = tmp_path / "project"
    (project / "data").mkdir(parents=True)
    (project / "data/a.csv").write_text("a")
    monkeypatch.chdir(project)
    return project


@pytest.fixture
def reads(project):
    return Reads(project, [project / "store"])


def read_by(reads, work):
    with recorded(reads):
        work()
    return {name.removeprefix("read "): bool(part) for name, part in reads.parts().items()}


def in_a_thread(work):
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()


WAYS = {
    "open": lambda: open("data/a.csv").close(),
    "a path of bytes": lambda: open(b"data/a.csv", "rb").close(),
    "pathlib": lambda: Path("data/a.csv").read_bytes(),
    "os.open": lambda: os.close(os.open("data/a.csv", os.O_RDONLY)),
    "a path with dots": lambda: open("data/../data/a.csv").close(),
    "to read and write": lambda: open("data/a.csv", "r+").close(),
    "to read and add": lambda: open("data/a.csv", "a+").close(),
    "a thread": lambda: in_a_thread(lambda: open("data/a.csv").close()),
    "sqlite": lambda: sqlite3.connect("data/a.csv").close(),
}


@pytest.mark.parametrize("work", WAYS.values(), ids=WAYS)
def test_a_file_is_recorded_however_it_is_opened(work, reads):
    assert read_by(reads, work) == {"data/a.csv": True}


LISTINGS = {
    "os.listdir": lambda: os.listdir("data"),
    "pathlib": lambda: [*Path("data").iterdir()],
    "os.walk": lambda: [*os.walk("data")],
}


@pytest.mark.parametrize("work", LISTINGS.values(), ids=LISTINGS)
def test_a_folder_is_recorded_when_it_is_listed(work, reads):
    assert read_by(reads, work) == {"data/": True}


def test_folders_that_are_hidden_do_not_count_and_files_in_them_do(project, reads):
    for folder in (".git/inner", "data/__pycache__"):
        (project / folder).mkdir(parents=True)
    (project / ".git/file").touch()

    def work():
        for _ in os.walk("."):
            pass
        open(".git/file").close()

    assert read_by(reads, work) == {"./": True, "data/": True, ".git/file": True}


def test_a_store_that_is_the_projects_own_folder_hides_nothing(project):
    assert read_by(Reads(project, [project]), lambda: open("data/a.csv").close()) == {"data/a.csv": True}


def test_a_working_folder_that_is_changed_is_that_of_what_is_opened_then(project, reads):
    def work():
        os.chdir("data")
        open("a.csv").close()

    assert read_by(reads, work) == {"data/a.csv": True}


def test_what_is_not_there_is_recorded_too(reads):
    def work():
        with pytest.raises(FileNotFoundError), open("data/b.csv"):
            pass

    assert read_by(reads, work) == {"data/b.csv": False}


def test_what_the_task_makes_or_empties_before_it_reads_it_does_not_count(project, reads):
    def work():
        for name, mode in (("made", "w"), ("data/a.csv", "w"), ("new", "x"), ("log", "a")):
            with open(name, mode) as file:
                file.write("b")
            open(name).close()

    (project / "made").write_text("")
    assert read_by(reads, work) == {}


def test_what_the_task_reads_and_then_writes_counts_as_it_has_left_it(project, reads):
    def work():
        Path("data/a.csv").write_text(Path("data/a.csv").read_text() + "b")

    with recorded(reads):
        work()
    again = Reads(project, [])
    with recorded(again):
        open("data/a.csv").close()
    assert reads.parts() == again.parts() != {}


def test_what_another_has_changed_since_it_was_read_is_as_none(project, reads):
    with recorded(reads):
        open("data/a.csv").close()
    (project / "data/a.csv").write_text("other")
    assert reads.parts() == {"read data/a.csv": ""}


def test_what_is_not_the_users_or_known_otherwise_is_not_recorded(project, tmp_path, reads, monkeypatch):
    (project / "store").mkdir()
    (project / "store/kept").write_text("")
    (project / "late_module.py").write_text("x = 1\n")
    monkeypatch.syspath_prepend(str(project))
    monkeypatch.syspath_prepend(str(project / "no.zip"))

    def work():
        importlib.import_module("late_module")
        importlib.metadata.version("pytest")
        [*importlib.metadata.distributions()]
        with suppress(FileNotFoundError):
            open(project / "no.zip").close()
        open("store/kept").close()
        open(pytest.__file__).close()
        open("/dev/null").close()
        os.listdir("/proc/self")

    assert read_by(reads, work) == {}


def test_data_of_a_package_counts(project, monkeypatch, reads):
    (project / "pkg").mkdir()
    (project / "pkg/__init__.py").touch()
    (project / "pkg/d.txt").touch()
    monkeypatch.syspath_prepend(str(project))
    assert read_by(reads, lambda: pkgutil.get_data("pkg", "d.txt")) == {"pkg/d.txt": True}


def test_a_file_beside_the_project_has_its_whole_path(tmp_path, reads):
    (tmp_path / "prices.csv").write_text("1")
    assert read_by(reads, lambda: open(tmp_path / "prices.csv").close()) == {str(tmp_path / "prices.csv"): True}


def test_nothing_is_recorded_before_and_afterwards(reads):
    read_by(reads, lambda: None)
    open("data/a.csv").close()
    assert reads.parts() == {}


def test_a_pipe_holds_nobody_up(project, reads):
    os.mkfifo(project / "pipe")

    def work():
        os.close(os.open("pipe", os.O_RDONLY | os.O_NONBLOCK))

    assert read_by(reads, work) == {"pipe": False}
