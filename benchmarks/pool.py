"""Many small tasks at the same time on this machine, beside joblib, a process pool, and another checkout of ours.

RUNNABLE_BENCH_BASE names that checkout, if there is to be one: its `compiler` and `runtime_image` are run by the same
interpreter.
"""

from __future__ import annotations

import os
import statistics
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command, Timing, compare, count_orphans

WORKERS = 4
CASES = (
    ("1,000 that do nothing", "nothing", 1000),
    ("1,000 that sleep 1 ms", "sleeping", 1000),
    ("300 of a module that imports pandas", "framed", 300),
    ("10,000 that do nothing", "nothing", 10_000),
)
_STEPS = {
    "nothing": "def nothing(number: int) -> int:\n    return number\n",
    "sleeping": "import time\n\n\ndef sleeping(number: int) -> int:\n    time.sleep(0.001)\n    return number\n",
    "framed": "import pandas\n\n\ndef framed(number: int) -> int:\n    return int(pandas.Series([number]).sum())\n",
}
_OURS = """
from {name}_steps import {name}
from runnable import Map, Pipeline, PythonTask


def main():
    branch = PythonTask(name="work", function={name}, returns=["found"]).as_pipeline()
    pipeline = Pipeline(steps=[Map(name="m", branch=branch, iterate_on="numbers", iterate_as="number")])
    pipeline.execute(parameters_file="numbers-{n}.yaml")
    return pipeline


if __name__ == "__main__":
    main()
"""
_POOL = """
from concurrent.futures import ProcessPoolExecutor
from {name}_steps import {name}

if __name__ == "__main__":
    with ProcessPoolExecutor({workers}) as pool:
        assert list(pool.map({name}, range({n}))) == list(range({n}))
"""
_JOBLIB = """
from joblib import Parallel, delayed
from {name}_steps import {name}

if __name__ == "__main__":
    found = Parallel(n_jobs={workers})(delayed({name})(number) for number in range({n}))
    assert found == list(range({n}))
"""
_FIRST = """
import sys, time
from datetime import datetime
from runnable import Map, Pipeline, PythonTask
from late_steps import wait


def main():
    branch = PythonTask(name="work", function=wait, returns=["began"]).as_pipeline()
    steps = [PythonTask(name="warm", function=wait, returns=["before"], overrides={{}})]
    steps.append(Map(name="m", branch=branch, iterate_on="numbers", iterate_as="number"))
    record = Pipeline(steps=steps).execute(parameters_file="numbers-{workers}.yaml")
    for path, step in record.steps.items():
        if path.startswith("m.") and step.attempts:
            started = datetime.fromisoformat(step.attempts[0].started).timestamp()
            print(step.attempts[0].outputs["began"] - started)


if __name__ == "__main__":
    main()
"""
_CHUNKED = "ours, chunked-fs"
_LATE = "import time\n\n\ndef wait() -> float:\n    began = time.time()\n    time.sleep(0.5)\n    return began\n"


def bench_pool(folder: Path, runs: int, path: str) -> None:
    """Whole processes, with durable records in two stores; and how soon a first task of a process begins."""
    count_orphans()
    write_project(folder, [n for _, _, n in CASES])
    print(f"\n### Tasks at the same time, {WORKERS} at once, whole process\n")
    titles = ["ours", _CHUNKED, *(["base"] if _paths(path).get("base") else []), "process pool", "joblib"]
    print(f"| | {' | '.join(titles)} | ours / pool | ours / joblib | CPU of ours, ms a task |")
    print("|" + " --- |" * (len(titles) + 4))
    taken: dict[tuple[str, int], float] = {}
    for title, name, n in CASES:
        found = compare(pool_commands(folder, name, n, _paths(path)), runs=runs, limit=300)
        ours, shown = found["ours"], " | ".join(f"{found[one]}" for one in titles)
        pool, joblib = (_ratio(ours, found[one]) for one in ("process pool", "joblib"))
        cpu = "" if ours.problem else f"{(statistics.median(ours.cpu)) / n * 1000:.2f}"
        print(f"| {title} | {shown} | {pool} | {joblib} | {cpu} |", flush=True)
        taken |= {(key, n): statistics.median(one.cpu) for key, one in found.items() if name == "nothing" and one.cpu}
    print("\n| processor time of a task more, of 1,000 to 10,000 | ms |\n| --- | --- |")
    for key in titles:
        if (key, 10_000) in taken:
            print(f"| {key} | {(taken[key, 10_000] - taken[key, 1000]) / 9:.2f} |")
    _first(folder, path)


