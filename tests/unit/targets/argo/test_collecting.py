"""Fan-outs that collect, as templates. What a controller makes of them, `tests/integration/cluster` shows."""

import json
from dataclasses import replace

from tests.support.argo_programs import arguments, chain, compile_one, fan_out, program, python, tasks, templates
from tests.support.manifests import problems


def collecting(*nodes, min_success=0.0, **options):
    return replace(fan_out("m", *nodes, **options), failures="lost", min_success=min_success)


def compiled(*nodes, **parameters):
    document = compile_one(program(*nodes, **parameters))
    assert problems(document) == []
    return templates(document)


def expression(template):
    (out,) = template["outputs"]["parameters"]
    return out["valueFrom"]["expression"]


def test_an_item_succeeds_however_its_steps_end_and_its_pods_leave_their_messages():
    found = compiled(collecting(python("t", reads="x", returns="y"), python("u")), python("r", reads="y lost"), xs=[1])
    item = tasks(found["m-item"])
    assert item["kept"]["template"] == "stub"
    assert item["kept"]["depends"] == ("(u.Succeeded || u.Failed || u.Errored || u.Skipped || u.Omitted)")
    assert found["m-item"]["dag"]["failFast"] is False
    assert all(json.loads(arguments(item[name])["spec"])["reports"] for name in ("t", "u"))
    assert "outputs" in found[item["u"]["template"]]  # though it returns nothing
    assert expression(found["m-item"]).startswith("tasks['u'].status == 'Succeeded' ? (tasks['t'].outputs")


def test_the_map_gives_its_readers_lists_of_what_succeeded_and_the_failures():
    found = compiled(collecting(python("t", reads="x", returns="y")), python("r", reads="y lost"), xs=[1])
    assert """'["each",["y"],' + toJson(filter(""" in expression(found["m"])
    assert """'{"lost":['""" in expression(found["m"])
    assert arguments(tasks(found["main"])["r"])["in"] == "{{tasks.m.outputs.parameters.out}}"
    assert "not-enough" not in tasks(found["m"])


def test_what_is_not_read_is_not_made():
    assert "outputs" not in compiled(collecting(python("t", reads="x", returns="y")), xs=[1])["m"]
    found = compiled(collecting(python("t", reads="x", returns="y")), python("r", reads="y"), xs=[1])
    assert "lost" not in expression(found["m"])


def test_a_pod_fails_where_too_few_succeed_and_the_share_is_counted_in_whole_numbers():
    found = compiled(collecting(python("t", reads="x"), min_success=0.9), xs=[1])
    enough = tasks(found["m"])["not-enough"]
    assert enough["depends"] == "items.Succeeded"
    assert enough["when"].endswith("* 10 < 9 * len(r)}}")


def test_a_reducer_is_given_the_lists_once_enough_have_succeeded():
    node = collecting(python("t", reads="x", returns="y"), min_success=0.5, reduce="y")
    found = compiled(node, python("r", reads="y lost"), xs=[1])
    reduce = tasks(found["m"])["reduce"]
    assert reduce["depends"] == "not-enough.Skipped"
    assert arguments(reduce)["in"].startswith("""{{='["each",["y"],' + toJson(""")


def test_only_the_steps_of_the_branch_itself_report():
    inner = chain("inner", python("a", returns="y"), python("b"))
    found = compiled(collecting(inner, python("c")), xs=[1])
    reported = [
        name
        for template in found.values()
        for task in template.get("dag", {}).get("tasks", [])
        if "spec" in arguments(task) and json.loads(arguments(task)["spec"]).get("reports")
        for name in [task["name"]]
    ]
    assert reported == ["c"]
    assert """'"inner","error":"\\'inner\\' failed"'""" in expression(found["m-item"])
