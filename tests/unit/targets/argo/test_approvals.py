"""Approvals as templates, and read back; what a controller makes of them, the cluster tier shows."""

from __future__ import annotations

import json

from runnable import Approval, Parallel, Parameter, Pipeline, ShellTask
from runnable.cluster.approvals import answer, waiting_steps
from runnable.cluster.nodes import read_nodes
from runnable.cluster.view import view
from runnable.frontend.build import build
from tests.support.argo_programs import arguments, compile_one, tasks, templates
from tests.support.manifests import problems


def asked(**options):
    answers = [
        Parameter(name="version", type=int),
        Parameter(name="channel", type=str, default="beta", choices=["beta", "stable"], help="where to"),
        Parameter(name="rows", type=list[int], default=[1]),
    ]
    return Approval(name="release", message="Ship {{it}}?", answers=answers, **options)


def document(*steps):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics
    found = compile_one(unit.program)
    assert problems(found) == []
    return found


USE = ShellTask(name="use", command='echo "$version $channel"')


def supplied(template):
    return {one["name"]: one["valueFrom"] for one in template["outputs"]["parameters"]}


def test_the_node_that_waits_has_a_form_and_what_is_to_be_supplied():
    found = templates(document(asked(deadline="2h"), USE))
    ask = found["ask"]
    assert ask["suspend"] == {"duration": "7200s"}
    assert supplied(ask) == {
        "approved": {"supplied": {}, "default": "nobody"},
        "version": {"supplied": {}, "default": ""},
        "channel": {"supplied": {}, "default": "beta"},
        "rows": {"supplied": {}, "default": "[1]"},
    }
    form = {one["name"]: one for one in ask["inputs"]["parameters"]}
    assert form["approved"] == {
        "name": "approved",
        "default": "yes",
        "enum": ["yes", "no"],
        "description": "Ship { {it}}?",
    }
    assert form["channel"] == {
        "name": "channel",
        "default": "beta",
        "enum": ["beta", "stable"],
        "description": "str: where to",
    }


def test_without_a_deadline_resuming_approves_and_what_is_needed_has_to_be_supplied():
    ask = templates(document(asked(), USE))["ask"]
    assert ask["suspend"] == {}
    assert supplied(ask)["approved"] == {"supplied": {}, "default": "yes"}
    assert supplied(ask)["version"] == {"supplied": {}}


def test_the_step_has_no_pod_and_gives_a_line_for_each_answer():
    found = templates(document(asked(), USE))
    step = tasks(found["main"])["release"]
    spec = json.loads(arguments(step)["spec"])
    assert (spec["name"], spec["approval"], spec["returns"]) == (
        "release",
        "Ship {{it}}?",
        ["version", "channel", "rows"],
    )
    assert tasks(found["main"])["use"]["depends"] == "release.Succeeded"
    inner = tasks(found["release"])
    assert {name: one["template"] for name, one in inner.items()} == {"run": "ask", "answered": "stub"}
    assert inner["answered"]["depends"] == "run.Succeeded"
    assert [name for name, one in found.items() if "container" in one] == ["shell"]


def test_two_that_ask_the_same_share_a_template():
    both = Parallel(
        name="both",
        branches={
            name: Pipeline(steps=[Approval(name="ask", deadline=60), ShellTask(name="t", command="true")])
            for name in "ab"
        },
    )
    names = [name for name, one in templates(document(both)).items() if "suspend" in one]
    assert names == ["ask", "stub"]


def workflow(*, phase="Running", compressed=False, deadline="2h"):
    found = document(asked(deadline=deadline), USE)
    ask = templates(found)["ask"]
    nodes = {
        "p-1": {"id": "p-1", "name": "p-1", "displayName": "p-1", "type": "DAG", "phase": "Running"},
        "p-1-2": {"id": "p-1-2", "displayName": "release", "boundaryID": "p-1", "type": "DAG", "phase": "Running"},
        "p-1-3": {
            "id": "p-1-3",
            "displayName": "run",
            "boundaryID": "p-1-2",
            "type": "Suspend",
            "phase": phase,
            "outputs": {"parameters": ask["outputs"]["parameters"]},
        },
    }
    status = {"phase": "Running", "nodes": nodes}
    if compressed:
        import base64
        import gzip

        status = {
            "phase": "Running",
            "compressedNodes": base64.b64encode(gzip.compress(json.dumps(nodes).encode())).decode(),
        }
    return {
        "metadata": {"name": "p-1", "namespace": "here", "resourceVersion": "7"},
        "spec": found["spec"],
        "status": status,
    }


class Objects:
    def change_status(self, changed, status):
        self.changed = {**changed, "status": {**changed["status"], **status}}


def test_a_step_that_waits_is_found_with_what_it_asks_for():
    (one,) = waiting_steps(workflow()).values()
    assert (one.path, one.node) == ("release", "p-1-3")
    assert [(a.name, a.kind, a.has_default, a.default, a.choices) for a in one.answers] == [
        ("version", "int", False, None, ()),
        ("channel", "str", True, "beta", ("beta", "stable")),
        ("rows", "json", True, [1], ()),
    ]
    assert waiting_steps(workflow(phase="Succeeded")) == {}


def test_an_answer_is_written_into_the_node_however_nodes_are_kept():
    for compressed in (False, True):
        found = workflow(compressed=compressed)
        (one,) = waiting_steps(found).values()
        objects = Objects()
        values = {"version": 3, "channel": "stable", "rows": [2]}
        assert answer(objects, found, one, values, approved=True, told="approved by ann")
        node = read_nodes(objects.changed)["p-1-3"]
        assert (node["phase"], node["message"]) == ("Succeeded", "approved by ann")
        given = {p["name"]: p.get("value") for p in node["outputs"]["parameters"]}
        assert given == {"approved": "yes", "version": "3", "channel": "stable", "rows": "[2]"}
        assert answer(objects, found, one, {}, approved=False, told="rejected by ann")
        assert read_nodes(objects.changed)["p-1-3"]["phase"] == "Failed"


def test_the_status_says_that_a_step_waits():
    shown = view(workflow())
    assert (shown.steps["release"].waits, shown.steps["release"].phase) == (True, "running")
    assert not view(workflow(phase="Succeeded")).steps["release"].waits
