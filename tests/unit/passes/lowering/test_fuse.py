"""Tasks that follow one another, and are to share a pod, become one task."""

from dataclasses import replace

import pytest

from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import Edge, Fused, Graph, Program
from runnable.ir.verify import verify
from runnable.passes.analysis.dataflow import analyze
from runnable.passes.lowering.fuse import FAILING, HANDLED, Alone, left_alone, lower_fuse, wants_fusing
from runnable.passes.lowering.paths import lower_paths
from runnable_runtime.fused.spec import Beside
from tests.support.argo_programs import fan_out, fused, handled, loop, parallel, program, python, shell, stub, switch


def pod(task):
    """Tasks are alike whose images are."""
    return Alone("it takes no pod") if task.is_idle else task.options.image or "usual"


def lowered(found):
    result = lower_fuse(lower_paths(found), analyze(found).needs, pod)
    verify(result)
    return result


def names(graph):
    return [node.name for node in graph.nodes]


def test_neighbours_that_are_alike_become_one_task_and_the_edges_are_its():
    found = lowered(fused(program(python("a"), python("b"), python("c", image="other"), python("d"), python("e"))))
    assert names(found.graph) == ["a to b", "c", "d to e"]
    assert found.graph.edges == (Edge("a to b", "c"), Edge("c", "d to e"))
    assert found.graph.fuse == ()


def test_it_reads_what_is_outside_and_returns_what_any_of_them_does():
    chain = [
        python("a", reads="x", returns="y"),
        python("b", reads="y z", returns="w y"),
        python("c", reads="y x", returns="v"),
    ]
    found = lowered(fused(program(*chain, x=1, z=2)))
    (task,) = found.graph.nodes
    assert task.name == "a to c"
    assert task.reads.required == ("x", "z")
    assert [one.name for one in task.returns] == ["y", "w", "v"]
    assert isinstance(task.action, Fused)
    assert [(m.task.name, m.needs) for m in task.action.members] == [
        ("a", ("x",)),
        ("b", ("y", "z")),
        ("c", ("y", "x")),
    ]


def test_a_shell_that_sees_everything_is_given_what_it_would_be_alone():
    found = lowered(fused(program(python("a", returns="y"), shell("b"), x=1)))
    (task,) = found.graph.nodes
    assert set(task.action.members[1].needs) == {"x", "y"}
    assert task.reads.required == ("x",)


def test_bodies_and_branches_are_fused_by_themselves():
    inner = lambda: [python("s"), python("t")]  # noqa: E731
    nodes = [
        parallel("P", one=inner(), two=inner()),
        fan_out("m", *inner()),
        switch("c", "x", a=inner()),
        loop("l", *inner()),
    ]
    found = fused(program(*nodes, x="a", xs=[1], done=False))
    found = lowered(replace(found, graph=replace(found.graph, fuse=())))
    both, each, either, again = found.graph.nodes
    assert [names(branch) for branch in both.nodes] == [["P.one.s to t"], ["P.two.s to t"]]
    assert names(each.body) == ["m.*.s to t"]
    assert names(either.branches[0]) == ["c.a.s to t"]
    assert names(again.body) == ["l.*.s to t"]


def test_only_what_is_asked_for_is_fused():
    found = program(python("a"), python("b"), parallel("P", one=[python("s"), python("t")]))
    assert not wants_fusing(found)
    assert lowered(found) == lower_paths(found)
    some = replace(found, graph=replace(found.graph, fuse=("a", "b", "P")))
    assert names(lowered(some).graph) == ["a to b", "P"]
    assert names(lowered(some).graph.nodes[1].nodes[0]) == ["P.one.s", "P.one.t"]


def test_a_step_whose_failure_is_handled_has_its_own_pod_and_so_has_one_that_ends_in_failure():
    graph = handled("", [python("a"), python("b"), python("c"), python("d")], {"b": python("h")}, failing=("d",))
    found = lowered(fused(Program("p", graph)))
    assert names(found.graph) == ["a", "b", "c", "d", "h"]
    ((_, pods),) = left_alone(lower_paths(fused(Program("p", graph))), pod)
    assert dict(pods)["b"] == HANDLED
    assert dict(pods)["d"] == FAILING


