"""Which tasks share a pod on Argo, what the pod is told, and what is said where none do."""

import json
from dataclasses import replace

import pytest

from runnable.configuration.sections import Section
from runnable.ir.options import Resources
from runnable.manifests.outline import outline
from runnable.planning.argo import on_argo
from runnable.planning.counts import Times
from runnable.runs.resume.finished import Finished
from runnable.runs.resume.known_ends import End
from runnable.targets import argo
from runnable.targets.argo.fusing import shared_pod
from runnable.targets.kubernetes.pod_options import PodOptions, Retry, SecretKey
from runnable.targets.target import CompileRequest
from runnable_runtime.records.records import Status
from tests.support.argo_programs import (
    arguments,
    compile_one,
    fan_out,
    fused,
    loop,
    parallel,
    program,
    python,
    shell,
    stub,
    tasks,
    templates,
)
from tests.support.manifests import problems, read
from tests.support.planned import plain


def compiled(*nodes, configuration=None, **parameters):
    document = compile_one(fused(program(*nodes, **parameters)), configuration=configuration or {})
    assert problems(document) == []
    return document


def calls(document, template="main"):
    return tasks(templates(document)[template])


def spec(task):
    return json.loads(arguments(task)["spec"])


def test_a_pod_is_told_each_tasks_spec_and_what_it_reads():
    document = compiled(
        python("a", returns="x"), python("b", reads="x y", returns="z"), stub("s"), python("c", reads="z"), y=1
    )
    (task,) = [one for name, one in calls(document).items() if name == "a-to-b"]
    assert spec(task) == {
        "name": "a to b",
        "fused": [
            {"spec": {"name": "a", "python": "jobs:work", "returns": ["x"]}},
            {"spec": {"name": "b", "python": "jobs:work", "returns": ["z"]}, "reads": ["x", "y"]},
        ],
        "keep": ["z"],
    }
    container = templates(document)[task["template"]]["container"]
    assert container["args"][2] == "--fused"
    assert calls(document)["s"]["depends"] == "a-to-b.Succeeded"


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"image": "other:1"}, "image"),
        ({"resources": Resources(memory="4Gi")}, "requests"),
        ({"env": (("A", "b"),)}, "env"),
        ({"node_selector": (("disk", "ssd"),)}, "node_selector"),
        ({"service_account": "reader"}, "service_account"),
        ({"priority_class": "high"}, "priority_class"),
        ({"labels": (("team", "risk"),)}, "labels"),
        ({"mutex": "door"}, "mutex"),
    ],
)
def test_tasks_whose_pods_would_differ_have_their_own_and_the_warning_says_in_what(options, word):
    found = []
    wanted = fused(program(python("a"), python("b", **options)))
    argo.compile(CompileRequest(program=wanted, image="i:1", report=found.append))
    (warning,) = [one for one in found if one.code == "RN920"]
    assert "'a' and 'b' differ in" in warning.message
    assert word in warning.message


@pytest.mark.parametrize(
    ("nodes", "words"),
    [
        ([python("a")], "it has one step"),
        ([stub("a"), stub("b")], "'a' has its own pod, since it takes no pod"),
        ([python("a"), parallel("P", one=[stub("s")])], "'P' has its own pod, since it takes no pod"),
        ([python("a"), loop("l", stub("s"))], "'l' has its own pod, since it is no task"),
        ([python("a"), python("b", template='{"priority":1}')], "its template is its own"),
    ],
)
def test_where_nothing_can_be_fused_it_is_said_why(nodes, words):
    found = []
    argo.compile(CompileRequest(program=fused(program(*nodes)), image="i:1", report=found.append))
    assert any(words in one.message for one in found if one.code == "RN920")


def test_attempts_time_and_pauses_are_each_tasks_own_and_secrets_the_pods():
    retry = {"limit": 2, "backoff": {"duration": "90s", "factor": 2, "max_duration": "1h"}}
    document = compiled(
        python("a", secrets=("KEY",), timeout=60),
        python("b", secrets=("OTHER",), retry=4),
        configuration={"defaults": {"retry_strategy": retry}, "secrets": {"KEY": "one/key", "OTHER": "two"}},
    )
    (task,) = calls(document).values()
    first, second = spec(task)["fused"]
    assert (first["attempts"], first["timeout"], first["pause"]) == (3, 60, [90.0, 2.0, 3600.0])
    assert (second["attempts"], second.get("timeout")) == (5, None)
    template = templates(document)[task["template"]]
    assert "activeDeadlineSeconds" not in template
    assert template["retryStrategy"]["limit"] == "4"
    assert "exitCode" in template["retryStrategy"]["expression"]
    assert [one["name"] for one in template["container"]["env"] if "valueFrom" in one] == ["KEY", "OTHER"]


def test_a_pod_is_repeated_as_often_as_the_task_that_may_be_most_often():
    one = PodOptions("i", retry=Retry(1), timeout=9, secrets=(SecretKey("B", "s", "b"),))
    other = PodOptions("i", retry=Retry(3), secrets=(SecretKey("A", "s", "a"), SecretKey("B", "s", "b")))
    pod = shared_pod([one, other])
    assert (pod.retry.limit, pod.timeout) == (3, None)
    assert [key.variable for key in pod.secrets] == ["A", "B"]


