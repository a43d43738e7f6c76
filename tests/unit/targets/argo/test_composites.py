"""Fan-outs, switches and loops as templates. What Argo makes of them, `tests/integration/cluster` shows."""

import json

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Graph, Program
from runnable.targets.argo.limits import Limits
from tests.support.argo_programs import (
    arguments,
    chain,
    compile_one,
    fan_out,
    handled,
    loop,
    program,
    python,
    shell,
    stub,
    switch,
    tasks,
    templates,
)
from tests.support.manifests import problems, workflow_spec


def compiled(*nodes, **parameters):
    document = compile_one(program(*nodes, **parameters))
    assert problems(document) == []
    return templates(document)


def test_a_fan_out_of_one_task_is_that_tasks_pods_which_get_their_item_and_not_the_list():
    found = compiled(fan_out("m", python("t", reads="x"), max_parallel=2), xs=[1, 2])
    assert found["m"]["parallelism"] == 2
    assert found["m"]["dag"]["failFast"] is False
    (each,) = found["m"]["dag"]["tasks"]
    assert (each["name"], each["template"]) == ("t", "python")
    assert each["withParam"].startswith("{{=")
    assert arguments(each)["in"] == '["item","x","xs",{{item}}]'
    given = arguments(tasks(found["main"])["m"])
    assert list(given) == ["over"]
    assert "workflow.parameters['xs']" in given["over"]
    assert "outputs" not in found["m"]


def test_a_limit_of_branches_is_parallelism_and_nothing_says_fail_fast():
    branches = (chain("a", shell("a")), chain("b", shell("b")))
    found = compiled(
        Graph("p", branches, max_parallel=2, fail_fast=True), fan_out("m", shell("t"), fail_fast=True), xs=[1]
    )
    assert found["p"]["parallelism"] == 2
    assert not [template for template in found.values() if "failFast" in template]  # its workflow would never end


def test_a_parallel_with_a_limit_stays_one_template():
    branches = tuple(chain(f"b{n}", shell(f"t{n}")) for n in range(5))
    document = compile_one(program(Graph("p", branches, max_parallel=2)), limits=Limits(nodes=3))
    assert len(tasks(templates(document)["p"])) == 5


def test_the_timeout_of_the_pipeline_is_the_workflow_s_and_any_other_is_refused():
    whole = Program("demo", Graph("", (shell("t"),), timeout=90))
    assert workflow_spec(compile_one(whole))["activeDeadlineSeconds"] == 90
    configured = compile_one(whole, configuration={"active_deadline_seconds": 60})
    assert workflow_spec(configured)["activeDeadlineSeconds"] == 90
    branches = (chain("a", shell("a")), Graph("b", (shell("b"),), timeout=2))
    with pytest.raises(DefinitionError) as refused:
        compiled(Graph("p", branches, timeout=1), fan_out("m", shell("t"), timeout=3), xs=[1])
    assert [found.path for found in refused.value.diagnostics] == ["p", "p.b", "m"]


def test_readers_of_a_fan_out_get_one_line_with_the_lists_of_all_that_is_read():
    found = compiled(fan_out("m", python("t", reads="x", returns="y z w")), python("r", reads="y w"), xs=[1])
    assert found["m"]["outputs"]["parameters"] == [
        {"name": "out", "valueFrom": {"parameter": "{{tasks.f.outputs.parameters}}", "default": "[]"}}
    ]
    (kept,) = found["m-item"]["outputs"]["parameters"]  # `z` goes no further than its pod
    assert '"(?:w|y)"' in kept["valueFrom"]["expression"]
    assert arguments(tasks(found["main"])["r"])["in"] == '["each",["y","w"],{{tasks.m.outputs.parameters.out}}]'


def test_a_builtin_reducer_goes_with_the_line_and_takes_no_task():
    node = fan_out("m", python("t", reads="x", returns="y"), reducer="max")
    found = compiled(node, python("r", reads="y"), xs=[1])
    assert arguments(tasks(found["main"])["r"])["in"].endswith(',"max"]')


