"""A failed run in a few lines."""

from __future__ import annotations

from pathlib import Path

from runnable.execution.progress.text import shown_folder
from runnable.execution.records import COMPOSITES, RunRecord, Status, StepRecord

_MOST = 5


def summary(record: RunRecord) -> str:
    """Which steps of a failed run failed, why, and where their logs and the record are."""
    lines = [f"error: the run {record.run_id} {record.status}: {record.message}"]
    failed = [step for step in record.steps.values() if step.status is Status.FAILED and step.kind not in COMPOSITES]
    for step in failed[:_MOST]:
        lines += _about(step, record.folder)
    if len(failed) > _MOST:
        lines.append(f" = note: {len(failed) - _MOST} more steps failed")
    if record.folder:
        lines.append(f" = note: the record is in {shown_folder(record.folder)}")
    return "\n".join(lines)


def _about(step: StepRecord, folder: str) -> list[str]:
    attempts = f" after {len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
    lines = [f"  {step.path}: {step.message}{attempts}"]
    log = step.attempts[-1].log if step.attempts else None
    if log and folder:
        lines.append(f"    log: {shown_folder(str(Path(folder) / log))}")
    return lines
