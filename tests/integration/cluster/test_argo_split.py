"""Pipelines that are split over several objects: they are stored as they are written, and run as whole ones do."""

import json
import uuid
from collections import Counter
from dataclasses import replace

import pytest
import yaml

from runnable import Parallel, Pipeline, ShellTask, TemplateTask, param
from runnable.frontend.build import build
from runnable.ir.unit import CompilationUnit
from runnable.targets import argo
from runnable.targets.argo.limits import MOST_DEPTH, Limits
from runnable.targets.target import CompileRequest
from runnable_runtime.values.parameters import decode_lines
from tests.support import clusters
from tests.support.argo_programs import fan_out, loop, parallel, program, shell, stub, switch
from tests.support.manifests import read
from tests.support.paths import ROOT
from tests.support.selection import representative

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]
needs_image = pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples")
SMALL = Limits(nodes=3, templates=6)
VALUE = 'it\'s é {a} $(HOME) `x` \\ "q"'
KINDS = ["WorkflowTemplate", "ClusterWorkflowTemplate", "Workflow", "CronWorkflow"]


@pytest.fixture
def applied(monkeypatch):
    """Compile and store a pipeline as a kind; what is not a workflow is deleted afterwards. Returns the objects."""
    monkeypatch.chdir(ROOT)
    stored = []

    def store(compiled, kind, limits, **configuration):
        settings = {"serviceAccount": clusters.SERVICE_ACCOUNT, "namespace": clusters.NAMESPACE, **configuration}
        request = CompileRequest(
            program=compiled,
            image=clusters.IMAGE or None,
            name=f"test-{uuid.uuid4().hex[:8]}",
            kind=kind,
            configuration=settings,
        )
        (document,) = argo.compile(request, limits)
        objects = [item for item in read(document.text) if item["kind"] != "Workflow"]
        text = yaml.safe_dump_all(objects)
        clusters.kubectl("apply", "--server-side", "--validate=strict", "-f", "-", text=text)
        stored.append(text)
        return document.text

    yield store
    for text in stored:
        clusters.kubectl("delete", "--wait=false", "-f", "-", text=text)


def run(text, within=60):
    """The workflow, when it has ended, that a manifest is, or that is made of it as `argo submit --from` does."""
    main = next(item for item in reversed(read(text)) if item["kind"] != "CronWorkflow" or "templates" in str(item))
    name = main["metadata"].get("name", "test-")
    spec = main["spec"]
    if main["kind"].endswith("Template"):
        reference = {"name": name, **({"clusterScope": True} if main["kind"].startswith("Cluster") else {})}
        spec = {"workflowTemplateRef": reference, "serviceAccountName": clusters.SERVICE_ACCOUNT}
    elif main["kind"] == "CronWorkflow":
        spec = spec["workflowSpec"]
    workflow = {"apiVersion": main["apiVersion"], "kind": "Workflow", "metadata": {"generateName": f"{name}-"}}
    return clusters.wait(clusters.start(yaml.safe_dump({**workflow, "spec": spec}), within))


def everything():
    """A pipeline of every construct."""
    return program(
        shell("first", "export side=left xs='[1, 2.0]'", returns="side xs"),
        parallel(
            "P", one=[shell("a", "export a=1", returns="a"), stub("b")], two=[stub("c"), shell("d", 'test "$k" = 5')]
        ),
        fan_out("m", stub("pre"), shell("t", 'export y="$x"', returns="y"), iterate_on="xs", max_parallel=1),
        switch("c", "side", left=[stub("l")], right=[shell("never"), stub("r")]),
        loop("again", shell("turn", "export done=$([ $i = 1 ] && echo true || echo false)", returns="done"), stub("s")),
        shell("last", 'export z="$y"', returns="z"),
        k=5,
    )


def same_as_here(compiled, finished):
    record, outputs = clusters.recorded_here(CompilationUnit(compiled))
    assert (finished.phase == "Succeeded") == (record.status == "succeeded")
    expected = [values for path, values in outputs.items() if record.steps[path].kind != "stub"]
    found = [
        decode_lines(p["value"])
        for pod in finished.pods
        for p in pod.get("outputs", {}).get("parameters", [{"value": "{}"}])
    ]
    assert Counter(map(json.dumps, found)) == Counter(map(json.dumps, expected))


