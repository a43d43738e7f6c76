"""The record of the one step that this process runs, where nothing else writes it: a pod's.

The first pod of a run makes the run's own record, each makes that of its step: as running before the task begins, and
how it ended when all has been said. What cannot be recorded fails the pod: there is no success without its record.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime import __version__, protocol
from runnable_runtime.code import fingerprint
from runnable_runtime.failures import BadInput, StorageFailed, TaskFailure
from runnable_runtime.process.control_group import container_usage
from runnable_runtime.process.meter import Meter
from runnable_runtime.process.usage import Usage
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.records.chunks import RUN, code_part, decode, encode, step_part
from runnable_runtime.records.ends import WorkflowEnd, ended, write_end
from runnable_runtime.records.file_names import log_name, notebook_name
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.part_lines import step_in
from runnable_runtime.records.records import AttemptRecord, Kind, RecordError, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now
from runnable_runtime.stores.location import Location, StoreError
from runnable_runtime.stores.settings import StoreSettings, open_location
from runnable_runtime.task import TaskResult
from runnable_runtime.values.parameters import decode_lines, with_numbers

if TYPE_CHECKING:
    from runnable_runtime.redaction import Redactor

_IN_A_POD = "KUBERNETES_SERVICE_HOST"
"""A variable that Kubernetes gives every container."""
_HIDDEN_LISTS = ("shell", "notebook")
"""Kinds of tasks that are given all that is visible: the lists that the maps around them run over, too."""


class PodRecord:
    """The record of one attempt. `begin` is called first, one of the others when it has ended, and then `write_end`.

    `scratch` is a folder for the `log` and the executed `notebook` until then. Made in the task's project folder.
    """

    def __init__(self, spec: TaskSpec, inputs: str, redactor: Redactor | None, scratch: Path) -> None:
        """Raises StorageFailed."""
        self._scratch = scratch
        self.log = scratch / "log"
        self.notebook = scratch / "executed.ipynb" if spec.kind == "notebook" else None
        self._spec = spec
        self._inputs = inputs
        self._redactor = redactor
        self._project = Path.cwd()
        self._run_id = os.environ.get(protocol.RUN_ID_VARIABLE, "")
        self._path = with_numbers(spec.name, inputs)
        self._step: StepRecord | None = None
        self._about: Mapping[str, Json] = json.loads(os.environ.get(protocol.RUN_VARIABLE) or "{}")
        self._workflow = os.environ.get(protocol.WORKFLOW_VARIABLE, "")
        self._meter = Meter()
        with _recording(self._path):
            scratch.mkdir(parents=True, exist_ok=True)
            self._location: Location = open_location(StoreSettings.decode(os.environ[protocol.RUN_LOG_VARIABLE]))

    def begin(self, parameters: str) -> None:
        """Record that the step is under way; `parameters` has those of the run, as inputs. Raises StorageFailed."""
        with _recording(self._path):
            self._begin_run(parameters)
            before = self._read_step()
            number, machine = len(before.attempts) + 1, _machine(self._workflow)
            self._step = before.begun(AttemptRecord(number=number, started=now(), machine=machine))
            self._write_step(self._step)
            self._meter = Meter()

    def succeeded(self, result: TaskResult) -> None:
        """The task has ended well."""
        self._end(
            status=Status.SUCCEEDED,
            inputs=self._shown(self._without_lists(result.inputs)),
            outputs=self._shown(result.outputs),
            metrics=result.metrics,
            files=result.files,
            depends=result.depends,
            reused=result.reused,
        )

    def failed(self, failure: TaskFailure) -> None:
        """The task has failed."""
        self._end(
            status=Status.FAILED,
            inputs=self._given(),
            message=self._text(failure.message),
            trace=self._text(failure.trace),
            files=failure.files,
        )

    def interrupted(self, message: str, status: Status = Status.INTERRUPTED) -> None:
        """The task was asked to end; where that is because its time was up, it has failed."""
        self._end(status=status, inputs=self._given(), message=message)

    def write_end(self) -> None:
        """Record how it ended, its code, what it printed and its notebook. Raises StorageFailed."""
        assert self._step is not None
        attempt = self._step.attempts[-1]
        if attempt.ended is None:  # a mistake of this package: the process ends with its trace
            return
        with _recording(self._path):
            log = self._keep(self.log, log_name(self._path, attempt.number))
            notebook = self._keep(self.notebook, notebook_name(self._path, attempt.number))
            code = "" if attempt.reused else self._write_code()  # which would import what has not run
            attempt = replace(attempt, code=code, log=log, notebook=notebook)
            self._write_step(self._step.attempted(attempt))
            self._end_run(attempt)
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _end(self, *, status: Status, message: str = "", **fields: Json) -> None:
        assert self._step is not None
        ended = now()
        last = replace(self._step.attempts[-1], used=_used(self._meter))
        attempt = replace(last, status=status, ended=ended, message=message, **fields)
        self._step = replace(self._step.attempted(attempt), status=status, ended=ended, message=message)

    def _begin_run(self, parameters: str) -> None:
        """Make the run's own record, or begin a further session of it if another workflow, or process, had the last."""
        workflow, about = self._workflow, self._about
        key = f"{self._run_id}/{RUN}"
        try:
            before = RunRecord.from_json(decode(self._location.read(key)))
        except FileNotFoundError:
            record = RunRecord(
                run_id=self._run_id,
                pipeline=about.get("pipeline", ""),
                source=about.get("source", ""),
                workflow=workflow,
                origin=_origin(about),
                started=now(),
                parameters=decode_lines(parameters),
            )
            with suppress(FileExistsError):  # another pod of the workflow was faster
                self._location.write(key, encode(record.header_to_json()), exclusive=True)
            return
        if before.workflow != workflow:
            before = ended(before, self._location)
            record = replace(
                before,
                workflow=workflow,
                status=Status.RUNNING,
                resumed=now(),
                ended=None,
                message="",
                origin=_origin(about),
                earlier=(*before.earlier, before.session(before.resumed or before.started)),
            )
            self._location.write(key, encode(record.header_to_json()))

    def _end_run(self, attempt: AttemptRecord) -> None:
        """Record the run's end where it is this attempt's: of a run that is one task, which is not tried again."""
        attempts = self._about.get("attempts", 0)
        if attempts and attempt.ended and (attempt.status is Status.SUCCEEDED or attempt.number >= attempts):
            message = "" if attempt.status is Status.SUCCEEDED else f"{self._path!r} {attempt.status}"
            end = WorkflowEnd(workflow=self._workflow, status=attempt.status, ended=attempt.ended, message=message)
            write_end(self._location, self._run_id, end)

    def _read_step(self) -> StepRecord:
        """What is recorded of the step already: attempts of the same pod, of an earlier workflow, or elsewhere."""
        before = None
        with suppress(FileNotFoundError):
            before = step_in(self._location.read(self._key(step_part(self._path))))
        if before is None:
            parts = self._path.split(".")
            place = tuple(
                int(part) if general == "*" and part.isdecimal() else position
                for part, general, position in zip(parts, self._spec.name.split("."), self._spec.place, strict=True)
            )
            return StepRecord(path=self._path, kind=Kind(self._spec.kind), place=place)
        return before.killed()

    def _write_step(self, step: StepRecord) -> None:
        self._location.write(self._key(step_part(step.path)), encode(step.to_json()))

    def _write_code(self) -> str:
        """Keep what the code consists of; its digest. A module that could not be imported is known by its name only."""
        from runnable_runtime.code.sources import Sources

        parts = fingerprint.of_task(self._spec, fingerprint.imported(self._spec.target), Sources(self._project)).parts
        if not parts:
            return ""
        digest = fingerprint.digest(parts)
        key = self._key(code_part(digest))
        if self._location.size(key) is None:  # its name says what is in it, which other tasks may have, too
            self._location.write(key, encode(parts))
        return digest

    def _keep(self, file: Path | None, name: str) -> str | None:
        if file is None or not file.exists() or file.stat().st_size == 0:
            return None
        self._location.upload(file, self._key(name))
        return name

    def _key(self, part: str) -> str:
        return f"{self._run_id}/{part}"

    def _given(self) -> Mapping[str, Json]:
        """All that a task was given that did not come to say what it took; nothing if that cannot be read."""
        try:
            return self._shown(self._without_lists(decode_lines(self._inputs)))
        except BadInput:
            return {}

    def _without_lists(self, inputs: Mapping[str, Json]) -> Mapping[str, Json]:
        """`inputs` without the lists around: with every item they would grow with the square of their length."""
        if self._spec.kind not in _HIDDEN_LISTS:
            return inputs
        items = (json.loads(line) for line in self._inputs.split("\n") if line.startswith('["item",'))
        lists = {over for _, _, over, _ in items}
        return {name: value for name, value in inputs.items() if name not in lists}

    def _shown(self, values: Mapping[str, Json]) -> Mapping[str, Json]:
        return self._redactor.json(dict(values)) if self._redactor else values

    def _text(self, message: str) -> str:
        return self._redactor.message(message) if self._redactor else message


