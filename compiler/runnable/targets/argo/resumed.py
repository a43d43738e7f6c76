r"""What does not run again, where a workflow resumes a run: finished nodes, by what they returned.

outside of maps and loops    x: recorded, with the lines that it returned; no pod
inside                       x: [go-on: what x calls, unless the item's number is among the finished]
                                                     out: of go-on, else what is recorded of the number
a handled failure            a task whose condition is none: an error, without a pod
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Node, Switch, Task
from runnable.targets.argo import expressions
from runnable.targets.argo.api import models
from runnable.targets.argo.expressions import GIVEN_INPUT, GIVEN_OVER, INPUT, OVER
from runnable.targets.argo.names import GO_ON, RECORDED
from runnable.targets.argo.wiring import call, inputs, output
from runnable_runtime.values.parameters import encode, encode_lines

if TYPE_CHECKING:
    from runnable.runs.resume.finished import Finished, Numbers
    from runnable.runs.resume.known_ends import End
    from runnable.targets.argo.templates import Templates

FAILED = "failed-before"


class Resumed:
    """Puts what is recorded in the place of finished nodes. For `path` and `at` see `Templates`."""

    def __init__(self, templates: Templates, finished: Finished | None) -> None:
        self._templates = templates
        self._nodes = finished.nodes if finished else {}
        self._recorded = ""

    def whole(self, node: Node, at: str, name: str, depends: str | None) -> models.DAGTask | None:
        """The call, without a pod, in the place of a node that has finished as a whole; None for one that has not."""
        end = self._nodes.get(node.name, {}).get(())
        if end is None or BODY in node.name.split("."):
            return None
        if end.failed:
            return call(name, self._templates.containers.stub(), depends, when=expressions.NO_CONDITION)
        if not self._returns(node, at):
            return call(name, self._templates.containers.stub(), depends)
        return call(name, self._recorded_template(), depends, lines=[self._text(node, at, end)])

    def unless_finished(self, node: Node, path: str, at: str, ordinary: models.DAGTask) -> models.DAGTask:
        """The call of a node in maps and loops: `ordinary`, or that of a template that leaves out what is finished."""
        done = {numbers: end for numbers, end in self._nodes.get(path, {}).items() if not self._around(path, numbers)}
        if not done or BODY not in path.split("."):
            return ordinary
        data = {INPUT: GIVEN_INPUT, OVER: GIVEN_OVER}
        given = (ordinary.arguments or models.Arguments()).parameters or []
        inner = [p if p.name not in data else p.replaced(value=data[p.name]) for p in given]
        arguments = models.Arguments(parameters=inner) if inner else None
        when = expressions.is_not_of(list(map(_key, done)))
        tasks = [ordinary.replaced(name=GO_ON, depends=None, arguments=arguments, when=when)]
        if failed := [_key(numbers) for numbers, end in done.items() if end.failed]:
            tasks.append(call(FAILED, self._templates.containers.stub(), when=expressions.no_condition_for(failed)))
        returned = None
        if self._returns(node, at):
            texts = {_key(n): self._text(node, at, end) for n, end in done.items() if end.succeeded}
            returned = output(expressions.returned_or_recorded(GO_ON, texts))
        template = self._templates.names.new(f"{path} {GO_ON}")
        whole = models.Template(
            name=template,
            dag=models.DAGTemplate(tasks=tasks, fail_fast=False),
            inputs=inputs(**({OVER: ""} if any(p.name == OVER for p in given) else {})),
            outputs=returned,
        )
        self._templates.written.append(whole)
        outer = models.Arguments(parameters=[p for p in given if p.name in data]) if given else None
        return models.DAGTask(name=ordinary.name, template=template, depends=ordinary.depends, arguments=outer)

    def has_part_of(self, path: str) -> bool:
        """Whether the body of a fan-out, which is at `path`, or something in it, is finished for some item."""
        return any(found == path or found.startswith(f"{path}.") for found in self._nodes)

    def _recorded_template(self) -> str:
        """The name of the template that gives back its input."""
        if not self._recorded:
            self._recorded = self._templates.names.new(RECORDED)
            stub = call(RECORDED, self._templates.containers.stub())
            dag = models.DAGTemplate(tasks=[stub])
            given = output(expressions.INPUT_TEXT)
            self._templates.written.append(
                models.Template(name=self._recorded, dag=dag, inputs=inputs(), outputs=given)
            )
        return self._recorded

    def _around(self, path: str, numbers: Numbers) -> bool:
        """Whether the item or iteration that a node is in has finished as a whole, so that it is not come to."""
        parts, count = path.split("."), 0
        for length, part in enumerate(parts[:-1], start=1):
            count += part == BODY
            if part == BODY and numbers[:count] in self._nodes.get(".".join(parts[:length]), {}):
                return True
        return False

    def _returns(self, node: Node, at: str) -> bool:
        """Whether the template of a node has an output."""
        flow = self._templates.flow
        match node:
            case Task():
                return bool(node.returns)
            case FanOut(failures=str()):
                return bool(flow.read.get(at))
            case Graph() if at in self._templates.collecting:
                return True
            case FanOut(reduce=None):
                return at in flow.collected
            case Graph() | FanOut() | Switch() | Loop():
                return bool(flow.exports.get(at))

    def _text(self, node: Node, at: str, end: End) -> str:
        """What a node returned, as its template's output has it."""
        if not isinstance(node, FanOut) or node.reduce is not None or node.failures:
            return encode_lines(end.outputs)
        names = self._templates.flow.collected.get(at, ())
        items = [{name: item[name] for name in names if name in item} for item in end.items or ()]
        return encode([{"out": encode_lines(item)} for item in items])


def _key(numbers: Numbers) -> str:
    return ".".join(map(str, numbers))
