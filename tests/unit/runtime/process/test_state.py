"""What a task leaves behind is not the next one's beginning."""

import io
import locale
import os
import signal
import sys
import warnings
from contextlib import contextmanager

import pytest

from runnable_runtime.process.state import preserved


@contextmanager
def changed(tmp_path):
    """A block that changes all that a task can change, and ends in a folder that is gone."""
    gone = tmp_path / "gone"
    gone.mkdir()
    with preserved():
        os.chdir(gone)
        gone.rmdir()
        os.environ["LEFT"] = "behind"
        os.environ.pop("HOME", None)
        os.environ["PATH"] = "nowhere"
        sys.argv.append("more")
        sys.stdout = io.StringIO()
        os.umask(0o077)
        signal.signal(signal.SIGTERM, lambda *_: None)
        warnings.simplefilter("ignore")
        yield


def state():
    mask = os.umask(0)
    os.umask(mask)
    return (
        os.getcwd(), dict(os.environ), list(sys.argv), sys.stdout, mask, signal.getsignal(signal.SIGTERM),
        list(warnings.filters), locale.setlocale(locale.LC_ALL),
    )  # fmt: skip


def test_the_process_is_afterwards_what_it_was(tmp_path):
    before = state()
    with changed(tmp_path):
        pass
    assert state() == before


def test_it_is_so_after_an_exception_too(tmp_path):
    before = state()
    with pytest.raises(ValueError, match="boom"), changed(tmp_path):
        raise ValueError("boom")
    assert state() == before


def test_a_folder_that_is_gone_already_is_no_obstacle(tmp_path, monkeypatch):
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    with preserved():
        os.chdir(tmp_path)
