"""Stubs: what steps do in a test instead of their work. The constructs of the pipeline stay as they are.

A stub applies to the steps that its name matches (`ir.step_patterns`). Which item of a Map a task belongs to is known
only while it runs, so a launcher starts the stubs; the program is changed only in what its tasks read and return, and
in their timeouts.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any

from runnable.diagnostics.codes.steps import BadStub
from runnable.execution.launcher import Launcher, TaskEnd, TaskStart
from runnable.ir.nodes import BODY, FanOut, Files, Graph, Loop, Node, Nothing, Podless, PythonCall, Reads, Switch, Task
from runnable.ir.options import Options
from runnable.ir.step_patterns import is_of_one_item, may_name, strongest
from runnable.ir.walk import walk
from runnable.passes.analysis.definitions import names_written, objects_written
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import UserCodeFailed
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.values.single import written_single

StepStub = Mapping[str, Any] | Callable[..., object] | BaseException | None
"""What a step does in a test: returns these values by name; calls a function, its arguments bound to parameters by
name; fails with an exception; nothing."""

MODULE = "runnable.stubs"
"""In the place of a module's name in calls of stubs."""


@dataclass(slots=True)
class Stubbing:
    """The stubs of one run, by name, put into its program. Mistakes go to `problems`."""

    stubs: Mapping[str, StepStub]
    others: Callable[[Task], Node]
    problems: list[BadStub] = field(default_factory=list)
    _used: set[str] = field(default_factory=set)

    def change(self, path: str, node: Node) -> Node | None:
        """The node at `path` of the program as it is run; None for a composite that is gone through."""
        names = [name for name in self.stubs if may_name(name, path)]
        self._used.update(names)
        match node:
            case Task():
                return self._task(node, path, names) if names else self.others(node)
            case Graph() | FanOut() | Switch() | Loop():
                return self._composite(node, path, names) if names else None

    def report_unused(self, graph: Graph) -> None:
        """Note the stubs that mean no step of `graph`."""
        known = tuple(dict.fromkeys(node.name for _, node in walk(graph) if node.name != BODY))
        for name in self.stubs:
            if name not in self._used:
                last = name.rpartition(".")[2]
                problem = BadStub(name=name, reason="there is no such step", known=known, looked_for=last)
                self.problems.append(problem)

    def functions(self) -> dict[str, Callable[..., object]]:
        """The function of each stub, by what the launcher calls it."""
        return {f"{MODULE}:{name}": _function(stub) for name, stub in self.stubs.items()}

    def _task(self, task: Task, path: str, names: list[str]) -> Task:
        stubs = [self.stubs[name] for name in names]
        for name in names:
            self._check(name, tuple(r.name for r in task.returns), task, path)
        partly = all(is_of_one_item(name, path) for name in names)
        returned = {name for stub in stubs if isinstance(stub, Mapping) for name in stub}
        calls = any(callable(stub) for stub in stubs)
        every = partly or any(stub is not None and not isinstance(stub, Mapping) for stub in stubs)
        reads = Reads(optional=(*task.reads.required, *task.reads.optional), everything=task.reads.everything or calls)
        answered = isinstance(task.action, Podless) and not partly
        return replace(
            task,
            action=Nothing() if answered else task.action,
            reads=reads,
            returns=tuple(r for r in task.returns if every or r.name in returned),
            options=Options(
                retry=task.options.retry, env=task.options.env, image=task.options.image if partly else None
            ),
            files=Files(),
            image_from=task.image_from if partly else "",
        )

    def _composite(self, node: Node, path: str, names: list[str]) -> Node | None:
        if any(is_of_one_item(name, path) for name in names):
            self._bad(names[0], "means a composite in one item of a map: name its steps instead")
            return None
        name = strongest(names, path) or names[0]
        stub = self.stubs[name]
        if callable(stub):
            self._bad(name, "is a function, and the step is a composite: give the values that it returns, by name")
            return None
        self._check(name, tuple(names_written(node)), node, path)
        names_given = stub if isinstance(stub, Mapping) else () if stub is None else names_written(node)
        objects = objects_written(node)
        returns = tuple(ReturnSpec(one, "object" if one in objects else "json") for one in names_given)
        return Task(node.name, PythonCall(MODULE, name), Reads(), returns, span=node.span)

    def _check(self, name: str, known: tuple[str, ...], node: Node, path: str) -> None:
        stub: Any = self.stubs[name]
        if isinstance(stub, Mapping):
            for one in stub:
                if one not in known:
                    reason = f"gives {one!r}, which the step {path!r} does not return"
                    self.problems.append(BadStub(span=node.span, name=name, reason=reason, known=known, looked_for=one))
        elif stub is not None and not callable(stub) and not isinstance(stub, BaseException):
            reason = f"is {stub!r}, which is neither a mapping of returns, nor a function, an exception or None"
            self._bad(name, reason)

    def _bad(self, name: str, reason: str) -> None:
        problem = BadStub(name=name, reason=reason)
        if problem not in self.problems:
            self.problems.append(problem)


@dataclass(slots=True)
class StubbingLauncher:
    """A launcher that starts the stub of each task that has one, and lists all tasks that are started."""

    inner: Launcher
    stubs: Mapping[str, StepStub]
    ran: dict[str, None]

    @property
    def capacity(self) -> int:
        """See `Launcher.capacity`."""
        return self.inner.capacity

    def start(self, task: TaskStart) -> None:
        """See `Launcher.start`."""
        self.ran[task.path] = None
        name = strongest(self.stubs, task.path)
        self.inner.start(task if name is None else _stubbed(task, name, self.stubs[name]))

    def wait(self, seconds: float) -> TaskEnd | None:
        """See `Launcher.wait`."""
        return self.inner.wait(seconds)

    def stop(self, impatient: Callable[[], bool]) -> tuple[TaskEnd, ...]:
        """See `Launcher.stop`."""
        return self.inner.stop(impatient)


def _stubbed(task: TaskStart, name: str, stub: StepStub) -> TaskStart:
    returns = task.spec.returns
    if not callable(stub):
        declared = {returned.name: returned for returned in returns}
        returns = tuple(declared[one] for one in stub) if isinstance(stub, Mapping) else ()
    spec = replace(task.spec, kind="python", target=f"{MODULE}:{name}", returns=returns)
    return replace(task, action=PythonCall(MODULE, name), spec=spec, notebook=None)


def _function(stub: StepStub) -> Callable[..., object]:
    if isinstance(stub, BaseException) or (isinstance(stub, type) and issubclass(stub, BaseException)):
        return _raising(stub)
    if callable(stub):
        return stub
    values = list(stub.values()) if stub is not None else []

    def give(**given: object) -> object:
        return values[0] if len(values) == 1 else tuple(values)

    # What a test gives is what the step would have returned, and travels as its class does.
    kinds = [type(value) if written_single(type(value)) else Any for value in values]
    give.__annotations__["return"] = kinds[0] if len(kinds) == 1 else tuple[tuple(kinds)]  # type: ignore[misc]
    return give


def _raising(error: BaseException | type[BaseException]) -> Callable[..., object]:
    name = error.__name__ if isinstance(error, type) else type(error).__name__
    text = "" if isinstance(error, type) else str(error)

    def fail(**given: object) -> None:
        raise UserCodeFailed(f"{name}: {text}" if text else name)

    return fail
