"""Checks that no parameter replaces an environment variable that a shell command depends on.

Needs: `Analyzed`. Leaves: diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.dataflow import ReplacesVariable
from runnable.ir.nodes import ShellCommand
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed
from runnable_runtime.process.environment import steers


def check_variables(analyzed: Analyzed) -> Iterator[ReplacesVariable]:
    """A diagnostic for each parameter that a command would get as a variable that it depends on."""
    for path, task in tasks(analyzed.program.graph):
        if not isinstance(task.action, ShellCommand):
            continue
        arguments = (one.name for one in task.arguments)
        for name in dict.fromkeys((*analyzed.flow.reaching.get(path, {}), *arguments)):
            secret = name in task.options.secrets
            if secret or steers(name):
                yield ReplacesVariable(span=task.span, step=task.name, parameter=name, secret=secret)