def test_where_paths_part_or_meet_a_pod_ends():
    nodes = [python(name) for name in ("a", "b", "c", "d", "e", "f")]
    edges = [("a", "b"), ("b", "c"), ("b", "d"), ("c", "e"), ("d", "e"), ("e", "f")]
    graph = Graph("", tuple(nodes), tuple(Edge(*one) for one in edges))
    found = lowered(fused(Program("p", graph)))
    assert names(found.graph) == ["a to b", "c", "d", "e to f"]
    assert Edge("a to b", "c") in found.graph.edges
    assert Edge("d", "e to f") in found.graph.edges


def test_the_name_is_no_other_step_s():
    found = lowered(fused(program(python("a"), python("b"), stub("s"), python("a to b"))))
    assert names(found.graph) == ["a to b'", "s", "a to b"]


@pytest.mark.parametrize("nodes", [[python("a")], [stub("a"), stub("b")], [python("a"), python("b", image="other")]])
def test_a_pipeline_of_which_nothing_can_be_fused_is_said_so(nodes):
    ((graph, pods),) = left_alone(lower_paths(fused(program(*nodes))), pod)
    assert [name for name, _ in pods] == names(graph)


def test_ten_thousand_steps_become_one_in_linear_time():
    found = lowered(fused(program(*(python(f"s{i}", reads="x", returns="x") for i in range(10_000)), x=1)))
    assert len(found.graph.nodes) == 1
    assert found.graph.nodes[0].reads.required == ("x",)


def test_a_parallel_of_which_each_branch_takes_one_pod_shares_that_of_its_neighbours():
    branches = {
        "one": [python("s", reads="x", returns="y"), python("t", reads="y", returns="z")],
        "two": [python("s", returns="y")],
    }
    nodes = [python("a", returns="x"), replace(parallel("P", **branches), max_parallel=2), python("b", reads="y z w")]
    found = lowered(fused(program(*nodes, w=1)))
    (task,) = found.graph.nodes
    assert task.name == "a to b"
    assert [member.task.name for member in task.action.members] == ["a", "P.one.s", "P.one.t", "P.two.s", "b"]
    assert task.action.order == (0, Beside(((1, 2), (3,)), 2), 4)
    assert task.reads.required == ("w",)
    assert [one.name for one in task.returns] == ["x", "y", "z"]
    assert from_json(to_json(found)) == found


def test_a_parallel_alone_takes_one_pod_also_in_a_branch_of_another():
    inner = parallel("Q", left=[python("l")], right=[python("r")])
    found = lowered(fused(program(parallel("P", one=[inner, python("s")], two=[python("t")]))))
    (task,) = found.graph.nodes
    assert task.name == "P"
    assert task.action.order == (Beside(((Beside(((0,), (1,))), 2), (3,))),)


@pytest.mark.parametrize(
    "branches",
    [
        {"one": [stub("s")], "two": [stub("s"), stub("t")]},
        {"one": [python("s", image="other")], "two": [python("s")]},
        {"one": [python("s")], "two": [fan_out("m", python("s"))]},
    ],
)
def test_a_parallel_whose_branches_need_several_pods_has_them(branches):
    found = lowered(fused(program(python("a"), python("b"), parallel("P", **branches), xs=[1])))
    assert names(found.graph) == ["a to b", "P"]


def test_stubs_in_a_branch_do_not_matter_and_the_pod_is_that_of_the_tasks():
    branches = {
        "one": [stub("s"), python("t"), stub("u"), python("v")],
        "two": [python("t"), stub("u")],
        "three": [stub("s")],
    }
    found = lowered(fused(program(parallel("P", **branches))))
    (task,) = found.graph.nodes
    assert task.action.order == (Beside(((0, 1, 2, 3), (4, 5), (6,))),)
    apart = program(python("a"), parallel("P", one=[python("s"), stub("t"), python("u")]), python("b"))
    apart = replace(apart, graph=replace(apart.graph, fuse=("a", "P", "b")))
    assert names(lowered(apart).graph) == ["a", "P", "b"], "its branch asks for nothing"


def test_a_parallel_of_stubs_only_does_not_hide_what_follows_it_in_its_branch():
    idle = parallel("Q", a=[stub("i")], b=[stub("j")])
    found = lowered(fused(program(parallel("P", one=[idle, python("s", image="other")], two=[python("t")]))))
    assert names(found.graph) == ["P"]
    assert isinstance(found.graph.nodes[0], Graph)


def test_what_one_branch_returns_another_takes_from_outside():
    found = lowered(fused(program(parallel("P", one=[python("s", returns="x")], two=[python("t", reads="x")]), x=1)))
    assert found.graph.nodes[0].reads.required == ("x",)
