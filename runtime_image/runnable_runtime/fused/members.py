"""One task of a pod that several share: its attempts, each a process of its own, started as a pod's only task is."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from runnable_runtime import protocol
from runnable_runtime.fused.heading import heading
from runnable_runtime.fused.spec import Member
from runnable_runtime.values.parameters import encode, with_numbers

GRACE = 20.0
"""Seconds that a task gets to end when its time is up, or the pod is to stop: less than Kubernetes gives the pod."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task has ended: the code to exit with, its output (of a failed one, what it has left), and its message."""

    code: int
    outputs: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tasks of a pod run: with which variables, which parameters of the run, and in which scratch folder.

    `attempt`: which attempt of the pod this is, from 1.
    """

    environment: Mapping[str, str]
    parameters: str
    scratch: Path
    attempt: int

    def of(self, others: Iterable[str], attempt: int) -> dict[str, str]:
        """The environment of one attempt, without the secrets of the other tasks."""
        hidden = set(others)
        own = {name: value for name, value in self.environment.items() if name not in hidden}
        return {**own, protocol.ATTEMPT_VARIABLE: str(attempt)}


def run(member: Member, inputs: str, place: Place, others: Iterable[str]) -> Ended:
    """Run a task until it has succeeded, or has had all of its attempts.

    Raises Stopped, KeyboardInterrupt: the pod is to end. The task has ended before.
    """
    path = with_numbers(member.spec.name, inputs)
    began = time.monotonic()
    ended = Ended(protocol.EXIT_TASK_FAILED)
    for number in range(member.attempts):
        if number:
            wait = member.pause.before(number)
            if member.pause.most and time.monotonic() + wait > began + member.pause.most:
                break
            time.sleep(wait)
        print(heading(path, number + 1), file=sys.stderr, flush=True)
        ended = _attempt(member, inputs, place.scratch, place.of(others, place.attempt + number), place.parameters)
        if ended.code == protocol.EXIT_OK:
            break
    return ended


def _attempt(member: Member, inputs: str, scratch: Path, environment: dict[str, str], parameters: str) -> Ended:
    scratch.mkdir(parents=True, exist_ok=True)
    spec, given, out, run = (scratch / name for name in ("spec", "inputs", "outputs", "parameters"))
    spec.write_text(encode(member.spec.to_json()), encoding="utf-8")
    given.write_text(inputs, encoding="utf-8")
    run.write_text(parameters, encoding="utf-8")
    words, why = scratch / "words", Path(f"{out}{protocol.WHY_STOPPED}")
    for left in (out, words, why):
        left.unlink(missing_ok=True)
    command = [sys.executable, "-m", "runnable_runtime", "--protocol", str(protocol.PROTOCOL_VERSION)]
    files = {"--spec": spec, "--inputs": given, "--parameters": run}
    command += [word for name, file in files.items() for word in (name, f"@{file}")]
    environment |= {protocol.SHARED_VARIABLE: str(words)}
    process = subprocess.Popen([*command, "--outputs", str(out)], env=environment, process_group=0)
    try:
        timed_out = _wait(process, member.timeout, why)
    finally:
        _end_group(process)
    message = f"timed out after {member.timeout} s" if timed_out else _text(words)
    code = process.returncode
    if code < 0 or code > _MOST:  # which a pod that has died has: it would be started again
        message = message or f"it was ended by signal {-code if code < 0 else code - 128}"
        code = protocol.EXIT_TASK_FAILED
    return Ended(code, _text(out), message)


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""


_MOST = 127
"""The highest exit code of a task that has ended by itself."""


def _wait(process: subprocess.Popen[bytes], timeout: int, why: Path) -> bool:
    """Wait for the end of an attempt; whether it had to be ended, because its time was up."""
    try:
        process.wait(timeout or None)
        return False
    except subprocess.TimeoutExpired:
        why.write_text(f"timed out after {timeout} s", encoding="utf-8")
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        return True
    except BaseException:  # the pod is to end, or what runs it is interrupted
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(GRACE)
        raise


def _end_group(process: subprocess.Popen[bytes]) -> None:
    """End what a task has left running, as the end of its own pod would."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
