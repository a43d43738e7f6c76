"""Timing commands as whole processes, in turn, so that a drift of the machine meets all of them alike."""

from __future__ import annotations

import os
import resource
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from runnable_runtime.process.leftovers import adopt_orphans


@dataclass(frozen=True)
class Command:
    """A process to time: `key` tells it from the others."""

    key: str
    arguments: Sequence[str]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Timing:
    """Wall and processor seconds of each counted run; `problem` if it failed or ran over the limit."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    problem: str = ""

    @property
    def median(self) -> float:
        """Median wall seconds."""
        return statistics.median(self.wall)

    def __str__(self) -> str:
        if self.problem:
            return self.problem
        return f"{self.median:.3f} s ({min(self.wall):.3f} to {max(self.wall):.3f})"


def compare(commands: Sequence[Command], *, runs: int = 5, limit: float = 120) -> dict[str, Timing]:
    """Run each command `runs` times after one that is not counted, A B C A B C …; seconds by key.

    A command that fails, or takes longer than `limit` seconds, is left out from then on.
    """
    found = {command.key: Timing() for command in commands}
    for counted in range(-1, runs):
        for command in commands:
            timing = found[command.key]
            if timing.problem:
                continue
            wall, cpu, problem = _once(command, limit)
            if problem:
                timing.problem = problem
            elif counted >= 0:
                timing.wall.append(wall)
                timing.cpu.append(cpu)
    return found


def _environment() -> dict[str, str]:
    """The environment, but for what would keep Python from caching bytecode: nobody's users run it that way."""
    return {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}


def _once(command: Command, limit: float) -> tuple[float, float, str]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.perf_counter()
    try:
        ended = subprocess.run(
            list(command.arguments),
            cwd=command.folder,
            env={**_environment(), **command.environment},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            timeout=limit,
        )
    except subprocess.TimeoutExpired:
        return 0, 0, f"over {limit:.0f} s"
    wall = time.perf_counter() - start
    _wait_for_adopted()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    if ended.returncode:
        last = (ended.stderr.strip().splitlines() or ["no message"])[-1]
        return 0, 0, f"fails: {last[:60]}"
    return wall, cpu, ""


_COUNTING: set[int] = set()
"""This process's number, if it counts orphans."""


def count_orphans() -> None:
    """Count the time of what a command leaves behind too, such as workers, which are of nobody once their run is over.

    All children of this process are waited for, so that it must have none of its own.
    """
    adopt_orphans()
    _COUNTING.add(os.getpid())


def _wait_for_adopted() -> None:
    with suppress(ChildProcessError):
        while os.getpid() in _COUNTING:
            os.waitpid(-1, 0)
