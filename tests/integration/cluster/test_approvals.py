"""Steps that wait for a person, on a real controller: approved, rejected, too late, answered from Argo's page."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runnable import Approval, Map, Parameter, Pipeline, ShellTask
from runnable.cluster.nodes import read_nodes
from runnable.cluster.view import view
from runnable.frontend.build import build
from runnable.frontend.giving import give
from tests.support import api, clusters

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
ANSWERS = (
    Parameter(name="version", type=int),
    Parameter(name="share", type=float, default=1.0),
    Parameter(name="note", type=str, default="none"),
    Parameter(name="sure", type=bool, default=False),
    Parameter(name="rows", type=list[int], default=[1]),
)
USE = ShellTask(name="use", command='export used="$version|$share|$note|$sure|$rows"', returns=["used"])


def started(*steps, parameters=None):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    return clusters.start(clusters.compiled(give(unit, values=parameters or {}, variables=False)))


def workflow(name):
    return api.request("GET", f"{clusters.WORKFLOWS}/namespaces/{clusters.NAMESPACE}/workflows/{name}")


def when_it_waits(name, steps=1):
    end = time.monotonic() + 120
    while sum(step.waits for step in view(workflow(name)).steps.values()) < steps:
        assert time.monotonic() < end
        time.sleep(0.3)


def runnable(*words):
    words = [sys.executable, "-m", "runnable.cli", *words, "-n", clusters.NAMESPACE]
    return subprocess.run(words, capture_output=True, text=True, timeout=120, cwd=Path.home())


def used(ended):
    return ended.outputs()["use"]["used"]


def message_of(ended, display_name):
    return ended.node(display_name).get("message", "")


def test_an_approval_with_answers_takes_no_pod_and_gives_them_with_their_types():
    name = started(Approval(name="release", message="Ship {{it}}?", deadline="1h", answers=ANSWERS), USE)
    when_it_waits(name)
    ended = runnable("approve", name, "-p", "version=x")
    assert (ended.returncode, "version is int" in ended.stderr) == (8, True), ended.stderr
    note = "it's {{workflow.name}} $(HOME) é"
    answers = ["version=7", "share=2", f"note={note}", "sure=yes", "rows=[2, 3]"]
    ended = runnable(
        "approve", name, "release", *(word for one in answers for word in ("-p", one)), "--message", "fine"
    )
    assert ended.returncode == 0, ended.stderr
    assert re.fullmatch(r"release: approved by \S+@\S+: fine\n", ended.stderr)
    found = clusters.wait(name)
    assert found.phase == "Succeeded"
    assert used(found) == f"7|2.0|{note}|true|[2, 3]"
    assert [pod["displayName"] for pod in found.pods] == ["use"]
    assert re.fullmatch(r"approved by \S+@\S+: fine", message_of(found, "run"))


def test_a_rejection_fails_the_step_and_its_handler_runs():
    aside = Pipeline(steps=[ShellTask(name="aside", command="true")])
    name = started(Approval(name="release", on_failure=aside), ShellTask(name="never", command="true"))
    when_it_waits(name)
    assert runnable("reject", name, "release", "--message", "not today").returncode == 0
    assert runnable("approve", name).returncode == 8
    found = clusters.wait(name)
    assert found.phase == "Succeeded"
    assert [pod["displayName"] for pod in found.pods] == ["aside"]
    assert message_of(found, "run").endswith(": not today")


def test_nobody_answers_within_the_deadline():
    name = started(Approval(name="release", deadline=3, answers=ANSWERS), USE)
    shown = view(clusters.ended(name)).steps
    found = clusters.wait(name)
    assert found.phase in ("Failed", "Error")
    assert not found.pods
    assert (str(shown["release"].phase), str(shown["use"].phase)) == ("failed", "skipped")
    assert "nobody has answered within 3 s" in shown["release"].message


def set_in_the_page(name, **given):
    """What Argo's page and ``argo node set`` do: values for some outputs, and the node has succeeded."""
    found = workflow(name)
    (node,) = [one for one in read_nodes(found).values() if one["displayName"] == "run"]
    for parameter in node["outputs"]["parameters"]:
        if parameter["name"] in given:
            parameter["value"] = given[parameter["name"]]
            del parameter["valueFrom"]
    node["phase"] = "Succeeded"
    node["finishedAt"] = "2026-01-01T00:00:00Z"
    found["status"]["nodes"][node["id"]] = node
    path = f"{clusters.WORKFLOWS}/namespaces/{clusters.NAMESPACE}/workflows/{name}"
    api.request("PUT", path, found)


@pytest.mark.parametrize(
    ("given", "outcome"),
    [
        (
            {"approved": "yes", "version": "7", "share": "0.5", "note": "n", "sure": "true", "rows": "[4]"},
            "7|0.5|n|true|[4]",
        ),
        ({"approved": "yes", "version": "7"}, "7|1.0|none|false|[1]"),
        ({"approved": "yes", "version": "seven"}, "the answer version is no int"),
        ({"approved": "no", "version": "7"}, "it was rejected"),
        ({}, "the answer version is no int"),
    ],
)
def test_what_is_given_in_argos_page_is_looked_at(given, outcome):
    name = started(Approval(name="release", answers=ANSWERS), USE)
    when_it_waits(name)
    if not given:
        given = {"approved": "yes"}
    set_in_the_page(name, **given)
    found = clusters.wait(name)
    if "|" in outcome:
        assert (found.phase, used(found)) == ("Succeeded", outcome)
    else:
        assert found.phase in ("Failed", "Error")
        assert outcome in message_of(found, "answered")


def test_in_a_map_each_item_waits_and_is_answered_by_itself():
    each = Pipeline(
        steps=[
            Approval(name="ok", answers=[Parameter(name="n", type=int)]),
            ShellTask(name="use", command='export out="$n$x"', returns=["out"]),
        ]
    )
    total = ShellTask(name="all", command='export all="$out"', returns=["all"])
    steps = [Map(name="m", branch=each, iterate_on="xs", iterate_as="x"), total]
    name = started(*steps, parameters={"xs": ["a", "b"]})
    when_it_waits(name, 2)
    assert "[RN931]" in runnable("approve", name, "-p", "n=1").stderr
    for item in (0, 1):
        ended = runnable("approve", name, f"m.{item}.ok", "-p", f"n={item + 5}")
        assert ended.returncode == 0, ended.stderr
    found = clusters.wait(name)
    assert found.phase == "Succeeded"
    assert found.outputs()["all"]["all"] == ["5a", "6b"]


def test_the_example_goes_on_with_what_is_answered():
    name = clusters.start(clusters.compiled(clusters.built_example("examples/20-approval/release.py")))
    when_it_waits(name)
    assert "waits for approval" in runnable("status", name).stdout
    assert runnable("approve", name, "-p", "audience=everybody", "-p", "copies=3").returncode == 0
    found = clusters.wait(name)
    assert found.phase == "Succeeded"
    assert found.outputs()["send"] == {"sheets": 36}
