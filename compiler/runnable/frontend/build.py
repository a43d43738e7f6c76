"""From authoring objects to the IR, with every mistake of the pipeline collected on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from pathlib import Path
from typing import Any

from runnable.configuration.project import find_root, relative
from runnable.diagnostics.codes.shape import ContradictoryEnd, EmptyPipeline, StepReused
from runnable.diagnostics.codes.steps import (
    BadOption,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.collecting import read_collecting
from runnable.frontend.limits import read_batch, read_count, read_flag, read_timeout
from runnable.frontend.locks import read_locks, refuse_locks
from runnable.frontend.ordering import ordered
from runnable.frontend.parameters import Declarations
from runnable.frontend.returns import Bad, is_name, noting, titled
from runnable.frontend.tasks import TaskBuilder
from runnable.ir.nodes import (
    BODY,
    Edge,
    FanOut,
    Graph,
    Node,
    On,
    Program,
    Switch,
)
from runnable.ir.nodes import Loop as LoopNode
from runnable.ir.unit import CompilationUnit
from runnable.passes.analysis.definitions import names_written
from runnable.sdk.asynchronous import AsyncPipeline
from runnable.sdk.catalog import Catalog
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.describe import shown
from runnable.sdk.handler import Executable
from runnable.sdk.jobs import BaseJob
from runnable.sdk.pipeline import Pipeline, Step
from runnable_runtime.deferred import dataclass

_DEEPEST = 100
"""How many pipelines one may be in, at most: what goes through them does so by recursion."""
DEFAULT_BRANCH = "default"
"""The name of the branch that a Conditional's `default` becomes."""


def build(subject: Executable, file: str) -> CompilationUnit:
    """The IR of a pipeline or a job, which stands in `file` (empty in an interactive session).

    Nothing is raised for the user's mistakes: they are in the result's `diagnostics`, and those that matter only where
    the pipeline is compiled for another machine in `portability`.
    """
    builder = _Builder(find_root(file))
    job, streams = isinstance(subject, BaseJob), isinstance(subject, AsyncPipeline)
    pipeline = subject
    if isinstance(subject, BaseJob):
        builder.check_job(subject)
        pipeline = subject.as_pipeline()
    assert isinstance(pipeline, Pipeline)
    graph = builder.graph(pipeline, pipeline.name, ())
    name = pipeline.name or (Path(file).stem if file else "pipeline")
    at_exit = builder.at_exit(pipeline, name, graph)
    source = (relative(Path(file), builder.root) or file) if file else ""
    declared = Declarations(builder.functions)
    declared.read(pipeline, graph, type(subject).__name__)
    program = Program(
        name,
        graph,
        description=pipeline.description,
        root=str(builder.root),
        source=source,
        declared=tuple(declared.found.values()),
        locks=read_locks(pipeline, builder.problems),
        at_exit=at_exit,
    )
    problems = (*declared.problems, *builder.problems)
    return CompilationUnit(
        program, builder.functions, problems, tuple(builder.portability), job, streams, types=declared.types
    )


