"""What counts as the code of a task: what a function says and refers to, and nothing else."""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runnable_runtime.code import fingerprint, texts
from runnable_runtime.code.sources import Sources


@pytest.fixture(autouse=True)
def no_bytecode(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that is changed within a second, and stays as long, would be taken from the bytecode of before."""
    monkeypatch.setattr(sys, "dont_write_bytecode", True)


MODULE = '''
import functools
import json
import pytest
from dataclasses import dataclass
from helpers import scale
import helpers.deep

LIMIT = 3
NAMES = {"b", "a"}
DATA = list(range(100_000))
other = object()

@dataclass
class Row:
    x: int
    def size(self):
        return helper(self.x)

def helper(x):
    return x + 1

@functools.cache
def cached(x):
    return helper(x)

def decorate(f):
    @functools.wraps(f)
    def inside(*a):
        return scale(f(*a))
    return inside

@decorate
def decorated(x):
    return x

def train(x: Row, rows: "list[Row]" = ()):
    """Train."""
    # a comment
    text = """a
    # no comment
    """
    json.dumps(x)
    inner = lambda: LIMIT, NAMES
    return [scale(y) for y in (x,)] and inner

def uses_cached(x):
    pytest.fail
    return cached(x)

def by_module(x):
    return helpers.deep.deeper(x)

def lazy(x):
    from late import later
    return later(x), DATA, other, print

def unrelated():
    return 1
'''


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    (tmp_path / "helpers").mkdir()
    (tmp_path / "pipe.py").write_text(MODULE)
    (tmp_path / "late.py").write_text("def later(x):\n    return x\n")
    (tmp_path / "helpers" / "__init__.py").write_text("def scale(x):\n    return x * FACTOR\nFACTOR = 2\n")
    (tmp_path / "helpers" / "deep.py").write_text("def deeper(x):\n    return x\ndef other():\n    return 2\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield tmp_path
    _forget()


def _forget() -> None:
    for name in ("pipe", "helpers", "helpers.deep", "late"):
        sys.modules.pop(name, None)
    importlib.invalidate_caches()


def parts(project: Path, name: str) -> dict[str, str]:
    _forget()
    return fingerprint.of_function(getattr(importlib.import_module("pipe"), name), Sources(project)).parts


def edit(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_function_is_itself_and_what_it_refers_to_in_the_project(project: Path) -> None:
    assert sorted(parts(project, "train")) == [
        "helpers/__init__.py:FACTOR",
        "helpers/__init__.py:scale",
        "pipe.py:LIMIT",
        "pipe.py:NAMES",
        "pipe.py:Row",
        "pipe.py:Row.size",
        "pipe.py:helper",
        "pipe.py:train",
    ]


@pytest.mark.parametrize(
    ("name", "named"),
    [
        (
            "uses_cached",
            {"pipe.py:uses_cached", "pipe.py:cached", "pipe.py:cached#2", "pipe.py:helper", "package pytest"},
        ),
        ("by_module", {"pipe.py:by_module", "helpers/deep.py:deeper"}),
        ("lazy", {"pipe.py:lazy", "late.py", "pipe.py:DATA", "pipe.py:other"}),
        (
            "decorated",
            {
                "pipe.py:decorated",
                "pipe.py:decorate.<locals>.inside",
                "helpers/__init__.py:FACTOR",
                "helpers/__init__.py:scale",
            },
        ),
    ],
)
def test_what_is_reached_in_other_ways_is_found_too(project: Path, name: str, named: set[str]) -> None:
    found = set(parts(project, name))
    if name == "decorated":  # `wraps` makes both look alike, and one name serves for both
        assert found >= {"helpers/__init__.py:FACTOR", "helpers/__init__.py:scale", "pipe.py:decorated"}
    else:
        assert found == named


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("pipe.py", "    # a comment\n", "    # another comment\n\n\n"),
        ("pipe.py", "    json.dumps(x)\n", "    json.dumps(x)   # why\n"),
        ("pipe.py", "def unrelated():\n    return 1", "def unrelated():\n    return 2"),
        ("pipe.py", "import json\n", "import json\nimport os\n"),
        ("helpers/deep.py", "return x", "return -x"),
    ],
)
def test_what_does_not_concern_a_function_changes_nothing(project: Path, file: str, old: str, new: str) -> None:
    before = parts(project, "train")
    edit(project / file, old, new)
    assert parts(project, "train") == before


@pytest.mark.parametrize(
    ("file", "old", "new", "changed"),
    [
        ("pipe.py", "json.dumps(x)", "json.dumps([x])", "pipe.py:train"),
        ("pipe.py", "    # no comment\n", "    # text\n", "pipe.py:train"),
        ("pipe.py", "LIMIT = 3", "LIMIT = 4", "pipe.py:LIMIT"),
        ("pipe.py", '{"b", "a"}', '{"b", "c"}', "pipe.py:NAMES"),
        ("pipe.py", "return x + 1", "return x + 2", "pipe.py:helper"),
        ("pipe.py", "x: int", "x: float", "pipe.py:Row"),
        ("helpers/__init__.py", "FACTOR = 2", "FACTOR = 3", "helpers/__init__.py:FACTOR"),
    ],
)
def test_what_concerns_a_function_changes_the_part_that_it_is(
    project: Path, file: str, old: str, new: str, changed: str
) -> None:
    before = parts(project, "train")
    edit(project / file, old, new)
    after = parts(project, "train")
    assert {name for name in before | after if before.get(name) != after.get(name)} == {changed}
    assert fingerprint.digest(before) != fingerprint.digest(after)


def notebook(file: Path, *cells: str) -> dict[str, str]:
    written = [{"cell_type": "code", "source": cell, "outputs": []} for cell in cells]
    file.write_text(json.dumps({"cells": [*written, {"cell_type": "markdown", "source": str(len(cells))}]}))
    return texts.of_notebook(file, file.name, Sources(file.parent)).parts


def test_a_notebook_is_its_code_and_not_what_it_printed(tmp_path: Path) -> None:
    file = tmp_path / "n.ipynb"
    before = notebook(file, "x = 1")
    document = json.loads(file.read_text())
    document["cells"][0]["outputs"] = [{"text": "1"}]
    document["cells"][1]["source"] = "other"
    file.write_text(json.dumps(document))
    assert texts.of_notebook(file, "n.ipynb", Sources(tmp_path)).parts == before
    assert notebook(file, "x = 2").keys() == before.keys()
    assert notebook(file, "x = 2") != before
    file.write_text("no notebook")
    assert texts.of_notebook(file, "n.ipynb", Sources(tmp_path)).parts == {}


@pytest.mark.parametrize(
    "cell",
    [
        "import late",
        "from late import later",
        "%time from late import later",
        "%matplotlib inline\nfrom late import later",
        "files = !ls\nfrom late import later\n?files",
        "%%time\nimport late",
        "def f():\n    from helpers import f as later\n    return later()",
        "from helpers import (\n    f as later,\n)",
        "%run late.py",
        "!python late.py --fast",
        "!python -m late",
        "%%bash\npython late.py",
        "open('late.py').read()",
    ],
)
def test_what_a_notebook_imports_or_names_counts(cell: str, tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("def later():\n    return 1\n")
    (tmp_path / "helpers").mkdir()
    (tmp_path / "helpers/__init__.py").write_text("from late import later as f\n")
    before = notebook(tmp_path / "n.ipynb", "x = 1", cell)
    assert before == notebook(tmp_path / "n.ipynb", "x = 1", cell)
    edit(tmp_path / "late.py", "return 1", "return 2")
    assert before != notebook(tmp_path / "n.ipynb", "x = 1", cell)


@pytest.mark.parametrize(
    "command",
    [
        "python late.py",
        "cat 'late.py' | wc",
        "python -m late",
        "python main.py x",
        "A=late.py ./main.py",
        "cat<late.py",
    ],
)
def test_what_a_command_names_counts(command: str, tmp_path: Path) -> None:
    (tmp_path / "late.py").write_text("def later():\n    return 1\n")
    (tmp_path / "main.py").write_text("from late import later\n")
    before = texts.of_command("command", command, Sources(tmp_path)).parts
    edit(tmp_path / "late.py", "return 1", "return 2")
    assert before != texts.of_command("command", command, Sources(tmp_path)).parts
