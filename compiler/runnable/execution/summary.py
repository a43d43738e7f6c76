"""The summary of a failed run, in a few lines."""

from __future__ import annotations

from runnable.execution.progress.text import shown_folder
from runnable_runtime.records.records import RunRecord, Status, StepRecord

_MAX_SHOWN = 5


def summary(record: RunRecord) -> str:
    """Which steps of a failed run failed, why, and where their logs and the record are."""
    lines = [f"error: the run {record.run_id} {record.status}: {record.message}"]
    failed = _causes(record)
    for step in failed[:_MAX_SHOWN]:
        lines += _about(step, record.folder)
    if len(failed) > _MAX_SHOWN:
        lines.append(f" = note: {len(failed) - _MAX_SHOWN} more steps failed")
    if record.folder:
        lines.append(f" = note: the record is in {shown_folder(record.folder)}")
    return "\n".join(lines)


def _causes(record: RunRecord) -> list[StepRecord]:
    """The failed steps that say why: those without a failed member, and not within something that went well again."""
    failed = {step.path: step for step in record.steps.values() if step.status is Status.FAILED}
    passing_on = {path.rpartition(".")[0] for path in failed}
    return [s for path, s in failed.items() if path not in passing_on and not _handled(path, record)]


def _handled(path: str, record: RunRecord) -> bool:
    """Whether a step around the one at `path` has succeeded, its failure having been handled."""
    around = path.rpartition(".")[0]
    while around:
        if around in record.steps and record.steps[around].status is Status.SUCCEEDED:
            return True
        around = around.rpartition(".")[0]
    return False


def _about(step: StepRecord, folder: str) -> list[str]:
    attempts = f" after {len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
    lines = [f"  {step.path}: {step.message}{attempts}"]
    log = step.attempts[-1].log if step.attempts else None
    if log and folder:
        lines.append(f"    log: {shown_folder(f'{folder}/{log}')}")
    return lines
