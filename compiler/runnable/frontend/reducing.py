"""The reducer of a Map, or its reducers by name, as the IR has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from runnable.diagnostics.codes.steps import BadReducer
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import nearest
from runnable.frontend.reducers import TASK_NAME, Reducer, ReducerError, builtin_reducer, users_reducer
from runnable.frontend.returns import Bad, titled
from runnable.ir.nodes import Graph, Reads, Reduce, Task
from runnable.passes.analysis.definitions import names_written, objects_written
from runnable.sdk.composites import Map
from runnable.sdk.pipeline import Step
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import REDUCERS, ReturnSpec


@dataclass(frozen=True, slots=True)
class Reducing:
    """A Map whose reducer is read: mistakes are added to `problems`, the functions that are called to `functions`."""

    step: Map
    body: Graph
    root: Path
    functions: dict[str, Callable[..., Any]]
    problems: list[Diagnostic]
    bad: Bad
    outside: Callable[[Step, str], None]

    def read(self) -> tuple[str | None, Task | None]:
        """A builtin that needs no task, or a task that reduces; neither where the lists stay lists."""
        reducer, objects = self.step.reducer, objects_written(self.body)
        if isinstance(reducer, Mapping):
            return None, self._each(reducer, objects)
        builtin = builtin_reducer(reducer)
        if builtin not in (None, "len", "list") and objects:  # it must know them, and is applied where none is loaded
            builtin, reducer = None, builtin
        if reducer is None or builtin is not None:
            return builtin, None
        return None, self._task(reducer, tuple(names_written(self.body)), objects)

    def _task(self, reducer: Reducer, names: tuple[str, ...], objects: frozenset[str]) -> Task | None:
        step = self.step
        try:
            found = users_reducer(reducer, names, self.root, objects)
        except ReducerError as error:
            shown = reducer if isinstance(reducer, str) else getattr(reducer, "__name__", repr(reducer))
            self.problems.append(
                BadReducer(span=step.span, step=step.name, reducer=shown, reason=str(error), near=error.near)
            )
            return None
        if found.function is not None and isinstance(found.task.action, Reduce):
            self.functions[found.task.action.function] = found.function
        if found.outside:
            self.outside(step, found.outside)
        return replace(found.task, span=step.span)

    def _each(self, reducers: Mapping[str, Reducer], objects: frozenset[str]) -> Task | None:
        """The task for a reducer of each return."""
        written = tuple(names_written(self.body))
        each: dict[str, str] = {}
        paths: dict[str, None] = {}
        for name, reducer in reducers.items():
            if name not in written:
                known = ", ".join(map(repr, written)) or "nothing"
                reason = f"is for {name!r}, and its branch returns {known}"
                near = nearest(str(name), written)
                self.bad(titled(self.step), "reducer", reason, self.step, f"{near!r}" if near else "")
            elif (builtin := builtin_reducer(reducer)) is not None:
                each[name] = builtin
            elif (task := self._task(reducer, (name,), objects)) and isinstance(task.action, Reduce):
                each[name] = task.action.function
                paths |= dict.fromkeys(task.action.import_path)
        if not each:
            return None
        # A list of objects refers to them as it is; what a function makes of them is an object again.
        kept = {name for name in objects if each.get(name, "list") not in REDUCERS}
        returns = tuple(ReturnSpec(name, "object" if name in kept else "json") for name in written)
        action = Reduce("", tuple(paths), tuple(f"{name}={function}" for name, function in each.items()))
        return Task(TASK_NAME, action, Reads(required=written), returns, span=self.step.span)
