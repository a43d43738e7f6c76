"""One task of a pod that several share: its attempts, each a process of its own that does what a single task does."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import field
from pathlib import Path

from runnable_runtime import protocol
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.births import Attempt, Nurseries, Refused
from runnable_runtime.fused.heading import heading
from runnable_runtime.fused.running import Running
from runnable_runtime.fused.spec import Member
from runnable_runtime.presence import is_there
from runnable_runtime.values.parameters import encode, with_numbers

GRACE = 20.0
"""Seconds that a task gets to end when its time is up, or the pod is to stop: less than Kubernetes gives the pod."""
_MOST = 127
"""The highest exit code of a task that has ended by itself."""


@dataclass(frozen=True, slots=True)
class Ended:
    """How a task has ended: the code to exit with, its output (of a failed one, what it has left), and its message."""

    code: int
    outputs: str = ""
    message: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the tasks of a pod run: with which variables, which parameters of the run, and in which scratch folder.

    `attempt`: which attempt of the pod this is, from 1. With `together`, what an attempt prints is shown when it has
    ended, since others print at the same time. `turns`: how many attempts may run at one time.
    """

    environment: Mapping[str, str]
    parameters: str
    scratch: Path
    attempt: int
    nurseries: Nurseries
    turns: threading.Semaphore
    running: Running = field(default_factory=Running)
    together: bool = False

    def of(self, others: Iterable[str], attempt: int) -> dict[str, str]:
        """The environment of one attempt, without the secrets of the other tasks."""
        hidden = set(others)
        own = {name: value for name, value in self.environment.items() if name not in hidden}
        return {**own, protocol.ATTEMPT_VARIABLE: str(attempt)}


def run(member: Member, inputs: str, place: Place, others: Iterable[str]) -> Ended:
    """Run a task until it has succeeded, or has had all of its attempts.

    Raises Stopped, KeyboardInterrupt: the pod is to end. The task has ended before. NurseryDied: the pod has died.
    """
    path = with_numbers(member.spec.name, inputs)
    began = time.monotonic()
    ended = Ended(protocol.EXIT_TASK_FAILED, message="the pod was stopped before it began")
    for number in range(member.attempts):
        if number:
            wait = member.pause.before(number)
            if member.pause.most and time.monotonic() + wait > began + member.pause.most:
                break
            time.sleep(wait)
        with place.turns:
            if place.running.stopped:
                break
            environment = place.of(others, place.attempt + number)
            ended = _attempt(member, inputs, place, environment, heading(path, number + 1))
        if ended.code == protocol.EXIT_OK:
            break
    return ended


def _attempt(member: Member, inputs: str, place: Place, environment: dict[str, str], title: str) -> Ended:
    files = _files(member, inputs, place)
    out, words = place.scratch / "outputs", place.scratch / "words"
    why = Path(f"{out}{protocol.WHY_STOPPED}")
    for left in (out, words, why):
        left.unlink(missing_ok=True)
    arguments = ["--protocol", str(protocol.PROTOCOL_VERSION)]
    arguments += [word for name, file in files.items() for word in (name, f"@{file}")]
    arguments += ["--outputs", str(out)]
    environment |= {protocol.SHARED_VARIABLE: str(words)}
    with _shown(title, place) as output:
        try:
            attempt = place.nurseries.start(member, arguments, environment, output)
        except Refused as error:
            return Ended(protocol.EXIT_TASK_FAILED, message=f"the system does not allow another process: {error}")
        with place.running.started(attempt):
            timed_out = _wait(attempt, member.timeout, why)
    message = f"timed out after {member.timeout} s" if timed_out else _text(words)
    code = attempt.code or 0
    if code < 0 or code > _MOST:  # which a pod that has died has: it would be started again
        message = message or f"it was ended by signal {-code if code < 0 else code - 128}"
        code = protocol.EXIT_TASK_FAILED
    return Ended(code, _text(out), message)


def _files(member: Member, inputs: str, place: Place) -> dict[str, Path]:
    """What the process is told, in files: arguments have a longest length."""
    place.scratch.mkdir(parents=True, exist_ok=True)
    texts = {"--spec": encode(member.spec.to_json()), "--inputs": inputs, "--parameters": place.parameters}
    files = {name: place.scratch / name.strip("-") for name in texts}
    for name, file in files.items():
        file.write_text(texts[name], encoding="utf-8")
    return files


_printing = threading.Lock()


@contextmanager
def _shown(title: str, place: Place) -> Iterator[int]:
    """The descriptor that an attempt prints into, shown as a whole after the block; -1 for where this process does."""
    if not place.together:
        print(title, file=sys.stderr, flush=True)
        yield -1
        return
    with (place.scratch / "log").open("w+b") as log:
        try:
            yield log.fileno()
        finally:
            log.seek(0)
            with _printing:
                print(title, flush=True)
                shutil.copyfileobj(log, sys.stdout.buffer)
                sys.stdout.flush()


def _text(file: Path) -> str:
    return file.read_text(encoding="utf-8").strip() if is_there(file) else ""


def _wait(attempt: Attempt, timeout: int, why: Path) -> bool:
    """Wait for the end of an attempt; whether it had to be ended, because its time was up."""
    try:
        if attempt.wait(timeout or None):
            return False
        why.write_text(f"timed out after {timeout} s", encoding="utf-8")
        attempt.terminate()
        attempt.wait(GRACE)
        return True
    except BaseException:  # the pod is to end, or what runs it is interrupted
        attempt.terminate()
        attempt.wait(GRACE)
        raise
