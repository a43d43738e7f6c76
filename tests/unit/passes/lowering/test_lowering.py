"""The passes that bring a program into the form that DAG templates have."""

import pytest

from runnable.ir.nodes import Edge, Graph, On, Program
from runnable.ir.verify import verify
from runnable.ir.walk import graphs, tasks
from runnable.passes.lowering.chunks import lower_chunks
from runnable.passes.lowering.inline import lower_inline
from runnable.passes.lowering.paths import lower_paths
from tests.support.argo_programs import chain, fan_out, handled, loop, parallel, program, stub, switch


def shape(graph: Graph):
    """A graph as nested lists of names."""
    return [{node.name: shape(node)} if isinstance(node, Graph) else node.name for node in graph.nodes]


def test_every_node_is_named_by_its_path():
    lowered = lower_paths(program(stub("a"), parallel("P", b1=[stub("x"), stub("y")], b2=[stub("x")]), failing=("P",)))
    assert shape(lowered.graph) == ["a", {"P": [{"P.b1": ["P.b1.x", "P.b1.y"]}, {"P.b2": ["P.b2.x"]}]}]
    assert lowered.graph.edges == (Edge("a", "P"),)
    assert lowered.graph.failing == ("P",)
    assert dict(graphs(lowered.graph))["P.P.b1"].edges == (Edge("P.b1.x", "P.b1.y"),)


def test_bodies_and_branches_keep_their_names_and_what_is_in_them_has_its_path():
    node = fan_out("m", switch("c", "x", a=[loop("l", stub("t"))]), reduce="y")
    (lowered,) = lower_paths(program(node)).graph.nodes
    assert (lowered.name, lowered.body.name, lowered.reduce.name) == ("m", "*", "m.reduce")
    (inner,) = lowered.body.nodes
    assert (inner.name, inner.branches[0].name) == ("m.*.c", "a")
    assert shape(inner.branches[0].nodes[0].body) == ["m.*.c.a.l.*.t"]


def test_a_long_body_is_cut_as_any_graph():
    lowered = lower_chunks(lower_paths(program(fan_out("m", *map(stub, "abc")))), max_nodes=2)
    (node,) = lowered.graph.nodes
    assert shape(node.body) == [{"*/part 1": ["m.*.a", "m.*.b"]}, "m.*.c"]
    verify(lowered)


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
    lowered = lower_chunks(lower_paths(program(*map(stub, "abcde"), failing=("e",))), max_nodes=2)
    assert shape(lowered.graph) == [{"/part 3": [{"/part 1": ["a", "b"]}, {"/part 2": ["c", "d"]}]}, "e"]
    assert lowered.graph.edges == (Edge("/part 3", "e"),)
    assert lowered.graph.failing == ("e",)
    verify(lowered)


def test_the_end_in_failure_goes_with_its_node():
    lowered = lower_chunks(lower_paths(program(*map(stub, "abcd"), failing=("d",))), max_nodes=2)
    assert lowered.graph.failing == ()
    assert [graph.failing for _, graph in graphs(lowered.graph)] == [(), (), ("d",)]


def test_many_branches_become_groups_of_branches():
    wide = parallel("P", **{f"b{i}": [stub("x"), stub("y")] for i in range(5)})
    lowered = lower_chunks(lower_paths(program(wide)), max_nodes=3)
    (node,) = lowered.graph.nodes
    assert [inner.name for inner in node.nodes] == ["P/part 1", "P/part 2"]
    assert [len(inner.nodes) for inner in node.nodes] == [3, 2]
    assert all(not graph.edges for graph in (node, *node.nodes))


def test_no_graph_is_left_with_more_nodes_than_asked_for_and_none_is_lost():
    lowered = lower_chunks(lower_paths(program(*(stub(f"s{i}") for i in range(1234)))), max_nodes=10)
    assert max(len(graph.nodes) for _, graph in graphs(lowered.graph)) <= 10
    assert [task.name for _, task in tasks(lowered.graph)] == [f"s{i}" for i in range(1234)]
    verify(lowered)


def test_where_failures_are_handled_the_rest_of_a_chain_becomes_its_last_node():
    graph = handled("", [stub(name) for name in "abcd"], {"a": stub("h")})
    lowered = lower_chunks(lower_paths(Program("p", graph)), max_nodes=3)
    assert shape(lowered.graph) == ["a", {"/part 1": ["b", "c", "d"]}, "h"]
    assert set(lowered.graph.edges) == {Edge("a", "/part 1"), Edge("a", "h", On.FAILURE)}
    verify(lowered)


