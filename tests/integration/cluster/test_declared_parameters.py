"""Declared parameters on a cluster: a template that leaves some open, and texts that are given when it is submitted."""

import json

import pytest

from runnable.frontend.giving import give
from runnable.frontend.loading import load
from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.paths import ROOT

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(600),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
EXAMPLE = "examples/03-parameters/declared.py"


@pytest.fixture(scope="module")
def template():
    """The name of a template of the example, in which what has no default is open."""
    clusters.need_controller()
    built = give(load(str(ROOT / EXAMPLE)).unit)
    assert [one.name for one in built.program.open] == ["day", "version"]
    text = clusters.compiled(built, kind="WorkflowTemplate")
    clusters.kubectl("apply", "-f", "-", text=text)
    return next(line.split(": ")[1] for line in text.splitlines() if line.startswith("  name: "))


def submitted(template, *typed):
    given = [text for one in typed for text in ("-p", one)]
    ended = runnable("submit", template, *given, "-n", clusters.NAMESPACE)
    assert ended.returncode == 0, ended.stderr
    return clusters.wait(ended.stdout.strip())


def test_texts_arrive_with_the_declared_types(template):
    finished = submitted(template, "day=20240131", "version=1.10", "rows=100", "deliver=yes")
    assert finished.phase == "Succeeded"
    found = finished.outputs()
    assert found["load"] == {"loaded": 3100}
    assert found["label"] == {"label": "v1.10-100-true"}
    assert found["deliver.True.ship"] == {"shipped": "2 of 3100, discount None"}


def test_a_text_decides_as_its_type_says(template):
    finished = submitted(template, "day=2024-01-31", "version=73e5", "deliver=no", 'stores=["one"]', "discount=0.50")
    assert finished.phase == "Succeeded"
    assert finished.outputs()["label"] == {"label": "v73e5-10-false"}


def test_what_is_open_or_wrong_is_refused(template):
    missing = runnable("submit", template, "-p", "day=2024-01-31", "-n", clusters.NAMESPACE)
    assert missing.returncode == 7
    assert "'version' has no value" in missing.stderr
    for wrong, said in (("rows=11", "'rows' has choices"), ("deliver=maybe", "'deliver' is declared as bool")):
        ended = runnable("submit", template, "-p", "day=2024-01-31", "-p", "version=1", "-p", wrong)
        assert ended.returncode == 7
        assert said in ended.stderr


def test_argo_refuses_a_workflow_that_leaves_a_parameter_open(template):
    workflow = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"generateName": f"{template}-"},
        "spec": {"workflowTemplateRef": {"name": template}},
    }
    finished = clusters.wait(clusters.start(json.dumps(workflow)))
    assert finished.phase in ("Error", "Failed")
    assert not finished.pods
