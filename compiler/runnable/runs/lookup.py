"""Finding a run, a step, an attempt by what a person calls it; all runs, newest first; the pipeline of a run."""

from __future__ import annotations

from pathlib import Path, PurePosixPath

from runnable.diagnostics.codes.configuration import RunUnreadable
from runnable.diagnostics.codes.records import AttemptUnknown, RunAmbiguous, SourceUnknown, StepUnknown
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.presence import is_file
from runnable_runtime.records.records import AttemptRecord, RunRecord, StepRecord

LATEST = "latest"
"""What means the newest run, unless a run has that very id."""


def find_run(store: RunLogStore, wanted: str) -> str:
    """The id that `wanted` means: itself, the only id that begins so, or the newest run's for `latest`.

    Raises RecordUnusable where it means none or several.
    """
    known = store.runs()
    if wanted in known:
        return wanted
    if wanted == LATEST and known:
        return newest_first(store)[0][0]
    found = tuple(run_id for run_id in known if wanted and run_id.startswith(wanted))
    if len(found) == 1:
        return found[0]
    if found:
        raise RecordUnusable([RunAmbiguous(run_id=wanted, known=found)])
    reason = f"there is none in {store.name}" if known else f"there are no runs in {store.name}"
    newest = tuple(run_id for run_id, _ in newest_first(store))
    raise RecordUnusable([RunUnreadable(run_id=wanted, reason=reason, known=newest)])


def newest_first(store: RunLogStore) -> list[tuple[str, RunRecord | RecordUnusable]]:
    """Every run's id with its own fields, or why they cannot be read; those that cannot come last."""
    found: list[tuple[str, RunRecord | RecordUnusable]] = []
    for run_id in store.runs():
        try:
            found.append((run_id, store.header(run_id)))
        except RecordUnusable as error:
            found.append((run_id, error))
    return sorted(found, key=_started, reverse=True)


def _started(entry: tuple[str, RunRecord | RecordUnusable]) -> str:
    return entry[1].started if isinstance(entry[1], RunRecord) else ""


def find_step(record: RunRecord, wanted: str) -> StepRecord:
    """The one step that `wanted` means: its path, or as much of its end as is needed. Raises RecordUnusable."""
    from runnable.ir.step_patterns import named_by  # who only starts a run does not wait for it

    meant = named_by(wanted, record.steps)
    if len(meant) != 1:
        known = tuple(record.steps)
        raise RecordUnusable([StepUnknown(run_id=record.run_id, step=wanted, meant=meant, known=known)])
    return record.steps[meant[0]]


def find_attempt(step: StepRecord, number: int | None) -> AttemptRecord:
    """The attempt of that number, the last one for None. Raises RecordUnusable."""
    for attempt in reversed(step.attempts):
        if number is None or attempt.number == number:
            return attempt
    raise RecordUnusable(
        [AttemptUnknown(step=step.path, status=step.status, attempt=number, attempts=len(step.attempts))]
    )


def find_pipeline(source: str, command: str, run_id: str) -> str:
    """Where the pipeline of a run is, seen from the working folder. Raises RecordUnusable (RN906), naming `command`.

    A record may be of another's making, and this file is about to be run: it is only ever one of the project.
    """
    file = source.partition(".py:")[0] + ".py" if ".py:" in source else source
    here = Path.cwd()
    if file and _stays_inside(file):
        for folder in (here, *here.parents):
            if is_file(folder / file) and (folder / file).resolve().is_relative_to(folder.resolve()):
                return str(folder / source)
    raise RecordUnusable([SourceUnknown(run_id=run_id, source=source, command=command)])


def _stays_inside(file: str) -> bool:
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts and "\0" not in file and "\\" not in file
