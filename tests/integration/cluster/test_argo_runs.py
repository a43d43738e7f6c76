"""Manifests on a real cluster: the API server accepts every example, and attempts, failures and texts are as here."""

import pytest

from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable_runtime.records.records import Status
from tests.conformance.test_examples import EXAMPLES
from tests.support import api, clusters
from tests.support.argo_programs import handled, parallel, program, shell, stub
from tests.support.manifests import read
from tests.support.namespaces import settled
from tests.support.paths import ROOT

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1200)]
needs_image = pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples")


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.mark.parametrize("example", EXAMPLES)
def test_the_api_server_accepts_every_example_as_every_kind(example):
    built, store = clusters.built_example(example), clusters.store_of(example)
    kinds = ("WorkflowTemplate", "Workflow", "ClusterWorkflowTemplate", "CronWorkflow")
    texts = [clusters.compiled(built, kind, store, schedules=["@yearly"]) for kind in kinds]
    for item in read("---\n".join(texts)):
        api.create(item, clusters.NAMESPACE, dryRun="All")


@needs_image
def test_a_failure_is_shown_with_the_users_own_message():
    built = clusters.built_example("examples/02-sequential/default_fail.py")
    finished = clusters.wait(clusters.start(clusters.compiled(built)))
    record, _ = clusters.recorded_here(built)
    assert finished.phase == "Failed"
    said = next(
        step.attempts[-1].message for step in record.steps.values() if step.attempts and step.status is Status.FAILED
    )
    (failed,) = [pod for pod in finished.pods if pod["phase"] == "Failed"]
    assert said in failed["message"]


def _built(*nodes):
    return CompilationUnit(program(*nodes))


@needs_image
def test_a_failed_attempt_is_followed_by_another_that_knows_its_number():
    flaky = shell(
        "flaky", '[ "$RUNNABLE_STEP_ATTEMPT" -ge 2 ] && export n=$RUNNABLE_STEP_ATTEMPT', returns="n", retry=2
    )
    finished = clusters.wait(clusters.start(clusters.compiled(_built(flaky))))
    assert finished.phase == "Succeeded"
    assert [pod["phase"] for pod in sorted(finished.pods, key=lambda pod: pod["startedAt"])] == ["Failed", "Succeeded"]
    assert finished.outputs()["flaky"] == {"n": 2}


@needs_image
def test_a_pod_that_is_killed_is_tried_again_when_asked():
    sleeper = shell("sleeper", '[ "$RUNNABLE_STEP_ATTEMPT" -ge 2 ] || sleep 300', retry=1)
    name = clusters.start(clusters.compiled(_built(sleeper)))
    assert settled(lambda: clusters.runs_for_long(clusters.status(name)), 120), "Argo has not seen it run"
    label = f"workflows.argoproj.io/workflow={name}"
    clusters.kubectl("delete", "pod", "-l", label, "--grace-period=1", "--wait=false")
    finished = clusters.wait(name)
    assert finished.phase == "Succeeded"
    assert len(finished.pods) == 2


@needs_image
def test_an_attempt_that_takes_too_long_is_ended():
    finished = clusters.wait(clusters.start(clusters.compiled(_built(shell("slow", "sleep 300", timeout=5)))))
    assert finished.phase == "Failed"


@needs_image
@pytest.mark.parametrize(("end", "phase"), [((), "Succeeded"), (("handler",), "Failed")])
def test_a_handled_failure_ends_as_its_handler_does_and_reads_what_there_is(end, phase):
    fails = shell("fails", "exit 1", returns="x")
    handler = shell("handler", 'export seen="${x:-nothing}"', returns="seen")
    graph = handled("", [fails, stub("next")], {"fails": handler}, end)
    finished = clusters.wait(clusters.start(clusters.compiled(CompilationUnit(Program("demo", graph)))))
    assert finished.phase == phase
    assert finished.outputs()["handler"] == {"seen": "nothing"}


@needs_image
def test_text_that_argo_would_take_for_a_tag_arrives_unchanged():
    text = '{{=1+1}} {{workflow.name}} {{inputs.parameters.in}} {{foo " \\ \n ü'
    give = shell("give", "export back=\"$given$(printf ' {{workflow.uid}}')\"", returns="back")
    take = shell("take", 'export again="$back"', returns="again")
    built = CompilationUnit(program(give, take, given=text))
    finished = clusters.wait(clusters.start(clusters.compiled(built)))
    assert finished.phase == "Succeeded"
    assert finished.outputs()["take"] == {"again": f"{text} {{{{workflow.uid}}}}"}


@needs_image
def test_data_larger_than_an_argument_can_be_arrives():
    long = "$(head -c 100000 /dev/zero | tr '\\0' x)"
    one, two = (shell(f"make {name}", f"export {name}={long}", returns=name) for name in ("one", "two"))
    take = shell("take", "export n=$((${#one} + ${#two}))", returns="n")
    finished = clusters.wait(clusters.start(clusters.compiled(_built(one, two, take))))
    assert finished.phase == "Succeeded"
    assert finished.outputs()["take"] == {"n": 200_000}


def test_hundreds_of_steps_without_pods_run_through():
    steps = [stub(f"s{i}") for i in range(150)]
    wide = parallel("wide", **{f"b{i}": [stub("a"), stub("b")] if i % 40 == 0 else [stub("a")] for i in range(120)})
    finished = clusters.wait(clusters.start(clusters.compiled(_built(*steps, wide, stub("end")))))
    assert finished.phase == "Succeeded"
    assert not finished.pods
    assert all(node["phase"] == "Succeeded" for node in finished.nodes.values())
