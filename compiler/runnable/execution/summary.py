"""The summary of a failed run, in a few lines, and what to do next."""

from __future__ import annotations

from pathlib import Path

from runnable.configuration.project import in_project
from runnable.execution.progress.text import shortened, shown_folder
from runnable_runtime.records.records import RunRecord, Status, StepRecord

_MAX_SHOWN = 5
_LONGEST_MESSAGE = 160


def summary(record: RunRecord, root: str = "") -> str:
    """Which steps of a failed run failed, why, where their logs and the record are, and the commands that come next.

    `root` is the project's folder; a long message, which the log has whole, is shortened.
    """
    lines = [f"error: the run {record.run_id} {record.status}: {record.message}"]
    failed = causes(record)
    for step in failed[:_MAX_SHOWN]:
        lines += _about(step, record.folder)
    if len(failed) > _MAX_SHOWN:
        lines.append(f" = note: {len(failed) - _MAX_SHOWN} more steps failed")
    if record.folder:
        lines.append(f" = note: the record is in {shown_folder(record.folder)}")
        lines += _next(record, failed, Path(root))
    return "\n".join(lines)


def _next(record: RunRecord, failed: list[StepRecord], root: Path) -> list[str]:
    """Commands to paste: what the first step that failed printed, the same task again, and the run from there."""
    task = next((step.path for step in failed if step.attempts), "")
    about = "resume it"
    if task:
        about = "see what the task printed, run it again with its inputs, resume the run"
    if not Path.cwd().is_relative_to(root.absolute()):
        about += f" (in {root})"
    return [f" = help: {about}:", *(f"     {one}" for one in commands(record, task, root))]


def commands(record: RunRecord, task: str, root: Path | None = None) -> list[str]:
    """What to paste into a shell after a failure: `logs` and `replay` of the task at that path, if any, and `retry`.

    With the project's folder `root` the configuration is as seen from the working folder, without it from the project.
    """
    import shlex

    named = record.configuration if root is None else in_project(record.configuration, root)
    options = ["-c", named] if named else []
    words: list[tuple[str, ...]] = [("logs", record.run_id, task), ("replay", record.run_id, task)] if task else []
    return [shlex.join(["runnable", *one, *options]) for one in (*words, ("retry", record.run_id))]


def causes(record: RunRecord) -> list[StepRecord]:
    """The failed steps that say why: those without a failed member, and not within something that went well again."""
    failed = {step.path: step for step in record.steps.values() if step.status is Status.FAILED}
    passing_on = {path.rpartition(".")[0] for path in failed}
    return [s for path, s in failed.items() if path not in passing_on and not handled(path, record)]


def handled(path: str, record: RunRecord) -> bool:
    """Whether a step around the one at `path` has succeeded, its failure having been handled."""
    around = path.rpartition(".")[0]
    while around:
        if around in record.steps and record.steps[around].status is Status.SUCCEEDED:
            return True
        around = around.rpartition(".")[0]
    return False


def _about(step: StepRecord, folder: str) -> list[str]:
    attempts = f" after {len(step.attempts)} attempts" if len(step.attempts) > 1 else ""
    lines = [f"  {step.path}: {shortened(step.message, _LONGEST_MESSAGE)}{attempts}"]
    log = step.attempts[-1].log if step.attempts else None
    if log and folder:
        lines.append(f"    log: {shown_folder(f'{folder}/{log}')}")
    return lines
