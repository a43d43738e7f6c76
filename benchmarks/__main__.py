"""Measure, and print Markdown tables. `python -m benchmarks [--runs N] [--only compile,run,start,linear]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import yaml

from benchmarks.environments import interpreter
from benchmarks.measure import Command, Timing, compare
from benchmarks.pipelines import write

ROOT = Path(__file__).parents[1]
OURS_PATH = os.pathsep.join([str(ROOT / "compiler"), str(ROOT / "runtime_image")])


def compile_command(tool: str, shape: str, n: int, folder: Path) -> Command:
    """Compile the pipeline to Argo, as that tool's users do."""
    file = write(folder / f"{tool}-{shape}-{n}", tool, shape, n)
    python = interpreter(tool)
    if tool == "ours":
        return Command(
            tool, [python, "-m", "runnable.cli", "compile", file.name], file.parent, {"PYTHONPATH": OURS_PATH}
        )
    environment = {"PYTHONPATH": str(file.parent)}
    if tool == "published":
        environment["RUNNABLE_CONFIGURATION_FILE"] = "argo.yaml"
    return Command(tool, [python, file.name], file.parent, environment)


def run_command(tool: str, n: int, folder: Path, store: str = "") -> Command:
    """Run the pipeline on this machine."""
    key = f"{tool} {store}".strip()
    file = write(folder / f"{key}-{n}".replace(" ", "-"), tool, "noop", n)
    path = OURS_PATH if tool == "ours" else str(file.parent)
    environment = {"PYTHONPATH": path}
    if store:
        environment["RUNNABLE_CONFIGURATION_FILE"] = "chunked.yaml"
    return Command(key, [interpreter(tool), file.name], file.parent, environment)


def ratio(timing: Timing, base: Timing) -> str:
    """How many times the base's median."""
    return "" if timing.problem or base.problem else f"{timing.median / base.median:.2f}"


def table(title: str, rows: list[tuple[str, dict[str, Timing]]], base: str) -> None:
    """One row a size, one column a command, each with its ratio to `base`."""
    keys = list(rows[0][1])
    print(f"\n### {title}\n\n| | {' | '.join(keys)} | {' | '.join(f'{k} / {base}' for k in keys if k != base)} |")
    print("|" + " --- |" * (2 * len(keys)))
    for label, timings in rows:
        ratios = [ratio(timings[k], timings[base]) for k in keys if k != base]
        print(f"| {label} | {' | '.join(str(timings[k]) for k in keys)} | {' | '.join(ratios)} |", flush=True)


def bench_compile(folder: Path, runs: int) -> None:
    """Chains and wide Parallels of 10, 100, 1000 tasks against hera and the published package."""
    for shape in ("chain", "wide"):
        rows = []
        for n in (10, 100, 1000):
            commands = [compile_command(tool, shape, n, folder) for tool in ("ours", "hera", "published")]
            rows.append((f"{n} tasks", compare(commands, runs=runs)))
        table(f"Compile a {shape}, whole process", rows, "hera")
    print("\n### Size of a chain's manifest\n")
    print("| tasks | YAML bytes a task | compact JSON bytes a task |\n| --- | --- | --- |")
    for n in (100, 1000):
        command = compile_command("ours", "chain", n, folder)
        environment = {**os.environ, **command.environment}
        text = subprocess.run(
            command.arguments, cwd=command.folder, env=environment, capture_output=True, check=True
        ).stdout
        documents = list(yaml.load_all(text, Loader=yaml.CSafeLoader))
        compact = sum(len(json.dumps(d, separators=(",", ":"))) for d in documents)
        print(f"| {n} | {len(text) / n:.0f} | {compact / n:.0f} |")


def bench_run(folder: Path, runs: int) -> None:
    """Steps that do nothing, with durable records, in process."""
    rows = []
    for n in (10, 100, 1000):
        commands = [
            run_command("ours", n, folder),
            run_command("ours", n, folder, "chunked-fs"),
            run_command("published", n, folder),
        ]
        rows.append((f"{n} steps", compare(commands, runs=runs, limit=60)))
    table("Run steps that do nothing, whole process", rows, "ours")


def bench_linear(folder: Path, runs: int) -> None:
    """The slope: ten times as many steps. A manifest of 10,000 steps would be larger than Kubernetes takes."""
    for title, few, make in (
        ("Run", 1000, lambda n: run_command("ours", n, folder)),
        ("Run, chunked-fs", 1000, lambda n: run_command("ours", n, folder, "chunked-fs")),
        ("Compile a chain of", 250, lambda n: compile_command("ours", "chain", n, folder)),
    ):
        medians = {n: next(iter(compare([make(n)], runs=runs).values())).median for n in (few, 10 * few)}
        slope = (medians[10 * few] - medians[few]) / (9 * few) * 1000
        print(
            f"\n{title} {few:,}: {medians[few]:.2f} s; {10 * few:,}: {medians[10 * few]:.2f} s; {slope:.3f} ms a step"
        )


def bench_start(folder: Path, runs: int) -> None:
    """Importing the package, and starting the entrypoint up to the user's function."""
    (folder / "steps.py").write_text("def nothing():\n    pass\n")
    environment = {"PYTHONPATH": OURS_PATH}
    spec = '{"name":"a","python":"steps:nothing"}'
    entry = ["--protocol", "1", "--spec", spec, "--inputs", "", "--outputs", str(folder / "out.json")]
    ours, published = interpreter("ours"), interpreter("published")
    commands = [
        Command("python -c pass", [ours, "-c", "pass"], folder, environment),
        Command("import runnable", [ours, "-c", "import runnable"], folder, environment),
        Command("import runnable (published)", [published, "-c", "import runnable"], folder),
        Command("entrypoint", [ours, "-m", "runnable_runtime", *entry], folder, environment),
    ]
    found = compare(commands, runs=max(runs, 11))
    base = found["python -c pass"].median
    print("\n### Start\n\n| | whole process | beyond `python -c pass` |\n| --- | --- | --- |")
    for key, timing in found.items():
        extra = "" if timing.problem else f"{(timing.median - base) * 1000:.0f} ms"
        print(f"| {key} | {timing} | {extra} |")


BENCHMARKS: dict[str, Callable[[Path, int], None]] = {
    "start": bench_start,
    "compile": bench_compile,
    "run": bench_run,
    "linear": bench_linear,
}


def main() -> None:
    """Run the benchmarks that the command line names."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--only", default=",".join(BENCHMARKS), help="a comma-separated list")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name in options.only.split(","):
            BENCHMARKS[name](Path(folder), options.runs)


if __name__ == "__main__":
    main()
