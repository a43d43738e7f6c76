"""What a notebook more takes in a run on this machine, with kernels that are forked, and with one started for each."""

from __future__ import annotations

import json
import os
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command, Timing, compare, count_orphans

FEW, MANY = 2, 12
_PIPELINE = """
from runnable import Map, NotebookTask, Pipeline


def main():
    branch = NotebookTask(name="nb", notebook="nb.ipynb", returns=["y"]).as_pipeline()
    pipeline = Pipeline(steps=[Map(name="m", branch=branch, iterate_on="numbers", iterate_as="number")])
    pipeline.execute(parameters_file="numbers-{n}.yaml")
    return pipeline


if __name__ == "__main__":
    main()
"""


def bench_notebooks(folder: Path, runs: int, path: str) -> None:
    """The slope from few to many; RUNNABLE_BENCH_BASE names another checkout of ours, as for `pool`."""
    count_orphans()
    project = folder / "notebooks"
    project.mkdir()
    _write(project)
    paths = {"forked": path, "started": path}
    if base := os.environ.get("RUNNABLE_BENCH_BASE"):
        paths["base"] = os.pathsep.join(f"{base}/{part}" for part in ("compiler", "runtime_image"))
    commands = [_command(kind, n, project, place) for kind, place in paths.items() for n in (FEW, MANY)]
    found = compare(commands, runs=runs, limit=300)
    print("\n### A notebook of one cell more\n\n| kernels | wall | processor | wall, of the fastest runs |")
    print("| --- | --- | --- | --- |")
    for kind in paths:
        few, many = (found[f"{kind} {n}"] for n in (FEW, MANY))
        if problem := few.problem or many.problem:
            print(f"| {kind} | {problem} | | |")
            continue
        best = (min(many.wall) - min(few.wall)) / (MANY - FEW)
        cpu = (_middle(many) - _middle(few)) / (MANY - FEW)
        wall = (many.median - few.median) / (MANY - FEW)
        print(f"| {kind} | {wall * 1000:.0f} ms | {cpu * 1000:.0f} ms | {best * 1000:.0f} ms |", flush=True)


def _middle(timing: Timing) -> float:
    return sorted(timing.cpu)[len(timing.cpu) // 2]


def _write(project: Path) -> None:
    (project / "pyproject.toml").touch()
    cell = {"cell_type": "code", "metadata": {}, "execution_count": None, "outputs": [], "id": "a"}
    cells = [{**cell, "source": "print(number)\ny = number"}]
    document = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (project / "nb.ipynb").write_text(json.dumps(document))
    (project / "started.yaml").write_text("pipeline-executor: {type: local, config: {warm_kernels: false}}\n")
    for n in (FEW, MANY):
        (project / f"numbers-{n}.yaml").write_text(f"numbers: {list(range(n))}\n")
        (project / f"run_{n}.py").write_text(_PIPELINE.format(n=n))


def _command(kind: str, n: int, project: Path, path: str) -> Command:
    environment = {"PYTHONPATH": path}
    if kind == "started":
        environment["RUNNABLE_CONFIGURATION_FILE"] = "started.yaml"
    return Command(f"{kind} {n}", [interpreter("ours"), f"run_{n}.py"], project, environment)
