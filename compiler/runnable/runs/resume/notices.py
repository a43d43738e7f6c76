"""The notices that a user gets when a run is resumed."""

from __future__ import annotations

from runnable.diagnostics.wording import listed
from runnable.runs.resume.request import Resumption
from runnable_runtime.records.ends import is_open
from runnable_runtime.records.records import COMPOSITES, RunRecord, Status


def succeeded_so_far(record: RunRecord) -> str:
    """How many of its tasks need not run."""
    tasks = [step for step in record.steps.values() if step.kind not in COMPOSITES]
    done = sum(step.status is Status.SUCCEEDED for step in tasks)
    return f"{done} of its {len(tasks)} tasks have succeeded"


def of_workflow(before: RunRecord) -> list[str]:
    """A notice that nobody waits for the workflow, if the run was one and is not known to have ended."""
    if not is_open(before):
        return []
    return [f"it was {before.pods_of}: what may still run there is not waited for"]


def of_damage(record: RunRecord) -> list[str]:
    """A notice for each part of the record that is damaged, and left out: what it said runs again."""
    return [f"the record is damaged, and what is damaged is left out: {text}" for text in record.damage]


def of_parameters(resumption: Resumption, record: RunRecord) -> list[str]:
    """A notice for each parameter that keeps its value, although another one was given."""
    return [
        f"the parameter {name!r} stays {record.parameters[name]!r}, as the run began; {value!r} is not used"
        for name, value in resumption.others.items()
    ]


def of_changes(step: str, changes: tuple[str, ...]) -> str:
    """The notice that a step has changed since it ended, and does not run again."""
    return f"{step} does not run again, and has changed since: {listed(list(changes))}"
