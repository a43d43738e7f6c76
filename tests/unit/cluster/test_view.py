"""A workflow's status as the tree of our steps. The status was recorded on a cluster, half-way through the run."""

import base64
import gzip
import json

import pytest

from runnable.cluster.model import Phase
from runnable.cluster.steps import choose
from runnable.cluster.tree import heading, tree
from runnable.cluster.view import view
from runnable.diagnostics.errors import ClusterError
from tests.support.paths import TESTS

RECORDED = TESTS / "data" / "workflows" / "everything.json.gz"


@pytest.fixture
def workflow():
    return json.loads(gzip.decompress(RECORDED.read_bytes()))


def test_steps_have_the_paths_of_a_run_here_with_the_numbers_of_items_and_iterations(workflow):
    steps = view(workflow).steps
    assert "both.grid.grid.0.rows.1.square" in steps
    assert "both.verdicts.cells.0.judge.odd.again.1.try" in steps
    assert steps["both.grid.list grid"].kind == "task"
    kinds = {"both": "parallel", "both.grid.grid": "map", "both.grid.grid.0": "item", "end": "stub"}
    assert {path: steps[path].kind for path in kinds} == kinds
    assert steps["both.verdicts.cells.1.judge"].kind == "conditional"
    assert steps["both.verdicts.cells.0.judge.odd.again"].kind == "loop"


def test_what_argo_makes_for_itself_is_no_step(workflow):
    names = {path.rpartition(".")[2] for path in view(workflow).steps}
    assert not names & {"f", "body", "next", "items", "success", "no-match", "main"}


def test_parents_stand_before_children_and_siblings_in_the_pipelines_order(workflow):
    paths = list(view(workflow).steps)
    for path in paths:
        parent = path.rpartition(".")[0]
        assert not parent or paths.index(parent) < paths.index(path)
    top = [path for path in paths if path.count(".") == 1]
    assert top == ["both.grid", "both.verdicts"]
    assert [p for p in paths if p.startswith("both.grid.grid.") and p.count(".") == 3] == [
        f"both.grid.grid.{i}" for i in range(3)
    ]


def test_steps_that_have_not_begun_wait(workflow):
    steps = view(workflow).steps
    assert steps["both.verdicts.check"].phase is Phase.WAITING
    assert steps["end"].phase is Phase.WAITING
    assert steps["both.verdicts.cells.0.judge.even"].phase is Phase.SKIPPED


def test_attempts_are_of_one_step(workflow):
    step = view(workflow).steps["both.verdicts.cells.1.judge.even.breaks"]
    assert [attempt.phase for attempt in step.attempts] == [Phase.FAILED, Phase.FAILED]
    assert step.phase is Phase.FAILED
    assert step.message.startswith("main: Error (exit code 1): ValueError: this step always fails")


def test_a_workflow_that_nobody_has_begun_with_has_its_steps_already(workflow):
    del workflow["status"]
    workflow["spec"].setdefault("templates", [])
    shown = view(workflow)
    assert not shown.taken_up
    assert shown.phase is Phase.WAITING
    assert {step.phase for step in shown.steps.values()} == {Phase.WAITING}
    assert "both.grid.check" in shown.steps
    assert not any("*" in path for path in shown.steps)


def test_a_workflow_of_a_template_is_read_from_what_the_controller_has_stored(workflow):
    whole = view(workflow)
    workflow["status"]["storedWorkflowTemplateSpec"] = workflow["spec"]
    workflow["spec"] = {"workflowTemplateRef": {"name": "everything"}}
    assert view(workflow).steps == whole.steps


def test_templates_of_other_objects_are_read_from_what_the_controller_has_stored(workflow):
    whole = view(workflow)
    spec = workflow["spec"]
    main, *others = spec["templates"]
    for template in (main, *others):
        for task in (template.get("dag") or {}).get("tasks", []):
            if task["template"].startswith("both"):
                task["templateRef"] = {"name": "part", "template": task.pop("template")}
    moved = [template for template in others if template["name"].startswith("both")]
    spec["templates"] = [template for template in (main, *others) if template not in moved]
    workflow["status"]["storedTemplates"] = {f"namespaced/part/{t['name']}": t for t in moved}
    assert view(workflow).steps == whole.steps


