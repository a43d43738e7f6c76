"""A program made harmless: its tasks do nothing, or what a patch says.

    before   load -> Map over chunks: [process -> report]
    after    load (outputs: {chunks: [1, 2]}) -> Map over chunks: [process (nothing) -> report (another function)]

Parallel, Map, Conditional and Loop stay what they are, and need their values: they come from patches, or from the
parameters that the run starts with.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path

from runnable.configuration.yaml_file import key_span
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.codes.dataflow import ParameterNotProvided
from runnable.diagnostics.codes.published import PatchUnused
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError
from runnable.executors.mocked.command import CommandError, patched_task
from runnable.executors.mocked.settings import AT, MockedSettings
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Nothing, Program, PythonCall, Reads, Switch, Task
from runnable.ir.step_patterns import strongest
from runnable.ir.walk import replace_nodes, rewrite, tasks, walk
from runnable.passes.analysis.definitions import names_written
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json, ReturnSpec

CONSTANTS = "runnable.mocked"
"""In the place of a module's name: functions that are made here, and return what a patch says."""

Functions = Mapping[str, Callable[..., object]]


@dataclass(slots=True)
class _Mocking:
    settings: MockedSettings
    root: Path
    file: str
    functions: dict[str, Callable[..., object]]
    used: set[str] = field(default_factory=set)
    problems: list[ConfigurationInvalid] = field(default_factory=list)

    def change(self, path: str, node: Node) -> Node | None:
        """What stands in for the node at `path`; None for a composite that is gone through."""
        key = strongest(self.settings.patches, path)
        if key is not None:
            self.used.add(key)
            return self._patched(key, path, node)
        match node:
            case Task():
                return silenced(node)
            case Graph() | FanOut() | Switch() | Loop():
                return None

    def _patched(self, key: str, path: str, node: Node) -> Node:
        patch = self.settings.patches[key]
        try:
            if patch.command is None:
                return self._constant(patch.outputs, path, node)
            if not isinstance(node, Task):
                raise CommandError("", "is no task, so it can be patched with `outputs` only")
            task, function = patched_task(node, patch, self.root)
        except CommandError as error:
            at = f"{AT}.patches.{key}" + (f".{error.key}" if error.key else "")
            self.problems.append(ConfigurationInvalid(file=self.file, key=at, reason=str(error)))
            return silenced(node)
        if function is not None and isinstance(task.action, PythonCall):
            self.functions[f"{task.action.module}:{task.action.name}"] = function
        return task

    def _constant(self, outputs: Mapping[str, Json], path: str, node: Node) -> Node:
        known = tuple(names_written(node))
        if unknown := [name for name in outputs if name not in known]:
            listed = ", ".join(known) or "nothing"
            raise CommandError("outputs", f"has {unknown[0]!r}, and the step returns {listed}")
        names = tuple(outputs)
        values = tuple(outputs[name] for name in names)
        if not names:
            return silenced(node)
        self.functions[f"{CONSTANTS}:{path}"] = lambda: values[0] if len(values) == 1 else values
        return stand_in(node, PythonCall(CONSTANTS, path), tuple(ReturnSpec(name) for name in names))


def mock(
    program: Program, functions: Functions, settings: MockedSettings, file: str
) -> tuple[Program, Functions, list[Diagnostic]]:
    """`program` and `functions` as `settings`, read from `file`, have them; and warnings of patches for no step.

    Raises ConfigurationError for a patch that cannot be used.
    """
    mocking = _Mocking(settings, Path(program.root), file, dict(functions))
    graph = without_idle_reducers(replace_nodes(program.graph, mocking.change))
    known = tuple(dict.fromkeys(node.name for _, node in walk(program.graph) if not _is_body(node)))
    if mocking.problems:
        raise ConfigurationError(mocking.problems)
    unused: list[Diagnostic] = [
        PatchUnused(span=key_span(file, f"{AT}.patches.{key}"), file=file, step=key, known=known)
        for key in settings.patches
        if key not in mocking.used
    ]
    return replace(program, graph=graph), mocking.functions, unused


def explained(found: list[Diagnostic], before: Program, after: Program) -> list[Diagnostic]:
    """What was found in `after`, with what its being a mocked `before` has to do with it.

    A loop whose condition nothing returns any more is no mistake: it goes on to its last iteration.
    """
    gone = names_written(before.graph).keys() - names_written(after.graph).keys()
    conditions = {(node.name, node.break_on) for _, node in walk(before.graph) if isinstance(node, Loop)}
    kept: list[Diagnostic] = []
    for one in found:
        if not isinstance(one, ParameterNotProvided) or one.parameter not in gone:
            kept.append(one)
        elif (one.step, one.parameter) not in conditions:
            kept.append(one.replace(mocked=_writers(one.parameter, before)))
    return kept


def _writers(name: str, program: Program) -> tuple[str, ...]:
    return tuple(task.name for _, task in tasks(program.graph) if any(r.name == name for r in task.returns))


def silenced(node: Node) -> Task:
    """A task that does nothing, instead of `node`."""
    return stand_in(node, Nothing(), ())


def stand_in(node: Node, action: Nothing | PythonCall, returns: tuple[ReturnSpec, ...]) -> Task:
    """A task that does `action`, instead of `node`, without what the node reads and how it is run."""
    return Task(node.name, action, Reads(), returns, span=node.span)


def without_idle_reducers(graph: Graph) -> Graph:
    """`graph` with reducers that get the names that are still returned, and without those that get none."""

    def fitted(one: Graph) -> Graph:
        return replace(one, nodes=tuple(_fitted(n) if isinstance(n, FanOut) and n.reduce else n for n in one.nodes))

    return rewrite(graph, fitted)


def _fitted(fan_out: FanOut) -> FanOut:
    reduce, written = fan_out.reduce, names_written(fan_out.body)
    if reduce is None:
        return fan_out
    names = tuple(name for name in reduce.reads.required if name in written)
    returns = tuple(ReturnSpec(name) for name in names)
    return replace(fan_out, reduce=replace(reduce, reads=Reads(required=names), returns=returns) if names else None)


def _is_body(node: Node) -> bool:
    return isinstance(node, Graph) and node.name == BODY
