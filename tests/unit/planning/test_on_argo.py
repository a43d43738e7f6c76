"""What a plan says of a workflow is what the manifest has, and what a controller makes of it."""

import pytest

from runnable import Approval, HttpTask, Map, Pipeline, ShellTask, TemplateTask, param
from runnable.frontend.build import build
from runnable.ir.nodes import Graph, Program
from runnable.planning.argo import on_argo
from runnable.planning.counts import ONCE, Times
from runnable.planning.needs import needed
from runnable.planning.text import _pods
from runnable.targets.argo import written
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import chain, fan_out, handled, parallel, program, python, stub
from tests.support.argo_simulator import Simulator
from tests.support.manifests import read
from tests.support.planned import plain

BOTH = parallel("both", a=[python("a"), stub("idle")], b=[python("b")])
ENDING = Graph("both", (chain("one", python("a"), stub("fail"), failing=("fail",)), chain("two", python("b"))))


def planned(found, **configuration):
    made = written(CompileRequest(program=found, configuration=configuration, image="image:1"))
    return on_argo(plain(found), made), made


@pytest.mark.parametrize(
    "found",
    [
        program(python("a"), stub("idle"), python("b")),
        program(BOTH, python("end")),
        program(ENDING),
        Program("p", handled("", [python("a"), python("b")], {"a": python("told")})),
    ],
    ids=["row", "parallel", "ends in failure", "handled"],
)
def test_as_many_pods_run_as_planned(found):
    # of lists, branches and iterations, the runs of the corpus and of the examples are compared with their plans
    plan, made = planned(found)
    simulator = Simulator(read(made.text)[0]["spec"], lambda spec, given: dict.fromkeys(spec.get("returns", []), 1))
    simulator.run()
    assert plan.pods.least <= len(simulator.ran) <= plan.pods.most
    if plan.pods.is_exact:
        assert plan.pods.least == len(simulator.ran)


def test_requests_are_counted_for_every_pod_and_for_those_that_run_together():
    found = program(python("a"), fan_out("map", python("each")), xs=[1] * 20)
    resources = {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"nvidia.com/gpu": "1"}}
    plan, _ = planned(found, default_resources=resources)
    assert (plan.pods.least, plan.widest_pods) == (21, 20)
    asked = {name: (one.total, one.widest) for name, one in plan.requests.items()}
    assert asked["cpu"] == (5.25, 5)
    assert asked["memory"] == (21 * 2**30, 20 * 2**30)
    assert asked["nvidia.com/gpu"] == (21, 20)
    limited, _ = planned(found, default_resources=resources, parallelism=4)
    assert (limited.widest_pods, limited.requests["cpu"].widest) == (4, 1)


def test_the_status_grows_with_the_items_and_comes_near_its_limit_where_the_compiler_refuses_more():
    few, _ = planned(program(fan_out("map", python("each")), xs=list(range(10))))
    many, _ = planned(program(fan_out("map", python("each")), xs=list(range(3500))))
    assert few.status < 0.05 * few.limit
    assert 0.3 * many.limit < many.status < many.limit


def test_the_size_of_the_manifest_is_that_of_its_text():
    plan, made = planned(program(python("a")))
    assert plan.manifest == len(made.text.encode())
    assert plan.objects == 1


def test_what_must_be_there_is_what_the_manifest_names_also_in_patches_of_pods():
    volumes = '{"volumes":[{"name":"v","persistentVolumeClaim":{"claimName":"data"}},{"secret":{"secretName":"s2"}}]}'
    found = needed(
        {
            "spec": {
                "podSpecPatch": volumes,
                "serviceAccountName": "workflow",
                "imagePullSecrets": [{"name": "pull"}],
                "templates": [
                    {
                        "container": {
                            "image": "one:1",
                            "env": [
                                {"name": "A", "valueFrom": {"secretKeyRef": {"name": "s1", "key": "k"}}},
                                {"name": "B", "valueFrom": {"configMapKeyRef": {"name": "c", "optional": True}}},
                            ],
                        }
                    },
                    {"container": {"image": "{{inputs.parameters.image}}"}},
                ],
            }
        }
    )
    assert found == {
        "PersistentVolumeClaim": ["data"],
        "Secret": ["pull", "s1", "s2"],
        "ServiceAccount": ["workflow"],
        "images": ["one:1"],
    }


def test_a_manifest_names_the_secrets_of_its_steps():
    found = program(python("a", secrets=("TOKEN",)))
    plan, _ = planned(found, secrets={"TOKEN": "keys/token"}, serviceAccount="workflow")
    assert plan.needs == {"Secret": ["keys"], "ServiceAccount": ["workflow"], "images": ["image:1"]}


def test_what_others_do_takes_no_pod_of_ours_and_requests_one_of_argos():
    body = Pipeline(name="each", steps=[HttpTask(name="ask", url="http://127.0.0.1:1/" + param("x"))])
    steps = [
        ShellTask(name="work", command="true"),
        Map(name="all", branch=body, iterate_on="xs", iterate_as="x"),
        TemplateTask(name="score", template="tools", entrypoint="score", locally={}),
        Approval(name="release"),
    ]
    found = build(Pipeline(name="p", steps=steps), __file__)
    assert not found.diagnostics
    found.program.parameters["xs"] = [1, 2, 3]
    plan, _ = planned(found.program, parallelism=1)
    assert (plan.pods, plan.widest_pods, plan.agent, plan.theirs) == (Times(2, 2), 2, ONCE, ("score",))
    assert "agent, which sends the requests" in _pods(plan)
    assert "the templates that 'score' call" in _pods(plan)
