"""Steps that share a pod, in a workflow's status."""

import pytest

from runnable.cluster.model import Phase
from runnable.cluster.view import view
from runnable.diagnostics.errors import RecordUnusable
from runnable.replay.from_workflow import from_workflow
from tests.support.argo_programs import (
    arguments,
    compile_one,
    fan_out,
    fused,
    parallel,
    program,
    shell,
    stub,
    tasks,
    templates,
)


def workflow(document, *nodes):
    spec = document["spec"]
    dags = {"main": "w"}
    found = {"w": {"id": "w", "type": "DAG", "displayName": "w", "name": "w", "phase": "Running"}}
    for one in nodes:
        found[one["id"]] = {"boundaryID": dags.get(one.get("in", "main"), one.get("in", "w")), **one}
    return {
        "kind": "Workflow",
        "metadata": {"name": "w", "namespace": "argo"},
        "spec": spec,
        "status": {"phase": "Running", "nodes": found},
    }


DOCUMENT = compile_one(fused(program(shell("a", returns="x"), shell("b", returns="y"), shell("c"), base=1)))


def pod(phase, message="", name="a-to-c", kind="Pod", **more):
    return {"id": f"p-{name}", "type": kind, "displayName": name, "phase": phase, "message": message, **more}


def phases(found):
    return {path: str(step.phase) for path, step in found.steps.items()}


@pytest.mark.parametrize("phase", ["Pending", "Running", "Succeeded"])
def test_they_are_as_their_pod_is(phase):
    found = view(workflow(DOCUMENT, pod(phase)))
    assert set(phases(found).values()) == {phase.lower()}
    assert list(found.steps) == ["a", "b", "c"]
    assert {step.attempts[0].node for step in found.steps.values()} == {"p-a-to-c"}


def test_a_pod_that_has_not_begun_is_several_steps_that_wait():
    assert phases(view(workflow(DOCUMENT))) == {"a": "waiting", "b": "waiting", "c": "waiting"}


def test_the_one_that_failed_is_known_by_the_pods_words():
    found = view(workflow(DOCUMENT, pod("Failed", "Error (exit code 1): step 'b' failed: ValueError: boom")))
    assert phases(found) == {"a": "succeeded", "b": "failed", "c": "skipped"}
    assert found.steps["b"].message == "ValueError: boom"
    assert found.steps["a"].message == ""


def test_of_a_pod_that_was_killed_nothing_is_known_but_that():
    found = view(workflow(DOCUMENT, pod("Failed", "OOMKilled (exit code 137)")))
    assert set(phases(found).values()) == {"failed"}


def test_attempts_of_the_pod_are_attempts_of_each():
    nodes = [
        {
            "id": "r",
            "type": "Retry",
            "displayName": "a-to-c",
            "phase": "Succeeded",
            "startedAt": "2026-01-01T00:00:00Z",
        },
        pod("Error", "node lost", name="a-to-c(0)", startedAt="2026-01-01T00:00:00Z"),
        pod("Succeeded", name="a-to-c(1)", startedAt="2026-01-01T00:01:00Z"),
    ]
    found = view(workflow(DOCUMENT, *nodes))
    assert set(phases(found).values()) == {"succeeded"}
    assert [len(step.attempts) for step in found.steps.values()] == [2, 2, 2]


def test_in_a_map_they_have_the_numbers_of_the_item():
    document = compile_one(fused(program(fan_out("m", shell("a", returns="y"), shell("b")), xs=[1, 2])))
    m = {"id": "m", "type": "DAG", "displayName": "m", "phase": "Running"}
    group = {"id": "g", "type": "TaskGroup", "displayName": "a-to-b", "phase": "Running", "in": "m"}
    one = pod("Succeeded", name='a-to-b(0:"x")') | {"in": "m"}
    other = pod("Failed", "Error (exit code 1): step 'm.1.a' failed: boom", name="a-to-b(1:2)") | {"in": "m"}
    found = view(workflow(document, m, group, one, other))
    assert phases(found) == {
        "m": "running",
        "m.0": "succeeded",
        "m.0.a": "succeeded",
        "m.0.b": "succeeded",
        "m.1": "failed",
        "m.1.a": "failed",
        "m.1.b": "skipped",
    }
    assert found.steps["m.1"].phase is Phase.FAILED


def given(document, lines):
    (task,) = tasks(templates(document)["main"]).values()
    parameters = [{"name": "spec", "value": arguments(task)["spec"]}, {"name": "in", "value": lines}]
    return {"inputs": {"parameters": parameters}, "templateName": task["template"]}


