"""Which files texts name: whole, in pieces, as words, by patterns; none of them does any harm."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.code import data_files
from runnable_runtime.code.data_files import TooMany, named_files, names_in


@pytest.fixture
def project(tmp_path, monkeypatch):
    for path in ("a.csv", "in/a.csv", "in/raw/b.csv", "in/raw/deep/c.parquet", "in/.hidden/d.csv", "pkg/data.txt"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def named(project, *texts, beside=()):
    found = named_files([name for text in texts for name in names_in(text)], project, [project / one for one in beside])
    return sorted({str(file.absolute().relative_to(project)) for file in found})


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["a.csv"], ["a.csv"]),
        (["in/a.csv"], ["in/a.csv"]),
        (["./in/a.csv"], ["in/a.csv"]),
        (["in", "raw", "b.csv"], ["in/raw/b.csv"]),
        (["b.csv", "raw", "in"], ["in/raw/b.csv"]),
        (["in", "/raw/b.csv"], ["in/raw/b.csv"]),
        (["in/", "raw/b.csv"], ["in/raw/b.csv"]),
        (["raw", "b.csv"], []),
        (["select * from 'in/a.csv' as x"], ["in/a.csv"]),
        (["cat in/a.csv | sort"], ["in/a.csv"]),
        (["in/*.csv"], ["in/a.csv"]),
        (["in/**/*.csv"], ["in/a.csv", "in/raw/b.csv"]),
        (["**/*.parquet"], ["in/raw/deep/c.parquet"]),
        (["in", "r*/*.csv"], ["in/raw/b.csv"]),
        (["in/ra?/b.csv"], ["in/raw/b.csv"]),
        (["*"], []),
        ([".*"], []),
        (["in", ".."], []),
    ],
)
def test_what_texts_name(texts, expected, project):
    assert named(project, *texts) == expected


def test_a_whole_path_and_what_is_beside_the_code(project):
    assert named(project, str(project / "in/a.csv")) == ["in/a.csv"]
    assert named(project, str(project / "in"), "a.csv") == ["a.csv", "in/a.csv"]
    assert named(project, "data.txt") == []
    assert named(project, "data.txt", beside=["pkg"]) == ["pkg/data.txt"]


def test_so_many_files_that_they_are_not_looked_at(project, monkeypatch):
    monkeypatch.setattr(data_files, "_MOST_MATCHING", 1)
    with pytest.raises(TooMany, match=r"in/\*\*/\*.csv"):
        named(project, "in/**/*.csv")
    monkeypatch.setattr(data_files, "_MOST_BELOW", 3)
    with pytest.raises(TooMany):
        named(project, "**/*.parquet")


_PIECES = [
    "**",
    "*",
    "?",
    "/",
    ".",
    "..",
    "in",
    "raw",
    "a.csv",
    "[",
    "]",
    "{",
    "\\",
    "\0",
    "\ud800",
    " ",
    "x" * 300,
    "~",
    "é",
]


@given(st.lists(st.lists(st.sampled_from(_PIECES), max_size=6).map("".join), max_size=4))
def test_no_text_does_harm(texts):
    for file in named_files([name for text in texts for name in names_in(text)], Path(__file__).parent):
        assert file.is_file()