def test_a_rest_without_handlers_is_cut_as_any_chain_and_one_with_handlers_again_in_the_same_way():
    graph = handled("", [stub(f"s{i}") for i in range(9)], {"s0": stub("h0"), "s1": stub("h1")}, failing=("h1", "s8"))
    lowered = lower_chunks(lower_paths(Program("p", graph)), max_nodes=3)
    inner = {
        "/part 1": ["s1", {"/part 2": [{"/part 3": ["s2", "s3", "s4"]}, {"/part 4": ["s5", "s6", "s7"]}, "s8"]}, "h1"]
    }
    assert shape(lowered.graph) == ["s0", inner, "h0"]
    assert {path: found.failing for path, found in graphs(lowered.graph) if found.failing} == {
        "/part 1": ("h1",),
        "/part 1./part 2": ("s8",),
    }
    verify(lowered)


def test_a_long_handler_becomes_one_node():
    long = [stub(f"h{i}") for i in range(5)]
    edges = [Edge("a", "b"), Edge("a", "h0", On.FAILURE), *(Edge(f"h{i}", f"h{i + 1}") for i in range(4))]
    graph = Graph("", (stub("a"), stub("b"), *long), tuple(edges))
    lowered = lower_chunks(lower_paths(Program("p", graph)), max_nodes=4)
    assert shape(lowered.graph) == ["a", "b", {"/part 1": [{"/part 2": ["h0", "h1", "h2", "h3"]}, "h4"]}]
    assert set(lowered.graph.edges) == {Edge("a", "b"), Edge("a", "/part 1", On.FAILURE)}
    verify(lowered)


def graph_of(edges):
    """The graph of the edges in a text: `a>c b>c`."""
    pairs = [tuple(edge.split(">")) for edge in edges.split()]
    names = dict.fromkeys(name for pair in pairs for name in pair)
    return Graph("", tuple(map(stub, names)), tuple(Edge(*pair) for pair in pairs))


@pytest.mark.parametrize(
    ("edges", "parts", "left"),
    [
        pytest.param(
            "s>a s>c a>b c>d b>e d>e",
            ["s", {"/part 1": ["a", "b"]}, {"/part 2": ["c", "d"]}, "e"],
            ["s>/part 1", "s>/part 2", "/part 1>e", "/part 2>e"],
            id="chains",
        ),
        pytest.param(
            "s>a s>b s>c s>d s>e a>z b>z c>z d>z e>z",
            ["s", {"/part 1": ["a", "b", "c", "d"]}, "e", "z"],
            ["s>/part 1", "s>e", "/part 1>z", "e>z"],
            id="branches",
        ),
        pytest.param(
            "a>c b>c a>d b>d c>e d>e c>f d>f",
            [{"/part 1": ["a", "b"]}, {"/part 2": ["c", "d"]}, {"/part 3": ["e", "f"]}],
            ["/part 1>/part 2", "/part 2>/part 3"],
            id="layers",
        ),
    ],
)
def test_a_graph_is_cut_where_no_node_waits_for_more_than_it_did(edges, parts, left):
    lowered = lower_chunks(lower_paths(Program("p", graph_of(edges))), max_nodes=4)
    assert shape(lowered.graph) == parts
    assert lowered.graph.edges == tuple(Edge(*edge.split(">")) for edge in left)
    verify(lowered)


def test_a_graph_that_cannot_be_cut_without_a_barrier_stays_whole():
    crossed = graph_of("a>d c>d a>e b>e b>f c>f")
    lowered = lower_chunks(Program("p", crossed), max_nodes=4)
    assert shape(lowered.graph) == shape(crossed)
    assert set(lowered.graph.edges) == set(crossed.edges)


def test_three_thousand_nodes_are_cut_with_no_more_in_a_part_than_asked_for_and_none_lost():
    edges = " ".join(edge.format(i) for edge in ("s>a{0}", "a{0}>b{0}", "b{0}>e") for i in range(1500))
    lowered = lower_chunks(lower_paths(Program("p", graph_of(edges))), max_nodes=100)
    assert max(len(graph.nodes) for _, graph in graphs(lowered.graph)) <= 100
    assert len(list(tasks(lowered.graph))) == 3002
    verify(lowered)
