"""Where a parameter comes from."""

import itertools

from runnable.diagnostics.codes import BranchesWriteSameName, ParameterNotProvided
from runnable.ir.nodes import Edge, Graph, Nothing, On, Program, Reads, Task
from runnable.passes.dataflow import Sources, analyze
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
    assert found.diagnostics[0].note == "'P.one.b' returns it, but does not run before 'c'"


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
