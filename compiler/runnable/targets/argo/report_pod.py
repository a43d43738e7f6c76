"""The run's report as an artifact: a pod that runs after the workflow makes it of what the other pods have recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.ir.at_exit import REPORT, STATUS
from runnable.ir.nodes import Graph, Program, Reads, ShellCommand, Task
from runnable.targets.argo.settings import AT
from runnable_runtime.protocol import ARTIFACTS_FOLDER

if TYPE_CHECKING:
    from runnable.targets.argo.settings import Settings

FILE = "report.html"


def with_report(program: Program, settings: Settings) -> Program:
    """`program` with a step after it that writes its report, if the configuration asks for one.

    Raises ConfigurationError where pods record nothing that it could be made of.
    """
    keys = settings.keys.artifacts
    if keys is None or not keys.report:
        return program
    if settings.run_log is None:
        reason = "pods record nothing that a report could be made of: name a `run-log-store` that they reach"
        raise Configuration(settings.file).invalid(f"{AT}.artifacts.report", reason)
    command = f'python -m runnable report "$RUNNABLE_RUN_ID" --in-pod "${STATUS}" -o {ARTIFACTS_FOLDER}/{FILE}'
    task = Task(REPORT, ShellCommand(command), Reads((STATUS,)))
    graph = program.at_exit or Graph("", ())
    return replace(program, at_exit=replace(graph, nodes=(*graph.nodes, task)))
