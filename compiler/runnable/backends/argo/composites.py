"""The templates of fan-outs, switches and loops. None of them takes a pod, but for the user's own reducer.

fan-out   m: [f: m-item for each position of the list]               out: the list of the items' outputs
          with a reduce task  m: [items: m-items -> reduce]          out: reduce
switch    c: [each branch, when it is the one]                       out: whichever branch has run
loop      l: [body -> next: l, when it goes on]                      out: body, then next
"""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from runnable.backends.argo import expressions
from runnable.backends.argo.expressions import GIVEN_INPUT, INPUT, INPUT_TEXT, ITERATION, Output
from runnable.backends.argo.hera_models import models
from runnable.backends.argo.names import Names
from runnable.backends.argo.wiring import call, collected, inputs, joined
from runnable.ir.nodes import BODY, FanOut, Loop, Switch
from runnable.ir.walk import join

if TYPE_CHECKING:
    from runnable.backends.argo.dag import DagWriter
    from runnable.backends.argo.inside import Inside

EACH, BODY_TASK, NEXT, NO_MATCH = "f", "body", "next", "no-match"
"""Names of tasks. Those of nested nodes make up the name of a node of the workflow, so they are short."""


def fan_out(writer: DagWriter, node: FanOut, at: str, template: str, inside: Inside) -> None:
    """The template called `template` for a fan-out, which is at `at`.

    It runs over positions, not values: these keep their types, and stay out of the names of the workflow's nodes.
    """
    items = template
    if node.reduce is not None:
        items = writer.names.new(f"{node.name} items")
        _reduced(writer, node, at, template, items, inside)
    position = len(writer.templates)
    item = writer.names.new(f"{node.name} item")
    writer.graph(node.body, join(node.name, BODY), join(at, BODY), item, inside.items(numbered=writer.numbered))
    each = call(EACH, item, lines=[GIVEN_INPUT, expressions.item_line(node.item, node.over)])
    each = writer.resumed.unless_finished(node.body, join(node.name, BODY), join(at, BODY), each)
    each = each.model_copy(update={"with_param": expressions.tag(writer.lookup.indices(INPUT_TEXT, node.over))})
    whole = models.Template(
        name=items,
        dag=models.DAGTemplate(tasks=[each], fail_fast=False),
        inputs=inputs(),
        outputs=collected(EACH) if at in writer.flow.collected else None,
        parallelism=node.most,
    )
    writer.templates.insert(position, whole)


def _reduced(writer: DagWriter, node: FanOut, at: str, template: str, items: str, inside: Inside) -> None:
    assert node.reduce is not None
    results = Output("items", writer.flow.collected.get(at, ())).line(certain=True)
    lines = [GIVEN_INPUT, results] if inside.given else [results]
    reduce = writer.pod(node.reduce, "reduce", "items.Succeeded", lines, inside)
    whole = models.Template(
        name=template,
        dag=models.DAGTemplate(tasks=[call("items", items, lines=[GIVEN_INPUT]), reduce]),
        inputs=inputs(),
        outputs=joined([Output("reduce")]) if writer.flow.exports.get(at) else None,
    )
    writer.templates.append(whole)


def switch(writer: DagWriter, node: Switch, at: str, template: str, inside: Inside) -> None:
    """The template called `template` for a switch, which is at `at`. Where no branch is chosen, a pod says so."""
    position = len(writer.templates)
    names = Names([NO_MATCH])
    tasks, called = [], {}
    for branch in node.branches:
        path, inner = join(node.name, branch.name), join(at, branch.name)
        called[branch.name] = names.new(branch.name)
        branch_template = writer.names.new(path)
        writer.graph(branch, path, inner, branch_template, inside)
        lines = [GIVEN_INPUT] if writer.is_given(inner, inside) else []
        when = expressions.tag(_condition(writer, node, branch.name))
        tasks.append(call(called[branch.name], branch_template, lines=lines, when=when))
    if node.default is None:
        tasks.append(_no_match(writer, node))
    exported = [Output(called[name]) for name in writer.flow.exports.get(at, ())]
    whole = models.Template(
        name=template,
        dag=models.DAGTemplate(tasks=tasks, fail_fast=False),
        inputs=inputs(),
        outputs=joined(exported) if exported else None,
    )
    writer.templates.insert(position, whole)


def _condition(writer: DagWriter, node: Switch, branch: str) -> str:
    if branch != node.default:
        return writer.lookup.is_one_of(INPUT_TEXT, node.on, [branch])
    others = [b.name for b in node.branches if b.name != branch]
    return f"not ({writer.lookup.is_one_of(INPUT_TEXT, node.on, others)})"


def _no_match(writer: DagWriter, node: Switch) -> models.DAGTask:
    names = [branch.name for branch in node.branches]
    # Its input makes the parameters environment variables, so the value needs no quoting here.
    before, after = f"the conditional {node.name!r} has no branch for {node.on} = ", f": there are {', '.join(names)}"
    message = f'{quote(before)}"$(printenv {node.on})"{quote(after)}'
    task = writer.failing_pod(NO_MATCH, join(node.name, NO_MATCH), message)
    arguments = task.arguments or models.Arguments()
    given = [*(arguments.parameters or []), models.Parameter(name=INPUT, value=GIVEN_INPUT)]
    when = expressions.tag(f"not ({writer.lookup.is_one_of(INPUT_TEXT, node.on, names)})")
    return task.model_copy(update={"arguments": models.Arguments(parameters=given), "when": when})


def loop(writer: DagWriter, node: Loop, at: str, template: str, inside: Inside) -> None:
    """The template called `template` for a loop, which is at `at`: one iteration, and then it calls itself."""
    position = len(writer.templates)
    body, inner = writer.names.new(f"{node.name} body"), join(at, BODY)
    writer.graph(node.body, join(node.name, BODY), inner, body, inside.loop(node.index))
    carried = bool(writer.flow.exports.get(inner))
    first = call(BODY_TASK, body, lines=[GIVEN_INPUT, expressions.iteration_line(node.index)])
    first = writer.resumed.unless_finished(node.body, join(node.name, BODY), inner, first)
    lines = [GIVEN_INPUT, *([Output(BODY_TASK).line(certain=True)] if carried else [])]
    stop = writer.lookup.is_true(expressions.with_output(BODY_TASK) if carried else INPUT_TEXT, node.until)
    following = call(NEXT, template, f"{BODY_TASK}.Succeeded", lines=lines, when=expressions.goes_on(stop, node.most))
    given = [
        *((following.arguments or models.Arguments()).parameters or []),
        models.Parameter(name=ITERATION, value=expressions.NEXT_ITERATION),
    ]
    following = following.model_copy(update={"arguments": models.Arguments(parameters=given)})
    exported = bool(writer.flow.exports.get(at))
    whole = models.Template(
        name=template,
        dag=models.DAGTemplate(tasks=[first, following]),
        inputs=inputs(**{ITERATION: "0"}),
        outputs=joined([Output(BODY_TASK), Output(NEXT)]) if exported else None,
    )
    writer.templates.insert(position, whole)
