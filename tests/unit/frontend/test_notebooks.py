"""What a notebook reads and sets, from its cells; a cell that begins with ``# parameters`` is tagged so."""

import json
import sys

import pytest

from runnable.frontend.notebooks import names_of, reads_of
from runnable.ir.nodes import Reads


@pytest.fixture
def notebook(tmp_path):
    def write(*cells: str, **metadata: object):
        code = [
            {"cell_type": "code", "metadata": {"tags": ["parameters"] if c.startswith("# p") else []}, "source": c}
            for c in cells
        ]
        path = tmp_path / "n.ipynb"
        path.write_text(json.dumps({"cells": code, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}))
        return path

    return write


@pytest.mark.parametrize(
    ("cells", "required"),
    [
        (["print(x)"], ["x"]),
        (["x = 1\nprint(x)"], []),
        (["print(x)\nx = 1"], []),
        (["# parameters\nx = 1", "print(x)"], []),
        (["# parameters\nx: int\ny: int = 2", "print(x + y)"], ["x"]),
        (["import numpy as np, os.path\nnp.array(os)"], []),
        (["def f(a):\n    return a + x", "f(1)"], []),
        (["def f():\n    return x", "x = 1\nf()"], []),
        (["x = 1", "def f():\n    return x"], []),
        (["[a + x for a in rows]"], ["rows"]),
        (["if flag:\n    print(x)"], ["flag"]),
        (["if 1:\n    x = 1", "print(x)"], []),
        (["try:\n    x\nexcept KeyError as e:\n    print(e)"], []),
        (["with open(path) as f:\n    print(f, x)"], ["path", "x"]),
        (["for i in rows:\n    print(i)\nprint(i)"], ["rows"]),
        (["x += 1"], []),
        (["match x:\n    case [a, *b] if c:\n        print(a, b)"], ["x"]),
        (["f = lambda a: a + x"], []),
        (["class A:\n    b = x"], []),
        (["def f():\n    global x\n    x = 1", "f()\nprint(x)"], []),
        (["%matplotlib inline\n!ls {folder} $place\n%time y = x"], ["x"]),
        (["a or b"], []),
        (["a if b else c"], []),
        (["print(display, __name__, _)"], []),
        (["print(input, id)"], []),
        (["# parameters\ninput: str"], ["input"]),
        (["%%capture out\nprint(1)", "print(out.stdout)"], []),
        (["!true", "assert _exit_code == 0"], []),
        (["print(_ih, _oh, __IPYTHON__, _i1, _dh)"], []),
        (["%cd {x}\n%env A=$y", "y = 1"], []),
        (["match x:\n    case {'a': 1, **rest}:\n        pass", "print(rest)"], ["x"]),
        (["df.query('a < @x')"], ["df"]),
        (["def f():\n    global y\n    y = 1\nf()\nprint(y)"], []),
        (["if (n := 1):\n    print(n)"], []),
        (["ls -la"], []),
        (["pwd", "cd /tmp", "pip --version"], []),
        (["ls"], []),
        (["time y = x"], ["x"]),
        (["ls\nx"], ["ls", "x"]),
        (["env.get(x)"], ["env", "x"]),
        (["page = 1", "page - x"], ["x"]),
    ],
)
def test_a_notebook_requires_what_it_reads_for_certain_before_it_has_a_value(notebook, cells, required):
    found = names_of(notebook(*cells))
    assert found is not None
    assert list(found[0]) == required


@pytest.mark.skipif(sys.version_info < (3, 12), reason="a syntax of Python 3.12")
@pytest.mark.parametrize(
    "cell", ["type Pair[T] = tuple[T, T]", "def f[T](x: T) -> T: return x", "class A[*T, **P]: pass"]
)
def test_type_parameters_are_no_parameters(notebook, cell):
    assert names_of(notebook(cell))[0] == ()


@pytest.mark.parametrize(
    "cells",
    [
        ["from math import *"],
        ["exec('x = 1')"],
        ["print(globals()['x'])"],
        ["try:\n    x\nexcept NameError:\n    pass"],
        ["import builtins\nbuiltins.x = 1"],
        ["import __main__\n__main__.x = 1"],
        ["%run other.ipynb"],
        ["%%bash\necho $x"],
        ["files = !ls"],
        ["who"],
        ["run other.ipynb"],
        ["this is no Python"],
    ],
)
def test_a_notebook_that_may_do_anything_reads_everything(notebook, cells):
    assert reads_of(notebook(*cells), ["x"]) == Reads(everything=True)


def test_a_notebook_of_another_language_or_none_reads_everything(notebook, tmp_path):
    assert names_of(notebook("x <- 1", kernelspec={"language": "R"})) is None
    assert names_of(notebook("y = x", language_info={"name": "julia"})) is None
    (tmp_path / "broken.ipynb").write_text('{"cells": [1]')
    assert names_of(tmp_path / "broken.ipynb") is None


def test_what_a_notebook_returns_and_never_sets_it_must_be_given(notebook):
    assert reads_of(notebook("y = x"), ["y", "z"]) == Reads(("x", "z"), everything=True)


@pytest.mark.parametrize(
    "metadata", [{"kernelspec": None}, {"language_info": {"name": "ipython"}}, {"language_info": None}]
)
def test_a_notebook_that_names_no_language_is_pythons(notebook, metadata):
    assert reads_of(notebook("y = x", **metadata), ["y"]) == Reads(("x",), everything=True)


def test_the_language_of_a_notebook_may_have_a_capital(notebook):
    assert reads_of(notebook("y = x", kernelspec={"language": "Python"}), ["y"]) == Reads(("x",), everything=True)