def _paths(path: str) -> dict[str, str]:
    base = os.environ.get("RUNNABLE_BENCH_BASE", "")
    paths = {"ours": path}
    if base:
        paths["base"] = os.pathsep.join(f"{base}/{part}" for part in ("compiler", "runtime_image"))
    return paths


def write_project(folder: Path, sizes: Iterable[int]) -> None:
    """The files that `pool_commands` run, for lists of these sizes."""
    folder.mkdir(exist_ok=True)
    (folder / "pyproject.toml").touch()
    (folder / "late_steps.py").write_text(_LATE)
    settings = f"{{enable_parallel: true, max_workers: {WORKERS}}}"
    executor = f"pipeline-executor: {{type: local, config: {settings}}}\n"
    (folder / "parallel.yaml").write_text(executor)
    (folder / "chunked.yaml").write_text(f"{executor}run-log-store: {{type: chunked-fs}}\n")
    for n in {WORKERS, *sizes}:
        (folder / f"numbers-{n}.yaml").write_text(f"numbers: {list(range(n))}\n")
    for name, text in _STEPS.items():
        (folder / f"{name}_steps.py").write_text(text)


def pool_commands(folder: Path, name: str, n: int, paths: Mapping[str, str]) -> list[Command]:
    """Call the function `name` for each of `n` numbers: by ours, each of `paths`, a process pool and joblib."""
    file = _file(folder, name, n, "ours", _OURS)
    commands = [_ours(key, file, place) for key, place in paths.items()]
    commands.append(_ours(_CHUNKED, file, paths["ours"], "chunked.yaml"))
    commands.append(Command("process pool", [interpreter("ours"), _file(folder, name, n, "pool", _POOL).name], folder))
    joblib = [interpreter("joblib"), _file(folder, name, n, "joblib", _JOBLIB).name]
    return [*commands, Command("joblib", joblib, folder)]


def _file(folder: Path, name: str, n: int, kind: str, text: str) -> Path:
    file = folder / f"{kind}_{name}_{n}.py"
    file.write_text(text.format(name=name, n=n, workers=WORKERS))
    return file


def _ours(key: str, file: Path, path: str, configuration: str = "parallel.yaml") -> Command:
    environment = {"PYTHONPATH": path, "RUNNABLE_CONFIGURATION_FILE": configuration}
    return Command(key, [interpreter("ours"), file.name], file.parent, environment)


def _ratio(ours: Timing, other: Timing) -> str:
    return "" if ours.problem or other.problem else f"{ours.median / other.median:.2f}"


def _first(folder: Path, path: str) -> None:
    """From the recorded start of an attempt to its first statement: as many at once as there are workers.

    One of them is in the worker of the task before, the others in workers that have run none.
    """
    file = folder / "first.py"
    file.write_text(_FIRST.format(workers=WORKERS))
    print("\n| tasks at once begin after, the quickest in a worker that is there | ms |\n| --- | --- |")
    for key, place in _paths(path).items():
        command = _ours(key, file, place)
        ended = subprocess.run(
            list(command.arguments),
            cwd=folder,
            env={**os.environ, **command.environment},
            stdout=subprocess.PIPE,
            check=True,
            text=True,
        )
        seconds = sorted(float(line) for line in ended.stdout.splitlines())
        print(f"| {key} | {', '.join(f'{one * 1000:.1f}' for one in seconds)} |", flush=True)
