r"""A fan-out that collects: its items always succeed, and what they return says which of them have failed.

    map        items: map-items     ─► not-enough: a pod that fails, if less than the share has succeeded
                                    out: the lists of what succeeded, and the list of failures

    map-items  f: map-item, for each item                out: what each item returned
    map-item   the body's steps     ─► kept: however they end, so that the template succeeds
                                    out: lines; or  ["failed",{"index":1,"item":"paris","step":"fetch","error":"…"}]

A pod of the body that fails leaves its message as its output (`runnable_runtime.values.last_words`), from where it is
put into that entry as it is. Only the order and the brackets of texts are looked at: no value is decoded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from runnable.ir.nodes import BODY, FanOut, Fused, Graph, Node, OfOthers, On, Task
from runnable.ir.walk import join, walk
from runnable.semantics.collecting import ended_in_failure, share
from runnable.targets.argo import expressions
from runnable.targets.argo.api import models
from runnable.targets.argo.expressions import FAILED_ITEM, INPUT_TEXT, OUTPUT, Kept, Output
from runnable.targets.argo.lookup import ENTRY, ITEM_PREFIX
from runnable.targets.argo.names import is_part, within
from runnable.targets.argo.wiring import Dag
from runnable_runtime.deferred import dataclass
from runnable_runtime.values.last_words import failed_step
from runnable_runtime.values.parameters import encode

ITEMS, NOT_ENOUGH = "items", "not-enough"
"""Names of tasks."""
_ERROR = '["error",'
_HAS_FAILED = f"#['out'] startsWith '{FAILED_ITEM}'"
_RESULTS = f"fromJSON(tasks['{ITEMS}'].outputs?.parameters?.{OUTPUT} ?? '[]')"
_POD = FAILED_ITEM + '{"step":'
"""What the output of a pod begins with that several steps share, of which one has failed."""
_LOST = "its pod has disappeared"
_BATCH = """'^[[]"batch",(?:"[^"]*",){2}[[]'"""
"""What stands before the items in the line of a pod that is for several."""
_ENTRY_ITEM = """'^[[][0-9]+,[0-9]+,(.*)[]]$'"""
_INDEX = """'^[[]"item",(?:"[^"]*",){2}[[]([0-9]+).*$'"""


def own_name(node: Node, path: str) -> str:
    """What a step of the body at `path` is called there. A composite of one step has been replaced by that step."""
    return within(node.name, path).partition(".")[0]


def reports(node: Node, path: str) -> bool:
    """Whether a node of the body at `path` is a pod that leaves its message: a step of the branch itself."""
    if not isinstance(node, Task) or node.is_idle or isinstance(node.action, OfOthers):
        return False
    return own_name(node, path) == within(node.name, path)


@dataclass(frozen=True, slots=True)
class Ending:
    """How the DAG of a body, which is at `path` and has `tasks`, ends: always well, after all of them."""

    dag: Dag
    path: str
    tasks: Sequence[models.DAGTask]

    @property
    def _last(self) -> list[str]:
        """The tasks that no other waits for."""
        waited = {name for task in self.tasks for name in re.findall(r"([a-z0-9-]+)\.[A-Z]", task.depends or "")}
        return [task.name for task in self.tasks if task.name not in waited]

    @property
    def depends(self) -> str:
        """The condition that all have ended, somehow."""
        ways = ("Succeeded", "Failed", "Errored", "Skipped", "Omitted")
        return " && ".join(f"({' || '.join(f'{name}.{way}' for way in ways)})" for name in self._last)

    def output(self, exported: Mapping[Output, Kept | None]) -> str:
        """The expression (no tag) for the output: what is exported of the steps, or why they have failed.

        Of a pod that is for several items it is what the pod has left, which has both for each of them.
        """
        only = self.dag.graph.nodes[0]
        if isinstance(only, Task) and isinstance(only.action, Fused) and only.action.batch:
            return self._of_items(only, only.action)
        good = " && ".join(f"tasks['{name}'].status == 'Succeeded'" for name in self._last)
        lines = expressions.joined_outputs(exported) if exported else "'{}'"
        item = f"len(fromJSON(l)[3]) == 3 ? l[len(sprig.regexFind({ITEM_PREFIX}, l)):len(l) - 2] : 'null'"
        return (
            f'{good} ? ({lines}) : (let l = last(filter(split({INPUT_TEXT}, "\\n"), # startsWith \'["item",\'));'
            f" '{FAILED_ITEM}{{\"index\":' + sprig.regexReplaceAll({_INDEX}, l, '${{1}}') + ',\"item\":' + ({item})"
            f" + ',\"step\":' + ({self._cause()}) + '}}]')"
        )

    def _of_items(self, pod: Task, action: Fused) -> str:
        """What the pod of several items has left; where it has disappeared, all of them have failed."""
        name = own_name(action.members[0].task, self.path)
        said = _text("", _LOST) if len(action.members) > 1 else _text(name, failed_step(name))
        item = f"len(e) == 3 ? sprig.regexReplaceAll({_ENTRY_ITEM}, #, '${{1}}') : 'null'"
        text = (
            f"""'{FAILED_ITEM}{{"index":' + string(int(e[0])) + ',"item":' + ({item}) + ',"step":' + {said} + '}}]'"""
        )
        entry = f"""let e = fromJSON(#); '{{"{OUTPUT}":' + toJson({text}) + '}}'"""
        line = f'last(filter(split({INPUT_TEXT}, "\\n"), # startsWith \'["batch",\'))'
        items = f"sprig.regexFindAll({ENTRY}, sprig.regexReplaceAll({_BATCH}, l, ''), -1)"
        out = Output(self.dag.names[pod.name]).expression()
        lost = f"let l = {line}; '[' + join(map({items}, ({entry})), ',') + ']'"
        return f"let o = {out}; o startsWith '[' ? o : ({lost})"

    def _cause(self) -> str:
        """The expression for the step and the message of the first one that has failed, as the entry has them."""
        graph = self.dag.graph
        handled = {edge.source for edge in graph.edges if edge.on is On.FAILURE}
        cases = [
            f"tasks['{self.dag.names[node.name]}'].status in ['Failed', 'Error'] ? {self._said_of(node)} : "
            for node in graph.nodes
            if node.name not in handled
        ]
        for name in graph.failing:
            own = own_name(self.dag.nodes[name], self.path)
            said = _text(own, ended_in_failure(own))
            cases.append(f"tasks['{self.dag.names[name]}'].status == 'Succeeded' ? {said} : ")
        return "".join(cases) + _text("", "it failed")

    def _said_of(self, node: Node) -> str:
        if is_part(node.name):  # of a body with very many steps
            return _text("", "one of its steps failed")
        name = own_name(node, self.path)
        if not reports(node, self.path):
            return _text(name, failed_step(name))
        out = Output(self.dag.names[node.name]).expression()
        if isinstance(node, Task) and isinstance(node.action, Fused):  # which says itself which step it was
            lost = _text("", _LOST)
            return f"(let o = {out}; o startsWith '{_POD}' ? o[{len(_POD)}:len(o) - 2] : {lost})"
        other = expressions.quoted(encode_text(failed_step(name)))
        said = f"o startsWith '{_ERROR}' ? o[{len(_ERROR)}:len(o) - 1] : {other}"
        return f"{expressions.quoted(encode_text(name) + ',' + _ERROR_KEY)} + (let o = {out}; {said})"


_ERROR_KEY = '"error":'


def encode_text(text: str) -> str:
    """A text as JSON in which nothing is replaced."""
    return encode([text])[1:-1]


def _text(step: str, message: str) -> str:
    return expressions.quoted(f"{encode_text(step)},{_ERROR_KEY}{encode_text(message)}")


def results(*, batched: bool) -> str:
    """The expression (no tag) for what the items have returned; `batched`: several of them in each pod."""
    return f"fromJSON({expressions.flattened(ITEMS)})" if batched else _RESULTS


def is_not_enough(node: FanOut, found: str) -> str:
    """The condition that less than the share of the items have succeeded, of which `found` has what they returned."""
    most, of = share(node.min_success)
    return expressions.tag(f"let r = {found}; len(filter(r, not ({_HAS_FAILED}))) * {of} < {most} * len(r)")


def lists(found: str, names: Sequence[str], reducer: str | None) -> str:
    """The expression (no tag) for the line with the lists of `names`, of the items that have succeeded."""
    quoted = ",".join(f'"{name}"' for name in names)
    end = f',"{reducer}"]' if reducer else "]"
    return f"'[\"each\",[{quoted}],' + toJson(filter({found}, not ({_HAS_FAILED}))) + '{end}'"


def each_line(names: Sequence[str]) -> str:
    """The expression (no tag) for the line with the lists of `names`, of which each pod has some items'."""
    quoted = ",".join(f'"{name}"' for name in names)
    return f"'[\"each\",[{quoted}],' + {expressions.flattened(ITEMS)} + ']'"


def failures(found: str, name: str) -> str:
    """The expression (no tag) for the line with the list of failures."""
    entries = f"map(filter({found}, {_HAS_FAILED}), #['out'][{len(FAILED_ITEM)}:len(#['out']) - 1])"
    return f"'{{\"{name}\":[' + join({entries}, ',') + ']}}'"


def bodies(graph: Graph) -> frozenset[str]:
    """The paths of the bodies of all fan-outs in `graph` that collect."""
    return frozenset(join(path, BODY) for path, node in walk(graph) if isinstance(node, FanOut) and node.failures)