@dataclass(slots=True)
class _Chain:
    """A graph in the making: a pipeline's steps, and after them those of their handlers."""

    nodes: list[Node] = field(default_factory=list)
    edges: list[Edge] = field(default_factory=list)
    failing: list[str] = field(default_factory=list)
    fuse: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _Builder:
    root: Path
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    portability: list[Diagnostic] = field(default_factory=list)
    tasks: TaskBuilder = field(init=False)
    _bad: Bad = field(init=False)

    def __post_init__(self) -> None:
        self._bad = noting(self.problems)
        self.tasks = TaskBuilder(self.root, self.functions, self.problems, self.portability)

    def check_job(self, job: BaseJob) -> None:
        """What a job cannot have, though a task can."""
        if isinstance(job.catalog, Catalog) and job.catalog.get:
            reason = "has `get`, and there is no step before a job that could have put files there"
            self.problems.append(BadOption(span=job.span, owner=type(job).__name__, option="catalog", reason=reason))

    def at_exit(self, pipeline: Pipeline, name: str, graph: Graph) -> Graph | None:
        """What runs after the pipeline called `name`, whose steps are in `graph`."""
        if pipeline.on_exit is None and pipeline.notify == ():
            return None
        from runnable.frontend.exits import ExitReader

        inside = (id(pipeline),)
        reader = ExitReader(pipeline, lambda one, at: self.graph(one, at, inside), self.functions, self.problems)
        return reader.read(name, [node.name for node in graph.nodes])

    # --- pipelines and composites ---

    def graph(self, pipeline: Pipeline, name: str, inside: tuple[int, ...]) -> Graph:
        """A pipeline: its steps, joined by edges. `inside` has the ids of the enclosing pipelines."""
        chain = _Chain()
        self._append(pipeline, chain, name, inside)
        nodes, edges = tuple(chain.nodes), tuple(chain.edges)
        timeout = read_timeout(pipeline, "Pipeline", self.problems)
        return Graph(name, nodes, edges, tuple(chain.failing), pipeline.span, timeout=timeout, fuse=tuple(chain.fuse))

    def _append(self, pipeline: Pipeline, chain: _Chain, name: str, inside: tuple[int, ...]) -> list[str]:
        """Add the steps of a pipeline to `chain`, then those of their handlers; returns the steps that start it."""
        if id(pipeline) in inside:
            self.problems.append(StepReused(span=pipeline.span, step=name))
            return []
        if len(inside) > _DEEPEST:
            self._bad("Pipeline", "steps", f"is nested in more than {_DEEPEST} others", pipeline)
            return []
        if inside and pipeline.parameters:
            self._bad("Pipeline", "parameters", "are for the outermost pipeline, and this is a branch", pipeline)
        if inside:
            refuse_locks(pipeline, self.problems)
            self._refuse_exits(pipeline)
        inside = (*inside, id(pipeline))
        steps, pairs = ordered(self._steps(pipeline), self.problems)
        nodes = [self.node(step, inside) for step in steps]
        chain.nodes += nodes
        chain.edges += [Edge(nodes[before].name, nodes[after].name) for before, after in pairs]
        chain.fuse += [step.name for step in steps] if self._fuses(pipeline) else []
        chain.failing += [step.name for step in steps if step.terminate_with_failure]
        self._check_ends(steps)
        for step in steps:
            self._handler(step, chain, inside)
        waiting = {after for _, after in pairs}
        return [node.name for position, node in enumerate(nodes) if position not in waiting]

    def _refuse_exits(self, branch: Pipeline) -> None:
        """Note that a branch, or the exit handler itself, says what runs at the end, if it does."""
        for option, given in (("on_exit", branch.on_exit), ("notify", branch.notify)):
            if given:
                self._bad("Pipeline", option, "is for the outermost pipeline, and this one is inside of it", branch)

    def _fuses(self, pipeline: Pipeline) -> bool:
        value: Any = pipeline.fuse
        if not isinstance(value, bool):
            self._bad("Pipeline", "fuse", f"is True or False, not {shown(value)}", pipeline)
        return value is True

    def _handler(self, step: Step, chain: _Chain, inside: tuple[int, ...]) -> None:
        handler: Any = step.on_failure
        if handler is None:
            return
        if not isinstance(handler, Pipeline):
            self._no_pipeline(f"step {step.name!r}", "on_failure", handler, step)
            return
        first = self._append(handler, chain, step.name, inside)
        chain.edges += [Edge(step.name, name, On.FAILURE) for name in first]

    def _steps(self, pipeline: Pipeline) -> list[Step]:
        written: Any = pipeline.steps
        if isinstance(written, str | Mapping) or not hasattr(written, "__iter__"):
            self._bad("Pipeline", "steps", f"is a list of steps, not {shown(written)}", pipeline)
            return []
        steps: list[Any] = list(written)
        good = [step for step in steps if isinstance(step, Step)]
        for other in steps:
            if not isinstance(other, Step):
                self._bad("Pipeline", "steps", f"holds {shown(other)}, which is not a step", pipeline)
        if not steps:
            self.problems.append(EmptyPipeline(span=pipeline.span, what="a Pipeline without steps"))
        return good

    def _check_ends(self, steps: list[Step]) -> None:
        for step in steps:
            if step.terminate_with_success and step.terminate_with_failure:
                self.problems.append(ContradictoryEnd(span=step.span, step=step.name))

    def node(self, step: Step, inside: tuple[int, ...]) -> Node:
        """One step of a pipeline."""
        if not isinstance(step, Parallel | Map | Conditional | Loop):
            return self.tasks.build(step)  # which reports a class that is none
        return replace(self._composite(step, inside), timeout=read_timeout(step, titled(step), self.problems))

    def _composite(
        self, step: Parallel | Map | Conditional | Loop, inside: tuple[int, ...]
    ) -> Graph | FanOut | Switch | LoopNode:
        match step:
            case Parallel():
                limit, fast = read_count(step, "max_parallel", self._bad), read_flag(step, "fail_fast", self._bad)
                branches = self._branches(step, inside)
                return Graph(step.name, branches, span=step.span, max_parallel=limit, fail_fast=fast)
            case Map():
                return self._map(step, inside)
            case Conditional():
                return self._conditional(step, inside)
            case Loop():
                return self._loop(step, inside)

    def _branches(self, step: Parallel | Conditional, inside: tuple[int, ...]) -> tuple[Graph, ...]:
        """The branches of a Parallel or Conditional."""
        branches: list[Graph] = []
        written: Any = step.branches
        owner = titled(step)
        if not isinstance(written, Mapping):
            self._bad(owner, "branches", f"is a mapping of names to Pipelines, not {shown(written)}", step)
            return ()
        values = isinstance(step, Conditional)
        taken: dict[str, object] = {}
        for key, branch in written.items():
            name = str(key) if values and isinstance(key, bool | int | float | None) else key
            if not isinstance(name, str):
                self._bad(owner, "branches", f"has names as keys, not {shown(key)}", step)
            elif not isinstance(branch, Pipeline):
                self._no_pipeline(owner, f"branches[{key!r}]", branch, step)
            elif name in taken:
                self._bad(owner, "branches", f"has {taken[name]!r} and {key!r}, which are the same value", step)
            else:
                taken[name] = key
                branches.append(self.graph(branch, name, inside))
        if not written:
            self.problems.append(EmptyPipeline(span=step.span, what=f"{owner} has no branches"))
        return tuple(branches)

    def _body(self, step: Map | Loop, inside: tuple[int, ...]) -> Graph:
        branch: Any = step.branch
        if isinstance(branch, Pipeline):
            return self.graph(branch, BODY, inside)
        self._no_pipeline(titled(step), "branch", branch, step)
        return Graph(BODY, ())

    def _map(self, step: Map, inside: tuple[int, ...]) -> FanOut:
        self._names(step, "iterate_on", "iterate_as")
        from runnable.frontend.reducing import Reducing
        from runnable.frontend.shells import without_list

        body = self._body(step, inside)
        if step.iterate_on not in names_written(body):
            body = without_list(body, str(step.iterate_on), Path(self.root))
        max_parallel = read_count(step, "max_parallel", self._bad)
        reading = Reducing(step, body, self.root, self.functions, self.problems, self._bad, self.tasks.outside)
        builtin, task = reading.read()
        failures, share = read_collecting(step, body, self._bad)
        fast = read_flag(step, "fail_fast", self._bad)
        batch = read_batch(step, self._bad)
        if batch:
            body = replace(body, fuse=tuple(node.name for node in body.nodes))
        return FanOut(
            step.name,
            body,
            step.iterate_on,
            step.iterate_as,
            builtin,
            task,
            max_parallel,
            step.span,
            failures,
            share,
            fail_fast=fast,
            batch=batch,
        )

    def _conditional(self, step: Conditional, inside: tuple[int, ...]) -> Switch:
        self._names(step, "parameter")
        branches = self._branches(step, inside)
        if step.default is None:
            return Switch(step.name, step.parameter, branches, None, step.span)
        owner = titled(step)
        default: Any = step.default
        if not isinstance(default, Pipeline):
            self._no_pipeline(owner, "default", default, step)
            return Switch(step.name, step.parameter, branches, None, step.span)
        if any(branch.name == DEFAULT_BRANCH for branch in branches):
            self._bad(owner, "default", f"cannot be given beside a branch that is called {DEFAULT_BRANCH!r}", step)
        branches = (*branches, self.graph(default, DEFAULT_BRANCH, inside))
        return Switch(step.name, step.parameter, branches, DEFAULT_BRANCH, step.span)

    def _loop(self, step: Loop, inside: tuple[int, ...]) -> LoopNode:
        self._names(step, "break_on", "index_as")
        max_iterations = read_count(step, "max_iterations", self._bad) or 1
        return LoopNode(step.name, self._body(step, inside), step.break_on, step.index_as, max_iterations, step.span)

    def _names(self, step: Step, *options: str) -> None:
        for option in options:
            value = getattr(step, option)
            if not is_name(value):
                reason = f"is the name of a parameter, letters, digits and _, not {shown(value)}"
                self._bad(titled(step), option, reason, step)

    # --- mistakes ---

    def _no_pipeline(self, owner: str, option: str, given: object, where: Step) -> None:
        from runnable.frontend.suggestions import pipeline_of

        self._bad(owner, option, f"is a Pipeline, not {shown(given)}", where, pipeline_of(given))
