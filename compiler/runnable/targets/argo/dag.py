"""Graphs become DAG templates, and their nodes tasks that call templates."""

from __future__ import annotations

from shlex import quote

from runnable.diagnostics.errors import InternalError
from runnable.ir.nodes import FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.walk import join
from runnable.passes.analysis.dataflow import Flow, Sources
from runnable.targets.argo import expressions
from runnable.targets.argo.composites import Composites
from runnable.targets.argo.expressions import Output
from runnable.targets.argo.hera_models import models
from runnable.targets.argo.names import is_part, named_in
from runnable.targets.argo.resumed import Resumed
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.templates import Templates
from runnable.targets.argo.wiring import Dag, Inside, call, inputs, joined

MAIN = "main"


class DagWriter:
    """Writes one workflow's DAG templates. For `at` and `inside` in its methods see `Templates`."""

    def __init__(self, program: Program, flow: Flow, settings: Settings) -> None:
        self._flow = flow
        self.templates = Templates.of(program, flow, settings)
        self._resumed = Resumed(self.templates, settings.finished)
        self._composites = Composites(self.templates, self._resumed, self.graph)

    def write(self, graph: Graph) -> None:
        """The templates for the program's graph, whose nodes are named by their paths, and all graphs in it."""
        self.graph(graph, "", "", self.templates.names.new(MAIN), Inside())

    def graph(self, graph: Graph, path: str, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for `graph`, and those of all that is in it."""
        position = len(self.templates.written)
        dag = Dag(graph, path)
        tasks = [self._task(dag, node, path, at, inside) for node in graph.nodes]
        tasks += self._ends(dag, path)
        exported = [self._output(dag, name, at) for name in self._flow.exports.get(at, ())]
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False if dag.forks() else None),
            inputs=inputs() if at and self.templates.is_given(at, inside) else None,
            outputs=joined(exported) if exported else None,
        )
        self.templates.written.insert(position, whole)

    def _task(self, dag: Dag, node: Node, path: str, around: str, inside: Inside) -> models.DAGTask:
        at = join(around, node.name)
        lines = self._lines(dag, self._flow.sources[at], around, inside)
        name, depends = dag.names[node.name], dag.depends(node.name)
        if (recorded := self._resumed.whole(node, at, name, depends)) is not None:
            return recorded
        if isinstance(node, Task):
            if node.is_idle:
                return call(name, self.templates.containers.stub(), depends)
            found = self.templates.pod(node, name, depends, lines, inside)
        else:
            template = self.templates.names.new(named_in(path, node.name))
            self._composite(node, path, at, template, inside)
            found = call(name, template, depends, lines=lines)
        return self._resumed.unless_finished(node, node.name, at, found)

    def _composite(
        self, node: Graph | FanOut | Switch | Loop, path: str, at: str, template: str, inside: Inside
    ) -> None:
        """The templates of a node that has others in it; `path` is that of the graph around it."""
        match node:
            case Graph():
                self.graph(node, path if is_part(node.name) else node.name, at, template, inside)
            case FanOut():
                self._composites.fan_out(node, at, template, inside)
            case Switch():
                self._composites.switch(node, at, template, inside)
            case Loop():
                self._composites.loop(node, at, template, inside)

    def _lines(self, dag: Dag, sources: Sources, around: str, inside: Inside) -> list[str]:
        """The input of a node of the graph at `around`."""
        certain = not dag.handles_failures
        lines = [expressions.typed_parameter(name) for name in sources.parameters]
        lines += [expressions.GIVEN_INPUT] if sources.outer or inside.given else []
        return lines + [self._output(dag, name, around).line(certain=certain) for name in sources.producers]

    def _output(self, dag: Dag, name: str, around: str) -> Output:
        node, task = dag.nodes[name], dag.names[name]
        if isinstance(node, FanOut) and node.reduce is None:
            return Output(task, self._flow.collected.get(join(around, name), ()), node.reducer)
        return Output(task)

    def _ends(self, dag: Dag, path: str) -> list[models.DAGTask]:
        """What makes the DAG end as its graph says; nothing for a plain graph.

        Argo takes a DAG's outcome from its leaves, and a pod that was left out has the worst outcome of what stands
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
        success = call(dag.new("success"), self.templates.containers.stub(), dag.any_of(good))
        if not graph.failing:
            return [success]
        fail = self._fail(dag, path, graph.failing)
        end = call(dag.new("end"), self.templates.containers.stub(), f"{success.name}.Succeeded && {fail.name}.Omitted")
        return [success, fail, end]

    def _fail(self, dag: Dag, path: str, after: tuple[str, ...]) -> models.DAGTask:
        """The pod that makes the workflow fail after a step that terminates with failure."""
        steps = " or ".join(repr(name) for name in after)
        message = quote(f"the pipeline ends in failure, as its step {steps} says")
        fail = self.templates.failing_pod(dag.new("fail"), join(path, "fail"), message)
        return fail.model_copy(update={"depends": dag.any_of(after)})
