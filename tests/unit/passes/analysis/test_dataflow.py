"""Where a parameter comes from."""

import itertools

from runnable.diagnostics.codes.dataflow import BranchesWriteSameName, ParameterNotProvided, ParameterOnSomePaths
from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Nothing, On, Program, Reads, Switch, Task
from runnable.passes.analysis.dataflow import Sources, analyze
from runnable_runtime.protocol import ReturnSpec


def task(name, reads=(), returns=(), optional=(), everything=False):
    return Task(name, Nothing(), Reads(tuple(reads), tuple(optional), everything), tuple(map(ReturnSpec, returns)))


def chain(*nodes, name=""):
    edges = tuple(Edge(a.name, b.name) for a, b in itertools.pairwise(nodes))
    return Graph(name, nodes, edges)


def parallel(name, **branches):
    return Graph(name, tuple(chain(*nodes, name=branch) for branch, nodes in branches.items()))


def flow(*nodes, **parameters):
    return analyze(Program("p", chain(*nodes), parameters))


def test_the_last_step_that_returns_a_name_provides_it():
    found = flow(task("a", returns="x"), task("b", returns="x"), task("c", reads="x"))
    assert found.sources["c"] == Sources(producers=("b",))
    assert not found.diagnostics


def test_a_step_is_stronger_than_a_parameter_of_the_pipeline():
    found = flow(task("before", reads="x"), task("a", returns="x"), task("after", reads="x"), x=1)
    assert found.sources["before"] == Sources(parameters=("x",))
    assert found.sources["after"] == Sources(producers=("a",))


def test_a_branch_sees_what_came_before_its_composite_and_not_its_sibling():
    found = flow(
        task("a", returns="x"),
        parallel("P", one=[task("b", reads="x", returns="y")], two=[task("c", reads=["y"])]),
    )
    assert found.sources["P"] == Sources(producers=("a",))
    assert found.sources["P.one"] == found.sources["P.one.b"] == Sources(outer=True)
    assert [type(d) for d in found.diagnostics] == [ParameterNotProvided]
    assert found.diagnostics[0].note == "'b' returns it, and branches of 'P' do not see each other"


def test_a_composite_exports_what_is_read_after_it_and_no_more():
    found = flow(
        parallel("P", one=[task("a", returns="x"), task("b", returns="y")], two=[task("c", returns="z")]),
        task("d", reads="xz"),
    )
    assert found.sources["d"] == Sources(producers=("P",))
    assert found.exports == {"P": ("one", "two"), "P.one": ("a",), "P.two": ("c",)}


def test_nothing_is_exported_that_nobody_reads():
    found = flow(parallel("P", one=[task("a", returns="x")], two=[task("b", returns="y")]), task("c"))
    assert not found.exports


def test_of_two_branches_that_return_one_name_the_later_wins_with_a_warning():
    found = flow(parallel("P", one=[task("a", returns="x")], two=[task("b", returns="x")]), task("c", reads="x"))
    assert found.exports["P"] == ("two",)
    assert [type(d) for d in found.diagnostics] == [BranchesWriteSameName]


def test_no_warning_where_nobody_reads_the_name():
    assert not flow(parallel("P", one=[task("a", returns="x")], two=[task("b", returns="x")])).diagnostics


def test_a_task_that_takes_everything_gets_every_name_that_it_can_see():
    found = flow(
        task("a", returns="x"),
        task("b", returns="y"),
        parallel("P", one=[task("c", everything=True)], two=[task("d")]),
        p=1,
        x=2,
    )
    assert found.sources["P"] == Sources(producers=("a", "b"))
    assert found.sources["P.one.c"] == Sources(parameters=("p",), outer=True)


def test_a_name_with_a_default_need_not_be_provided():
    found = flow(task("a", optional="x"))
    assert found.sources["a"] == Sources()
    assert not found.diagnostics


def test_a_handler_does_not_see_what_the_failed_step_would_have_returned():
    nodes = (task("a", returns="x"), task("ok", reads="x"), task("handler", optional="x"))
    graph = Graph("", nodes, (Edge("a", "ok"), Edge("a", "handler", On.FAILURE)))
    found = analyze(Program("p", graph))
    assert found.sources["ok"] == Sources(producers=("a",))
    assert found.sources["handler"] == Sources()