def test_a_replay_takes_a_step_that_read_nothing_of_the_others_and_says_why_it_cannot_take_another(tmp_path):
    found = workflow(DOCUMENT, {**pod("Succeeded"), **given(DOCUMENT, '["base","7"]')})
    first = from_workflow(found, "a", None, tmp_path)
    assert (first.spec.target, first.parameters) == ("true", {"base": 7})
    with pytest.raises(RecordUnusable, match=r"shared a pod with the steps before it, and of x"):
        from_workflow(found, "b", None, tmp_path)


def test_items_that_share_a_pod_are_steps_with_their_numbers():
    body = fan_out("m", shell("a", returns="y"), shell("b"), batch=2)
    document = compile_one(fused(program(body, shell("c"), xs=[1, 2, 3])))
    m = {"id": "m", "type": "DAG", "displayName": "m", "phase": "Running"}
    items = {"id": "i", "type": "DAG", "displayName": "items", "phase": "Running", "in": "m"}
    group = {"id": "g", "type": "TaskGroup", "displayName": "a-to-b", "phase": "Running", "in": "i"}

    def one(number, phase, entries, message=""):
        lines = f'["batch","x","xs",{entries}]'
        given = {"inputs": {"parameters": [{"name": "in", "value": lines}]}}
        return pod(phase, message, name=f"a-to-b({number}:{entries})") | {"in": "i"} | given

    words = "Error (exit code 1): step 'm.1.a' failed: boom"
    nodes = [one(0, "Failed", "[[0,3,1],[1,3,2]]", words), one(1, "Running", "[[2,3,3]]")]
    found = view(workflow(document, m, items, group, *nodes))
    assert phases(found) == {
        "m": "running",
        "m.0": "succeeded",
        "m.0.a": "succeeded",
        "m.0.b": "succeeded",
        "m.1": "failed",
        "m.1.a": "failed",
        "m.1.b": "skipped",
        "m.2": "running",
        "m.2.a": "running",
        "m.2.b": "running",
        "c": "waiting",
    }


def test_items_of_a_map_that_keeps_what_failed_are_steps_with_their_numbers():
    body = fan_out("m", shell("a", returns="y"), shell("b"), batch=2, failures="lost")
    document = compile_one(fused(program(body, shell("c"), xs=[1, 2, 3])))
    nodes = [
        {"id": "m", "type": "DAG", "displayName": "m"},
        {"id": "i", "type": "DAG", "displayName": "items", "in": "m"},
        {"id": "g", "type": "TaskGroup", "displayName": "f", "in": "i"},
        {"id": "f", "type": "DAG", "displayName": "f(0:[[0,3,1],[1,3,2]])", "in": "i"},
        {"id": "k", "type": "Suspend", "displayName": "kept", "in": "f"},
    ]
    inputs = {"parameters": [{"name": "in", "value": '["batch","x","xs",[[0,3,1],[1,3,2]]]'}]}
    failed = pod("Failed", "Error (exit code 1): step 'm.1.a' failed: boom") | {"in": "f", "inputs": inputs}
    done = [{**one, "phase": "Succeeded"} for one in nodes]
    found = view(workflow(document, *done, {**failed, "displayName": "a-to-b"}))
    assert phases(found) == {
        "m": "succeeded",
        "m.0": "succeeded",
        "m.0.a": "succeeded",
        "m.0.b": "succeeded",
        "m.1": "failed",
        "m.1.a": "failed",
        "m.1.b": "skipped",
        "c": "waiting",
    }


def test_of_a_parallel_in_a_pod_other_branches_run_to_their_end():
    branches = {"one": [shell("s"), shell("t")], "two": [shell("s"), stub("i"), shell("t")]}
    document = compile_one(fused(program(shell("a"), parallel("P", **branches), shell("b"))))
    found = view(workflow(document, pod("Failed", "step 'P.one.s' failed: boom", name="a-to-b")))
    assert phases(found) == {
        "a": "succeeded",
        "P": "failed",
        "P.one": "failed",
        "P.one.s": "failed",
        "P.one.t": "skipped",
        "P.two": "succeeded",
        "P.two.s": "succeeded",
        "P.two.i": "succeeded",
        "P.two.t": "succeeded",
        "b": "skipped",
    }
    assert found.steps["P"].attempts == found.steps["P.two.i"].attempts == ()
    assert phases(view(workflow(document, pod("Running", name="a-to-b"))))["P.two"] == "running"
