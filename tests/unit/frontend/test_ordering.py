"""The order of steps that say `after`."""

from itertools import pairwise

import pytest

from runnable import Parallel, Pipeline, Stub
from runnable.frontend.build import build
from runnable.ir.nodes import Edge, On
from runnable.ir.text import render


def stubs(names):
    return [Stub(name=name) for name in names]


def graph_of(*steps):
    unit = build(Pipeline(steps=list(steps)), __file__)
    assert not unit.diagnostics
    return unit.program.graph


def pairs(graph):
    return [(edge.source, edge.target) for edge in graph.edges]


def test_a_step_without_after_starts_at_once_where_another_has_one():
    a, b, c, d = stubs("abcd")
    graph = graph_of(a, b, c.after(a), d.after(a, b))
    assert pairs(graph) == [("a", "c"), ("a", "d"), ("b", "d")]


def test_steps_of_which_none_says_after_follow_one_another():
    assert pairs(graph_of(*stubs("abc"))) == [("a", "b"), ("b", "c")]


def test_after_without_steps_makes_a_graph_without_edges():
    a, b = stubs("ab")
    assert pairs(graph_of(a.after(), b)) == []


def test_steps_are_sorted_after_those_they_wait_for_and_else_stay_as_written():
    a, b, c, d = stubs("abcd")
    graph = graph_of(d.after(b), c, b.after(c), a)
    assert [node.name for node in graph.nodes] == ["c", "b", "d", "a"]


def test_saying_it_twice_is_saying_it_once_and_a_pipeline_can_be_built_twice():
    a, b = stubs("ab")
    b.after(a).after(a, a)
    assert pairs(graph_of(a, b)) == pairs(graph_of(a, b)) == [("a", "b")]


def test_branches_and_handlers_can_be_graphs_of_their_own():
    a, b, c = stubs("abc")
    left, right, joined = stubs(["left", "right", "joined"])
    handled = Stub(name="handled", on_failure=Pipeline(steps=[left, right, joined.after(left, right)]))
    both = Parallel(
        name="both", branches={"one": Pipeline(steps=[a, b, c.after(a, b)]), "two": Stub(name="s").as_pipeline()}
    )
    graph = graph_of(handled, both)
    assert graph.edges == (
        Edge("handled", "both"),
        Edge("left", "joined"),
        Edge("right", "joined"),
        Edge("handled", "left", On.FAILURE),
        Edge("handled", "right", On.FAILURE),
    )
    assert pairs(graph.nodes[1].nodes[0]) == [("a", "c"), ("b", "c")]


def test_the_text_of_the_ir_names_all_that_a_step_waits_for():
    a, b, c = stubs("abc")
    unit = build(Pipeline(name="p", steps=[a, b, c.after(a, b)]), __file__)
    assert render(unit.program).splitlines()[1:] == [
        '  task "a" stub',
        '  task "b" stub',
        '  task "c" stub after "a" after "b"',
    ]


@pytest.mark.parametrize("count", [2000])
def test_a_long_graph_is_sorted_without_recursion(count):
    steps = [Stub(name=f"s{index}") for index in range(count)]
    for one, other in pairwise(steps):
        other.after(one)
    assert len(graph_of(*reversed(steps)).edges) == count - 1
