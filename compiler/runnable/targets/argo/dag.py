"""Graphs become DAG templates, and their nodes tasks that call templates."""

from __future__ import annotations

from collections.abc import Sequence
from shlex import quote

from runnable.ir.at_exit import TOLD
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Program, Switch, Task
from runnable.ir.order import is_line
from runnable.ir.walk import join
from runnable.passes.analysis.dataflow import Flow
from runnable.targets.argo.api import models
from runnable.targets.argo.collecting import Ending, reports
from runnable.targets.argo.composites import Composites
from runnable.targets.argo.expressions import INPUT_TEXT, Kept, Output
from runnable.targets.argo.facts import exit_fact
from runnable.targets.argo.names import KEPT, is_part, named_in
from runnable.targets.argo.resumed import Resumed
from runnable.targets.argo.room import Rooms
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.templates import Templates
from runnable.targets.argo.wiring import Dag, Inside, call, inputs, joined, output

MAIN = "main"
EXIT = "exit"


class DagWriter:
    """Writes one workflow's DAG templates. For `at` and `inside` in its methods see `Templates`."""

    def __init__(self, program: Program, flow: Flow, settings: Settings, rooms: Rooms) -> None:
        self._flow = flow
        self.templates = Templates.of(program, flow, settings, rooms)
        self._resumed = Resumed(self.templates, settings.finished)

    @property
    def _composites(self) -> Composites:
        """Not kept, as it refers to this writer: the two would stay, and the data flow with them."""
        return Composites(self.templates, self._resumed, self.graph)

    def write(self, graph: Graph) -> None:
        """The templates for the program's graph, whose nodes are named by their paths, and all graphs in it."""
        self.graph(graph, "", "", self.templates.names.new(MAIN), Inside(by_position=self.templates.by_position))

    def write_exit(self, graph: Graph) -> str:
        """The templates for what runs after the workflow, in which nothing that fails makes it fail; the name of all.

        A workflow that has succeeded fails if its exit handler does, so a last task succeeds however the others end.
        """
        template = self.templates.names.new(EXIT)
        self.graph(graph, "", "", template, Inside(by_position=self.templates.by_position), tolerant=True)
        return template

    def graph(self, graph: Graph, path: str, at: str, template: str, inside: Inside, *, tolerant: bool = False) -> None:
        """The template called `template` for `graph`, and those of all that is in it. `tolerant`: it never fails."""
        position = len(self.templates.written)
        dag = Dag(graph, path)
        tasks = [self._task(dag, node, path, at, inside) for node in graph.nodes]
        tasks += [self._anyhow(dag)] if tolerant else self._ends(dag, path)
        exported = dict(self._exported(dag, name, at) for name in self._flow.exports.get(at, ()))
        returned = joined(exported) if exported else None
        collects = at in self.templates.collecting
        if collects:
            ending = Ending(dag, path, tuple(tasks))
            returned = output(ending.output(exported))
            tasks.append(call(dag.new(KEPT), self.templates.containers.stub(), ending.depends))
        whole_run = dag.forks() or collects or tolerant
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False if whole_run else None),
            inputs=inputs() if at and self.templates.is_given(at, inside) else None,
            outputs=returned,
            parallelism=graph.max_parallel,
        )
        self.templates.written.insert(position, whole)

    def _task(self, dag: Dag, node: Node, path: str, around: str, inside: Inside) -> models.DAGTask:
        at = join(around, node.name)
        name, depends = dag.names[node.name], dag.depends(node.name)
        if (recorded := self._resumed.whole(node, at, name, depends)) is not None:
            return recorded
        if isinstance(node, Task):
            if node.name == TOLD:
                return self._told(name, self._flow.read.get(at, ()))
            if node.is_idle:
                return call(name, self.templates.containers.stub(), depends)
            leaves = around in self.templates.collecting and reports(node, path)
            lines = self._lines(dag, node, around, inside)
            found = self.templates.pod(node, at, name, depends, lines, inside, reports=leaves)
        else:
            template = self.templates.names.new(named_in(path, node.name))
            self._composite(node, path, at, template, inside.graph(self._flow.needs[at]))
            over = self._lines_of(dag, node, [node.iterate_on], around, inside) if isinstance(node, FanOut) else []
            found = call(name, template, depends, lines=self._lines(dag, node, around, inside), over=over)
        return self._resumed.unless_finished(node, node.name, at, found)

    def _told(self, name: str, facts: Sequence[str]) -> models.DAGTask:
        """The task that returns `facts` of the workflow as they are when it starts, without a pod."""
        template = self.templates.names.new(name)
        stub = call("nothing", self.templates.containers.stub())
        returned = output(INPUT_TEXT)
        self.templates.written.append(
            models.Template(name=template, dag=models.DAGTemplate(tasks=[stub]), inputs=inputs(), outputs=returned)
        )
        return call(name, template, lines=[exit_fact(fact, self.templates.run_id) for fact in facts])

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

    def _lines(self, dag: Dag, node: Node, around: str, inside: Inside) -> list[str]:
        """The input of a node of the graph at `around`: of a fan-out, without its list."""
        at = join(around, node.name)
        lists: tuple[str, ...] = ()
        if isinstance(node, FanOut) and inside.by_position and node.iterate_as in self._flow.needs[join(at, BODY)]:
            lists = (node.iterate_on,)
        return self._lines_of(dag, node, self._flow.needs[at], around, inside, lists, always=inside.always)

    def _lines_of(
        self,
        dag: Dag,
        node: Node,
        names: Sequence[str],
        around: str,
        inside: Inside,
        lists: Sequence[str] = (),
        *,
        always: bool = False,
    ) -> list[str]:
        """The lines that give a node `names`, and `lists` whose items are known by their positions.

        `always`: and the numbers of items and iterations.
        """
        at = join(around, node.name)
        reaching, sources = self._flow.reaching[at], self._flow.sources[at]
        lists = [name for name in lists if name not in names]
        lines = [self.templates.typed(name) for name in sources.parameters if name in names]
        outer = [name for name in names if reaching[name].outer]
        listed = [name for name in lists if reaching[name].outer]
        if outer or listed or always:
            lines.append(inside.line(outer, listed))
        for producer in sources.producers:
            wanted = [name for name in names if producer in reaching[name].producers]
            listed = [name for name in lists if producer in reaching[name].producers]
            if wanted or (listed and self._by_position(dag.nodes[producer])):
                output = self._output(dag, producer, around)
                only = self._kept(dag.nodes[producer], join(around, producer), wanted, listed)
                lines.append(output.line(certain=not dag.handles_failures, only=only))
        return lines

    def _by_position(self, node: Node) -> bool:
        """Whether the output of a node can have a list whose items are known by their positions."""
        return not isinstance(node, FanOut) or node.reduce is not None or node.reducer not in (None, "list")

    def _exported(self, dag: Dag, name: str, around: str) -> tuple[Output, Kept | None]:
        """The output of a node of the graph at `around`, with what is kept of it in the graph's own output."""
        at = join(around, name)
        return self._output(dag, name, around), self._kept(dag.nodes[name], at, self._flow.read.get(at, ()))

    def _kept(self, node: Node, at: str, names: Sequence[str], lists: Sequence[str] = ()) -> Kept | None:
        """What a reader of `names` is given of the output of a node; None for all of it."""
        if isinstance(node, FanOut) and node.reduce is None and node.failures is None:
            return None  # one line, which has them all
        read = self._flow.read.get(at, ())
        given = [item.name for item in node.returns] if isinstance(node, Task) else read
        return Kept.among(given, names, lists)

    def _output(self, dag: Dag, name: str, around: str) -> Output:
        node, task = dag.nodes[name], dag.names[name]
        if isinstance(node, FanOut) and node.reduce is None and node.failures is None:
            return Output(task, self._flow.collected.get(join(around, name), ()), node.reducer)
        return Output(task)

    def _ends(self, dag: Dag, path: str) -> list[models.DAGTask]:
        """What makes the DAG end as its graph says; nothing for a plain graph.

        Argo takes a DAG's outcome from its leaves, and a pod that was left out has the worst outcome of what stands
        before it. Where a failure is handled, one last task stands for all ways to end well.
        """
        graph = dag.graph
        if not dag.handles_failures:
            return [self._fail(dag, path, graph.failing)] if graph.failing else []
        good = [name for name in dag.last() if name not in graph.failing]
        if not good:
            return [self._fail(dag, path, graph.failing)]
        ways = dag.any_of(good) if is_line(graph) else dag.none_failed()
        success = call(dag.new("success"), self.templates.containers.stub(), ways)
        if not graph.failing:
            return [success]
        fail = self._fail(dag, path, graph.failing)
        end = call(dag.new("end"), self.templates.containers.stub(), f"{success.name}.Succeeded && {fail.name}.Omitted")
        return [success, fail, end]

    def _anyhow(self, dag: Dag) -> models.DAGTask:
        """The last task of what runs after the workflow: it succeeds when all others have ended."""
        ended = [
            " || ".join(f"{name}.{how}" for how in ("Succeeded", "Failed", "Errored", "Omitted"))
            for node, name in dag.names.items()
            if node != TOLD
        ]
        return call(dag.new("end"), self.templates.containers.stub(), " && ".join(f"({one})" for one in ended))

    def _fail(self, dag: Dag, path: str, after: tuple[str, ...]) -> models.DAGTask:
        """The pod that makes the workflow fail after a step that terminates with failure."""
        steps = " or ".join(repr(name) for name in after)
        message = quote(f"the pipeline ends in failure, as its step {steps} says")
        fail = self.templates.failing_pod(dag.new("fail"), join(path, "fail"), message)
        return fail.replaced(depends=dag.any_of(after))
