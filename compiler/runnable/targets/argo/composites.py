"""Composites become DAG templates: a fan-out, a switch, a loop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote

from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Switch
from runnable.ir.walk import join
from runnable.targets.argo import expressions
from runnable.targets.argo.expressions import GIVEN_INPUT, INPUT, INPUT_TEXT, ITERATION, Output
from runnable.targets.argo.hera_models import models
from runnable.targets.argo.names import Names
from runnable.targets.argo.resumed import Resumed
from runnable.targets.argo.templates import Templates
from runnable.targets.argo.wiring import Inside, call, collected, inputs, joined

EACH, BODY_TASK, NEXT, NO_MATCH = "f", "body", "next", "no-match"
"""Names of tasks. Those of nested nodes make up the name of a node of the workflow, so they are short."""


@dataclass(frozen=True, slots=True)
class Composites:
    """Writes the templates of composites. `graph` writes those of a graph in them, as `DagWriter.graph` does."""

    _templates: Templates
    _resumed: Resumed
    _graph: Callable[[Graph, str, str, str, Inside], None]

    def fan_out(self, node: FanOut, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for a fan-out, which is at `at`.

        It runs over positions, not values: these keep their types, and stay out of the names of the workflow's nodes.
        """
        items = template
        if node.reduce is not None:
            items = self._templates.names.new(f"{node.name} items")
            self._reduced(node, at, template, items, inside)
        position = len(self._templates.written)
        item = self._templates.names.new(f"{node.name} item")
        self._graph(
            node.body, join(node.name, BODY), join(at, BODY), item, inside.items(numbered=self._templates.numbered)
        )
        each = call(EACH, item, lines=[GIVEN_INPUT, expressions.item_line(node.iterate_as, node.iterate_on)])
        each = self._resumed.unless_finished(node.body, join(node.name, BODY), join(at, BODY), each)
        each = each.model_copy(
            update={"with_param": expressions.tag(self._templates.lookup.indices(INPUT_TEXT, node.iterate_on))}
        )
        whole = models.Template(
            name=items,
            dag=models.DAGTemplate(tasks=[each], fail_fast=False),
            inputs=inputs(),
            outputs=collected(EACH) if at in self._templates.flow.collected else None,
            parallelism=node.max_parallel,
        )
        self._templates.written.insert(position, whole)

    def _reduced(self, node: FanOut, at: str, template: str, items: str, inside: Inside) -> None:
        assert node.reduce is not None
        results = Output("items", self._templates.flow.collected.get(at, ())).line(certain=True)
        lines = [GIVEN_INPUT, results] if inside.given else [results]
        reduce = self._templates.pod(node.reduce, "reduce", "items.Succeeded", lines, inside)
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=[call("items", items, lines=[GIVEN_INPUT]), reduce]),
            inputs=inputs(),
            outputs=joined([Output("reduce")]) if self._templates.flow.exports.get(at) else None,
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
            self._graph(branch, path, inner, branch_template, inside)
            lines = [GIVEN_INPUT] if self._templates.is_given(inner, inside) else []
            when = expressions.tag(self._condition(node, branch.name))
            tasks.append(call(called[branch.name], branch_template, lines=lines, when=when))
        if node.default is None:
            tasks.append(self._no_match(node))
        exported = [Output(called[name]) for name in self._templates.flow.exports.get(at, ())]
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
        return task.model_copy(update={"arguments": models.Arguments(parameters=given), "when": when})

    def loop(self, node: Loop, at: str, template: str, inside: Inside) -> None:
        """The template called `template` for a loop, which is at `at`: one iteration, and then it calls itself."""
        position = len(self._templates.written)
        body, inner = self._templates.names.new(f"{node.name} body"), join(at, BODY)
        self._graph(node.body, join(node.name, BODY), inner, body, inside.loop(node.index_as))
        carried = bool(self._templates.flow.exports.get(inner))
        first = call(BODY_TASK, body, lines=[GIVEN_INPUT, expressions.iteration_line(node.index_as)])
        first = self._resumed.unless_finished(node.body, join(node.name, BODY), inner, first)
        lines = [GIVEN_INPUT, *([Output(BODY_TASK).line(certain=True)] if carried else [])]
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
        following = following.model_copy(update={"arguments": models.Arguments(parameters=given)})
        exported = bool(self._templates.flow.exports.get(at))
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=[first, following]),
            inputs=inputs(**{ITERATION: "0"}),
            outputs=joined([Output(BODY_TASK), Output(NEXT)]) if exported else None,
        )
        self._templates.written.insert(position, whole)
