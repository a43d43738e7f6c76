"""What a program becomes: who calls what, with which data, and how it ends."""

import json
import subprocess

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Program
from runnable.targets.argo.limits import Limits
from tests.support.argo_programs import (
    arguments,
    compile_one,
    compile_text,
    handled,
    notebook,
    parallel,
    program,
    python,
    shell,
    stub,
    tasks,
    templates,
)
from tests.support.argo_simulator import FAILED, SUCCEEDED, Simulator
from tests.support.manifests import all_problems, problems, read


def main(document):
    return tasks(templates(document)["main"])


def test_steps_run_in_order_and_a_stub_has_no_pod():
    found = main(compile_one(program(stub("first"), python("then"))))
    assert found["first"] == {"name": "first", "template": "stub"}
    assert found["then"]["depends"] == "first.Succeeded"


def test_a_task_gets_its_spec_and_only_the_data_that_it_reads():
    found = main(compile_one(program(python("make", returns="x y"), python("other"), python("use", reads="x"))))
    assert arguments(found["other"]).keys() == {"spec"}
    kept = arguments(found["use"])["in"]  # `y` does not travel to it
    assert "tasks['make']" in kept
    assert '"(?:x)"' in kept
    assert json.loads(arguments(found["make"])["spec"]) == {
        "name": "make",
        "python": "jobs:work",
        "returns": ["x", "y"],
    }


def test_parameters_that_something_reads_are_arguments_of_the_workflow():
    document = compile_one(program(python("a", reads="x y"), x="1", y={"k": 1}, unread=0))
    assert document["spec"]["arguments"]["parameters"] == [
        {"name": "x", "value": '"1"'},
        {"name": "y", "value": '{"k":1}'},
    ]


def test_an_argument_given_at_submit_is_what_the_task_gets():
    document = compile_one(program(python("a", reads="x y"), x=1, y="text"))
    found = {}
    Simulator(
        document["spec"],
        lambda _, given: found.update(given) or {},
        {"x": "[2]", "y": "{{=1+1}} {{inputs.parameters.in}}"},
    ).run()
    assert found == {"x": [2], "y": "{{=1+1}} {{inputs.parameters.in}}"}


def test_branches_run_beside_each_other_and_each_of_several_steps_is_a_template():
    document = compile_one(program(parallel("P", one=[python("a")], two=[python("a"), python("b")])))
    dag = templates(document)["p"]["dag"]
    assert dag["failFast"] is False
    assert [(t["name"], t["template"], "depends" in t) for t in dag["tasks"]] == [
        ("one-a", "python", False),
        ("two", "p-two", False),
    ]


def test_data_goes_into_and_out_of_composites_only_where_it_is_needed():
    branches = parallel("P", one=[python("a", reads="x", returns="y"), stub("z")], two=[python("b"), python("c")])
    document = compile_one(program(python("make", returns="x"), branches, python("use", reads="y")))
    found = templates(document)
    assert arguments(main(document)["p"]) == {"in": "{{tasks.make.outputs.parameters.out}}"}
    assert "inputs" in found["p-one"]
    assert "outputs" in found["p-one"]
    assert not {"inputs", "outputs"} & found["p-two"].keys()
    assert arguments(main(document)["use"])["in"] == "{{tasks.p.outputs.parameters.out}}"


def test_of_two_steps_that_return_a_name_the_later_one_wins_though_both_are_read():
    document = compile_one(program(python("a", returns="x y"), python("b", returns="x"), python("c", reads="x y")))
    found = {}

    def work(spec, inputs):
        found[spec["name"]] = inputs
        return {name: spec["name"] for name in spec.get("returns", [])}

    Simulator(document["spec"], work).run()
    assert found["c"] == {"x": "b", "y": "a"}


def test_tasks_that_are_run_alike_share_a_template():
    document = compile_one(
        program(
            python("a"), python("b"), python("c", returns="x"), python("d", retry=1), python("e", retry=1),
            shell("f"), notebook("g"), python("h", retry=2),
        )
    )  # fmt: skip
    called = [task["template"] for task in main(document).values()]
    assert called == ["python", "python", "python-returns", "python-2", "python-2", "shell", "notebook", "python-3"]


def test_a_composite_may_have_a_templates_name():
    document = compile_one(program(parallel("python", a=[python("x"), python("y")], b=[stub("stub")])))
    assert problems(document) == []


def test_step_options_become_fields_of_the_template():
    document = compile_one(
        program(
            python("a", retry=2, timeout=90, image="other:1", env=(("A", "1"),), node_selector=(("disk", "ssd"),)),
        )
    )
    template = templates(document)["python"]
    assert template["retryStrategy"] == {"limit": "2", "retryPolicy": "Always"}
    assert template["activeDeadlineSeconds"] == 90
    assert template["nodeSelector"] == {"disk": "ssd"}
    assert template["container"]["image"] == "other:1"
    assert {"name": "A", "value": "1"} in template["container"]["env"]


def test_a_task_is_told_its_run_and_its_attempt():
    document = compile_one(program(python("a", retry=1), python("b")))
    common = document["spec"]["templateDefaults"]["container"]["env"]
    assert common == [
        {"name": "RUNNABLE_RUN_ID", "value": "{{workflow.name}}"},
        {"name": "RUNNABLE_STEP_ATTEMPT", "value": "1"},
    ]
    assert templates(document)["python"]["container"]["env"] == [
        {"name": "RUNNABLE_STEP_ATTEMPT", "value": "{{=asInt(retries) + 1}}"}
    ]
    assert "env" not in templates(document)["python-2"]["container"]


