"""Manifests of what is left of a run: what stands in the place of what has finished."""

import json
from dataclasses import replace

import pytest

from runnable.configuration import Section
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.runs.resume.finished import Finished
from runnable.runs.resume.known_ends import End
from runnable_runtime.records.records import Status
from runnable_runtime.values.parameters import decode_lines
from tests.support.argo_programs import arguments, compile_one, fan_out, handled, loop, program, python, stub, templates
from tests.support.manifests import problems, workflow_spec

LOG = Section("chunked-s3", {"bucket": "runs"})


def done(**outputs):
    return End(Status.SUCCEEDED, outputs)


def compiled(*nodes, finished, run_log=LOG, kind=None, **parameters):
    found = {path: ends if isinstance(ends, dict) else {(): ends} for path, ends in finished.items()}
    request = {"finished": Finished("the-run", found), "run_log_store": run_log, "kind": kind}
    document = compile_one(program(*nodes, **parameters), **request)
    assert problems(document) == []
    return document


def tasks(document, template="main"):
    return templates(document)[template]["dag"]["tasks"]


def pods(document):
    return {
        json.loads(arguments(task)["spec"])["name"]
        for template in document["spec"]["templates"]
        for task in template.get("dag", {}).get("tasks", [])
        if "spec" in arguments(task)
    }


def test_a_finished_task_is_the_lines_that_it_returned_and_has_no_pod():
    document = compiled(python("a", returns="x"), python("b", reads="x"), finished={"a": done(x={"tag": "{{=1}}"})})
    first, second = tasks(document)
    assert arguments(first) == {"in": '{"x":{"tag":"{\\u007b=1}}"}}'}
    assert templates(document)[first["template"]]["dag"]["tasks"] == [{"name": "recorded", "template": "stub"}]
    assert arguments(second)["in"] == "{{tasks.a.outputs.parameters.out}}"
    assert pods(document) == {"b"}


def test_what_returned_nothing_is_nothing():
    document = compiled(python("a"), python("b"), finished={"a": done()})
    assert tasks(document)[0] == {"name": "a", "template": "stub"}


def test_a_finished_map_is_the_list_of_what_its_items_returned_of_what_is_read():
    items = End(Status.SUCCEEDED, {"y": [1, 2]}, items=({"y": 1, "unread": 0}, {"y": 2, "unread": 0}))
    document = compiled(
        fan_out("m", python("t", returns="y unread")), python("b", reads="y"), finished={"m": items}, xs=[7, 8]
    )
    assert json.loads(arguments(tasks(document)[0])["in"]) == [{"out": '{"y":1}'}, {"out": '{"y":2}'}]
    assert pods(document) == {"b"}
    assert not [name for name in templates(document) if "item" in name], "its templates are left out"


def test_items_that_have_finished_are_left_out_by_their_numbers():
    ends = {(0,): done(y=1), (2,): done(y=3)}
    document = compiled(
        fan_out("m", python("t", returns="y")),
        python("b", reads="y"),
        finished={"m.*": ends, "m.*.t": ends},
        xs=[7, 8, 9],
    )
    (each,) = templates(document)["m"]["dag"]["tasks"]
    inner = templates(document)[each["template"]]
    (go_on,) = inner["dag"]["tasks"]
    assert "' 0 2 ' contains (' ' + n + ' ') ? 'false' : 'true'" in go_on["when"]
    expression = inner["outputs"]["parameters"][0]["valueFrom"]["expression"]
    assert """fromJSON('{"0":"{\\\\"y\\\\":1}","2":"{\\\\"y\\\\":3}"}')[n]""" in expression
    assert [t["template"] for t in templates(document)[go_on["template"]]["dag"]["tasks"]] == ["python-returns"], (
        "what is in a finished item is not looked at a second time"
    )


