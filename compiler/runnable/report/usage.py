"""What a run used and where it comes from, as names with texts; what is not recorded is not said."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.report.wording import duration, size
from runnable_runtime.process.usage import ContainerUsage
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import AttemptRecord, RunRecord

Said = Iterator[tuple[str, str]]

_WAITED = 0.05
"""Seconds of waiting that are worth saying."""
_COMMIT, _DIGEST = 12, 19
"""Characters of a commit, and of a digest with its "sha256:", that people tell one from another by."""


def origin(one: Origin | None) -> Said:
    """Who began the session, how, of which commit and with which version of this package."""
    if one is None:
        return
    if who := " on ".join(filter(None, (one.user, one.host))):
        yield "by", who
    if one.command:
        yield "command", one.command
    if one.commit:
        state = {True: ", with changes", False: "", None: ""}[one.dirty]
        yield "commit", f"{one.commit[:_COMMIT]}{state}"
    if one.version:
        yield "runnable", one.version


def totals(record: RunRecord) -> Said:
    """The most memory that an attempt used, and the processor time of all of them."""
    used = [attempt.used for step in record.steps.values() for attempt in step.attempts if attempt.used]
    memory = [one.memory for one in used if one.memory is not None]
    if memory:
        yield "most memory of a task", size(max(memory))
    seconds = [one.cpu for one in used if one.cpu is not None]
    if seconds:
        yield "processor time", duration(sum(seconds) * 1000)


def of_attempt(attempt: AttemptRecord) -> Said:
    """How long an attempt waited, what it used, and where it ran."""
    if attempt.waited is not None and attempt.waited >= _WAITED:
        of_pod = attempt.machine is not None and attempt.machine.pod
        yield "waited", f"{duration(attempt.waited * 1000)}, for {'its pod' if of_pod else 'a worker or a lock'}"
    if (used := attempt.used) is not None:
        if used.memory is not None:
            before = f", {size(used.memory_before)} before it began" if used.memory_before else ""
            yield "most memory", f"{size(used.memory)}{before}"
        if used.cpu is not None:
            yield "processor", duration(used.cpu * 1000)
        if used.container is not None:
            yield "container", ", ".join(_container(used.container))
    if attempt.machine is not None:
        yield from _machine(attempt.machine)


def _container(used: ContainerUsage) -> Iterator[str]:
    if used.memory is not None:
        limit = f" of {size(used.memory_limit)}" if used.memory_limit is not None else ""
        yield f"most memory {size(used.memory)}{limit}"
    if used.cpu is not None:
        yield f"processor {duration(used.cpu * 1000)}"
    if used.throttled:
        yield f"held back by its limit for {duration(used.throttled * 1000)}"


def _machine(machine: Machine) -> Said:
    digest = f" ({machine.digest[:_DIGEST]})" if machine.digest else ""
    for name, value in (
        ("pod", machine.pod),
        ("node", machine.node),
        ("host", machine.host),
        ("image", machine.image and f"{machine.image}{digest}"),
    ):
        if value:
            yield name, value
