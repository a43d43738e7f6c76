"""Checks that the locks of a pipeline and its steps can be had.

Needs: `Analyzed`. Leaves: diagnostics.
"""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes.resources import LimitsDiffer, LockHeldAround
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.walk import tasks
from runnable.passes.analysis.analyzed import Analyzed


def check_locks(analyzed: Analyzed) -> Iterator[Diagnostic]:
    """Diagnostics of mutexes and semaphores."""
    program = analyzed.program
    around = program.locks
    limits = dict(around.semaphore)
    for _, task in tasks(program.graph):
        mutex = task.options.mutex
        if mutex is not None and mutex == around.mutex:
            yield LockHeldAround(span=task.span, step=task.name, kind="mutex", lock=mutex)
        for name, limit in task.options.semaphore:
            if name in dict(around.semaphore):
                yield LockHeldAround(span=task.span, step=task.name, kind="semaphore", lock=name)
            if (first := limits.setdefault(name, limit)) != limit:
                yield LimitsDiffer(span=task.span, lock=name, first=first, other=limit)