def test_every_name_that_nothing_provides_is_reported():
    found = flow(task("a", reads=["learn_rate", "depth"]), learning_rate=0.1)
    assert [d.parameter for d in found.diagnostics] == ["learn_rate", "depth"]
    assert found.diagnostics[0].help == "did you mean 'learning_rate'?"
    assert "returns=['depth']" in found.diagnostics[1].help


def fan_out(name, iterate_on, iterate_as, *nodes, reduce=None):
    return FanOut(name, chain(*nodes, name="*"), iterate_on, iterate_as, reduce=reduce)


def switch(name, parameter, **branches):
    return Switch(name, parameter, tuple(chain(*nodes, name=branch) for branch, nodes in branches.items()))


def loop(name, break_on, index_as, *nodes):
    return Loop(name, chain(*nodes, name="*"), break_on, index_as, 3)


def codes(found):
    return [type(d) for d in found.diagnostics]


def test_a_fan_out_hands_in_its_list_and_what_its_body_reads_but_not_its_item():
    found = flow(
        task("a", returns=["xs"]),
        task("b", returns=["k"]),
        fan_out("m", "xs", "x", task("c", reads=["x", "k"], returns=["y"])),
        task("d", reads=["y"]),
    )
    assert found.sources["m"] == Sources(producers=("a", "b"))
    assert found.sources["m.*"] == found.sources["m.*.c"] == Sources(outer=True)
    assert found.exports == {"m": ("*",), "m.*": ("c",)}
    assert found.collected == {"m": ("y",)}
    assert not found.diagnostics


def test_a_fan_out_over_a_parameter_of_the_pipeline_reads_it_itself():
    found = flow(fan_out("m", "xs", "x", task("c", reads=["x", "p"])), xs=[1], p=2)
    assert found.sources["m"] == Sources(parameters=("xs",))
    assert found.sources["m.*.c"] == Sources(parameters=("p",), outer=True)


def test_a_reduce_task_reads_every_list_and_is_what_is_exported():
    reduce = task("reduce", reads=["y"], returns=["y"])
    found = flow(fan_out("m", "xs", "x", task("c", returns=["y"]), reduce=reduce), task("d", reads=["y"]), xs=[])
    assert found.sources["m.reduce"] == Sources(producers=("*",))
    assert found.exports == {"m": ("reduce",), "m.*": ("c",)}
    assert found.collected == {"m": ("y",)}


def test_a_fan_out_in_a_fan_out_hands_both_items_in():
    inner = fan_out("n", "x", "z", task("c", reads=["x", "z"], returns=["y"]))
    found = flow(fan_out("m", "xs", "x", inner), task("d", reads=["y"]), xs=[[1]])
    assert found.sources["m.*.n"] == Sources(outer=True)
    assert found.exports == {"m": ("*",), "m.*": ("n",), "m.*.n": ("*",), "m.*.n.*": ("c",)}


def test_a_name_of_every_branch_is_certain_and_comes_from_all_of_them():
    found = flow(
        switch("c", "p", a=[task("x", returns=["y"])], b=[task("z", returns=["y"])]), task("d", reads=["y"]), p=1
    )
    assert found.sources["c"] == Sources(parameters=("p",))
    assert found.exports == {"c": ("a", "b"), "c.a": ("x",), "c.b": ("z",)}
    assert not found.diagnostics


def test_a_name_of_one_branch_adds_to_what_was_there_before():
    found = flow(
        task("before", returns=["y"]),
        switch("c", "p", a=[task("x", returns=["y"])], b=[task("z")]),
        task("d", reads=["y"]),
        p=1,
    )
    assert found.sources["d"] == Sources(producers=("before", "c"))
    assert found.exports["c"] == ("a",)
    assert not found.diagnostics


def test_a_name_of_one_branch_alone_is_an_error_that_names_the_other():
    found = flow(switch("c", "p", a=[task("x", returns=["y"])], b=[task("z")]), task("d", reads=["y"]), p=1)
    assert codes(found) == [ParameterOnSomePaths]
    assert found.diagnostics[0].note == "it is missing in branch 'b' of 'c'"


