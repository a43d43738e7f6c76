"""One task of a session: as its fork sees it, and as the session does."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from time import monotonic

from runnable_runtime import container as contained
from runnable_runtime import protocol
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import Stopped, TaskFailure
from runnable_runtime.process.meter import Meter
from runnable_runtime.process.signals import stop_on_sigterm
from runnable_runtime.protocol import SpecError, TaskSpec
from runnable_runtime.report import Report
from runnable_runtime.stores.storage import ON_THIS_MACHINE

_PROCESSES_GRACE = 4.0
"""Seconds that a task's own processes get to end when it is stopped; fewer than the task itself gets."""
_NOTEBOOK = "executed.ipynb"


@dataclass(frozen=True, slots=True)
class Assignment:
    """What a fork is to run, and the descriptor to write its report to. `folder` is the task's own scratch folder."""

    spec: str
    inputs: str
    folder: str
    report_to: int

    @classmethod
    def begin(
        cls, spec: str, inputs: str, variables: Mapping[str, str], folder: str, pipes: Sequence[int]
    ) -> Assignment:
        """In the fork: lead a process group, print into the pipes, have the environment variables."""
        os.setpgid(0, 0)
        stop_on_sigterm(_PROCESSES_GRACE)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        stdout, stderr, report = pipes
        nothing = os.open(os.devnull, os.O_RDONLY)
        for descriptor, standard in ((nothing, 0), (stdout, 1), (stderr, 2)):
            os.dup2(descriptor, standard)
            os.close(descriptor)
        os.environ.update(variables)
        return cls(spec, inputs, folder, report)

    def perform(self) -> int:
        """Run the task, write its report and what it has used, and return what the process is to exit with."""
        meter = Meter()
        try:
            report = self._report()
        except Stopped as stopped:
            return int(str(stopped.code))
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        used = meter.read()
        data = f"{report.encode()}\n{json.dumps(used.to_json()) if used else ''}".encode()
        while data:
            data = data[os.write(self.report_to, data) :]
        return protocol.EXIT_OK if report.succeeded else protocol.EXIT_TASK_FAILED

    def _report(self) -> Report:
        folder = Path(self.folder)
        try:
            spec = TaskSpec.from_json(self.spec)
            notebook = folder / _NOTEBOOK if spec.kind == "notebook" else None
            result = contained.run(spec, self.inputs, folder / "work", notebook, ON_THIS_MACHINE)
        except SpecError as error:
            return Report(succeeded=False, message=str(error))
        except TaskFailure as failure:
            return Report(succeeded=False, files=failure.files, message=failure.message, trace=failure.trace)
        except KeyboardInterrupt:
            return Report(succeeded=False, message="KeyboardInterrupt")
        return Report(
            succeeded=True,
            inputs=tuple(result.inputs),
            outputs=result.outputs,
            metrics=result.metrics,
            files=result.files,
            depends=result.depends,
        )


class Running:
    """A task under way: `open` has the ends of its pipes that are not closed, by what comes out of them."""

    def __init__(self, number: int, pid: int, folder: str, stdout: int, stderr: int, report: int) -> None:
        self.number = number
        self.pid = pid
        self.open = {stdout: "stdout", stderr: "stderr", report: "report"}
        self.report = bytearray()
        self.deadline: float | None = None
        self._folder = Path(folder)
        with suppress(OSError):  # the fork does it too: whichever comes first, it is done from here on
            os.setpgid(pid, pid)

    def stop(self, grace: float) -> None:
        """Ask the task to end, to be killed in `grace` seconds; asked again, it makes that sooner, never later."""
        self._signal(signal.SIGTERM)
        deadline = monotonic() + grace
        self.deadline = deadline if self.deadline is None else min(deadline, self.deadline)

    def kill(self) -> None:
        """End the task, and all of its group, now."""
        self._signal(signal.SIGKILL)

    def take_notebook(self) -> bytes:
        """The executed notebook, if there is one; the task's folder is removed."""
        if not self._folder.exists():
            return b""
        import shutil

        try:
            return (self._folder / _NOTEBOOK).read_bytes()
        except OSError:
            return b""
        finally:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _signal(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, number)
