"""No edit of what a task uses leaves its fingerprint as it was; without an edit it is the same in every process."""

from __future__ import annotations

import builtins
import fractions
import importlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib.util import find_spec
from pathlib import Path

import pytest

from runnable_runtime.code import fingerprint
from runnable_runtime.code.hashing import UNKNOWN
from runnable_runtime.code.sources import Sources
from tests.support import edits, usual_tasks
from tests.support.edit_kinds import Kind

_MODULES = ("pipe", "lib", "pkg", "deep", "space")


@pytest.fixture
def parts_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Kind, str], dict[str, str]]]:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def parts(kind: Kind, value: str) -> dict[str, str]:
        kind.write(tmp_path, value)
        for name in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
            del sys.modules[name]
        importlib.invalidate_caches()
        return fingerprint.of_function(importlib.import_module("pipe").task, Sources(tmp_path)).parts

    yield parts
    for owner, name in ((json, "special"), (builtins, "special"), (fractions.Fraction, "shout")):  # see the kinds
        if hasattr(owner, name):
            delattr(owner, name)
    for name in [name for name in sys.modules if name.partition(".")[0] in _MODULES]:
        del sys.modules[name]


@pytest.mark.parametrize("kind", edits.KINDS, ids=lambda kind: kind.name)
def test_an_edit_of_what_a_task_uses_changes_its_fingerprint(
    kind: Kind, parts_with: Callable[[Kind, str], dict[str, str]]
) -> None:
    if kind.needs and find_spec(kind.needs) is None:
        pytest.skip(f"{kind.needs} is not installed")
    first, again = ([parts_with(kind, value) for value in kind.values] for _ in range(2))
    for (before, after), old, changed in zip(kind.edits, first, (*first[1:], first[0]), strict=True):
        assert old != changed, f"{before} -> {after}"
    assert again == first, "what is as it was has the fingerprint that it had, whatever it was meanwhile"
    assert not [name for found in first for name in found if name.startswith(UNKNOWN)]


def test_there_are_eight_hundred_edits_of_two_hundred_and_fifty_kinds() -> None:
    here = [kind for kind in edits.KINDS if not kind.needs]
    assert len(here) >= 250
    assert sum(len(kind.edits) for kind in here) >= 800


UNKNOWABLE = {
    "an open stream": "import sys\nVALUE = sys.__stderr__.buffer\ndef task():\n    return VALUE\n",
    "a generator": "VALUE = (n for n in 'ab')\ndef task():\n    return next(VALUE)\n",
    "it in a list": "VALUE = [1, {'a': memoryview(b'a')}]\ndef task():\n    return VALUE\n",
    "it in a default": "def helper(f=memoryview(b'a')):\n    return f\ndef task():\n    return helper()\n",
    "it in a class": "class A:\n    f = memoryview(b'a')\ndef task():\n    return A.f\n",
    "it in an instance": (
        "class A:\n    pass\nVALUE = A()\nVALUE.n = memoryview(b'a')\ndef task():\n    return VALUE\n"
    ),
    "exec": "def task(text):\n    exec(text)\n",
    "eval": "def helper(text):\n    return eval(text)\ndef task(text):\n    return helper(text)\n",
    "an import by a name": "import importlib\ndef task(name):\n    return importlib.import_module(name)\n",
    "the same, imported": "from importlib import import_module\ndef task(name):\n    return import_module(name)\n",
    "the same, imported within": (
        "def task(name):\n    from importlib import import_module\n    return import_module(name)\n"
    ),
    "__import__": "def task(name):\n    return __import__(name)\n",
    "a file that runpy runs": "import runpy\ndef task():\n    return runpy.run_path('lib.py')\n",
    "a module that runpy runs": "from runpy import run_module\ndef task(name):\n    return run_module(name)\n",
    "classes that are made of one": ("class A: pass\nclass B(A): pass\ndef task():\n    return A.__subclasses__()\n"),
    "modules that are loaded": "import sys\ndef task():\n    return getattr(sys.modules[__name__], 'VALUE')\n",
    "modules that are loaded, imported within": "def task():\n    import sys\n    return sys.modules\n",
    "a package that loads what it is asked for": (
        "import importlib\ndef __getattr__(name):\n    return importlib.import_module('lib.' + name)\n"
        "def task():\n    import pipe\n    return pipe.anything\n"
    ),
    "exec in a file that is imported": "def task():\n    import lib\n    return lib.run\n",
    "too much": "VALUE = [[n] for n in range(120_000)]\ndef task():\n    return VALUE\n",
    "too deep": "VALUE = []\nfor _ in range(5000):\n    VALUE = [VALUE]\ndef task():\n    return VALUE\n",
}


@pytest.mark.parametrize("code", UNKNOWABLE.values(), ids=UNKNOWABLE)
def test_what_cannot_be_known_is_said(code: str, parts_with: Callable[[Kind, str], dict[str, str]]) -> None:
    kind = Kind("", code, files={"lib.py": "def run(text):\n    exec(text)\n"}, head="")
    assert [name for name in parts_with(kind, "") if name.startswith(UNKNOWN)]


IN_A_PROCESS = """
import importlib, json, sys
sys.dont_write_bytecode = True
from pathlib import Path
from runnable_runtime.code import fingerprint
from runnable_runtime.code.sources import Sources
from tests.support import usual_tasks
folder = Path(sys.argv[1])
sys.path.insert(0, str(folder))
(folder / "lib.py").write_text(usual_tasks.LIBRARY)
found = []
for text in usual_tasks.usual_tasks():
    (folder / "pipe.py").write_text(text)
    sys.modules.pop("pipe", None)
    importlib.invalidate_caches()
    found.append(fingerprint.of_function(importlib.import_module("pipe").task, Sources(folder)).parts)
print(json.dumps(found))
"""


def test_usual_tasks_have_the_same_fingerprint_in_every_process(tmp_path: Path) -> None:
    def fingerprints(seed: str) -> list[dict[str, str]]:
        done = subprocess.run(
            [sys.executable, "-c", IN_A_PROCESS, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(Path(__file__).parents[4])},
            capture_output=True,
            check=True,
        )
        found: list[dict[str, str]] = json.loads(done.stdout)
        return found

    assert len(usual_tasks.usual_tasks()) == 100
    known = [
        one == other and not any(name.startswith(UNKNOWN) for name in one)
        for one, other in zip(fingerprints("1"), fingerprints("2"), strict=True)
    ]
    assert sum(known) >= 95