@pytest.mark.takes(110)
@needs_image
@pytest.mark.parametrize("kind", representative(KINDS, ["ClusterWorkflowTemplate", "Workflow"]))
def test_a_split_pipeline_runs_as_here_with_a_pod_for_each_task(applied, kind):
    text = applied(everything(), kind, SMALL, **({} if kind == "Workflow" else {"schedules": ["0 0 29 2 *"]}))
    assert len(read(text)) > 4
    same_as_here(everything(), run(text))


@pytest.mark.takes(80)
@needs_image
def test_a_manifest_above_800_kib_runs(applied):
    long = [shell(f"long{i}", f"echo {i} # " + "x" * 10_000) for i in range(84)]
    used = [*(stub(f"s{i}") for i in range(230)), shell("used", "export y=$((k + 1))", returns="y")]
    pipeline = program(
        switch("c", "side", long=long, used=used), shell("last", "export z=$y", returns="z"), side="used"
    )
    pipeline.parameters["k"] = 5
    text = applied(pipeline, "WorkflowTemplate", None)
    assert len(text) > 800 * 1024
    finished = run(text)
    assert (finished.phase, len(finished.pods)) == ("Succeeded", 2)
    assert finished.outputs() == {"c.used.used": {"y": 6}, "last": {"z": 6}}


@needs_image
def test_the_longest_loop_runs_to_its_end_in_a_part(applied):
    endless = loop("l", stub("t"), break_on="never", max_iterations=MOST_DEPTH - 3)
    text = applied(program(endless, never=False), "WorkflowTemplate", Limits(templates=2))
    finished = run(text)
    assert finished.phase == "Succeeded"
    assert len([node for node in finished.nodes.values() if node["displayName"] == "body"]) == MOST_DEPTH - 3


@needs_image
def test_a_cluster_template_of_one_object_runs(applied):
    finished = run(applied(program(shell("hello", "export x=1", returns="x")), "ClusterWorkflowTemplate", None))
    assert (finished.phase, finished.outputs()) == ("Succeeded", {"hello": {"x": 1}})


FAST = """
apiVersion: argoproj.io/v1alpha1
kind: WorkflowTemplate
metadata: {name: NAME}
spec:
  templates:
  - name: echo
    inputs: {parameters: [{name: text}]}
    outputs: {parameters: [{name: said, valueFrom: {expression: "'said ' + inputs.parameters.text"}}]}
    dag: {tasks: [{name: wait, template: wait}]}
  - name: wait
    suspend: {duration: 0s}
"""


@needs_image
@pytest.mark.thorough  # the controller checks all templates before it begins: minutes, where others use it too
def test_three_hundred_different_steps_of_others_with_values_run_in_one_workflow(applied):
    name = f"fast-{uuid.uuid4().hex[:8]}"

    def echo(number):
        arguments = {"text": f"{number}: " + param("word") + f" {{{number}}}"}
        made = {"template": name, "entrypoint": "echo", "arguments": arguments, "returns": {f"r{number}": "said"}}
        return TemplateTask(name=f"s{number}", **made).as_pipeline()

    steps = [
        Parallel(name="all", branches={f"b{number}": echo(number) for number in range(300)}),
        ShellTask(name="use", command='export got="$r0/$r150/$r299"', returns=["got"]),
    ]
    unit = build(Pipeline(name="p", steps=steps), __file__)
    assert not unit.diagnostics

    def ran(word):
        return run(applied(replace(unit.program, parameters={"word": word}), "WorkflowTemplate", Limits()), within=600)

    clusters.kubectl("apply", "-f", "-", text=FAST.replace("NAME", name))
    try:
        ended, refused = ran(VALUE), ran("{{workflow.name}}")
    finally:
        clusters.kubectl("delete", "--wait=false", "workflowtemplate", name)
    assert ended.phase == "Succeeded", [one.get("message") for one in ended.nodes.values()]
    expected = "/".join(f"said {number}: {VALUE} {{{number}}}" for number in (0, 150, 299))
    assert ended.outputs()["use"] == {"got": expected}
    assert refused.phase in ("Failed", "Error")
    assert any("the argument text has a value that" in one.get("message", "") for one in refused.nodes.values())
