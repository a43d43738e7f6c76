"""`PipelineRun`: what a test can check about a run."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from runnable.configuration import CatalogSettings
from runnable.diagnostics.wording import did_you_mean
from runnable.ir.step_patterns import names_step
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import COMPOSITES, AttemptRecord, RunRecord, Status, StepRecord
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import Storage


def with_values(record: RunRecord, catalog: CatalogSettings) -> RunRecord:
    """`record` with references to the store of `catalog` replaced by the objects and large values themselves."""
    load = Objects(Storage(catalog.store, record.run_id)).load

    def loaded(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: load(value, name) for name, value in values.items()}

    steps = {
        path: replace(step, attempts=tuple(_attempt(attempt, loaded) for attempt in step.attempts))
        for path, step in record.steps.items()
    }
    return replace(record, steps=steps, outputs=loaded(record.outputs))


def _attempt(attempt: AttemptRecord, loaded: Callable[[Mapping[str, Any]], dict[str, Any]]) -> AttemptRecord:
    return replace(attempt, inputs=loaded(attempt.inputs), outputs=loaded(attempt.outputs))


@dataclass(frozen=True, slots=True, repr=False)
class PipelineRun:
    """The result of `run_pipeline`: a run that has ended, successfully or not.

    Attributes:
        record: the whole record of the run.
        ran: the paths of the tasks that were started, each once, in the order of their starts.
    """

    record: RunRecord
    ran: tuple[str, ...]

    @property
    def succeeded(self) -> bool:
        """Whether the run succeeded."""
        return self.record.status is Status.SUCCEEDED

    @property
    def message(self) -> str:
        """Why the run failed; empty if it did not."""
        return self.record.message

    @property
    def failed(self) -> tuple[str, ...]:
        """The paths of the tasks that failed, in the order of the pipeline."""
        return self._tasks(Status.FAILED)

    @property
    def skipped(self) -> tuple[str, ...]:
        """The paths of the tasks that were not run: in a branch that was not chosen, or after a failure."""
        return self._tasks(Status.SKIPPED)

    @property
    def outputs(self) -> Mapping[str, Any]:
        """What the steps returned, as a step after the last one would see it: JSON values and objects, by name."""
        return self.record.outputs

    def step(self, name: str) -> StepRecord:
        """The record of one step, by its name, or by as much of the end of its path as is needed.

        A record has `status`, `inputs`, `outputs`, `message` and `attempts`. Raises LookupError if `name` matches no
        step, or several.
        """
        found = self.steps(name)
        if len(found) > 1:
            paths = ", ".join(step.path for step in found)
            raise LookupError(f"{name!r} means several steps: {paths}")
        return found[0]

    def steps(self, name: str) -> tuple[StepRecord, ...]:
        """The records of all steps that `name` matches, such as all items of a Map. Raises LookupError for none."""
        found = tuple(step for path, step in self.record.steps.items() if names_step(name, path))
        if not found:
            known = {path.rpartition(".")[2] for path in self.record.steps if not path.rpartition(".")[2].isdecimal()}
            raise LookupError(f"there is no step {name!r} in the run: {did_you_mean(name, known, 'steps')}")
        return found

    def assert_succeeded(self) -> None:
        """Raise AssertionError unless the run succeeded; its message shows how every step ended."""
        __tracebackhide__ = True
        if not self.succeeded:
            raise AssertionError(f"the run should have succeeded\n{self!r}")

    def assert_failed(self, step: str = "", match: str = "") -> None:
        """Raise AssertionError unless the run failed.

        With `step`, that step must have failed, whether the run did or not. With `match`, the message of the step, or
        of the run, must contain a match of this regular expression.
        """
        __tracebackhide__ = True
        status = self.step(step).status if step else self.record.status
        message = self.step(step).message if step else self.record.message
        what = f"step {step!r}" if step else "the run"
        if status is not Status.FAILED:
            raise AssertionError(f"{what} should have failed\n{self!r}")
        if match and not re.search(match, message):
            raise AssertionError(f"{what} failed with {message!r}, which does not match {match!r}\n{self!r}")

    def __repr__(self) -> str:
        why = f": {self.record.message}" if self.record.message else ""
        return "\n".join([f"<run of {self.record.pipeline}, {self.record.status}{why}", *self._lines(), ">"])

    def _lines(self) -> Iterator[str]:
        for path, step in self.record.steps.items():
            message = f": {step.message}" if step.message else ""
            yield f"  {step.status:<11} {path}{message}"

    def _tasks(self, status: Status) -> tuple[str, ...]:
        steps = self.record.steps.items()
        return tuple(path for path, step in steps if step.kind not in COMPOSITES and step.status is status)
