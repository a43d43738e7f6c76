"""Running tasks in threads, their coroutines in an event loop that somebody else has, and handing on their events."""

from __future__ import annotations

import asyncio
import functools
import inspect
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from dataclasses import field, replace
from queue import Empty, SimpleQueue
from time import monotonic
from typing import Any

from runnable.execution.interrupts import Interrupts
from runnable.execution.launcher import Launcher, Outcome, TaskEnd, TaskStart
from runnable.execution.log_file import LogFile
from runnable.execution.run import RunContext
from runnable.executors.local.calls import Functions, attempt
from runnable.ir.nodes import PythonCall
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import Status
from runnable_runtime.tasks.asynchronous import drain

Emit = Callable[[Any], Awaitable[None]]


class Stream:
    """What a streamed run has to do with its reader: `emit` gives it an event, in its `loop`."""

    def __init__(self, loop: asyncio.AbstractEventLoop, emit: Emit) -> None:
        self.loop = loop
        self.emit = emit
        self._stopped = False
        self._interrupts: Interrupts | None = None

    def stop(self) -> None:
        """End the run, if it has not ended: its reader has gone."""
        self._stopped = True
        if self._interrupts is not None:
            self._interrupts.request("its reader, which has gone")

    @contextmanager
    def launcher(self, context: RunContext, functions: Functions, capacity: int) -> Iterator[Launcher]:
        """The launcher for the run."""
        self._interrupts = context.interrupts
        if self._stopped:
            self.stop()
        with ThreadPoolExecutor(capacity, thread_name_prefix="runnable-task") as executor:
            yield StreamingLauncher(self, context, functions, capacity, executor)


@dataclass(slots=True, eq=False)
class _Attempt:
    """An attempt under way. `waits_for` is what its thread waits for in the loop."""

    task: TaskStart
    log: LogFile
    deadline: float | None
    stopped_for: str = ""
    waits_for: Future[Any] | None = None

    def stop(self, reason: str) -> None:
        """Cancel its coroutine, or that which it starts next. What is no coroutine goes on to its own end."""
        self.stopped_for = self.stopped_for or reason
        self.deadline = None
        if self.waits_for is not None:
            self.waits_for.cancel()

    def result_of(self, work: Any, stream: Stream) -> Any:
        """What a coroutine, or the last event of an async generator, results in."""
        action = self.task.action
        if inspect.isasyncgen(work):
            work = drain(work, action.stream_end if isinstance(action, PythonCall) else "", stream.emit)
        self.waits_for = asyncio.run_coroutine_threadsafe(work, stream.loop)
        if self.stopped_for:
            self.waits_for.cancel()
        return self.waits_for.result()


_attempt: ContextVar[_Attempt] = ContextVar("attempt")


@dataclass(slots=True)
class StreamingLauncher:
    """Runs each attempt in a thread."""

    stream: Stream
    context: RunContext
    functions: Functions
    capacity: int
    executor: ThreadPoolExecutor
    _under_way: list[_Attempt] = field(default_factory=list)
    _ends: SimpleQueue[tuple[_Attempt, TaskEnd]] = field(default_factory=SimpleQueue)

    def __post_init__(self) -> None:
        self.functions = {name: self._bridged(function) for name, function in self.functions.items()}

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        deadline = None if task.timeout is None else monotonic() + task.timeout
        log = LogFile(task.log, self.context.progress.notice, task.redactor)
        one = _Attempt(task, log, deadline)
        self._under_way.append(one)
        self.executor.submit(self._run, one)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        now = monotonic()
        deadlines = [one.deadline for one in self._under_way if one.deadline is not None]
        with suppress(Empty):
            attempt, end = self._ends.get(timeout=max(0.0, min([seconds, *(d - now for d in deadlines)])))
            self._under_way.remove(attempt)
            return end
        for one in self._under_way:
            if one.deadline is not None and monotonic() >= one.deadline:
                one.stop(f"timed out after {one.task.timeout} s")
        return None

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`; it takes as long as what is no coroutine."""
        for one in self._under_way:
            one.stop("interrupted")
        found = []
        while self._under_way:
            attempt, end = self._ends.get()
            self._under_way.remove(attempt)
            found.append(end)
        return tuple(found)

    def _run(self, one: _Attempt) -> None:
        """In a thread: run the attempt, whatever comes of it."""
        _attempt.set(one)
        outcome = Outcome(status=Status.FAILED, inputs=tuple(one.task.parameters), message="the task's thread ended")
        try:
            with self.context.capture.into(one.log, one.task.redactor, alone=False):
                outcome = attempt(replace(one.task, folder=None), self.functions)
        except BaseException as error:  # whatever it is, the run has to learn of it
            outcome = Outcome(status=Status.FAILED, inputs=tuple(one.task.parameters), message=repr(error))
        finally:
            one.log.close()
            if one.stopped_for:
                outcome = Outcome(status=Status.FAILED, inputs=tuple(one.task.parameters), message=one.stopped_for)
            self._ends.put((one, TaskEnd(one.task, outcome, one.log.written)))

    def _bridged(self, function: Callable[..., object]) -> Callable[..., object]:
        """`function` with its coroutine, or async generator, run in the loop of the reader."""

        @functools.wraps(function)
        def called(*arguments: Any, **keywords: Any) -> Any:
            result = function(*arguments, **keywords)
            if inspect.iscoroutine(result) or inspect.isasyncgen(result):
                return _attempt.get().result_of(result, self.stream)
            return result

        return called
