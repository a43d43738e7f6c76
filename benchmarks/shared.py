"""What an item more costs in a pod that several share, beside a pod's process for each. No cluster is needed."""

from __future__ import annotations

import json
from pathlib import Path

from benchmarks.environments import interpreter
from benchmarks.measure import Command, Timing, compare

FEW, MANY = 4, 44
MODULES = {
    "a function": "def one(x):\n    return x + 1\n",
    "of a module that imports pandas": "import pandas\n\n\ndef one(x):\n    return x + 1\n",
}


def bench_shared(folder: Path, runs: int, path: str) -> None:
    """The slope from few items to many, with records, so that what a pod costs once is left out."""
    print("\n### An item more, with its record: wall, CPU\n")
    print("| | in a shared pod | a process of its own | ratio of CPU |\n| --- | --- | --- | --- |")
    for number, (title, text) in enumerate(MODULES.items()):
        project = folder / f"shared-{number}"
        project.mkdir()
        (project / "steps.py").write_text(text)
        commands = [_shared(project, FEW, path), _shared(project, MANY, path), _alone(project, path)]
        few, many, alone = compare(commands, runs=runs).values()
        if problem := few.problem or many.problem or alone.problem:
            print(f"| {title} | {problem} | | |")
            continue
        wall = (many.median - few.median) / (MANY - FEW)
        cpu = (_cpu(many) - _cpu(few)) / (MANY - FEW)
        each = f"{alone.median * 1000:.0f} ms, {_cpu(alone) * 1000:.0f} ms"
        print(f"| {title} | {wall * 1000:.0f} ms, {cpu * 1000:.0f} ms | {each} | {cpu / _cpu(alone):.2f} |", flush=True)


def _cpu(timing: Timing) -> float:
    return sorted(timing.cpu)[len(timing.cpu) // 2]


def _variables(project: Path, path: str) -> dict[str, str]:
    return {
        "PYTHONPATH": path,
        "TMPDIR": str(project),
        "RUNNABLE_RUN_ID": "bench",
        "RUNNABLE_STEP_ATTEMPT": "1",
        "RUNNABLE_RUN_LOG": json.dumps({"url": str(project / "log")}),
        "RUNNABLE_RUN": '{"pipeline":"bench"}',
    }


def _shared(project: Path, n: int, path: str) -> Command:
    spec = {"name": "m.*.one", "python": "steps:one", "returns": ["y"], "place": [0, 0, 0]}
    fused = {"name": "m", "fused": [{"spec": spec, "reads": ["x"]}], "keep": ["y"], "batch": True}
    items = json.dumps(["batch", "x", "xs", [[i, n, i] for i in range(n)]], separators=(",", ":"))
    return _entrypoint(f"{n}", project, path, "--fused", json.dumps(fused), items)


def _alone(project: Path, path: str) -> Command:
    spec = {"name": "alone", "python": "steps:one", "returns": ["y"], "place": [1]}
    return _entrypoint("alone", project, path, "--spec", json.dumps(spec), '["x","1"]')


def _entrypoint(key: str, project: Path, path: str, *words: str) -> Command:
    option, spec, inputs = words
    arguments = [interpreter("ours"), "-m", "runnable_runtime", "--protocol", "1", option, spec, "--inputs", inputs]
    return Command(key, [*arguments, "--outputs", str(project / "out")], project, _variables(project, path))
