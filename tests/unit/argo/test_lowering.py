"""The passes that bring a program into the form that DAG templates have."""

from runnable.ir.nodes import Edge, Graph, Task
from runnable.ir.verify import verify
from runnable.ir.walk import graphs, tasks
from runnable.passes.lower_chunks import lower_chunks
from runnable.passes.lower_inline import lower_inline
from runnable.passes.lower_paths import lower_paths
from tests.unit.argo.programs import chain, handled, parallel, program, stub


def shape(graph: Graph):
    """A graph as nested lists of names."""
    return [node.name if isinstance(node, Task) else {node.name: shape(node)} for node in graph.nodes]


def test_every_node_is_named_by_its_path():
    lowered = lower_paths(program(stub("a"), parallel("P", b1=[stub("x"), stub("y")], b2=[stub("x")]), failing=("P",)))
    assert shape(lowered.graph) == ["a", {"P": [{"P.b1": ["P.b1.x", "P.b1.y"]}, {"P.b2": ["P.b2.x"]}]}]
    assert lowered.graph.edges == (Edge("a", "P"),)
    assert lowered.graph.failing == ("P",)
    assert dict(graphs(lowered.graph))["P.P.b1"].edges == (Edge("P.b1.x", "P.b1.y"),)


def test_a_graph_of_one_node_becomes_the_node():
    lowered = lower_inline(lower_paths(program(stub("a"), parallel("P", b1=[stub("x")], b2=[stub("x"), stub("y")]))))
    assert shape(lowered.graph) == ["a", {"P": ["P.b1.x", {"P.b2": ["P.b2.x", "P.b2.y"]}]}]
    verify(lowered)


def test_single_nodes_collapse_through_all_levels_and_edges_follow():
    inner = parallel("Q", only=[stub("x")])
    lowered = lower_inline(lower_paths(program(stub("a"), parallel("P", b1=[inner]), stub("z"))))
    assert shape(lowered.graph) == ["a", "P.b1.Q.only.x", "z"]
    assert lowered.graph.edges == (Edge("a", "P.b1.Q.only.x"), Edge("P.b1.Q.only.x", "z"))


def test_a_graph_that_fails_on_purpose_is_kept():
    failing = Graph("P", (chain("b", stub("x"), failing=("x",)), chain("c", stub("y"))))
    lowered = lower_inline(lower_paths(program(failing)))
    assert shape(lowered.graph) == [{"P": [{"P.b": ["P.b.x"]}, "P.c.y"]}]


def test_a_long_chain_becomes_a_chain_of_chains():
    lowered = lower_chunks(lower_paths(program(*map(stub, "abcde"), failing=("e",))), most=2)
    assert shape(lowered.graph) == [{"/part 3": [{"/part 1": ["a", "b"]}, {"/part 2": ["c", "d"]}]}, "e"]
    assert lowered.graph.edges == (Edge("/part 3", "e"),)
    assert lowered.graph.failing == ("e",)
    verify(lowered)


def test_the_end_in_failure_goes_with_its_node():
    lowered = lower_chunks(lower_paths(program(*map(stub, "abcd"), failing=("d",))), most=2)
    assert lowered.graph.failing == ()
    assert [graph.failing for _, graph in graphs(lowered.graph)] == [(), (), ("d",)]


def test_many_branches_become_groups_of_branches():
    wide = parallel("P", **{f"b{i}": [stub("x"), stub("y")] for i in range(5)})
    lowered = lower_chunks(lower_paths(program(wide)), most=3)
    (node,) = lowered.graph.nodes
    assert [inner.name for inner in node.nodes] == ["P/part 1", "P/part 2"]
    assert [len(inner.nodes) for inner in node.nodes] == [3, 2]
    assert all(not graph.edges for graph in (node, *node.nodes))


def test_no_graph_is_left_with_more_nodes_than_asked_for_and_none_is_lost():
    lowered = lower_chunks(lower_paths(program(*(stub(f"s{i}") for i in range(1234)))), most=10)
    assert max(len(graph.nodes) for _, graph in graphs(lowered.graph)) <= 10
    assert [task.name for _, task in tasks(lowered.graph)] == [f"s{i}" for i in range(1234)]
    verify(lowered)


def test_graphs_of_another_form_are_left_alone():
    before = lower_paths(program(handled("H", [stub("a"), stub("b"), stub("c")], {"a": stub("h")})))
    assert lower_chunks(before, most=2) == before
