"""How much runs at one time, at most."""

from decimal import Decimal
from itertools import combinations

from hypothesis import given, settings
from hypothesis import strategies as st

from runnable.ir.nodes import Edge, Graph, Program
from runnable.ir.order import Order
from runnable.planning.width import heaviest_antichain, unknown_lists, widest
from tests.support.argo_programs import fan_out, parallel, program, python, switch
from tests.support.planned import plain


def wide(found):
    return widest(plain(found), lambda path, task: Decimal(1))


@given(st.data())
@settings(max_examples=30, deadline=None)
def test_the_heaviest_steps_that_can_run_together_are_found_as_by_trying_all(data):
    count = data.draw(st.integers(1, 6))
    pairs = list(combinations(range(count), 2))
    edges = data.draw(st.lists(st.sampled_from(pairs), unique=True)) if pairs else []
    weights = [Decimal(one) for one in data.draw(st.lists(st.integers(0, 5), min_size=count, max_size=count))]
    order = Order(Graph("", tuple(map(python, map(str, range(count)))), tuple(Edge(str(a), str(b)) for a, b in edges)))
    expected = max(
        sum((weights[one] for one in chosen), Decimal(0))
        for size in range(count + 1)
        for chosen in combinations(range(count), size)
        if not any(order.is_before(str(a), str(b)) for a, b in combinations(chosen, 2))
    )
    assert heaviest_antichain(weights, edges) == expected


def test_steps_in_a_row_run_one_at_a_time_branches_together_and_items_as_many_as_may():
    assert wide(program(python("a"), python("b"))) == 1
    assert wide(program(parallel("both", a=[python("a")], b=[python("b"), python("c")]))) == 2
    assert wide(program(fan_out("map", python("each")), xs=[1] * 300)) == 300
    assert wide(program(fan_out("map", python("each"), max_parallel=7), xs=[1] * 300)) == 7
    assert (
        wide(program(switch("choose", "s", a=[fan_out("map", python("each"))], b=[python("b")]), xs=[1, 2], s="a")) == 2
    )


def test_a_graph_with_a_limit_runs_no_more_than_that_at_one_time():
    graph = Graph("", tuple(map(python, "abcd")), (Edge("a", "b"), Edge("a", "c"), Edge("a", "d")))
    assert wide(Program("p", graph)) == 3
    assert wide(Program("p", Graph("", graph.nodes, graph.edges, max_parallel=2))) == 2


def test_a_list_whose_length_is_unknown_is_named_unless_a_limit_says_how_many_run():
    listed, each = python("list", returns="xs"), python("each")
    assert unknown_lists(plain(program(listed, fan_out("map", each)))) == ("map",)
    assert unknown_lists(plain(program(listed, fan_out("map", each, max_parallel=2)))) == ()
    assert wide(program(listed, fan_out("map", each, max_parallel=2))) == 2
