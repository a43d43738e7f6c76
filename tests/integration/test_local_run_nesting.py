"""Any nesting of maps, conditionals, loops, parallels and handlers: concurrently it does what it does sequentially."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, On, Reads, Reduce, Switch, Task
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import Kind, RunRecord, Status
from tests.support.local_runs import call, chain, execute, of_graph, stub, without_times

COMPOSITES = {Kind.PARALLEL, Kind.PIPELINE, Kind.MAP, Kind.CONDITIONAL, Kind.LOOP}


def note(**seen: Any) -> str:
    """What the task saw, short however deep it stands."""
    return ",".join(f"{name}={str(value)[-12:]}" for name, value in sorted(seen.items()))


def falter(x: Any) -> Any:
    if x in (2, "b"):
        raise ValueError(f"no {x}")
    return x


def finished(i: int) -> bool:
    return i >= 1


FUNCTIONS = {f.__name__: f for f in (note, falter, finished)}
MOST_NODES = 40
"""Nodes after which no more composites are drawn; a graph of hundreds takes long to run and says nothing more."""
ITEMS = [[1, 2, "a"], ["b"], [], [1, None]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    return _graph(draw, "pipeline", count(), 4)


def _graph(draw: st.DrawFn, name: str, numbers: Iterator[int], depth: int) -> Graph:
    nodes = [_node(draw, numbers, depth) for _ in range(draw(st.integers(1, 3)))]
    graph = chain(name, *nodes)
    if not draw(st.booleans()):
        return graph
    source = draw(st.sampled_from(nodes)).name
    handler = _task(draw, numbers)
    failing = (handler.name,) if draw(st.booleans()) else ()
    return Graph(name, (*nodes, handler), (*graph.edges, Edge(source, handler.name, On.FAILURE)), failing)


def _node(draw: st.DrawFn, numbers: Iterator[int], depth: int) -> Node:
    number = next(numbers)
    composites = ["map", "switch", "loop", "parallel"] if depth and number < MOST_NODES else []
    kind, name = draw(st.sampled_from(["task", "task", *composites])), f"n{number}"
    match kind:
        case "map":
            return _map(draw, name, numbers, depth)
        case "switch":
            branches = tuple(_graph(draw, branch, numbers, depth - 1) for branch in ("1", "a", "None"))
            return Switch(name, "x", branches, draw(st.sampled_from([None, "a"])))
        case "loop":
            end = call(f"n{next(numbers)}", "finished", reads="i", returns="done")
            body = _before(end, _graph(draw, "*", numbers, depth - 1))
            return Loop(name, body, "done", "i", draw(st.integers(1, 3)))
        case "parallel":
            return Graph(name, tuple(_graph(draw, branch, numbers, depth - 1) for branch in ("b1", "b2")))
        case _:
            return _task(draw, numbers)


def _before(first: Task, graph: Graph) -> Graph:
    """`graph` with one more task in front."""
    edges = (*graph.edges, Edge(first.name, graph.nodes[0].name))
    return Graph(graph.name, (first, *graph.nodes), edges, graph.failing)


def _map(draw: st.DrawFn, name: str, numbers: Iterator[int], depth: int) -> FanOut:
    returned = call(f"n{next(numbers)}", "note", reads="x", returns="w")
    body = _before(returned, _graph(draw, "*", numbers, depth - 1))
    end = draw(st.sampled_from(["", "len", "task"]))
    reduce = Task("reduce", Reduce("builtins:len"), Reads(required=("w",)), (ReturnSpec("w"),))
    most = draw(st.sampled_from([None, 1, 2]))
    return FanOut(name, body, "xs", "x", "len" if end == "len" else None, reduce if end == "task" else None, most)


def _task(draw: st.DrawFn, numbers: Iterator[int]) -> Task:
    name = f"n{next(numbers)}"
    match draw(st.sampled_from(["note", "falter", "stub"])):
        case "note":
            everything = Reads(everything=True)
            return Task(name, call("", "note").action, everything, (ReturnSpec(draw(st.sampled_from("yzw"))),))
        case "falter":
            return call(name, "falter", reads="x", returns=draw(st.sampled_from("yz")))
        case _:
            return stub(name)


# Not shrunk: that takes minutes of runs, and the record and its log in the report say where to look.
WITHOUT_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Generating overly large repr")  # of what fails, which is to be seen
@settings(max_examples=8, deadline=None, phases=WITHOUT_SHRINKING, suppress_health_check=list(HealthCheck))
@given(graphs(), st.sampled_from([*ITEMS, "text"]), st.sampled_from([1, "a", 2, None]))
def test_a_concurrent_run_leaves_the_record_of_a_sequential_one(graph: Graph, xs: Any, x: Any) -> None:
    pipeline = of_graph(graph, xs=xs, x=x, i=0)
    with tempfile.TemporaryDirectory() as folder:
        sequential, concurrent = (
            execute(pipeline, FUNCTIONS, Path(folder, str(way)), concurrent=way, max_workers=3) for way in (False, True)
        )
    assert _by_path(sequential) == _by_path(concurrent)
    assert_whole(sequential, graph)


def _by_path(record: RunRecord) -> Any:
    """The record without times; steps by path, as those of items are recorded when they become known."""
    document = json.loads(without_times(record))
    return {**document, "steps": {step["path"]: step for step in document["steps"]}}


def assert_whole(record: RunRecord, graph: Graph) -> None:
    """Everything has ended, tasks that were not skipped have run, and nothing inside of what was skipped has."""
    final = {Status.SUCCEEDED, Status.FAILED, Status.SKIPPED}
    assert record.status in final
    for path, step in record.steps.items():
        assert step.status in final, path
        assert bool(step.attempts) == (step.kind not in COMPOSITES and step.status is not Status.SKIPPED), path
        parent = record.steps.get(path.rpartition(".")[0])
        assert parent is None or parent.status is not Status.SKIPPED or step.status is Status.SKIPPED, path
    assert {node.name for node in graph.nodes} == {path for path in record.steps if "." not in path}
