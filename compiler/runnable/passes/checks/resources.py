"""Checks that the resources of a task can be what it says when it starts.

Needs: `Analyzed`. Leaves: diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.configuration.quantities import is_quantity
from runnable.diagnostics.codes.resources import AmountNotAQuantity, GrowsWithoutRetry
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.amounts import amounts
from runnable.ir.nodes import Task
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed


def check_resources(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of amounts that are more than a quantity."""
    for path, task in tasks(analyzed.program.graph):
        for where, amount in amounts(task.options.resources).items():
            if amount.grows and not task.options.retry:
                yield GrowsWithoutRetry(span=task.span, step=task.name, where=where, amount=amount.encode())
            if amount.parameter:
                yield from _of_parameter(analyzed, path, task, where, amount.parameter)


def _of_parameter(analyzed: Analyzed, path: str, task: Task, where: str, name: str) -> Iterator[Diagnostic]:
    """A diagnostic if a parameter of the pipeline, and nothing else, is the amount, and its value is no quantity."""
    reaching = analyzed.flow.reaching[path].get(name)
    if reaching is None or reaching.producers or reaching.outer or name not in analyzed.program.parameters:
        return
    value = analyzed.program.parameters[name]
    if not is_quantity(value):
        yield AmountNotAQuantity(span=task.span, step=task.name, where=where, parameter=name, found=repr(value))
