"""Graphs become DAG templates, and their nodes tasks that call templates."""

from __future__ import annotations

from collections import defaultdict
from shlex import quote

from runnable.backends.argo import expressions
from runnable.backends.argo.expressions import INPUT, OUTPUT, SPEC
from runnable.backends.argo.hera_models import models
from runnable.backends.argo.names import Names, within
from runnable.backends.argo.settings import Settings
from runnable.backends.argo.shapes import Shape, Shapes
from runnable.diagnostics.errors import InternalError
from runnable.execution.task_spec import task_spec
from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, Nothing, On, Switch, Task
from runnable.ir.walk import join
from runnable.passes.dataflow import Flow, Sources
from runnable.passes.supported import unreachable
from runnable_runtime.protocol import TaskSpec

MAIN = "main"


class DagWriter:
    """Writes one workflow's DAG templates, asking `shapes` for the templates that their tasks call."""

    def __init__(self, flow: Flow, settings: Settings) -> None:
        self._names = Names()
        self._flow = flow
        self._settings = settings
        self.shapes = Shapes(settings.common, self._names)
        self.templates: list[models.Template] = []

    def write(self, graph: Graph) -> None:
        """The templates for the program's graph, whose nodes are named by their paths, and all graphs in it."""
        self._graph(graph, "", self._names.new(MAIN))

    def _graph(self, graph: Graph, at: str, template: str) -> None:
        """`at` is where `flow` has the graph; after the lowerings that is more than the path in its name."""
        position = len(self.templates)
        dag = _Dag(graph)
        tasks = [self._task(dag, node, join(at, node.name)) for node in graph.nodes]
        tasks += self._ends(dag)
        exported = self._flow.exports.get(at, ())
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False if dag.forks() else None),
            inputs=_input() if at and _is_given(self._flow.sources[at]) else None,
            outputs=_output([dag.names[name] for name in exported]) if exported else None,
        )
        self.templates.insert(position, whole)

    def _task(self, dag: _Dag, node: Node, at: str) -> models.DAGTask:
        sources = self._flow.sources[at]
        lines = [expressions.typed_parameter(name) for name in sources.parameters]
        lines += [expressions.GIVEN_INPUT] if sources.outer else []
        certain = not dag.handles_failures()
        lines += [expressions.output_of(dag.names[name], certain=certain) for name in sources.producers]
        depends = dag.depends(node.name)
        match node:
            case FanOut() | Switch() | Loop():
                raise unreachable(node)
            case Graph():
                template = self._names.new(node.name)
                self._graph(node, at, template)
                return _call(dag.names[node.name], template, depends, lines=lines)
            case Task(action=Nothing()):
                return _call(dag.names[node.name], self.shapes.stub(), depends)
            case Task():
                spec = task_spec(node, node.name)
                shape = Shape(spec.kind, bool(node.returns), self._settings.leaf(node))
                return _call(dag.names[node.name], self.shapes.template(shape), depends, spec, lines)

    def _ends(self, dag: _Dag) -> list[models.DAGTask]:
        """What makes the DAG end as its graph says; nothing for a plain graph.

        Argo takes a DAG's outcome from its leaves, and a leaf that was left out has the worst outcome of what stands
        before it. Where a failure is handled, one last task stands for all ways to end well.
        """
        graph = dag.graph
        if not dag.handles_failures():
            return [self._fail(dag, graph.failing[-1:])] if graph.failing else []
        if len([node for node in graph.nodes if not dag.into[node.name]]) > 1:
            raise InternalError(f"failures are handled in {graph.name!r}, which has several starts")
        good = [name for name in dag.last() if name not in graph.failing]
        success = _call(dag.new("success"), self.shapes.stub(), _any(dag, good))
        if not graph.failing:
            return [success]
        fail = self._fail(dag, graph.failing)
        end = _call(dag.new("end"), self.shapes.stub(), f"{success.name}.Succeeded && {fail.name}.Omitted")
        return [success, fail, end]

    def _fail(self, dag: _Dag, after: tuple[str, ...]) -> models.DAGTask:
        """The pod that makes the workflow fail after a step that terminates with failure: only a pod has a message."""
        steps = " or ".join(repr(name) for name in after)
        message = f"the pipeline ends in failure, as its step {steps} says"
        spec = TaskSpec("shell", f"echo {quote(message)} >&2; exit 1", join(dag.graph.name, "fail"))
        shape = Shape("shell", False, self._settings.common.without_attempts())
        return _call(dag.new("fail"), self.shapes.template(shape), _any(dag, after), spec)


class _Dag:
    """One graph, with Argo's names for its nodes."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self._taken = Names()
        self.names = {node.name: self._taken.new(within(node.name, graph.name)) for node in graph.nodes}
        self.into: dict[str, list[Edge]] = defaultdict(list)
        for edge in graph.edges:
            self.into[edge.target].append(edge)

    def new(self, text: str) -> str:
        """A name for a task that is no node of the graph."""
        return self._taken.new(text)

    def depends(self, name: str) -> str | None:
        """The condition for a node to start."""
        return " && ".join(self._condition(edge) for edge in self.into[name]) or None

    def _condition(self, edge: Edge) -> str:
        source = self.names[edge.source]
        match edge.on:
            case On.SUCCESS:
                return f"{source}.Succeeded"
            case On.FAILURE:
                return f"({source}.Failed || {source}.Errored)"

    def handles_failures(self) -> bool:
        """Whether a node's failure is followed by something."""
        return any(edge.on is On.FAILURE for edge in self.graph.edges)

    def last(self) -> tuple[str, ...]:
        """The nodes that nothing follows when they succeed."""
        followed = {edge.source for edge in self.graph.edges if edge.on is On.SUCCESS}
        return tuple(node.name for node in self.graph.nodes if node.name not in followed)

    def forks(self) -> bool:
        """Whether nodes run beside each other: then one's failure must not keep the others from starting."""
        return self.handles_failures() or len(self.graph.edges) < len(self.graph.nodes) - 1


def _any(dag: _Dag, nodes: tuple[str, ...] | list[str]) -> str:
    return " || ".join(f"{dag.names[name]}.Succeeded" for name in nodes)


def _is_given(sources: Sources) -> bool:
    return sources.outer or bool(sources.producers)


def _call(
    name: str, template: str, depends: str | None, spec: TaskSpec | None = None, lines: list[str] | None = None
) -> models.DAGTask:
    parameters = []
    if spec is not None:
        parameters.append(models.Parameter(name=SPEC, value=expressions.spec_text(spec.to_json())))
    if lines:
        parameters.append(models.Parameter(name=INPUT, value="\n".join(lines)))
    arguments = models.Arguments(parameters=parameters) if parameters else None
    return models.DAGTask(name=name, template=template, depends=depends, arguments=arguments)


def _input() -> models.Inputs:
    return models.Inputs(parameters=[models.Parameter(name=INPUT, default="")])


def _output(tasks: list[str]) -> models.Outputs:
    value = models.ValueFrom(expression=expressions.joined_outputs(tasks), default="")
    return models.Outputs(parameters=[models.Parameter(name=OUTPUT, value_from=value)])
