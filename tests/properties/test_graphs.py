"""A pipeline that is any graph: what runs, with what inputs, is the same in whatever order tasks end, and on Argo."""

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.ir.nodes import Edge, Graph, On, Program, PythonCall, Reads, Task
from runnable.ir.verify import verify
from runnable.passes.analysis.dataflow import analyze
from runnable.semantics.traversal import Traversal
from runnable.targets.argo.limits import Limits
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import Status
from tests.support.argo_programs import compile_all
from tests.support.argo_simulator import FAILED, Simulator
from tests.support.manifests import problems

NAMES = ["x", "y", "z"]


@st.composite
def graphs(draw, name="", most=7, handled=True):
    """A pipeline's graph; with `handled`, some of its steps have handlers, which are graphs too."""
    count = draw(st.integers(1, most))
    nodes = [task(draw, f"{name}{index}") for index in range(count)]
    edges = []
    for after in range(1, count):
        for before in draw(st.sets(st.integers(0, after - 1), max_size=3)):
            edges.append(Edge(nodes[before].name, nodes[after].name))
    handlers = []
    for step in [node.name for node in nodes] if handled else []:
        if draw(st.integers(0, 3)) == 0:
            handler = draw(graphs(f"{step}h", most=3, handled=False))
            handlers += handler.nodes
            edges += handler.edges
            waiting = {edge.target for edge in handler.edges}
            edges += [Edge(step, node.name, On.FAILURE) for node in handler.nodes if node.name not in waiting]
    followed = {edge.source for edge in edges}
    ends = [node.name for node in (*nodes, *handlers) if node.name not in followed]
    failing = draw(st.sets(st.sampled_from(ends), max_size=1)) if draw(st.integers(0, 4)) == 0 else set()
    return Graph("", (*nodes, *handlers), tuple(edges), tuple(failing))


def task(draw, name):
    reads = tuple(draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2)))
    returns = tuple(ReturnSpec(one) for one in draw(st.lists(st.sampled_from(NAMES), unique=True, max_size=2)))
    return Task(name, PythonCall("jobs", "work"), Reads(reads), returns)


def with_what_is_provided(program):
    """The program without the reads that a diagnostic is about."""
    while found := [d for d in analyze(program).diagnostics if d.code in ("RN301", "RN303", "RN343")]:
        wrong = {(one.step, one.parameter) for one in found}
        nodes = [
            replace(n, reads=Reads(tuple(name for name in n.reads.required if (n.name, name) not in wrong)))
            for n in program.graph.nodes
        ]
        program = replace(program, graph=replace(program.graph, nodes=tuple(nodes)))
    return program


class Run:
    """Runs a program, the tasks that are under way ending in an order that `chance` makes."""

    def __init__(self, program, failing, chance):
        self.inputs, self.result, self._under_way = {}, None, []
        traversal = Traversal(program, self, lambda value: value)
        traversal.begin(program.parameters)
        while True:
            traversal.settle()
            if self.result is not None:
                break
            frame, position, ended, scope = self._under_way.pop(chance.randrange(len(self._under_way)))
            self.inputs[ended.name] = scope.select(ended.reads)
            status = Status.FAILED if ended.name in failing else Status.SUCCEEDED
            outputs = {} if status is Status.FAILED else {r.name: f"{ended.name}.{r.name}" for r in ended.returns}
            traversal.end(frame, position, status, outputs)

    def entered(self, frame, position): ...

    def skipped(self, frame, position): ...

    def task(self, frame, position, task, scope):
        self._under_way.append((frame, position, task, scope))

    def frame_ended(self, frame, status, message, outputs):
        if frame.parent is None:
            self.result = status


@given(graphs(), st.data())
@settings(max_examples=12, deadline=None)
def test_a_graph_runs_alike_in_any_order_and_on_argo(graph, data):
    run_everywhere(graph, data)


@pytest.mark.slow
@given(graphs(), st.data())
@settings(max_examples=300, deadline=None)
def test_many_graphs_run_alike_in_any_order_and_on_argo(graph, data):
    run_everywhere(graph, data)


def run_everywhere(graph, data):
    program = with_what_is_provided(Program("p", graph, {"z": "given"}))
    verify(program)
    failing = data.draw(st.sets(st.sampled_from([node.name for node in graph.nodes]), max_size=3))
    first = Run(program, failing, random.Random(1))
    again = Run(program, failing, random.Random(2))
    assert (again.inputs, again.result) == (first.inputs, first.result)

    found = {}

    def work(spec, inputs):
        reads = next(node.reads.required for node in program.graph.nodes if node.name == spec["name"])
        found[spec["name"]] = {name: inputs[name] for name in reads}
        assert spec["name"] not in failing
        return {name: f"{spec['name']}.{name}" for name in spec.get("returns", [])}

    most = data.draw(st.sampled_from([100, 2, 3]))
    (document,) = compile_all(program, limits=Limits(nodes=most))
    assert problems(document) == []
    simulator = Simulator(document["spec"], work)
    phase = simulator.run()
    ran = {name: inputs for name, inputs in found.items() if not name.endswith("fail")}
    assert ran == first.inputs
    assert (phase == FAILED) == (first.result is Status.FAILED)
