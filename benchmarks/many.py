"""Measure `check` of many files against importing them. `python -m benchmarks.many [--files N] [--runs N]`.

Each file has eight tasks, a Map and a Conditional, and a module of its own. Beside `runnable check FOLDER`, in turn:

- *importing*: the sum of importing each file in a process that is forked, with `runnable` imported, for it alone. That
  is the least that files take which do not reach each other, and what the limit of 1.2 is about.
- *by itself*: the sum of `python FILE.py`, an interpreter for each, which only defines the pipeline.
- *one by one*: the sum of `runnable check FILE`.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

_TASKS = 8
_PIPELINE = '''"""Pipeline {number}."""

from dataclasses import dataclass

from runnable import Conditional, Map, Pipeline, PythonTask
from steps_{number} import *


def main():
    item_pipeline = PythonTask(name="item", function=item).as_pipeline()
    tasks = [
        PythonTask(name="start", function=start, returns=["value", "items", "kind"]),
{tasks}
        Map(name="each", branch=item_pipeline, iterate_on="items", iterate_as="one"),
        Conditional(
            name="which",
            parameter="kind",
            branches={{name: PythonTask(name=name, function=add_0).as_pipeline() for name in ("left", "right")}},
        ),
    ]
    return Pipeline(name="pipeline {number}", steps=tasks)


pipeline = main()
'''
_STEPS = '''"""Functions of pipeline {number}."""

from typing import Literal


def start() -> tuple[int, list[int], Literal["left", "right"]]:
    return 1, [1, 2], "left"


def item(one: int) -> None:
    print(one)


{functions}
'''
_IMPORT = """
import os, sys
import runnable.cli.check, runnable.sdk.composites, runnable.sdk.pipeline, runnable.sdk.tasks
for file in sys.argv[1:]:
    if (process := os.fork()) == 0:
        sys.path.insert(0, os.path.dirname(os.path.abspath(file)))
        __import__(os.path.basename(file)[:-3])
        os._exit(0)
    assert os.waitpid(process, 0)[1] == 0, file
"""


def write(folder: Path, files: int) -> list[Path]:
    """Pipelines in `folder`, with a module each."""
    (folder / "pyproject.toml").touch()
    written = []
    for number in range(files):
        tasks = "\n".join(
            f'        PythonTask(name="add {one}", function=add_{one}, returns=["value"]),' for one in range(_TASKS)
        )
        functions = "\n\n".join(
            f"def add_{one}(value: int) -> int:\n    return value + {one}\n" for one in range(_TASKS)
        )
        written.append(folder / f"pipeline_{number}.py")
        written[-1].write_text(_PIPELINE.format(number=number, tasks=tasks))
        (folder / f"steps_{number}.py").write_text(_STEPS.format(number=number, functions=functions))
    return written


def main() -> None:
    """Print a table, and whether the limit is kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=100)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = [file.name for file in write(folder, options.files)]
        check = [sys.executable, "-m", "runnable.cli", "check"]
        ways: dict[str, Callable[[], float]] = {
            f"`runnable check` of {options.files} files": lambda: _seconds([[*check, "."]], folder),
            "importing": lambda: _seconds([[sys.executable, "-c", _IMPORT, *files]], folder),
            "by itself": lambda: _seconds([[sys.executable, file] for file in files], folder),
            "one by one": lambda: _seconds([[*check, file] for file in files], folder),
        }
        _seconds([[*check, "."]], folder)  # bytecode
        taken: dict[str, list[float]] = {way: [] for way in ways}
        for _ in range(options.runs):
            for way, measure in ways.items():
                taken[way].append(measure())
    medians = {way: statistics.median(seconds) for way, seconds in taken.items()}
    ours = next(iter(medians.values()))
    print("| | seconds | check / it |\n| --- | --- | --- |")
    for way, seconds in medians.items():
        print(f"| {way} | {seconds:.2f} ({min(taken[way]):.2f} to {max(taken[way]):.2f}) | {ours / seconds:.2f} |")


def _seconds(commands: Sequence[Sequence[str]], folder: Path) -> float:
    started = time.perf_counter()
    environment = {**os.environ, "PYTHONHASHSEED": "0"}
    for command in commands:
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
