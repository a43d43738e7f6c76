"""Graphs become DAG templates, and their nodes tasks that call templates."""

from __future__ import annotations

from dataclasses import replace
from shlex import quote

from runnable.backends.argo import composites, expressions
from runnable.backends.argo.expressions import Output
from runnable.backends.argo.hera_models import models
from runnable.backends.argo.inside import Inside
from runnable.backends.argo.lookup import Lookup
from runnable.backends.argo.names import Names, is_part, named_in
from runnable.backends.argo.resumed import Resumed
from runnable.backends.argo.settings import Settings
from runnable.backends.argo.shapes import Shape, Shapes
from runnable.backends.argo.wiring import Dag, call, inputs, joined
from runnable.diagnostics.errors import InternalError
from runnable.execution.task_spec import task_spec
from runnable.ir.nodes import FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join
from runnable.passes.dataflow import Flow, Sources
from runnable.passes.deciding import deciding_names
from runnable_runtime.protocol import TaskSpec

MAIN = "main"


class DagWriter:
    """Writes one workflow's DAG templates, asking `shapes` for the templates that their tasks call.

    In its methods, `at` is where `flow` has a node. After the lowerings that is more than the node's path.
    `inside` says what every task there gets. `numbered`: tasks know the numbers of the items that they are for.
    """

    def __init__(self, program: Program, flow: Flow, settings: Settings) -> None:
        self.names = Names()
        self.flow = flow
        self._settings = settings
        stored = settings.store is not None
        self.numbered = stored or settings.run_log is not None
        self.resumed = Resumed(self, settings.finished)
        self.lookup = Lookup.of(program, stored=stored)
        self._deciding = deciding_names(program) if stored else frozenset()
        self.shapes = Shapes(settings, self.names, read_parameters(program, flow))
        self.templates: list[models.Template] = []

    def write(self, graph: Graph) -> None:
        """The templates for the program's graph, whose nodes are named by their paths, and all graphs in it."""
        self.graph(graph, "", "", self.names.new(MAIN), Inside())

    def graph(self, graph: Graph, path: str, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for `graph`, and those of all that is in it."""
        position = len(self.templates)
        dag = Dag(graph, path)
        tasks = [self._task(dag, node, path, at, inside) for node in graph.nodes]
        tasks += self._ends(dag, path)
        exported = [self._output(dag, name, at) for name in self.flow.exports.get(at, ())]
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False if dag.forks() else None),
            inputs=inputs() if at and self.is_given(at, inside) else None,
            outputs=joined(exported) if exported else None,
        )
        self.templates.insert(position, whole)

    def is_given(self, at: str, inside: Inside) -> bool:
        """Whether the node at `at` has any input."""
        return inside.given or self.flow.sources[at] != Sources()

    def pod(self, task: Task, name: str, depends: str | None, lines: list[str], inside: Inside) -> models.DAGTask:
        """The call that runs a task in a pod; `name` is for the call."""
        log = self._settings.run_log
        place = log.places.get(task.name, ()) if log else ()
        spec = replace(task_spec(task, task.name, inside.indices, self._deciding), place=place)
        shape = Shape(spec.kind, bool(task.returns), self._settings.leaf(task))
        return call(name, self.shapes.template(shape), depends, spec, lines)

    def failing_pod(self, name: str, path: str, message: str) -> models.DAGTask:
        """The call of a pod that fails with a message, in which ``$(…)`` is replaced: only a pod can have one."""
        spec = TaskSpec("shell", f"echo {message} >&2; exit 1", path)
        shape = Shape("shell", False, self._settings.common.without_attempts())
        return call(name, self.shapes.template(shape), spec=spec)

    def _task(self, dag: Dag, node: Node, path: str, around: str, inside: Inside) -> models.DAGTask:
        at = join(around, node.name)
        lines = self._lines(dag, self.flow.sources[at], around, inside)
        name, depends = dag.names[node.name], dag.depends(node.name)
        if (recorded := self.resumed.whole(node, at, name, depends)) is not None:
            return recorded
        match node:
            case Task(is_idle=True):
                return call(name, self.shapes.stub(), depends)
            case Task():
                found = self.pod(node, name, depends, lines, inside)
            case _:
                template = self.names.new(named_in(path, node.name))
                self._composite(node, path, at, template, inside)
                found = call(name, template, depends, lines=lines)
        return self.resumed.unless_finished(node, node.name, at, found)

    def _composite(
        self, node: Graph | FanOut | Switch | Loop, path: str, at: str, template: str, inside: Inside
    ) -> None:
        """The templates of a node that has others in it; `path` is that of the graph around it."""
        match node:
            case Graph():
                self.graph(node, path if is_part(node.name) else node.name, at, template, inside)
            case FanOut():
                composites.fan_out(self, node, at, template, inside)
            case Switch():
                composites.switch(self, node, at, template, inside)
            case Loop():
                composites.loop(self, node, at, template, inside)

    def _lines(self, dag: Dag, sources: Sources, around: str, inside: Inside) -> list[str]:
        """The input of a node of the graph at `around`."""
        certain = not dag.handles_failures
        lines = [expressions.typed_parameter(name) for name in sources.parameters]
        lines += [expressions.GIVEN_INPUT] if sources.outer or inside.given else []
        return lines + [self._output(dag, name, around).line(certain=certain) for name in sources.producers]

    def _output(self, dag: Dag, name: str, around: str) -> Output:
        node, task = dag.nodes[name], dag.names[name]
        if isinstance(node, FanOut) and node.reduce is None:
            return Output(task, self.flow.collected.get(join(around, name), ()), node.reducer)
        return Output(task)

    def _ends(self, dag: Dag, path: str) -> list[models.DAGTask]:
        """What makes the DAG end as its graph says; nothing for a plain graph.

        Argo takes a DAG's outcome from its leaves, and a leaf that was left out has the worst outcome of what stands
        before it. Where a failure is handled, one last task stands for all ways to end well.
        """
        graph = dag.graph
        if not dag.handles_failures:
            return [self._fail(dag, path, graph.failing[-1:])] if graph.failing else []
        if len([node for node in graph.nodes if not dag.into[node.name]]) > 1:
            raise InternalError(f"failures are handled in {path!r}, which has several starts")
        good = [name for name in dag.last() if name not in graph.failing]
        if not good:
            return [self._fail(dag, path, graph.failing)]
        success = call(dag.new("success"), self.shapes.stub(), dag.any_of(good))
        if not graph.failing:
            return [success]
        fail = self._fail(dag, path, graph.failing)
        end = call(dag.new("end"), self.shapes.stub(), f"{success.name}.Succeeded && {fail.name}.Omitted")
        return [success, fail, end]

    def _fail(self, dag: Dag, path: str, after: tuple[str, ...]) -> models.DAGTask:
        """The pod that makes the workflow fail after a step that terminates with failure."""
        steps = " or ".join(repr(name) for name in after)
        message = quote(f"the pipeline ends in failure, as its step {steps} says")
        fail = self.failing_pod(dag.new("fail"), join(path, "fail"), message)
        return fail.model_copy(update={"depends": dag.any_of(after)})


def read_parameters(program: Program, flow: Flow) -> tuple[str, ...]:
    """The names of the program's parameters that something reads: those that the workflow has."""
    read = {name for sources in flow.sources.values() for name in sources.parameters}
    return tuple(name for name in program.parameters if name in read)