def test_a_branch_that_becomes_one_pod_has_no_dag_of_its_own():
    found = fused(program(parallel("P", one=[python("a"), python("b")], two=[python("a"), python("b")])))
    document = compile_one(replace(found, graph=replace(found.graph, fuse=())))
    assert [one["template"] for one in calls(document, "p").values()] == ["fused", "fused"]


def test_a_parallel_that_shares_a_pod_whole_says_which_of_its_steps_follow_which():
    branches = {"one": [python("s", returns="y"), python("t", reads="y")], "two": [stub("i"), python("s")]}
    document = compiled(python("a"), parallel("P", **branches), python("b", reads="y"))
    (task,) = calls(document).values()
    assert spec(task)["order"] == [0, {"beside": [[1, 2], [3, 4]]}, 5]
    steps = outline([document]).steps
    assert list(steps) == ["a", "P", "P.one", "P.one.s", "P.one.t", "P.two", "P.two.i", "P.two.s", "b"]
    assert steps["P.two.i"]["does"] == "nothing (a stub)"
    assert steps["P"]["does"] == "a parallel"
    assert [steps[one]["runs after"] for one in ("P.one.s", "P.one.t", "P.two.s", "b")] == [
        "a",
        "P.one.s",
        "P.two.i",
        "P.one.t, P.two.s",
    ]


def test_in_a_map_the_numbers_of_items_reach_each_task():
    document = compiled(
        fan_out("m", shell("a", returns="y"), shell("b", returns="z")), python("c", reads="y z"), xs=[1]
    )
    (task,) = calls(document, "m").values()
    assert task["withParam"]
    assert spec(task)["keep"] == ["y", "z"]
    assert '["item","x","xs",{{item}}]' in arguments(task)["in"]


def test_in_a_map_that_keeps_what_failed_the_pod_says_which_step_that_was():
    body = fan_out("m", python("a", returns="y"), python("b"), failures="lost", min_success=0.5)
    document = compiled(body, python("c", reads="y lost"), xs=[1])
    (pod, kept) = calls(document, "m-item").values()
    assert (pod["name"], kept["name"]) == ("a-to-b", "kept")
    assert spec(pod)["reports"] is True
    (out,) = templates(document)["m-item"]["outputs"]["parameters"]
    assert """o startsWith '["failed",{"step":' ? o[18:len(o) - 2]""" in out["valueFrom"]["expression"]


def test_without_a_wish_nothing_is_fused():
    document = compile_one(program(python("a"), python("b")))
    assert list(calls(document)) == ["a", "b"]


def test_what_is_resumed_is_fused_without_what_has_finished():
    nodes = [python("a", returns="x"), python("b", reads="x", returns="y"), python("c", reads="x y")]
    end = End(Status.SUCCEEDED, {"x": 1})
    wanted = fused(program(*nodes))
    finished = Finished(run_id="r", nodes={"a": {(): end}})
    bucket = Section("chunked-s3", {"bucket": "b"})
    request = CompileRequest(program=wanted, finished=finished, run_log_store=bucket)
    (document,) = read(argo.compile(request)[0].text)
    assert list(calls(document)) == ["a", "b-to-c"]
    assert calls(document)["b-to-c"]["depends"] == "a.Succeeded"


def test_a_parallel_of_which_some_has_finished_takes_its_pods_apart():
    branches = {"one": [python("s", returns="x"), python("t", reads="x")], "two": [python("s"), python("t")]}
    wanted = fused(program(python("a"), parallel("P", **branches), python("b")))
    done = {path: {(): End(Status.SUCCEEDED, {"x": 1})} for path in ("a", "P.one.s")}
    bucket = Section("chunked-s3", {"bucket": "b"})
    request = CompileRequest(program=wanted, finished=Finished(run_id="r", nodes=done), run_log_store=bucket)
    (document,) = read(argo.compile(request)[0].text)
    assert problems(document) == []
    assert list(calls(document)) == ["a", "p", "b"]
    assert list(calls(document, "p-one")) == ["s", "t"]
    assert [len(spec(pod).get("fused", ())) for pod in calls(document, "p").values() if "spec" in arguments(pod)] == [2]


def test_items_of_which_each_runs_a_parallel_share_pods_too():
    body = fan_out("m", parallel("P", one=[python("s", reads="x", returns="y")], two=[python("s")]), batch=2)
    body = replace(body, body=replace(body.body, fuse=("P",)))
    document = compile_one(program(body, python("c", reads="y"), xs=[1, 2, 3]))
    assert problems(document) == []
    (pod,) = calls(document, "m-items").values()
    assert spec(pod)["order"] == [{"beside": [[0], [1]]}]
    assert spec(pod)["batch"] is True
    assert list(outline([document]).steps) == ["m", "m.*.P", "m.*.P.one.s", "m.*.P.two.s", "c"]


