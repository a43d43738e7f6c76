"""Composites become DAG templates: a fan-out, a switch, a loop."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from shlex import quote

from runnable.ir.nodes import BODY, FanOut, Fused, Graph, Loop, Switch, Task
from runnable.ir.walk import join
from runnable.targets.argo import collecting, expressions
from runnable.targets.argo.api import models
from runnable.targets.argo.collecting import ITEMS, NOT_ENOUGH
from runnable.targets.argo.expressions import (
    GIVEN_INPUT,
    INPUT,
    INPUT_TEXT,
    ITERATION,
    OVER,
    OVER_TEXT,
    Kept,
    Output,
)
from runnable.targets.argo.names import Names, within
from runnable.targets.argo.resumed import Resumed
from runnable.targets.argo.templates import Templates
from runnable.targets.argo.wiring import Inside, call, collected, inputs, joined, output
from runnable_runtime.deferred import dataclass

EACH, BODY_TASK, NEXT, NO_MATCH = "f", "body", "go", "no-match"
"""Names of tasks. Those of nested nodes make up the name of a node of the workflow, so they are short."""


@dataclass(frozen=True, slots=True)
class Composites:
    """Writes the templates of composites. `graph` writes those of a graph in them, as `DagWriter.graph` does."""

    _templates: Templates
    _resumed: Resumed
    _graph: Callable[[Graph, str, str, str, Inside], None]

    def fan_out(self, node: FanOut, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for a fan-out, which is at `at`.

        Its items are given their own entry of the list, not the list: a workflow keeps what each of them is given.
        """
        items = template
        if node.failures is not None:
            items = self._templates.names.new(f"{node.name} items")
            self._collected(node, node.failures, at, template, items, inside)
        elif node.reduce is not None:
            items = self._templates.names.new(f"{node.name} items")
            self._reduced(node, at, template, items, inside)
        elif self._is_batched(node) and at in self._templates.flow.collected:
            items = self._templates.names.new(f"{node.name} items")
            self._flattened(template, items)
        position = len(self._templates.written)
        body, path = join(at, BODY), join(node.name, BODY)
        needed = node.iterate_as in self._templates.flow.needs[body]
        by_value = needed or node.failures is not None  # the list of failures has the item
        line = expressions.item_line(node.iterate_as, node.iterate_on) if by_value else expressions.NUMBER_LINE
        batch = node.in_pod if self._is_batched(node) else None
        if batch:
            line = expressions.batch_line(node.iterate_as, node.iterate_on, by_value=by_value)
        is_given = inside.always or self._templates.flow.needs[at] or (inside.by_position and needed)
        given = [GIVEN_INPUT] if is_given else []
        each = self._body(node, path, body, [*given, line], inside.item(node.iterate_as, node.iterate_on))
        over = expressions.tag(self._templates.lookup.items(OVER_TEXT, node.iterate_on, by_value=by_value, batch=batch))
        each = self._resumed.unless_finished(node.body, path, body, each)
        each = each.replaced(with_param=over)
        whole = models.Template(
            name=items,
            dag=models.DAGTemplate(tasks=[each], fail_fast=False),
            inputs=inputs(**{OVER: ""}),
            outputs=collected(each.name) if node.failures or at in self._templates.flow.collected else None,
            parallelism=node.max_parallel,
        )
        self._templates.written.insert(position, whole)

    def _body(self, node: FanOut, path: str, at: str, lines: list[str], inside: Inside) -> models.DAGTask:
        """The call of a fan-out's body, which is at `at`: of its pod, if that is all that there is."""
        task = node.body.nodes[0] if len(node.body.nodes) == 1 else None
        if (
            isinstance(task, Task)
            and not node.failures
            and not node.body.failing
            and not self._resumed.has_part_of(path)
        ):
            read = self._templates.flow.read.get(at, ())
            if not read or {item.name for item in task.returns} <= set(read) or self._is_batched(node):
                name = Names().new(within(task.name, path))
                if task.is_idle:
                    return call(name, self._templates.containers.stub())
                own = self._templates.flow.sources[join(at, task.name)].parameters
                typed = [self._templates.typed(parameter) for parameter in own]
                return self._templates.pod(task, join(at, task.name), name, None, [*typed, *lines], inside)
        item = self._templates.names.new(f"{node.name} item")
        self._graph(node.body, path, at, item, inside)
        return call(EACH, item, lines=lines)

    def _is_batched(self, node: FanOut) -> bool:
        """Whether several items share a pod."""
        one = node.body.nodes[0]
        return isinstance(one, Task) and isinstance(one.action, Fused) and one.action.batch

    def _flattened(self, template: str, items: str) -> None:
        """The template called `template` that makes one list of what the pods of `items` have of some items each."""
        each = call(ITEMS, items, lines=[GIVEN_INPUT], over=[expressions.GIVEN_OVER])
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=[each]),
            inputs=inputs(**{OVER: ""}),
            outputs=output(expressions.flattened(ITEMS)),
        )
        self._templates.written.append(whole)

    def _collected(self, node: FanOut, name: str, at: str, template: str, items: str, inside: Inside) -> None:
        """The template called `template` for a fan-out that collects: `items` are what its template calls."""
        flow = self._templates.flow
        tasks = [call(ITEMS, items, lines=[GIVEN_INPUT], over=[expressions.GIVEN_OVER])]
        depends = f"{ITEMS}.Succeeded"
        results = collecting.results(batched=self._is_batched(node))
        if node.min_success:
            tasks.append(self._not_enough(node, depends, results))
            depends = f"{NOT_ENOUGH}.Skipped"
        names, read = flow.collected.get(at, ()), flow.read.get(at, ())
        each = [collecting.lists(results, names, node.reducer)] if names else []
        if node.reduce is not None:
            tasks.append(self._reduce(node, node.reduce, at, depends, [expressions.tag(each[0])], inside))
            only = self._read_of(node.reduce, at)
            each = [expressions.joined_outputs({Output("reduce"): only})] if flow.exports.get(at) else []
        lines = [*each, *([collecting.failures(results, name)] if name in read else [])]
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks),
            inputs=inputs(**{OVER: ""}),
            outputs=output(" + '\\n' + ".join(f"({line})" for line in lines)) if read else None,
        )
        self._templates.written.append(whole)

    def _not_enough(self, node: FanOut, depends: str, results: str) -> models.DAGTask:
        message = f"{node.name!r} has min_success={node.min_success}, and less of its items than that succeeded"
        pod = self._templates.failing_pod(NOT_ENOUGH, join(node.name, NOT_ENOUGH), quote(message))
        return pod.replaced(depends=depends, when=collecting.is_not_enough(node, results))

    def _reduce(
        self, node: FanOut, reduce: Task, at: str, depends: str, lines: list[str], inside: Inside
    ) -> models.DAGTask:
        if inside.always:
            lines = [inside.line(()), *lines]
        return self._templates.pod(reduce, join(at, reduce.name), "reduce", depends, lines, inside)

    def _read_of(self, reduce: Task, at: str) -> Kept | None:
        """What is read of what the reduce task of the fan-out at `at` returns."""
        returned = [item.name for item in reduce.returns]
        return Kept.among(returned, self._templates.flow.read.get(at, ()))

    def _reduced(self, node: FanOut, at: str, template: str, items: str, inside: Inside) -> None:
        assert node.reduce is not None
        lines = [Output("items", self._templates.flow.collected.get(at, ())).line(certain=True)]
        if self._is_batched(node):
            lines = [expressions.tag(collecting.each_line(self._templates.flow.collected.get(at, ())))]
        reduce = self._reduce(node, node.reduce, at, "items.Succeeded", lines, inside)
        only = self._read_of(node.reduce, at)
        each = call("items", items, lines=[GIVEN_INPUT], over=[expressions.GIVEN_OVER])
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=[each, reduce]),
            inputs=inputs(**{OVER: ""}),
            outputs=joined({Output("reduce"): only}) if self._templates.flow.exports.get(at) else None,
        )
        self._templates.written.append(whole)

    def switch(self, node: Switch, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for a switch, which is at `at`. Where no branch is chosen, a pod says so."""
        position = len(self._templates.written)
        names = Names([NO_MATCH])
        tasks, called = [], {}
        for branch in node.branches:
            path, inner = join(node.name, branch.name), join(at, branch.name)
            called[branch.name] = names.new(branch.name)
            branch_template = self._templates.names.new(path)
            needed = self._templates.flow.needs[inner]
            self._graph(branch, path, inner, branch_template, inside.graph(needed))
            lines = [inside.line(needed)] if self._templates.is_given(inner, inside) else []
            when = expressions.tag(self._condition(node, branch.name))
            tasks.append(call(called[branch.name], branch_template, lines=lines, when=when))
        if node.default is None:
            tasks.append(self._no_match(node))
        exported: dict[Output, Kept | None] = {
            Output(called[name]): None for name in self._templates.flow.exports.get(at, ())
        }
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False),
            inputs=inputs(),
            outputs=joined(exported) if exported else None,
        )
        self._templates.written.insert(position, whole)

    def _condition(self, node: Switch, branch: str) -> str:
        if branch != node.default:
            return self._templates.lookup.is_one_of(INPUT_TEXT, node.parameter, [branch])
        others = [b.name for b in node.branches if b.name != branch]
        return f"not ({self._templates.lookup.is_one_of(INPUT_TEXT, node.parameter, others)})"

    def _no_match(self, node: Switch) -> models.DAGTask:
        names = [branch.name for branch in node.branches]
        # Its input makes the parameters environment variables, so the value needs no quoting here.
        before, after = (
            f"the conditional {node.name!r} has no branch for {node.parameter} = ",
            f": there are {', '.join(names)}",
        )
        message = f'{quote(before)}"$(printenv {node.parameter})"{quote(after)}'
        task = self._templates.failing_pod(NO_MATCH, join(node.name, NO_MATCH), message)
        arguments = task.arguments or models.Arguments()
        given = [*(arguments.parameters or []), models.Parameter(name=INPUT, value=GIVEN_INPUT)]
        when = expressions.tag(f"not ({self._templates.lookup.is_one_of(INPUT_TEXT, node.parameter, names)})")
        return task.replaced(arguments=models.Arguments(parameters=given), when=when)

    def loop(self, node: Loop, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for a loop, which is at `at`: one iteration, and then it calls itself."""
        position = len(self._templates.written)
        body, inner = self._templates.names.new(f"{node.name} body"), join(at, BODY)
        carried = self._templates.flow.read.get(inner, ())
        self._graph(node.body, join(node.name, BODY), inner, body, inside.loop(node.index_as, carried))
        first = call(BODY_TASK, body, lines=[GIVEN_INPUT, expressions.iteration_line(node.index_as)])
        first = self._resumed.unless_finished(node.body, join(node.name, BODY), inner, first)
        lines = [GIVEN_INPUT]
        if carried:
            before = expressions.without_names_of(INPUT_TEXT, expressions.output_of(BODY_TASK), carried)
            lines = [expressions.tag(before), Output(BODY_TASK).line(certain=True)]
        stop = self._templates.lookup.is_true(
            expressions.with_output(BODY_TASK) if carried else INPUT_TEXT, node.break_on
        )
        following = call(
            NEXT, template, f"{BODY_TASK}.Succeeded", lines=lines, when=expressions.goes_on(stop, node.max_iterations)
        )
        given = [
            *((following.arguments or models.Arguments()).parameters or []),
            models.Parameter(name=ITERATION, value=expressions.NEXT_ITERATION),
        ]
        following = following.replaced(arguments=models.Arguments(parameters=given))
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=[first, following]),
            inputs=inputs(**{ITERATION: "0"}),
            outputs=self._last(at, carried) if self._templates.flow.exports.get(at) else None,
        )
        self._templates.written.insert(position, whole)

    def _last(self, at: str, carried: Sequence[str]) -> models.Outputs:
        """The output of a loop at `at`: what its iterations returned at last, of the names that are read."""
        only = Kept.among(carried, self._templates.flow.read.get(at, ()))
        return joined({Output(BODY_TASK): only, Output(NEXT): None})