def test_a_parameter_of_the_pipeline_stands_behind_a_name_of_one_branch():
    found = flow(switch("c", "p", a=[task("x", returns=["y"])], b=[task("z")]), task("d", reads=["y"]), p=1, y=2)
    assert found.sources["d"] == Sources(parameters=("y",), producers=("c",))
    assert not found.diagnostics


def test_a_loop_carries_what_its_body_reads_and_writes():
    found = flow(
        task("a", returns=["n"]),
        loop("l", "stop", "i", task("b", reads=["n", "i"], returns=["n", "stop"])),
        task("d", reads=["n"]),
    )
    assert found.sources["l"] == Sources(producers=("a",))
    assert found.exports["l"] == ("*",)
    assert set(found.read["l.*.b"]) == {"n", "stop"}
    assert not found.diagnostics


def test_a_loop_that_reads_what_only_an_earlier_iteration_writes_is_an_error():
    found = flow(loop("l", "stop", "i", task("b", reads=["n"]), task("c", returns=["n", "stop"])))
    assert codes(found) == [ParameterOnSomePaths]
    assert "the first iteration of 'l'" in found.diagnostics[0].note


def test_a_loop_without_its_end_is_an_error():
    assert codes(flow(loop("l", "stop", "i", task("b")))) == [ParameterNotProvided]


def test_after_a_handled_failure_a_name_must_be_there_on_both_paths():
    nodes = (task("a", returns=["x"]), task("b", returns=["y"]), task("h", returns=["y"]))
    graph = Graph("g", nodes, (Edge("a", "b"), Edge("a", "h", On.FAILURE)))
    found = flow(graph, task("c", reads=["y"]))
    assert found.exports == {"g": ("b", "h")}
    assert not found.diagnostics
    assert codes(flow(graph, task("c", reads=["x"]))) == [ParameterOnSomePaths]


def test_a_handler_that_ends_in_failure_need_provide_nothing():
    nodes = (task("a", returns=["x"]), task("h"))
    graph = Graph("g", nodes, (Edge("a", "h", On.FAILURE),), ("h",))
    assert not flow(graph, task("c", reads=["x"])).diagnostics


def test_the_handler_of_a_last_step_does_not_see_what_that_step_returns():
    nodes = (task("a", returns=["x"]), task("h", reads=["x"]))
    assert codes(flow(Graph("g", nodes, (Edge("a", "h", On.FAILURE),)))) == [ParameterNotProvided]


def test_a_last_step_with_a_handler_need_not_leave_what_it_returns():
    nodes = (task("a", returns=["x"]), task("h"))
    graph = Graph("g", nodes, (Edge("a", "h", On.FAILURE),))
    found = flow(Graph("P", (graph, chain(task("b"), name="other"))), task("c", reads=["x"]))
    assert codes(found) == [ParameterOnSomePaths]
    assert "the path that ends with 'h'" in found.diagnostics[0].note


def ending_in_failure(name):
    return Graph(name, (task("stop", returns=["diagnosis"]),), failing=("stop",))


def test_a_branch_that_ends_in_failure_need_provide_nothing():
    good = chain(task("a", returns=["x"]), name="good")
    found = flow(Switch("s", "k", (good, ending_in_failure("bad"))), task("c", reads=["x"]), k="good")
    assert not found.diagnostics
    assert found.exports == {"s": ("good",), "s.good": ("a",)}


def test_what_only_a_branch_that_ends_in_failure_returns_is_never_there():
    good = chain(task("a", returns=["x"]), name="good")
    switch = Switch("s", "k", (good, ending_in_failure("bad")))
    assert codes(flow(switch, task("c", reads=["diagnosis"]), k="good")) == [ParameterNotProvided]


def test_a_branch_fails_with_the_composite_that_it_ends_with():
    inner = Switch("inner", "k", (ending_in_failure("one"), ending_in_failure("two")))
    nested = Graph("P", (chain(task("b"), name="p"), chain(inner, name="q")))
    good = chain(task("a", returns=["x"]), name="good")
    assert not flow(Switch("s", "k", (good, chain(nested, name="bad"))), task("c", reads=["x"]), k=1).diagnostics