def test_a_reducer_of_the_user_is_one_pod_behind_the_items():
    found = compiled(fan_out("m", python("t", reads="x", returns="y"), reduce="y"), python("r", reads="y"), xs=[1])
    inside = tasks(found["m"])
    assert inside["reduce"]["depends"] == "items.Succeeded"
    spec = json.loads(arguments(inside["reduce"])["spec"])
    assert (spec["name"], spec["reduce"], spec["returns"]) == ("m.reduce", "jobs:combine", ["y"])
    assert arguments(inside["reduce"])["in"] == '["each",["y"],{{tasks.items.outputs.parameters.out}}]'
    assert arguments(tasks(found["main"])["r"])["in"] == "{{tasks.m.outputs.parameters.out}}"


def test_a_switch_has_a_condition_for_each_branch_and_a_pod_that_fails_for_none():
    found = compiled(switch("c", "kind", left_side=[stub("a")], right=[stub("b"), stub("c")]), kind="right")
    inside = tasks(found["c"])
    assert list(inside) == ["left-side", "right", "no-match"]
    assert inside["right"]["when"].endswith("in ['right']}}")
    assert inside["left-side"]["when"].endswith("in ['left_side']}}")
    assert inside["no-match"]["when"].endswith("in ['left_side','right'])}}")
    assert "there are left_side, right" in json.loads(arguments(inside["no-match"])["spec"])["shell"]


def test_a_default_branch_runs_where_no_other_does():
    found = compiled(switch("c", "kind", default="b", a=[stub("x")], b=[stub("y")], c=[stub("z")]), kind="q")
    inside = tasks(found["c"])
    assert list(inside) == ["a", "b", "c"]
    assert inside["b"]["when"].endswith("in ['a','c'])}}")


def test_a_loop_calls_itself_with_what_the_iteration_wrote():
    found = compiled(loop("l", python("t", reads="i n", returns="n done")), python("r", reads="n"), n=0)
    inside = tasks(found["l"])
    assert arguments(inside["body"])["in"] == '{{inputs.parameters.in}}\n["iteration","i",{{inputs.parameters.i}}]'
    assert inside["go"]["template"] == "l"
    assert inside["go"]["depends"] == "body.Succeeded"
    before, returned = arguments(inside["go"])["in"].split("\n{{tasks")
    assert "inputs.parameters.in" in before
    assert all(f'(?:{name})"' in before for name in ("n", "done"))  # without what the iteration returned anew
    assert returned == ".body.outputs.parameters.out}}"
    assert inside["go"]["when"].startswith("{{=int(inputs.parameters.i) + 1 < 3 && ")


def test_tasks_in_loops_get_the_numbers_of_all_of_them_as_variables():
    inner = fan_out("m", loop("in", shell("t", returns="done"), index_as="j"))
    found = compiled(loop("out", inner, index_as="i", break_on="stop"), xs=[1], stop=False)
    spec = next(
        json.loads(arguments(task)["spec"])
        for template in found.values()
        if "dag" in template
        for task in template["dag"]["tasks"]
        if "spec" in arguments(task)
    )
    assert spec["export"] == ["i", "j"]


def test_what_a_handler_reads_of_a_fan_out_that_may_have_failed_is_nothing_rather_than_an_empty_list():
    before = fan_out("m", python("t", reads="x", returns="y"))
    graph = handled("", [before, shell("a")], {"a": python("h", reads="y")})
    found = templates(compile_one(program(chain("wrap", stub("s"), graph_named(graph, "g")), xs=[1], y=[])))
    line = arguments(tasks(found["wrap-g"])["h"])["in"].split("\n")[-1]
    assert "== '' ? ''" in line


def graph_named(graph, name):
    from dataclasses import replace

    return replace(graph, name=name)


def test_a_loop_that_argo_would_not_nest_so_deeply_is_refused_with_a_way_out():
    compiled(loop("l", python("t", returns="done"), max_iterations=90))
    with pytest.raises(DefinitionError) as raised:
        compiled(fan_out("m", loop("l", python("t", returns="done"), max_iterations=97)), xs=[1])
    (problem,) = raised.value.diagnostics
    assert problem.code == "RN501"
    assert "lower max_iterations of 'm.*.l'" in problem.help