def test_the_outline_has_each_step_and_what_it_shares_a_pod_with():
    document = compiled(python("a", returns="x"), python("b", reads="x", retry=1), stub("s"))
    steps = outline([document]).steps
    assert list(steps) == ["a", "b", "s"]
    assert steps["a"]["shares a pod with"] == "b"
    assert steps["b"]["runs after"] == "a"
    assert steps["b"]["attempts"] == "2"
    assert steps["s"]["runs after"] == "b"


def batched(*nodes, batch=2, **parameters):
    return compile_one(program(fan_out("m", *nodes, batch=batch), **parameters))


def fused_body(*nodes, **more):
    found = fan_out("m", *nodes, batch=2, **more)
    return replace(found, body=replace(found.body, fuse=tuple(node.name for node in nodes)))


def test_items_that_share_pods_are_cut_by_the_list_and_joined_again():
    body = fused_body(python("a", reads="x", returns="y"), python("b", reads="y", returns="z"))
    document = compile_one(program(body, python("c", reads="z"), xs=[1, 2, 3]))
    assert problems(document) == []
    (outer,) = calls(document, "m").values()
    (inner,) = calls(document, "m-items").values()
    assert outer["name"] == "items"
    assert "# % 2 == 0 ? '],[['" in inner["withParam"]
    assert arguments(inner)["in"] == '["batch","x","xs",{{item}}]'
    assert spec(inner)["batch"] is True
    assert spec(inner)["keep"] == ["z"]
    steps = outline([document]).steps
    assert list(steps) == ["m", "m.*.a", "m.*.b", "c"]
    assert (steps["m"]["repeats"], steps["m"]["items in a pod"]) == ("each x of xs", "2")


def test_a_branch_of_one_task_is_batched_without_a_wish_to_fuse():
    document = batched(shell("a", returns="y"), xs=[1])
    (task,) = calls(document, "m").values()
    assert [one["spec"]["name"] for one in spec(task)["fused"]] == ["m.*.a"]


def test_items_that_wait_for_a_lock_run_one_at_a_time_in_their_pod():
    (task,) = calls(batched(python("a", mutex="door"), xs=[1, 2]), "m").values()
    assert spec(task)["locked"] is True
    (task,) = calls(batched(python("a"), xs=[1, 2]), "m").values()
    assert "locked" not in spec(task)


def test_a_reducer_of_its_own_is_given_one_list():
    body = fan_out("m", python("a", reads="x", returns="y"), batch=3, reduce="y")
    document = compile_one(program(body, python("c", reads="y"), xs=[1, 2, 3]))
    assert problems(document) == []
    assert "filter(fromJSON(tasks['items']" in arguments(calls(document, "m")["reduce"])["in"]


def test_items_of_a_map_that_keeps_what_failed_share_pods_that_report_each():
    body = fan_out("m", python("a", reads="x", returns="y"), batch=3, failures="lost", min_success=0.5)
    document = compile_one(program(body, python("c", reads="y lost"), xs=[1, 2, 3]))
    assert problems(document) == []
    (pod, kept) = calls(document, "m-item").values()
    assert spec(pod)["reports"] is spec(pod)["batch"] is True
    assert arguments(pod)["in"] == "{{inputs.parameters.in}}"
    assert (kept["name"], kept["template"]) == ("kept", "stub")
    assert "# % 3 == 0" in calls(document, "m-items")["f"]["withParam"]
    assert calls(document, "m")["not-enough"]["when"].startswith("{{=let r = fromJSON('[' + join(map(filter(")
    steps = outline([document]).steps
    assert list(steps) == ["m", "m.*.a", "m.not-enough", "c"]
    shown = {"repeats": "each x of xs", "items in a pod": "3", "if an item fails": "it is kept in a list"}
    assert shown.items() <= steps["m"].items()


def test_what_is_resumed_has_a_pod_for_each_item_that_is_left():
    wanted = program(fan_out("m", python("a", reads="x"), batch=3), xs=[1, 2, 3])
    ends = {"m.*": {(0,): End(Status.SUCCEEDED, {})}, "m.*.a": {(0,): End(Status.SUCCEEDED, {})}}
    bucket = Section("chunked-s3", {"bucket": "b"})
    request = CompileRequest(program=wanted, finished=Finished(run_id="r", nodes=ends), run_log_store=bucket)
    (document,) = read(argo.compile(request)[0].text)
    assert not any("fused" in name for name in templates(document))


def test_pods_of_items_are_planned_by_their_number():
    found = program(fused_body(python("a", reads="x"), python("b")), xs=list(range(5)))
    made = argo.written(CompileRequest(program=found, image="i:1"))
    plan = on_argo(plain(found), made)
    assert (plan.pods, plan.widest_pods) == (Times(3, 3), 3)
    late = program(python("list", returns="xs"), fused_body(python("a", reads="x"), python("b")))
    made = argo.written(CompileRequest(program=late, image="i:1"))
    assert on_argo(plain(late), made).pods == Times(1, None)


def test_neighbours_that_share_a_pod_are_planned_as_one():
    found = fused(program(python("a"), python("b"), stub("s"), python("c")))
    made = argo.written(CompileRequest(program=found, image="i:1"))
    plan = on_argo(plain(found), made)
    assert (plan.pods, plan.widest_pods) == (Times(2, 2), 1)
