"""What a run used and where it comes from, as text for people. A MB is a million bytes."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.execution.progress.text import duration
from runnable_runtime import __version__
from runnable_runtime.process.usage import ContainerUsage, Usage
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import AttemptRecord, RunRecord

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_WAITED = 0.05
"""Seconds of waiting that are worth a line."""
_SAME = 1_000_000
"""Bytes of more memory that are nothing."""
_COMMIT, _DIGEST = 12, 19
"""Characters of a commit, and of a digest with its "sha256:", that people tell one from another by."""


def size(number: int) -> str:
    """A number of bytes, to three digits: ``231 MB``."""
    amount, unit = float(number), 0
    while amount >= 999.5 and unit < len(_UNITS) - 1:
        amount, unit = amount / 1000, unit + 1
    digits = 0 if unit == 0 or amount >= 99.95 else 1 if amount >= 9.995 else 2
    return f"{amount:.{digits}f} {_UNITS[unit]}"


def origin_lines(origin: Origin | None) -> Iterator[str]:
    """Who began the session, how, and of which commit; with which version of this package, if it was another one."""
    if origin is None:
        return
    who = " ".join([*([f"by {origin.user}"] if origin.user else []), *([f"on {origin.host}"] if origin.host else [])])
    if who or origin.command:
        yield f"started {who or 'by somebody'}{f': {origin.command}' if origin.command else ''}"
    if origin.version not in ("", __version__):
        yield f"with runnable {origin.version}"
    if origin.commit:
        state = {True: ", with changes", False: ", without changes", None: ""}[origin.dirty]
        yield f"commit {origin.commit[:_COMMIT]}{state}"


def totals(record: RunRecord) -> Iterator[str]:
    """The most memory that a step used, and the processor time of all attempts."""
    used = [(a.used, path) for path, step in record.steps.items() for a in step.attempts if a.used]
    parts = []
    if memory := [(one.memory, path) for one, path in used if one.memory is not None]:
        most, path = max(memory)
        parts.append(f"memory: at most {size(most)}, in {path}")
    if seconds := [one.cpu for one, _ in used if one.cpu is not None]:
        parts.append(f"processor: {duration(sum(seconds))} in all")
    if parts:
        yield "; ".join(parts)


def attempt_lines(attempt: AttemptRecord) -> Iterator[str]:
    """How long an attempt waited, what it used, and where it ran."""
    if attempt.waited is not None and attempt.waited >= _WAITED:
        yield f"waited {duration(attempt.waited)} for a worker or a lock"
    if attempt.used is not None:
        yield from _usage(attempt.used)
    if attempt.machine is not None:
        yield from _machine(attempt.machine)


def _usage(used: Usage) -> Iterator[str]:
    if used.memory is not None:
        yield f"memory: at most {size(used.memory)}{_compared(used.memory, used.memory_before)}"
    if used.cpu is not None:
        yield f"processor: {duration(used.cpu)}"
    if used.container is not None:
        yield f"container: {', '.join(_container(used.container))}"


def _compared(memory: int, before: int | None) -> str:
    if before is None:
        return ""
    if before == 0:
        return ", in a process that it started"
    more = memory - before
    return f", {size(more)} more than when it began" if more >= _SAME else ", no more than when it began"


def _container(used: ContainerUsage) -> Iterator[str]:
    limit = f" of {size(used.memory_limit)}" if used.memory_limit is not None else ""
    if used.memory is not None:
        yield f"at most {size(used.memory)}{limit} of memory"
    if used.cpu is not None:
        yield f"{duration(used.cpu)} of processor time"
    if used.throttled:
        yield f"{duration(used.throttled)} held back by its limit"


def _machine(machine: Machine) -> Iterator[str]:
    parts = [("pod", machine.pod), ("node", machine.node), ("host", machine.host)]
    if places := [f"{what} {name}" for what, name in parts if name]:
        yield f"ran on {', '.join(places)}"
    if machine.image:
        yield f"image: {machine.image}{f' ({machine.digest[:_DIGEST]})' if machine.digest else ''}"
