"""What the attempts at each step of a pipeline used, over several recorded runs. Items and iterations are one step."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from runnable_runtime.deferred import dataclass
from runnable_runtime.records.edges import general_paths
from runnable_runtime.records.records import AttemptRecord, RunRecord, Status
from runnable_runtime.records.times import seconds_between

_KILLED = ("SIGKILL", "memory was exhausted", "OOMKilled")
"""What the messages of attempts have that were killed, which mostly is for want of memory."""
_SHORTEST = 0.1
"""Seconds that an attempt has to have taken, for the processors that it used to be a figure."""


@dataclass(slots=True)
class Peaks:
    """What was recorded of one step. Memory is in bytes, processors are cores in use on average.

    `memory` has the peaks of containers where these are known, which is what a limit counts, else those of processes.
    `of_containers` counts the former. `limits` are those that containers had. `killed` has what attempts had that were
    killed: they would have taken more.
    """

    memory: list[int] = field(default_factory=list)
    processors: list[float] = field(default_factory=list)
    limits: list[int] = field(default_factory=list)
    killed: list[int] = field(default_factory=list)
    attempts: int = 0
    of_containers: int = 0

    def add(self, attempt: AttemptRecord) -> None:
        """Take an attempt into account, if something of it is known."""
        used = attempt.used
        if used is None:
            return
        self.attempts += 1
        container = used.container
        memory = used.memory
        if container is not None:
            if container.memory is not None:
                memory = container.memory
                self.of_containers += 1
            if container.memory_limit is not None:
                self.limits.append(container.memory_limit)
        if memory is not None:
            self.memory.append(memory)
            if attempt.status is Status.FAILED and any(words in attempt.message for words in _KILLED):
                self.killed.append(memory)
        seconds = seconds_between(attempt.started, attempt.ended)
        cpu = used.cpu if container is None or container.cpu is None else container.cpu
        if cpu is not None and seconds >= _SHORTEST:
            self.processors.append(cpu / seconds)


def peaks(records: Iterable[RunRecord]) -> dict[str, Peaks]:
    """By path of the step, with `*` for numbers of items and iterations, in the order of the first run that has it."""
    found: dict[str, Peaks] = {}
    for record in records:
        general = general_paths(record)
        for path, step in record.steps.items():
            for attempt in step.attempts:
                found.setdefault(general[path], Peaks()).add(attempt)
    return {path: one for path, one in found.items() if one.attempts}