def test_pods_keep_to_the_restricted_security_standard():
    spec = compile_one(program(python("a")))["spec"]
    assert spec["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert spec["templateDefaults"]["container"]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert "retryStrategy" not in spec.keys() | spec["templateDefaults"].keys()


def phase(document, *failing):
    def work(spec, _):
        if spec["name"] in failing or spec["name"].endswith("fail"):
            raise ValueError
        return {}

    simulator = Simulator(document["spec"], work)
    return simulator.run(), simulator.ran


def test_a_step_that_fails_stops_what_follows_and_fails_the_workflow():
    document = compile_one(program(python("a"), python("b"), python("c")))
    assert phase(document) == (SUCCEEDED, ["a", "b", "c"])
    assert phase(document, "b") == (FAILED, ["a", "b"])


def test_the_other_branches_of_a_parallel_that_fails_run_to_their_end():
    document = compile_one(program(parallel("P", a=[python("x")], b=[python("x"), python("y")]), python("z")))
    assert phase(document, "P.a.x") == (FAILED, ["P.a.x", "P.b.x", "P.b.y"])


def test_a_pipeline_that_terminates_with_failure_runs_a_pod_that_fails_and_says_why():
    document = compile_one(program(python("a"), stub("stop here"), failing=("stop here",)))
    assert problems(document) == []
    assert phase(document) == (FAILED, ["a", "fail"])
    spec = json.loads(arguments(main(document)["fail"])["spec"])
    ended = subprocess.run(["/bin/sh", "-c", spec["shell"]], capture_output=True, text=True)
    assert ended.returncode == 1
    assert ended.stderr == "the pipeline ends in failure, as its step 'stop here' says\n"


def test_the_pod_that_fails_on_purpose_is_not_tried_again():
    document = compile_one(
        program(python("a"), failing=("a",)), configuration={"defaults": {"retry": 3, "timeout": 60}}
    )
    called = templates(document)[main(document)["fail"]["template"]]
    assert not {"retryStrategy", "activeDeadlineSeconds"} & called.keys()


@pytest.mark.parametrize(
    ("failing_work", "failing_nodes", "expected"),
    [
        ((), (), (SUCCEEDED, ["a", "b"])),
        (("a",), (), (SUCCEEDED, ["a", "h"])),
        (("b",), (), (FAILED, ["a", "b"])),
        (("a", "h"), (), (FAILED, ["a", "h"])),
        (("a",), ("h",), (FAILED, ["a", "h", "fail"])),
        ((), ("h",), (SUCCEEDED, ["a", "b"])),
        ((), ("b", "h"), (FAILED, ["a", "b", "fail"])),
        (("a",), ("b", "h"), (FAILED, ["a", "h", "fail"])),
        (("a", "h"), ("b", "h"), (FAILED, ["a", "h"])),
    ],
)
def test_a_failure_that_is_handled_is_none(failing_work, failing_nodes, expected):
    graph = handled("", [python("a", returns="x"), python("b", reads="x")], {"a": python("h")}, failing_nodes)
    document = compile_one(Program("demo", graph))
    assert problems(document) == []
    assert phase(document, *failing_work) == expected


def test_a_thousand_steps_are_cut_into_dags_that_argo_takes():
    steps = [python(f"step{i}", reads="x", returns="x") for i in range(1000)]
    text = compile_text(program(*steps, x=0))
    *parts, document = read(text)
    assert all_problems([*parts, document]) == []
    assert len(text) <= 300 * len(steps)
    simulator = Simulator(document["spec"], lambda _, given: {"x": given["x"] + 1}, parts=parts)
    assert simulator.run() == SUCCEEDED
    assert simulator.ran == [f"step{i}" for i in range(1000)]


@pytest.mark.slow
def test_ten_thousand_stubs_nest_twice():
    wide = program(parallel("P", **{f"b{i}": [stub("s")] for i in range(10_001)}))
    assert all_problems(read(compile_text(wide, limits=Limits(workflow=2**21)))) == []


@pytest.mark.parametrize(
    ("too_large", "figure"),
    [
        (program(shell("a", "#" * 200_000)), "200,"),
        (program(python("a", reads="x"), x="y" * 200_000), "200,000"),
        (program(*(shell(f"s{i}", "#" * 10_000) for i in range(105))), "bytes of a workflow of demo"),
        (program(*(python(f"s{i}", reads="x", returns="x") for i in range(5_000)), x=0), "5,000 steps"),
        (
            program(
                python("a", reads=" ".join(f"p{i}" for i in range(501))),
                **dict.fromkeys((f"p{i}" for i in range(501)), 0),
            ),
            "501",
        ),
    ],
    ids=["command", "parameter", "workflow", "steps", "parameters"],
)
def test_what_argo_cannot_hold_is_an_error_with_its_figure(too_large, figure):
    with pytest.raises(DefinitionError) as caught:
        compile_text(too_large)
    assert "RN501" in str(caught.value)
    assert figure in str(caught.value)


def test_a_file_that_kubectl_cannot_annotate_says_so():
    large = program(*(shell(f"s{i}", "#" * 3_000) for i in range(99)))
    assert "--server-side" in compile_text(large).splitlines()[1]
    assert "--server-side" not in compile_text(program(stub("a")))
