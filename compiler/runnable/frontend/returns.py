"""From what a user writes for a task's returns to the IR's."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Protocol

from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.sdk.describe import shown
from runnable.sdk.pipeline import Pipeline, Step
from runnable.sdk.returns import TaskReturns
from runnable.sdk.tasks import BaseTask, ContainerTask, ShellTask
from runnable_runtime.protocol import ReturnKind, ReturnSpec
from runnable_runtime.values.annotations import is_opaque, says_nothing
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.returns import split_annotation


class Bad(Protocol):
    """Notes a mistake in an option."""

    def __call__(self, owner: str, option: str, reason: str, where: Step | Pipeline, instead: str = "") -> None:
        """`owner` is what has the option, `where` stands where it was written, `instead` is what to write."""
        ...


def noting(problems: list[Diagnostic]) -> Bad:
    """What adds mistakes in options to `problems`."""

    def bad(owner: str, option: str, reason: str, where: Step | Pipeline, instead: str = "") -> None:
        problems.append(BadOption(span=where.span, owner=owner, option=option, reason=reason, instead=instead))

    return bad


def is_name(name: object) -> bool:
    """Whether it is the name of a parameter: letters, digits and _."""
    return isinstance(name, str) and name.isidentifier() and name.isascii()


def read_returns(step: BaseTask, bad: Bad, annotation: object = NotWritten) -> tuple[ReturnSpec, ...]:
    """The returns of `step` in the IR's form; each mistake goes to `bad`. `annotation`: what its function returns."""
    owner = f"step {step.name!r}"
    written: Any = step.returns
    if isinstance(written, str) or not hasattr(written, "__iter__"):
        instead = f"returns=[{written!r}]" if isinstance(written, str) else ""
        bad(owner, "returns", f"is a list of names, not {shown(written)}", step, instead)
        return ()
    found: list[ReturnSpec] = []
    written = list(written)
    for item, promised in zip(written, split_annotation(annotation, len(written) or 1), strict=False):
        declared: Any = TaskReturns(item) if isinstance(item, str) else item
        if not isinstance(declared, TaskReturns):
            reason = f"holds {shown(item)}, which is neither a name nor json(...), metric(...) or pickled(...)"
            bad(owner, "returns", reason, step)
        elif not is_name(declared.name):
            bad(owner, "returns", f"{declared.name!r} is not a name: letters, digits and _", step)
        elif declared.kind == "object" and isinstance(step, ShellTask | ContainerTask):
            has = "a shell has" if isinstance(step, ShellTask) else "the file of a program has"
            bad(owner, "returns", f"{declared.name!r} cannot be pickled: {has} text, and no objects", step)
        elif any(declared.name == other.name for other in found):
            bad(owner, "returns", f"has {declared.name!r} twice", step)
        else:
            open_to = isinstance(item, str) or declared.kind == "auto"
            found.append(ReturnSpec(declared.name, _kind(declared, promised, step) if open_to else declared.kind))
    return _shared(tuple(found))


@lru_cache
def _shared(returns: tuple[ReturnSpec, ...]) -> tuple[ReturnSpec, ...]:
    """The same tuple for equal ones: of very many steps, most return the same names."""
    return returns


def _kind(declared: TaskReturns, annotation: object, step: BaseTask) -> ReturnKind:
    """The kind of a return that leaves it open."""
    if is_opaque(annotation):
        return "object"
    if declared.kind == "auto" and (isinstance(step, ShellTask | ContainerTask) or not says_nothing(annotation)):
        return "json"
    return declared.kind


def titled(step: Step) -> str:
    """A composite in messages: its class and its name."""
    return f"{type(step).__name__} {step.name!r}"