def test_compressed_nodes_are_read(workflow):
    whole = view(workflow)
    nodes = json.dumps(workflow["status"].pop("nodes")).encode()
    workflow["status"]["compressedNodes"] = base64.b64encode(gzip.compress(nodes)).decode()
    assert view(workflow).steps == whole.steps


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ({"compressedNodes": base64.b64encode(b"\x28\xb5\x2f\xfd no").decode()}, "compressed in a way"),
        ({"compressedNodes": "?"}, "compressed in a way"),
        ({"offloadNodeStatusVersion": "fnv:1"}, "its database"),
    ],
)
def test_nodes_that_cannot_be_read_are_said_to_be_so(workflow, status, said):
    workflow["status"] = {"phase": "Running", **status}
    with pytest.raises(ClusterError, match=f"RN807.*{said}"):
        view(workflow)


def test_the_tree_is_indented_and_leaves_out_most_of_many_items(workflow):
    shown = view(workflow)
    lines = [str(line) for line in tree(shown)]
    assert lines[0] == "running    both"
    assert "succeeded      list grid  21.0 s" in lines
    assert "succeeded                1" in lines
    assert "  2 attempts  ValueError: this step" in next(line for line in lines if "breaks" in line)
    assert heading(shown).startswith("workflow everything-x7k2p running, ")


def test_many_items_are_counted(workflow):
    node = next(n for n in workflow["status"]["nodes"].values() if n["displayName"] == "f(2:2)" and n["type"] == "DAG")
    for i in range(3, 40):
        copy = {
            **node,
            "id": f"x-{i}",
            "name": f"{node['name']}-{i}",
            "displayName": f"f({i}:{i})",
            "phase": "Succeeded",
        }
        workflow["status"]["nodes"][copy["id"]] = copy
    lines = [line.text.strip() for line in tree(view(workflow))]
    assert any(line.startswith("and ") and line.endswith("succeeded") for line in lines)
    assert len(lines) < 60


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("both.grid.check", {"both.grid.check"}),
        ("grid.check", {"both.grid.check"}),
        ("again.1", {"again.1.try"}),
        ("list grid", {"both.grid.list grid"}),
    ],
)
def test_a_step_is_meant_by_the_end_of_its_path_and_includes_what_is_in_it(workflow, wanted, meant):
    shown = view(workflow)
    if wanted == "again.1":
        wanted = "cells.0.judge.odd.again.1"
        meant = {"both.verdicts.cells.0.judge.odd.again.1.try"}
    chosen = choose(shown, wanted)
    assert {step.path for step in shown.tasks() if chosen(step)} == meant


@pytest.mark.parametrize("wanted", ["check", "nothing"])
def test_a_step_that_means_none_or_several_is_an_error(workflow, wanted):
    with pytest.raises(ClusterError, match="RN902"):
        choose(view(workflow), wanted)


def test_an_item_that_failed_is_shown_so_though_its_map_keeps_it_and_its_node_succeeded():
    """The status is one that the controller's own code has made of the example examples/07-map/collects.py."""
    collects = json.loads(gzip.decompress((TESTS / "data" / "workflows" / "collects.json.gz").read_bytes()))
    shown = view(collects)
    phases = {path: step.phase for path, step in shown.steps.items()}
    assert phases == {
        "list chunks": Phase.SUCCEEDED,
        "map": Phase.SUCCEEDED,
        "map.0": Phase.SUCCEEDED,
        "map.0.process": Phase.SUCCEEDED,
        "map.1": Phase.FAILED,
        "map.1.process": Phase.FAILED,
        "map.2": Phase.SUCCEEDED,
        "map.2.process": Phase.SUCCEEDED,
        "check": Phase.SUCCEEDED,
    }
    assert shown.phase is Phase.SUCCEEDED
