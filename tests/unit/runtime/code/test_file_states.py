"""What is in files and folders, as texts that differ if it does."""

import os

import pytest

from runnable_runtime.code import file_states
from runnable_runtime.code.file_states import states


def state(folder, path, **options):
    return states(folder, [path], **options)[path]


def test_another_content_is_another_text_also_of_the_same_size_at_the_same_time(tmp_path):
    found = set()
    for text in ("one", "two", "six"):
        (tmp_path / "a").write_text(text)
        os.utime(tmp_path / "a", (1, 1))
        found.add(state(tmp_path, "a"))
    assert len(found) == 3
    (tmp_path / "a").write_text("one")
    assert state(tmp_path, "a") in found


def test_a_file_that_stays_as_it_was_is_read_once(tmp_path, monkeypatch):
    (tmp_path / "a").write_text("one")
    monkeypatch.setattr(file_states, "_SETTLED", -1)
    before = state(tmp_path, "a")
    monkeypatch.setattr(file_states, "_of_whole", lambda place: pytest.fail("it is read again"))
    assert state(tmp_path, "a") == before


def test_of_a_folder_the_names_count_that_are_not_hidden(tmp_path):
    (tmp_path / "data/.hidden").mkdir(parents=True)
    before = state(tmp_path, "data/")
    (tmp_path / "data/.other").touch()
    (tmp_path / "data/__pycache__").mkdir()
    assert state(tmp_path, "data/") == before
    (tmp_path / "data/a").touch()
    assert state(tmp_path, "data/") != before


def test_what_is_no_file_has_no_state_and_holds_nobody_up(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "folder").mkdir()
    assert states(tmp_path, ["pipe", "folder", "none", "none/"]) == dict.fromkeys(
        ["pipe", "folder", "none", "none/"], ""
    )


@pytest.mark.skipif(not os.path.exists("/proc/self/status"), reason="the kernel shows nothing as files here")
def test_what_the_kernel_makes_up_has_no_state(tmp_path):
    above = "../" * len(tmp_path.parents)
    for path in ("/proc/self/status", "/proc/self/fd/", "/sys/../proc/meminfo", f"{above}proc/self/status"):
        assert state(tmp_path, path) == ""


def test_what_is_too_large_to_be_read_counts_by_size_and_time(tmp_path, monkeypatch):
    monkeypatch.setattr(file_states, "_LARGEST", 3)
    found = set()
    for text, at in (("1234", 1), ("1234", 2), ("12345", 2), ("9876", 2)):
        (tmp_path / "a").write_text(text)
        os.utime(tmp_path / "a", (at, at))
        found.add(state(tmp_path, "a"))
    assert len(found) == 3


def test_files_beyond_what_is_read_together_count_by_size_and_time(tmp_path):
    for name in "abc":
        (tmp_path / name).write_text("1234")
    before = states(tmp_path, "abc", together=9)
    assert before["a"] == before["b"] != before["c"]
    (tmp_path / "b").write_text("4321")
    assert states(tmp_path, "abc", together=9)["b"] != before["b"]
