"""Ratios to peers over time: `python -m benchmarks.ratios` measures them, `--keep` notes them with the commit.

`--check` measures the quick ones and fails if one is more than LIMIT times what was kept last. Ratios of processor time
within one run are compared, never seconds: neither a slower machine nor a busy one is a change of ours.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from benchmarks.commands import OURS_PATH, ROOT, compile_command, entrypoint_command, run_command
from benchmarks.environments import interpreter
from benchmarks.measure import Command, compare, count_orphans
from benchmarks.pipelines import HERA_CHAIN, write
from benchmarks.pool import pool_commands, write_project

KEPT = ROOT / "benchmarks" / "ratios.jsonl"
LIMIT = 1.25


@dataclass(frozen=True)
class Figure:
    """What is measured, ours and a peer's; the name has both. What is short is run several `times` as often."""

    name: str
    ours: Command
    peer: Command
    times: int = 1


@dataclass(frozen=True)
class Ratio:
    """Ours / the peer's: the least processor seconds of several runs, and the median of wall seconds; ours of each."""

    cpu: float
    wall: float
    ours_cpu: float
    ours_wall: float


def quick_figures(folder: Path) -> Iterator[Figure]:
    """Those that CI measures, with the files that they take below `folder`."""
    for n in (10, 100):
        yield Figure(f"compile a chain of {n} / hera", *_against_hera(n, folder))
    base = Command("base", [sys.executable, "-c", "import asyncio, dataclasses, json"], folder)
    importing = Command(
        "import", [sys.executable, "-c", "import runnable; runnable.Pipeline"], folder, {"PYTHONPATH": OURS_PATH}
    )
    yield Figure("import runnable / import asyncio, dataclasses", importing, base, times=4)
    yield Figure("a pod's process to the user's function / the same", entrypoint_command(folder), base, times=4)


def slow_figures(folder: Path) -> Iterator[Figure]:
    """The others, for some of which peers are installed."""
    yield Figure("compile a chain of 1,000 / hera", *_against_hera(1000, folder))
    yield Figure("compile 100 files / hera on a folder of 100", *_files(100, folder))
    yield Figure("run 10 steps / published", run_command("ours", 10, folder), run_command("published", 10, folder))
    yield from _pools(1000, folder)


def _against_hera(n: int, folder: Path) -> tuple[Command, Command]:
    """Hera is the one that we have ourselves: nothing need be installed for the quick ones."""
    hera = compile_command("hera", "chain", n, folder, python=sys.executable)
    return compile_command("ours", "chain", n, folder), hera


def _files(n: int, folder: Path) -> tuple[Command, Command]:
    ours, theirs = folder / "ours-files", folder / "hera-files"
    theirs.mkdir()
    for i in range(n):
        write(ours / f"p{i}", "ours", "chain", 10)
        (theirs / f"w{i}.py").write_text(HERA_CHAIN.replace("print(w.to_yaml())", "").format(n=10))
    words = [sys.executable, "-m", "runnable.cli", "compile", ".", "-o", "../ours-manifests"]
    hera = [interpreter("hera-cli"), "-m", "hera", "generate", "yaml", ".", "--to", "../hera-manifests"]
    return Command("ours", words, ours, {"PYTHONPATH": OURS_PATH}), Command("hera", hera, theirs)


def _pools(n: int, folder: Path) -> Iterator[Figure]:
    """A Map of short items at the same time, beside what a Python program would use."""
    place = folder / "pool"
    write_project(place, [n])
    by_key = {command.key: command for command in pool_commands(place, "sleeping", n, {"ours": OURS_PATH})}
    for peer, key in {"a process pool": "process pool", "joblib": "joblib"}.items():
        yield Figure(f"a Map of {n:,} of 1 ms / {peer}", by_key["ours"], by_key[key])


def measured(chosen: Sequence[Figure], runs: int) -> dict[str, Ratio | str]:
    """The ratio of each, or what is wrong with it, by name."""
    found: dict[str, Ratio | str] = {}
    for figure in chosen:
        timings = compare([figure.ours, figure.peer], runs=runs * figure.times)
        ours, peer = timings[figure.ours.key], timings[figure.peer.key]
        if problem := ours.problem or peer.problem:
            found[figure.name] = problem
            continue
        cpu = min(ours.cpu)  # whatever else the machine does only adds to it
        found[figure.name] = Ratio(cpu / min(peer.cpu), ours.median / peer.median, cpu, ours.median)
    return found


def kept() -> list[dict[str, Any]]:
    """What was kept, the oldest first."""
    return [json.loads(line) for line in KEPT.read_text(encoding="utf-8").splitlines()] if KEPT.exists() else []


def keep(found: dict[str, Ratio | str]) -> None:
    """Add the ratios of this commit, with its time."""
    git = ["git", "-C", str(ROOT), "log", "-1", "--format=%h %cs"]
    commit, date = subprocess.run(git, capture_output=True, text=True, check=True).stdout.split()
    ratios = {name: vars(ratio) for name, ratio in found.items() if isinstance(ratio, Ratio)}
    machine = f"Python {platform.python_version()}, {os.cpu_count()} processors, load {os.getloadavg()[0]:.1f}"
    line = {
        "commit": commit,
        "date": date,
        "measured": f"{datetime.now(UTC):%Y-%m-%d}",
        "on": machine,
        "ratios": ratios,
    }
    with KEPT.open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def worse(found: dict[str, Ratio | str]) -> list[str]:
    """What is wrong beside what was kept last of each: a sentence each."""
    last: dict[str, float] = {}
    for line in kept():
        last |= {name: ratio["cpu"] for name, ratio in line["ratios"].items()}
    lines = []
    for name, ratio in found.items():
        if isinstance(ratio, str):
            lines.append(f"{name}: {ratio}")
        elif name in last and ratio.cpu > LIMIT * last[name]:
            lines.append(f"{name}: {ratio.cpu:.2f}, more than {LIMIT} times the {last[name]:.2f} that was kept last")
    return lines


def better(one: Ratio | str, other: Ratio | str) -> Ratio | str:
    """The one that took less of the peer's time, if both have run."""
    if isinstance(one, str) or isinstance(other, str):
        return other if isinstance(one, str) else one
    return min(one, other, key=lambda ratio: ratio.cpu)


def main() -> int:
    """Measure; keep, or compare with what was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument(
        "--keep", action="store_true", help=f"add all ratios to {KEPT.name}, and make docs/benchmarks.md"
    )
    parser.add_argument("--check", action="store_true", help="the quick ones; fail if one is much worse than kept")
    options = parser.parse_args()
    count_orphans()
    with tempfile.TemporaryDirectory() as folder:
        chosen = list(quick_figures(Path(folder)))
        if not options.check:
            chosen += slow_figures(Path(folder))
        found = measured(chosen, options.runs)
        for _ in range(2 if options.check else 0):  # or something has disturbed it
            names = {line.split(": ")[0] for line in worse(found)}
            again = measured([figure for figure in chosen if figure.name in names], options.runs)
            found |= {name: better(found[name], ratio) for name, ratio in again.items()}
    for name, ratio in found.items():
        shown = (
            ratio if isinstance(ratio, str) else f"{ratio.cpu:.2f} of its processor time, {ratio.wall:.2f} of its time"
        )
        print(f"{name}: {shown}")
    if options.keep:
        keep(found)
        from benchmarks.page import write_page

        write_page(kept())
    problems = [line for line in worse(found) if options.check or ": fails" in line]
    print(*problems, sep="\n", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
