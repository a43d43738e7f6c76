"""The local executor's run: a program, the functions it calls, and where to record it, to the record of its run."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, Unpack

from runnable.configuration.catalog import NO_CATALOG
from runnable.execution.keeping import WORKER
from runnable.execution.launcher import Launcher, TaskEnd, TaskStart
from runnable.execution.run import RunContext, RunOptions
from runnable.execution.run import run as run_program
from runnable.execution.summary import summary
from runnable.executors.local.calls import Functions
from runnable.executors.local.elsewhere import modules_of
from runnable.executors.local.in_process import InProcessLauncher
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import Action, ContainerRun, FanOut, NotebookRun, Program, PythonCall, Reduce
from runnable.ir.walk import has_secrets, tasks, walk
from runnable.passes.analysis.storing import store_needs
from runnable.runs.stores.store import RunLogStore
from runnable.semantics.plan import has_timeouts
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord
from runnable_runtime.stores.memory import forget

if TYPE_CHECKING:
    from runnable.executors.container.program_images import ProgramImages
    from runnable.executors.executor import EventStream
    from runnable.executors.local.workers import WorkerLauncher

__all__ = ["run", "summary"]

_PICKLED = (
    "objects are pickled, though `object_serialisation` is false: a step with a timeout or secrets runs in a process "
    "of its own"
)
_CAN_FORK = hasattr(os, "fork")


def run(
    program: Program,
    functions: Mapping[str, Callable[..., object]],
    settings: LocalSettings,
    store: RunLogStore,
    *,
    wrap: Callable[[Launcher], Launcher] | None = None,
    stream: EventStream | None = None,
    **options: Unpack[RunOptions],
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`; see `execution.run.run`.

    `functions` has the function objects by ``module:name`` (`PythonCall`); one that is missing is imported. Options
    that only a container or a cluster can honour (image, resources, node_selector, tolerations) have no effect here,
    but for steps that run an image of their own, in containers of an engine.
    `wrap` makes, of the launcher, the one that is used. With `stream` tasks run in threads beside its event loop, and
    their events go there.
    """
    kept = options.get("catalog", NO_CATALOG).in_memory
    concurrent, notices = _concurrency(program, settings, kept)
    images = _images(program)
    capacity = settings.workers if concurrent else 1

    @contextmanager
    def open_launcher(context: RunContext) -> Iterator[Launcher]:
        launcher: Launcher
        with ExitStack() as stack:
            stack.callback(forget, context.run_id)
            if stream is not None:
                launcher = stack.enter_context(stream.launcher(context, functions, capacity))
                yield stack.enter_context(images.around(launcher, context)) if images else launcher
                return
            if settings.warm_kernels and sys.platform == "linux" and _has_notebooks(program):
                _warm_kernels(program, stack)
            workers = None
            if _CAN_FORK and (concurrent or _needs_workers(program)):
                from runnable.executors.local.workers import WorkerLauncher

                context.keeper.start(_nursery(program, functions))
                workers = WorkerLauncher(functions, capacity, context.keeper, context.progress)
                stack.callback(workers.close)
                if concurrent:
                    workers.prepare(_first_workers(program, capacity))
            here = InProcessLauncher(functions, context.capture, context.interrupts, context.progress)
            launcher = LocalLauncher(here, workers, concurrent)
            if images is not None:
                launcher = stack.enter_context(images.around(launcher, context))
            yield wrap(launcher) if wrap else launcher

    return run_program(program, store, open_launcher, notices=notices, functions=functions, **options)


def _has_notebooks(program: Program) -> bool:
    return any(isinstance(task.action, NotebookRun) for _, task in tasks(program.graph))


def _warm_kernels(program: Program, stack: ExitStack) -> None:
    from runnable.executors.local.kernels import has_several_notebooks, ready_kernels

    if has_several_notebooks(program):
        stack.enter_context(ready_kernels())


def _images(program: Program) -> ProgramImages | None:
    """The engine and images of steps with an image of their own; None, and no engine is asked for, without any."""
    if not any(isinstance(task.action, ContainerRun) for _, task in tasks(program.graph)):
        return None
    from runnable.executors.container.program_images import open_images

    return open_images(program)


def _needs_workers(program: Program) -> bool:
    return has_timeouts(program.graph) or has_secrets(program.graph)


def _first_workers(program: Program, capacity: int) -> int:
    """How many workers are born while the run is prepared: further ones are when tasks ask for them."""
    actions = [task.action for _, task in tasks(program.graph) if not task.options.secrets]
    followed = sum(isinstance(action, PythonCall | Reduce) for action in actions)
    many = any(isinstance(node, FanOut) for _, node in walk(program.graph))
    return min(capacity, max(4, os.cpu_count() or 1), capacity if followed and many else followed)


def _nursery(program: Program, functions: Functions) -> dict[str, Any]:
    """What a keeper is to know to give birth to workers."""
    return {**WORKER, "modules": modules_of(program, functions)}


def in_memory(program: Program, settings: LocalSettings, *, wrapped: bool) -> bool:
    """Whether objects are kept in this process: the settings say so, and all tasks run in it.

    `wrapped`: what tasks return may not be their own, as in a test, and is kept as ever.
    """
    return not (settings.object_serialisation or wrapped or _needs_workers(program))


def _concurrency(program: Program, settings: LocalSettings, kept: bool) -> tuple[bool, tuple[str, ...]]:
    """Whether to run tasks at the same time, and what the user should know about it. `kept`: see `in_memory`."""
    concurrent = settings.runs_concurrently(program)
    if kept and concurrent:
        return False, ("branches run one after another: `object_serialisation: false` keeps objects in this process",)
    if not kept and not settings.object_serialisation and any(store_needs(program, files=False)):
        return concurrent, (_PICKLED,)
    if _CAN_FORK:
        return concurrent, ()
    notices = []
    if has_timeouts(program.graph):
        notices.append("this system cannot fork processes, so that timeouts have no effect")
    if concurrent:
        notices.append("branches run one after another: this system cannot fork processes")
    return False, tuple(notices)


@dataclass(frozen=True, slots=True)
class LocalLauncher:
    """Starts tasks in this process, or in workers.

    In workers go all tasks of a concurrent run, and in any those with a timeout, since a function that runs in this
    process cannot be stopped, and those with secrets, which then are in no other task's environment. A stub does
    nothing, and needs no worker to do it. `workers` is None where there are no forks.
    """

    here: InProcessLauncher
    workers: WorkerLauncher | None
    concurrent: bool

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self.workers.capacity if self.workers is not None and self.concurrent else 1

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        forks = self.concurrent or task.timeout is not None or bool(task.spec.secrets)
        if self.workers is not None and forks and task.spec.kind != "stub":
            self.workers.start(task)
        else:
            self.here.start(task)

    @property
    def behind(self) -> int:
        """See `HandsAhead.behind`."""
        return 0 if self.workers is None else self.workers.behind

    def room_ahead(self, action: Action) -> int:
        """See `HandsAhead.room_ahead`."""
        return self.workers.room_ahead(action) if self.workers is not None and self.concurrent else 0

    def take_back(self, *, every: bool) -> Sequence[TaskStart]:
        """See `HandsAhead.take_back`."""
        return () if self.workers is None else self.workers.take_back(every=every)

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        if self.here.pending or self.workers is None:
            return self.here.wait(seconds)
        return self.workers.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        stopped = self.here.stop(impatient)
        return stopped if self.workers is None else (*stopped, *self.workers.stop(impatient))
