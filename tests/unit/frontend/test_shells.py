"""Shells and notebooks in a Map are given its list only if they name it: else every item would keep the whole list."""

import json
from pathlib import Path

import pytest

from runnable import Map, NotebookTask, Parallel, Pipeline, ShellTask
from runnable.frontend.build import build


def reads(step, tmp_path):
    """What the step, in a branch in a Map, is not given."""
    inner = Parallel(name="p", branches={"b": Pipeline(steps=[step])})
    pipeline = Pipeline(steps=[Map(name="m", branch=Pipeline(steps=[inner]), iterate_on="paths", iterate_as="path")])
    unit = build(pipeline, str(tmp_path / "pipeline.py"))
    return unit.program.graph.nodes[0].body.nodes[0].nodes[0].nodes[0].reads.hidden


@pytest.mark.parametrize(
    ("command", "hidden"),
    [("wc $path", ("paths",)), ("echo ${paths}", ()), ("python -c 'paths'", ()), ("pathss", ("paths",))],
)
def test_a_shell(command, hidden, tmp_path):
    assert reads(ShellTask(name="s", command=command), tmp_path) == hidden


@pytest.mark.parametrize(
    ("source", "hidden"), [("print(path)", ("paths",)), ("len(paths)", ()), ("%run other.ipynb", ()), ("globals()", ())]
)
def test_a_notebook(source, hidden, tmp_path: Path):
    cell = {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
    document = {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(document))
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "pipeline.py").write_text("")
    assert reads(NotebookTask(name="n", notebook="n.ipynb"), tmp_path) == hidden
