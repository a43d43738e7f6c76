"""What the commands about recorded runs have in common: which store, which run, which step."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from runnable.configuration import load_configuration
from runnable.diagnostics.codes.records import AttemptUnknown, SourceUnknown, StepUnknown
from runnable.diagnostics.errors import RecordUnusable
from runnable.driver import CONFIGURATION_FILE
from runnable.execution.records import AttemptRecord, RunRecord, StepRecord
from runnable.execution.stores.settings import open_store
from runnable.execution.stores.store import RunLogStore
from runnable.ir.patterns import names_step

ON_ARGO, ON_KUBERNETES = "on argo", "on kubernetes"
RUN_HELP = "a run's id, or the beginning of it, or `latest`"


def add_store(parser: argparse.ArgumentParser) -> None:
    """The argument that says where the records are."""
    parser.add_argument(
        "-c", "--config", metavar="FILE", default="", help="the configuration file that names the store"
    )


def chosen_store(options: argparse.Namespace) -> RunLogStore:
    """The store of the configuration that the command line, else RUNNABLE_CONFIGURATION_FILE, names."""
    configuration = load_configuration(options.config or os.environ.get(CONFIGURATION_FILE, ""))
    return open_store(configuration.section("run-log-store"), configuration.file)


def shown_status(record: RunRecord, store: RunLogStore) -> str:
    """The run's status; ``killed`` where the record has it as running, and no process writes it any more.

    Where pods write it, ``on argo`` or ``on kubernetes``: how that stands is not in the record; `pod_runs` asks for it.
    """
    from runnable.execution.records import Status

    if record.status is not Status.RUNNING or store.is_active(record.run_id):
        return str(record.status)
    if not record.workflow:
        return "killed"
    return ON_KUBERNETES if record.is_job else ON_ARGO


def find_step(record: RunRecord, wanted: str) -> StepRecord:
    """The one step that `wanted` means: its path, or as much of its end as is needed. Raises RecordUnusable."""
    if wanted in record.steps:
        return record.steps[wanted]
    meant = tuple(path for path in record.steps if names_step(wanted, path))
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


def pipeline_of(source: str, command: str, run_id: str) -> str:
    """Where the pipeline of a run is, seen from the working folder. Raises RecordUnusable (RN906), naming `command`."""
    file = source.partition(".py:")[0] + ".py" if ".py:" in source else source
    here = Path.cwd()
    for folder in (here, *here.parents):
        if file and (folder / file).is_file():
            return str(folder / source)
    raise RecordUnusable([SourceUnknown(run_id=run_id, source=source, command=command)])
