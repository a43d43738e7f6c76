"""Variables of the process for a while."""

import os

import pytest

from runnable_runtime.process.environment import variables


def test_variables_are_there_for_a_while(monkeypatch):
    monkeypatch.setenv("OLD", "old")
    monkeypatch.delenv("NEW", raising=False)
    with variables({"OLD": None, "NEW": "new"}):
        assert "OLD" not in os.environ
        assert os.environ["NEW"] == "new"
    assert os.environ["OLD"] == "old"
    assert "NEW" not in os.environ


def test_they_end_also_when_something_is_raised(monkeypatch):
    with pytest.raises(ValueError, match="x"), variables({"NEW": "new"}):
        raise ValueError("x")
    assert "NEW" not in os.environ


def test_the_last_that_began_decides_whatever_ends_first(monkeypatch):
    monkeypatch.setenv("ID", "original")
    first, second = variables({"ID": "first"}), variables({"ID": "second"})
    first.__enter__()
    second.__enter__()
    assert os.environ["ID"] == "second"
    first.__exit__(None, None, None)
    assert os.environ["ID"] == "second"
    second.__exit__(None, None, None)
    assert os.environ["ID"] == "original"
