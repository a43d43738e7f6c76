"""What the displays have in common: how things are worded, and writing to streams that may be closed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping

from runnable.diagnostics.terminal import harmless
from runnable.execution.capture import StreamName, flush
from runnable_runtime.records.records import COMPOSITES, AttemptRecord, Kind, RunRecord, Status, StepRecord

_COUNTED = (Status.SUCCEEDED, Status.FAILED, Status.INTERRUPTED, Status.SKIPPED, Status.CREATED)
OPEN = (Kind.MAP, Kind.LOOP)
"""Composites whose tasks are not known before they begin."""
STATUS_WIDTH = max(len(status) for status in Status)
STYLES: Mapping[str, str] = {
    Status.SUCCEEDED: "green",
    Status.FAILED: "bold red",
    Status.INTERRUPTED: "yellow",
    Status.SKIPPED: "dim",
    Status.RUNNING: "cyan",
    Status.CREATED: "dim",
}
"""How the status of a step looks, in the words of rich; "started" and "cached" are not among them."""


def duration(seconds: float) -> str:
    """Such as ``0.05 s``, ``12.3 s``, ``2 min 05 s`` or ``1 h 02 min``."""
    if seconds < 10:
        return f"{seconds:.2f} s"
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes} min {rest:02} s" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"


def attempt_suffix(attempt: int, attempts: int) -> str:
    """Which attempt it is, where that is worth saying."""
    return f"  attempt {attempt} of {attempts}" if attempts > 1 else ""


def shown_status(step: StepRecord) -> str:
    """The status of a step; "cached" if it took what an earlier run had returned, in place of running."""
    last = step.attempts[-1] if step.attempts else None
    return shown_attempt(last) if last and last.status is step.status else str(step.status)


def shown_attempt(attempt: AttemptRecord) -> str:
    """The status of an attempt; "cached" if it took what an earlier run had returned, in place of running."""
    return "cached" if attempt.reused and attempt.status is Status.SUCCEEDED else str(attempt.status)


def shortened(text: str, most: int) -> str:
    """`text` with its middle left out, if it is longer than `most` characters."""
    if len(text) <= most:
        return text
    end = most // 3
    return f"{text[: most - end - 1]}…{text[len(text) - end :]}" if most > 1 else text[:most]


def indented(text: str, margin: str) -> str:
    """`text` with every line after `margin`."""
    return "\n".join(margin + line for line in harmless(text).rstrip("\n").split("\n"))


def heading(record: RunRecord) -> str:
    """The line that begins a run."""
    steps = sum(step.kind not in COMPOSITES for step in record.steps.values())
    more = " and those of its maps and loops" if any(step.kind in OPEN for step in record.steps.values()) else ""
    return f"run {record.run_id}: {record.pipeline}, {steps} {'task' if steps == 1 else 'tasks'}{more}"


def conclusion(record: RunRecord) -> str:
    """The line that ends a run: status, id, tasks by status, duration, and where the record is."""
    counts = Counter(step.status for step in record.steps.values() if step.kind not in COMPOSITES)
    names = {Status.CREATED: "not started"}
    listed = ", ".join(f"{counts[s]} {names.get(s, s)}" for s in _COUNTED if counts[s])
    took = duration(record.seconds)
    where = f"; record in {shown_folder(record.folder)}" if record.folder else ""
    return f"run {record.run_id} {record.status}: {listed} in {took}{where}"


def shown_folder(folder: str) -> str:
    """`folder` relative to the working folder, where it lies below it."""
    from pathlib import Path

    try:
        return str(Path(folder).relative_to(Path.cwd()))
    except (ValueError, OSError):
        return folder


def emit(stream: StreamName, text: str) -> None:
    """Write `text` to a standard stream, with what its encoding lacks replaced; a stream that is gone is left alone."""
    target = sys.stdout if stream == "stdout" else sys.stderr
    if target is None:
        return
    try:
        try:
            target.write(text)
        except UnicodeEncodeError:
            encoding = target.encoding or "ascii"
            target.write(text.encode(encoding, "backslashreplace").decode(encoding))
    except (OSError, ValueError):
        return
    flush(target)