def _origin(about: Mapping[str, Json]) -> Origin:
    """What the manifest says of where it comes from, if it was compiled to say so."""
    found = about.get("provenance")
    said = {name: str(value) for name, value in found.items()} if isinstance(found, dict) else {}
    return Origin(
        version=__version__,
        commit=said.get("commit", ""),
        changes=said.get("changes", ""),
        lock=said.get("lock", ""),
        pipeline=said.get("pipeline", ""),
    )


def _machine(workflow: str) -> Machine:
    """Where this pod, of a workflow, runs; an older manifest does not say more than the pod itself knows."""
    pod, node = (os.environ.get(name, "") for name in (protocol.POD_VARIABLE, protocol.NODE_VARIABLE))
    namespace = workflow.rpartition("/")[0].rpartition("/")[2]
    return Machine(host="" if pod else os.uname().nodename, pod=f"{namespace}/{pod}" if pod else "", node=node)


def _used(meter: Meter) -> Usage | None:
    """What the task has used; in a pod, with what its container has, which is this task's alone."""
    used = meter.read()
    alone = _IN_A_POD in os.environ and protocol.SHARED_VARIABLE not in os.environ
    return replace(used, container=container_usage()) if used and alone else used


@contextmanager
def _recording(path: str) -> Iterator[None]:
    """Make the step's failure of what the store refuses, or has that is no record."""
    try:
        yield
    except (OSError, RecordError) as error:
        reason = str(error) if isinstance(error, StoreError | RecordError) else error.strerror or str(error)
        raise StorageFailed(f"the record of the step {path!r} cannot be written: {reason}") from None
