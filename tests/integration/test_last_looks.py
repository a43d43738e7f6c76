"""At a process's end, after a run, files are written whole and objects do what they do when they go."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

PIPELINE = """
import atexit, gc, sys
@atexit.register
def say():
    print("spared" if gc.get_freeze_count() else "looked", file=sys.stderr)

from runnable import Pipeline, PythonTask

class Circle:
    pass

def work():
    return None

def main():
    Pipeline(steps=[PythonTask(name="s", function=work)]).execute()

circle = Circle()
circle.itself = circle
{more}
if __name__ == "__main__":
    main()
"""
FILE = "circle.file = open('written', 'w')\ncircle.file.write('all of it')\n"
OPENED = "import os\nopened = os.open('written', os.O_CREAT | os.O_WRONLY)\n"
LEAVES = f"""{OPENED}
class Leaves:
    def __del__(self, write=os.write, opened=opened):
        write(opened, b"all of it")

    def __len__(self):
        return 0

circle.one = Leaves()
"""
GENERATOR = f"""{OPENED}
def each(write, opened):
    try:
        yield 1
    finally:
        write(opened, b"all of it")

circle.each = each(os.write, opened)
next(circle.each)
"""
IN_MEMORY = "import io\ncircle.texts = io.StringIO('a'), io.BytesIO(b'a')\n"
ARROW = """
import pyarrow
circle.file = pyarrow.BufferedOutputStream(pyarrow.OSFile("written", "wb"), 1000)
circle.file.write(b"all of it")
"""
METACLASS = "class Odd(type):\n    def __getattr__(cls, name): raise ValueError\n\ncircle.one = Odd('One', (), {})()\n"
CALLBACK = "gc.callbacks.append(print)\n"
DATABASE = "import sqlite3\ncircle.one = sqlite3.connect('db')\n"


def ends(folder: Path, more: str) -> str:
    (folder / "p.py").write_text(PIPELINE.format(more=more))
    done = subprocess.run([sys.executable, "p.py"], cwd=folder, capture_output=True, text=True, check=True)
    assert "succeeded" in done.stderr
    return done.stderr.partition("; record in ")[2]


@pytest.mark.parametrize("more", ["", "import numpy\n", IN_MEMORY], ids=["", "numpy", "in memory"])
def test_nothing_is_looked_for_where_nothing_has_anything_to_do(more: str, tmp_path: Path) -> None:
    assert "spared" in ends(tmp_path, more)


@pytest.mark.parametrize("more", [FILE, LEAVES, GENERATOR, ARROW], ids=["file", "__del__", "generator", "pyarrow"])
def test_what_an_object_in_a_circle_has_to_do_is_done(more: str, tmp_path: Path) -> None:
    assert "looked" in ends(tmp_path, more)
    assert (tmp_path / "written").read_text() == "all of it"


@pytest.mark.parametrize(
    "more", [DATABASE, METACLASS, "gc.callbacks.append(print)\n"], ids=["database", "metaclass", "callback"]
)
def test_it_looks_where_it_cannot_know(more: str, tmp_path: Path) -> None:
    said = ends(tmp_path, more)
    assert "spared" not in said
    assert "Traceback" not in said