def test_a_branch_whose_failure_is_handled_succeeds():
    nodes = (task("a", returns=["y"]), task("stop"), task("h"))
    edges = (Edge("a", "stop"), Edge("a", "h", On.FAILURE))
    handled = Graph("handled", nodes, edges, failing=("stop",))
    good = chain(task("a", returns=["x"]), name="good")
    found = flow(Switch("s", "k", (good, handled)), task("c", reads=["x"]), k="good")
    assert codes(found) == [ParameterOnSomePaths]


def test_a_fan_out_of_failing_items_may_have_no_items():
    good = chain(task("a", returns=["x"]), name="good")
    items = chain(FanOut("m", ending_in_failure("*"), "k", "i"), name="items")
    assert codes(flow(Switch("s", "k", (good, items)), task("c", reads=["x"]), k=[])) == [ParameterOnSomePaths]


# --- graphs in which steps say `after` ---


def edges(text):
    """``a>b`` for b after a, ``a!h`` for the handler h of a, with blanks between them."""
    pairs = [(one, On.FAILURE if "!" in one else On.SUCCESS) for one in text.split()]
    return tuple(Edge(one[0], one[2], on) for one, on in pairs)


def graph_flow(text, *nodes, **parameters):
    return analyze(Program("p", Graph("", nodes, edges(text)), parameters))


def test_what_meets_is_taken_from_the_last_step_that_wrote_it():
    nodes = [task("a", returns="x"), task("b", returns="x"), task("c", returns="y"), task("d", reads="xy")]
    found = graph_flow("a>b a>c b>d c>d", *nodes)
    assert found.sources["d"] == Sources(producers=("b", "c"))
    assert found.reaching["d"]["x"].producers == ("b",)
    assert not found.diagnostics


def test_a_step_beside_another_does_not_see_what_it_writes():
    nodes = [task("a"), task("b", returns="x"), task("c", reads="x"), task("d", reads="x")]
    found = graph_flow("a>b a>c b>d", *nodes)
    assert [(d.step, d.where) for d in found.diagnostics] == [("c", "unordered")]


def test_two_steps_that_are_not_in_order_are_reported_where_their_name_is_read_only():
    nodes = [
        task("a", returns="x"),
        task("b", returns="x"),
        task("c"),
        task("d", reads="x"),
        task("e", everything=True),
    ]
    found = graph_flow("a>c b>c c>d c>e", *nodes)
    assert [(d.code, d.step, d.returning) for d in found.diagnostics] == [("RN343", "d", ("a", "b"))]


def test_a_step_after_both_settles_whose_value_counts():
    nodes = [task("a", returns="x"), task("b", returns="x"), task("c", returns="x"), task("d", reads="x")]
    found = graph_flow("a>c b>c c>d", *nodes)
    assert (found.sources["d"].producers, found.diagnostics) == (("c",), ())


def test_steps_not_in_order_inside_of_a_branch_are_reported_after_it():
    inner = Graph("one", (task("a", returns="x"), task("b", returns="x"), task("c")), edges("a>c"))
    found = flow(Graph("P", (inner, chain(task("s"), name="two"))), task("d", reads="x"))
    assert [(d.code, d.step, d.returning) for d in found.diagnostics] == [("RN343", "d", ("a", "b"))]


def test_a_name_is_missing_after_a_graph_where_a_handler_does_not_write_what_was_skipped():
    def after(*returned):
        inner = Graph(
            "one",
            (task("a"), task("b", returns="y"), task("c", returns="x"), task("h", returns=returned)),
            edges("a>c a!h"),
        )
        return flow(Graph("P", (inner, chain(task("s"), name="two"))), task("d", reads="xy"))

    found = after()
    assert [(type(d), d.parameter, d.gaps) for d in found.diagnostics] == [
        (ParameterOnSomePaths, "x", ("the path that ends with 'h'",))
    ]
    assert not after("x").diagnostics
