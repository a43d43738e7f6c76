"""Reading a `semaphore`, and the locks of a pipeline."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runnable.configuration.kubernetes_names import OBJECT_NAME
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Locks
from runnable.ir.options import DECLARATIONS, Limit, Pairs
from runnable.sdk.describe import shown
from runnable.sdk.pipeline import Pipeline


def read_limit(value: Any, largest: int, bad: Callable[[str], None]) -> Pairs:
    """See `Limit`; nothing for a mistake, which is noted."""
    if not isinstance(value, Mapping) or len(value) != 1:
        bad(f'is a mapping of one name to a number, such as {{"licences": 3}}, not {shown(value)}')
        return ()
    ((name, limit),) = value.items()
    if not OBJECT_NAME.takes(name):
        bad(f"has the name {shown(name)}, which should be {OBJECT_NAME.words}")
        return ()
    if not isinstance(limit, int) or isinstance(limit, bool) or not 1 <= limit <= largest:
        bad(f"{name!r} is a whole number from 1 to {largest}, not {shown(limit)}")
        return ()
    return ((name, str(limit)),)


def read_locks(pipeline: Pipeline, problems: list[Diagnostic]) -> Locks:
    """The locks of a whole pipeline; mistakes are added to `problems`."""
    mutex: Any = pipeline.mutex
    semaphore: Any = pipeline.semaphore
    if mutex is not None and not OBJECT_NAME.takes(mutex):
        problems.append(_bad(pipeline, "mutex", f"is {OBJECT_NAME.words}, not {shown(mutex)}"))
        mutex = None
    kind = DECLARATIONS["semaphore"].kind
    assert isinstance(kind, Limit)

    def bad(reason: str) -> None:
        problems.append(_bad(pipeline, "semaphore", reason))

    return Locks(mutex, read_limit(semaphore, kind.largest, bad) if semaphore else ())


def refuse_locks(branch: Pipeline, problems: list[Diagnostic]) -> None:
    """Add to `problems` that a branch has locks, if it does."""
    for option, given in (("mutex", branch.mutex), ("semaphore", branch.semaphore)):
        if given:
            reason = "is for the outermost pipeline, and this is a branch: give it to a task"
            problems.append(_bad(branch, option, reason))


def _bad(pipeline: Pipeline, option: str, reason: str) -> BadOption:
    return BadOption(span=pipeline.span, owner="Pipeline", option=option, reason=reason)
