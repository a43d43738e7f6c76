"""From authoring objects to the IR, with every mistake of the pipeline collected on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

from runnable.diagnostics.codes import (
    BadOption,
    ContradictoryEnd,
    EmptyPipeline,
    FunctionNotImportable,
    FunctionOutsideProject,
    NotebookMissing,
    NotSupportedYet,
    StepReused,
    UnreachableStep,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.driver import Built
from runnable.ir.nodes import (
    Action,
    Edge,
    Graph,
    Node,
    NotebookRun,
    Nothing,
    Program,
    PythonCall,
    Reads,
    ShellCommand,
    Task,
)
from runnable.sdk.composites import Parallel
from runnable.sdk.functions import locate
from runnable.sdk.options import OptionReader
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.project import find_root, relative
from runnable.sdk.returns import TaskReturns
from runnable.sdk.tasks import BaseTask, NotebookTask, PythonTask, ShellTask, Step, Stub
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.signature import FunctionReads, reads


def build(pipeline: Pipeline, file: str) -> Built:
    """The IR of `pipeline`, which stands in `file` (empty in an interactive session).

    Nothing is raised for the user's mistakes: they are in the result's `diagnostics`, and those that matter only where
    the pipeline is compiled for another machine in `portability`.
    """
    builder = _Builder(find_root(file))
    graph = builder.graph(pipeline, pipeline.name, ())
    name = pipeline.name or (Path(file).stem if file else "pipeline")
    program = Program(name=name, graph=graph, description=pipeline.description, root=str(builder.root))
    return Built(program, builder.functions, tuple(builder.problems), tuple(builder.portability))


@dataclass(slots=True)
class _Builder:
    root: Path
    functions: dict[str, Callable[..., Any]] = field(default_factory=dict)
    problems: list[Diagnostic] = field(default_factory=list)
    portability: list[Diagnostic] = field(default_factory=list)
    _signatures: dict[Callable[..., Any], FunctionReads] = field(default_factory=dict)

    # --- pipelines and composites ---

    def graph(self, pipeline: Pipeline, name: str, inside: tuple[int, ...]) -> Graph:
        """A pipeline: its steps, joined by edges in their order. `inside` has the ids of the enclosing pipelines."""
        steps = self._steps(pipeline)
        if id(pipeline) in inside:
            self.problems.append(StepReused(span=pipeline.span, step=name))
            steps = []
        nodes = tuple(self.node(step, (*inside, id(pipeline))) for step in steps)
        edges = tuple(Edge(a.name, b.name) for a, b in pairwise(nodes))
        failing = tuple(step.name for step in steps if step.terminate_with_failure)
        self._check_ends(steps)
        return Graph(name, nodes, edges, failing, pipeline.span)

    def _steps(self, pipeline: Pipeline) -> list[Step]:
        written: Any = pipeline.steps
        if isinstance(written, str | Mapping) or not hasattr(written, "__iter__"):
            self._bad("Pipeline", "steps", f"is a list of steps, not {written!r}", pipeline)
            return []
        steps: list[Any] = list(written)
        good = [step for step in steps if isinstance(step, Step)]
        for other in steps:
            if not isinstance(other, Step):
                self._bad("Pipeline", "steps", f"holds {other!r}, which is not a step", pipeline)
        if not steps:
            self.problems.append(EmptyPipeline(span=pipeline.span, what="a Pipeline without steps"))
        return good

    def _check_ends(self, steps: list[Step]) -> None:
        ending: Step | None = None
        for step in steps:
            if ending is not None:
                self.problems.append(UnreachableStep(span=step.span, step=step.name, terminator=ending.name))
            if step.terminate_with_success and step.terminate_with_failure:
                self.problems.append(ContradictoryEnd(span=step.span, step=step.name))
            if step.terminate_with_success or step.terminate_with_failure:
                ending = ending or step

    def node(self, step: Step, inside: tuple[int, ...]) -> Node:
        """One step of a pipeline."""
        if step.on_failure is not None:
            self._not_yet(f"on_failure (of step {step.name!r})", step)
        if isinstance(step, Parallel):
            return self.parallel(step, inside)
        return self.task(step)

    def parallel(self, step: Parallel, inside: tuple[int, ...]) -> Graph:
        """A Parallel: its branches as graphs, without edges between them."""
        branches: list[Graph] = []
        written: Any = step.branches
        owner = f"Parallel {step.name!r}"
        if not isinstance(written, Mapping):
            self._bad(owner, "branches", f"is a mapping of names to Pipelines, not {written!r}", step)
            return Graph(step.name, (), span=step.span)
        for name, branch in written.items():
            if not isinstance(branch, Pipeline):
                self._bad(
                    owner, "branches", f"has a {type(branch).__name__} for {name!r}, where a Pipeline is needed", step
                )
            else:
                branches.append(self.graph(branch, name, inside))
        if not written:
            self.problems.append(EmptyPipeline(span=step.span, what=f"{owner} has no branches"))
        return Graph(step.name, tuple(branches), span=step.span)

    # --- tasks ---

    def task(self, step: Step) -> Task:
        """A task of any kind, or a Stub."""
        self._refuse_unsupported(step)
        action, read = self._action(step)
        if not isinstance(step, BaseTask):
            return Task(step.name, action, read, span=step.span)
        reader = OptionReader(f"step {step.name!r}", step.span, self.problems)
        return Task(step.name, action, read, self._returns(step), reader.read(step), step.span)

    def _refuse_unsupported(self, step: Step) -> None:
        if getattr(step, "catalog", None) is not None:
            self._not_yet(f"catalog (of step {step.name!r})", step)
        if getattr(step, "secrets", None):
            self._not_yet(f"secrets (of step {step.name!r})", step)
        if getattr(step, "optional_ploomber_args", None):
            self._not_yet(f"optional_ploomber_args (of step {step.name!r})", step)

    def _action(self, step: Step) -> tuple[Action, Reads]:
        match step:
            case PythonTask():
                return self._python(step)
            case ShellTask():
                command: Any = step.command
                if not isinstance(command, str) or not command.strip():
                    self._bad(f"step {step.name!r}", "command", f"is a text, not {command!r}", step)
                return ShellCommand(str(command)), Reads(everything=True)
            case NotebookTask():
                return NotebookRun(self._notebook(step)), Reads(everything=True)
            case Stub():
                return Nothing(), Reads()
            case _:
                self._bad(f"step {step.name!r}", "class", f"{type(step).__name__} is no kind of task", step)
                return Nothing(), Reads()

    def _python(self, step: PythonTask) -> tuple[Action, Reads]:
        located = locate(step.function, self.root)
        call = located.call
        if call is None:
            self.problems.append(FunctionNotImportable(span=step.span, step=step.name, reason=located.problem))
            return PythonCall("", ""), Reads()
        if located.outside:
            outside = FunctionOutsideProject(span=step.span, step=step.name, file=located.outside, root=str(self.root))
            self.portability.append(outside)
        self.functions[f"{call.module}:{call.name}"] = step.function
        read = self._signatures.get(step.function)
        if read is None:
            read = self._signatures[step.function] = reads(step.function)
        return call, Reads(read.required, read.optional, read.everything)

    def _notebook(self, step: NotebookTask) -> str:
        text: Any = step.notebook
        if not isinstance(text, str) or not text.endswith(".ipynb"):
            return self._no_notebook(step, "it does not end with .ipynb")
        found = next((p for p in (Path(text), self.root / text) if p.is_file()), None)
        if found is None:
            return self._no_notebook(step, "there is no such file")
        inside = relative(found, self.root)
        return inside if inside is not None else self._no_notebook(step, f"it is outside of the project {self.root}")

    def _no_notebook(self, step: NotebookTask, reason: str) -> str:
        missing = NotebookMissing(span=step.span, step=step.name, notebook=str(step.notebook), reason=reason)
        self.problems.append(missing)
        return ""

    def _returns(self, step: BaseTask) -> tuple[ReturnSpec, ...]:
        owner = f"step {step.name!r}"
        written: Any = step.returns
        if isinstance(written, str) or not hasattr(written, "__iter__"):
            self._bad(owner, "returns", f"is a list of names, not {written!r}", step)
            return ()
        found: list[ReturnSpec] = []
        for item in written:
            declared: Any = TaskReturns(item) if isinstance(item, str) else item
            if not isinstance(declared, TaskReturns):
                self._bad(
                    owner, "returns", f"holds {item!r}, which is neither a name nor json(...) or metric(...)", step
                )
            elif not (declared.name.isidentifier() and declared.name.isascii()):
                self._bad(owner, "returns", f"{declared.name!r} is not a name: letters, digits and _", step)
            elif any(declared.name == other.name for other in found):
                self._bad(owner, "returns", f"has {declared.name!r} twice", step)
            else:
                found.append(ReturnSpec(declared.name, declared.kind))
        return tuple(found)

    # --- mistakes ---

    def _bad(self, owner: str, option: str, reason: str, where: Step | Pipeline) -> None:
        self.problems.append(BadOption(span=where.span, owner=owner, option=option, reason=reason))

    def _not_yet(self, feature: str, step: Step) -> None:
        self.problems.append(NotSupportedYet(span=step.span, feature=feature))
