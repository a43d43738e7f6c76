"""Measure, and print Markdown tables. `python -m benchmarks [--runs N] [--only start,compile,...]`."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import pairwise
from pathlib import Path

import yaml

from benchmarks.cluster import bench_cluster
from benchmarks.commands import OURS_PATH, ROOT, compile_command, entrypoint_command, run_command
from benchmarks.containers import bench_containers
from benchmarks.data import bench_data
from benchmarks.environments import interpreter
from benchmarks.measure import Command, Timing, compare
from benchmarks.notebooks import bench_notebooks
from benchmarks.pipelines import write
from benchmarks.pods import bench_pods
from benchmarks.pool import bench_pool
from benchmarks.shared import bench_shared

COMPILED = (1000, 2000, 5000, 10_000)
STORED = (1250, 2500, 5000, 10_000)


def unlimited_command(shape: str, n: int, folder: Path) -> Command:
    """Check and compile the pipeline, however large."""
    file = write(folder / f"unlimited-{shape}-{n}", "ours", shape, n)
    path = os.pathsep.join([OURS_PATH, str(ROOT)])
    return Command(
        "ours", [interpreter("ours"), "-m", "benchmarks.unlimited", file.name], file.parent, {"PYTHONPATH": path}
    )


def check_command(shape: str, n: int, folder: Path) -> Command:
    """Check the pipeline without compiling it."""
    file = write(folder / f"check-{shape}-{n}", "ours", shape, n)
    arguments = [interpreter("ours"), "-m", "runnable.cli", "check", file.name]
    return Command("ours, check", arguments, file.parent, {"PYTHONPATH": OURS_PATH})


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


def bench_mixed(folder: Path, runs: int) -> None:
    """1,000 tasks with 50 composites, checked and compiled, against hera's chain of 1,000 tasks."""
    mixed = replace(compile_command("ours", "mixed", 1000, folder), key="ours, compile")
    commands = [check_command("mixed", 1000, folder), mixed, compile_command("hera", "chain", 1000, folder)]
    rows = [("1,000 tasks", compare(commands, runs=runs))]
    table("1,000 tasks with 50 composites against hera's chain of 1,000, whole process", rows, "hera")


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
    """The slope: more and more steps, and what each step more takes."""
    rows: list[tuple[str, tuple[int, ...], Callable[[int], Command]]] = [
        ("Check and compile a chain", COMPILED, lambda n: unlimited_command("chain", n, folder)),
        ("Check and compile a mixture", COMPILED, lambda n: unlimited_command("mixed", n, folder)),
    ]
    for shape, title in (("noop", "Run steps"), ("map", "Run a Map's items"), ("loop", "Run a Loop's iterations")):
        for store in ("", "chunked-fs"):
            make = partial(_run, folder=folder, store=store, shape=shape)
            rows.append((f"{title}, {store or 'file-system'}", (1000, 10_000), make))
    print("\n### What a step more takes\n\n| | steps | seconds | ms a step more |\n| --- | --- | --- | --- |")
    for title, sizes, command in rows:
        medians = [next(iter(compare([command(n)], runs=runs).values())).median for n in sizes]
        slopes = [(b - a) / (m - n) * 1000 for (n, a), (m, b) in pairwise(zip(sizes, medians, strict=True))]
        shown = (", ".join(f"{n:,}" for n in sizes), ", ".join(f"{m:.2f}" for m in medians))
        print(f"| {title} | {' | '.join(shown)} | {', '.join(f'{s:.2f}' for s in slopes)} |", flush=True)


def _run(n: int, *, folder: Path, store: str, shape: str) -> Command:
    return run_command("ours", n, folder, store, shape)


def bench_store(folder: Path, runs: int) -> None:
    """Items of a Map whose results, and records, go to a bucket of the server that AWS_ENDPOINT_URL names."""
    endpoint, bucket = os.environ.get("AWS_ENDPOINT_URL"), os.environ.get("RUNNABLE_BENCH_BUCKET", "runnable-bench")
    if not endpoint:
        print("\nAWS_ENDPOINT_URL names no S3 server: `store` is left out")
        return
    print("\n### A Map's items through a bucket\n\n| items | seconds | ms an item more |\n| --- | --- | --- |")
    before, items = 0.0, 0
    for n in STORED:
        timing = next(iter(compare([_store_command(n, folder, bucket, endpoint)], runs=runs, limit=3600).values()))
        if timing.problem:
            print(f"| {n:,} | {timing} | |", flush=True)
            return
        print(f"| {n:,} | {timing} | {(timing.median - before) / (n - items) * 1000:.2f} |", flush=True)
        before, items = timing.median, n


def _store_command(n: int, folder: Path, bucket: str, endpoint: str) -> Command:
    file = write(folder / f"store-{n}", "ours", "pickled", n)
    prefix = f"{bucket}/{os.urandom(4).hex()}"
    sections = {
        "run-log-store": {"type": "chunked-s3", "config": {"bucket": f"{prefix}/runs", "endpoint_url": endpoint}},
        "catalog": {"type": "s3", "config": {"bucket": f"{prefix}/data", "endpoint_url": endpoint}},
    }
    (file.parent / "bucket.yaml").write_text(yaml.safe_dump(sections))
    environment = {"PYTHONPATH": OURS_PATH, "RUNNABLE_CONFIGURATION_FILE": "bucket.yaml"}
    return Command(f"{n}", [interpreter("ours"), file.name], file.parent, environment)


def bench_start(folder: Path, runs: int) -> None:
    """Importing the package, and starting the entrypoint up to the user's function."""
    environment = {"PYTHONPATH": OURS_PATH}
    ours, published = interpreter("ours"), interpreter("published")
    commands = [
        Command("python -c pass", [ours, "-c", "pass"], folder, environment),
        Command("import runnable", [ours, "-c", "import runnable"], folder, environment),
        Command("import runnable (published)", [published, "-c", "import runnable"], folder),
        entrypoint_command(folder),
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
    "mixed": bench_mixed,
    "run": bench_run,
    "linear": bench_linear,
    "store": bench_store,
    "containers": lambda folder, runs: bench_containers(folder, runs, OURS_PATH),
    "shared": lambda folder, runs: bench_shared(folder, runs, OURS_PATH),
    "pool": lambda folder, runs: bench_pool(folder, runs, OURS_PATH),
    "notebooks": lambda folder, runs: bench_notebooks(folder, runs, OURS_PATH),
    "data": lambda folder, runs: bench_data(folder, runs, OURS_PATH),
    "pods": lambda folder, runs: bench_pods(folder, runs, OURS_PATH),
    "cluster": lambda folder, runs: bench_cluster(folder, runs, OURS_PATH),
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