def test_an_iteration_goes_on_within():
    finished = {"l.*": {(0,): done(done=False)}, "l.*.a": {(0,): done(), (1,): done()}}
    document = compiled(loop("l", python("a"), python("b", returns="done")), finished=finished)
    found = templates(document)
    body, following = found["l"]["dag"]["tasks"]
    assert following["template"] == "l"
    (go_on,) = found[body["template"]]["dag"]["tasks"]
    first, second = found[go_on["template"]]["dag"]["tasks"]
    assert "' 1 ' contains" in found[first["template"]]["dag"]["tasks"][0]["when"]
    assert second["template"] == "python-returns"


def test_a_failure_that_was_handled_stays_one_without_a_pod():
    graph = handled("p", [python("a"), python("b")], {"a": python("mend")})
    document = compiled(graph, finished={"p.a": End(Status.FAILED, {})})
    inner = templates(document)[tasks(document)[0]["template"]]["dag"]["tasks"]
    failed = next(task for task in inner if task["name"] == "a")
    assert failed == {"name": "a", "template": "stub", "when": "it failed before"}
    assert pods(document) == {"p.b", "p.mend"}


def test_the_run_is_the_one_that_is_gone_on_with():
    document = compiled(python("a"), stub("s"), python("b"), finished={"a": done()})
    environment = {e["name"]: e.get("value") for e in workflow_spec(document)["templateDefaults"]["container"]["env"]}
    assert environment["RUNNABLE_RUN_ID"] == "the-run"
    assert environment["RUNNABLE_WORKFLOW"] == "{{workflow.namespace}}/{{workflow.name}}"


def test_what_is_left_is_a_workflow_and_nothing_that_is_kept():
    document = compiled(python("a"), python("b"), finished={"a": done()})
    assert (document["kind"], document["metadata"]["generateName"]) == ("Workflow", "demo-")
    with pytest.raises(DefinitionError, match="it is a Workflow"):
        compiled(python("a"), finished={}, kind="WorkflowTemplate")


def test_a_run_does_not_go_on_without_its_record():
    with pytest.raises(ConfigurationError, match="pods do not reach this store"):
        compiled(python("a"), finished={}, run_log=Section("file-system"))


def collecting(name, *nodes):
    return replace(fan_out(name, *nodes), failures="lost", min_success=0.5)


def test_a_finished_map_that_collects_is_its_lists_and_its_failures():
    lost = [{"index": 1, "item": 8, "step": "t", "error": "no"}]
    end = End(Status.SUCCEEDED, {"y": [1], "lost": lost}, items=({"y": 1}, {}))
    document = compiled(
        collecting("m", python("t", returns="y")), python("b", reads="y lost"), finished={"m": end}, xs=[7, 8]
    )
    assert decode_lines(arguments(tasks(document)[0])["in"]) == {"y": [1], "lost": lost}
    assert pods(document) == {"b"}


def test_of_a_map_that_collects_only_the_items_that_failed_run_again():
    ends = {(0,): done(y=1)}
    document = compiled(
        collecting("m", python("t", returns="y")),
        python("b", reads="y lost"),
        finished={"m.*": ends, "m.*.t": ends},
        xs=[7, 8],
    )
    (each,) = templates(document)["m-items"]["dag"]["tasks"]
    inner = templates(document)[each["template"]]
    assert "' 0 ' contains" in inner["dag"]["tasks"][0]["when"]
    assert """fromJSON('{"0":"{\\\\"y\\\\":1}"}')[n]""" in inner["outputs"]["parameters"][0]["valueFrom"]["expression"]


def test_an_item_that_returned_nothing_is_counted_too():
    ends = {(0,): done()}
    document = compiled(collecting("m", python("t")), finished={"m.*": ends, "m.*.t": ends}, xs=[7, 8])
    (each,) = templates(document)["m-items"]["dag"]["tasks"]
    assert (
        'fromJSON(\'{"0":"{}"}\')'
        in (templates(document)[each["template"]]["outputs"]["parameters"][0]["valueFrom"]["expression"])
    )
