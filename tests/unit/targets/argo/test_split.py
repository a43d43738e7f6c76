"""What is too much for one object is in several. `Limits` makes small pipelines large."""

import gc
import json
from collections import Counter

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.ir.nodes import Program
from runnable.passes.analysis.dataflow import Flow
from runnable.targets import argo
from runnable.targets.argo.limits import Limits
from runnable.targets.argo.sizes import json_size, spec_size
from runnable.targets.kubernetes import yaml_writer
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import (
    compile_all,
    compile_text,
    fan_out,
    handled,
    loop,
    parallel,
    program,
    python,
    shell,
    stub,
    switch,
)
from tests.support.argo_simulator import SUCCEEDED, Simulator
from tests.support.manifests import all_problems, read, reference, workflow_spec
from tests.support.paths import TESTS

SMALL = Limits(templates=5)


def example():
    """A pipeline of every construct, of twelve templates."""
    return program(
        python("make", returns="xs"),
        parallel("P", one=[python("a", reads="xs", returns="y"), stub("b")], two=[python("c", retry=1), stub("d")]),
        fan_out("m", python("t", reads="x", returns="z"), iterate_on="xs"),
        switch("c", "kind", left=[python("l", returns="v")], right=[stub("r")]),
        loop("again", python("turn", reads="i", returns="done")),
        python("use", reads="y z"),
        kind="left",
    )


def dags(documents):
    """Every DAG template with the name of its object."""
    for document in documents:
        for template in workflow_spec(document).get("templates", []):
            if "dag" in template:
                yield document["metadata"].get("name"), template


def test_a_split_pipeline_is_written_as_it_is_kept(golden):
    text = compile_text(example(), limits=SMALL)
    assert all_problems(read(text)) == []
    golden(TESTS / "golden" / "argo" / "split.yaml", text)


def test_the_object_that_is_run_stands_last_has_the_settings_and_calls_the_first_part():
    *parts, main = compile_all(example(), limits=SMALL, configuration={"serviceAccount": "me", "labels": {"a": "b"}})
    assert [part["metadata"]["name"] for part in parts] == [
        "demo-part-1",
        "demo-part-2",
        "demo-part-3",
        "demo-part-4",
    ]
    assert main["metadata"]["name"] == "demo"
    assert main["spec"]["serviceAccountName"] == "me"
    assert {"arguments", "templateDefaults", "securityContext", "volumes"} <= main["spec"].keys()
    (entry,) = main["spec"]["templates"]
    assert entry["name"] == main["spec"]["entrypoint"] == "entry"
    assert entry["dag"]["tasks"] == [{"name": "part-1", "templateRef": {"name": "demo-part-1", "template": "main"}}]
    for part in parts:
        assert part["metadata"]["labels"] == {"a": "b"}
        assert part["spec"].keys() == {"templates", "templateDefaults"}


def test_every_part_keeps_to_the_limits_and_has_what_its_dags_call_or_refers_to_it():
    documents = compile_all(example(), limits=SMALL)
    assert max(len(workflow_spec(document)["templates"]) for document in documents) <= 5
    assert all_problems(documents) == []
    once = Counter(template["name"] for _, template in dags(documents))
    assert set(once.values()) == {1}
    called = Counter(reference(task) for _, template in dags(documents) for task in template["dag"]["tasks"])
    across = [called for called in called if called[1] is not None]
    assert len(across) >= 3


def test_a_part_is_no_larger_than_an_object_may_be():
    large = program(*(shell(f"s{i}", "#" * 3_000) for i in range(250)))
    *parts, main = read(compile_text(large))
    sizes = [len(json.dumps(part)) for part in parts]
    assert len(parts) == 4
    assert max(sizes) <= 350_000  # one DAG of a hundred steps is the least that a part has
    assert len(json.dumps(main)) <= 5_000


def test_data_flows_through_parts_as_through_one_object():
    def work(spec, inputs):
        return {name: [spec["name"], sorted(inputs)] for name in spec.get("returns", [])}

    steps = [python(f"s{i}", reads="x", returns="x") for i in range(9)]
    branches = parallel("P", one=[*steps[:2]], two=[*steps[2:4]], three=[*steps[4:6]])
    whole = program(python("a", returns="x"), branches, *steps, python("z", reads="x"), x=0)
    seen = []
    for limits in (None, Limits(nodes=2, templates=4)):
        *parts, main = compile_all(whole, limits=limits)
        simulator = Simulator(main["spec"], work, parts=parts)
        assert simulator.run() == SUCCEEDED
        seen.append(simulator.ran)
    assert len(parts) > 2
    assert seen[0] == seen[1]


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "ClusterWorkflowTemplate", "Workflow", "CronWorkflow"])
def test_every_kind_is_split(kind):
    schedules = [] if kind == "Workflow" else ["@daily"]
    documents = compile_all(
        example(), limits=SMALL, kind=kind, configuration={"schedules": schedules, "namespace": "here"}
    )
    assert all_problems(documents) == []
    cluster = kind == "ClusterWorkflowTemplate"
    of_parts = kind if cluster else "WorkflowTemplate"
    after = ["CronWorkflow"] if kind.endswith("Template") else []
    assert [document["kind"] for document in documents] == [*[of_parts] * 4, kind, *after]
    scopes = {
        task["templateRef"].get("clusterScope")
        for _, template in dags(documents)
        for task in template["dag"]["tasks"]
        if "templateRef" in task
    }
    assert scopes == {True if cluster else None}
    assert all(("namespace" in document["metadata"]) != cluster for document in documents[:5])


def test_a_workflow_is_one_object_as_long_as_it_has_few_templates():
    large = program(*(shell(f"s{i}", "#" * 3_000) for i in range(250)))
    assert len(compile_all(large, kind="Workflow")) == 1
    assert "To run it again" in compile_text(example(), limits=SMALL, kind="Workflow")


def test_containers_of_a_cluster_template_name_their_image_themselves():
    (document,) = compile_all(program(python("a")), kind="ClusterWorkflowTemplate", image="mine:1")
    assert document["spec"]["templates"][-1]["container"]["image"] == "mine:1"
    (document,) = compile_all(program(python("a")), image="mine:1")
    assert "image" not in document["spec"]["templates"][-1]["container"]


def test_a_template_holds_less_than_a_workflow_which_has_it_twice():
    large = program(*(shell(f"s{i}", "#" * 10_000) for i in range(95)))
    *parts, _ = compile_all(large)
    assert parts
    with pytest.raises(DefinitionError, match="bytes of a workflow of demo"):
        compile_text(large, limits=Limits(size=2**20))


def test_steps_with_handlers_that_would_nest_too_deeply_are_refused():
    steps = [python(f"s{i}") for i in range(600)]
    deep = Program("demo", handled("", steps, {step.name: python(f"h{step.name}") for step in steps}))
    assert all_problems(compile_all(deep)) == []
    with pytest.raises(DefinitionError, match="calls inside of each other"):
        compile_text(deep, limits=Limits(nodes=6))


def test_the_size_of_a_spec_is_that_of_its_json():
    spec = argo.written(CompileRequest(program=example(), image="image:1")).spec
    assert len(spec.templates) > 5
    for one in (spec, spec.replaced(templates=spec.templates[:1]), spec.replaced(templates=None)):
        assert spec_size(one) == json_size(one)


def test_the_data_flow_is_gone_when_texts_are_made(monkeypatch):
    """Nothing refers to itself that has it: most of the memory of very many steps is taken by then."""
    gc.collect()
    before = {id(one) for one in gc.get_objects() if type(one) is Flow}
    left, write = [], yaml_writer.write_yaml

    def counted(item):
        left.append(sum(type(one) is Flow and id(one) not in before for one in gc.get_objects()))
        return write(item)

    monkeypatch.setattr(yaml_writer, "write_yaml", counted)
    gc.disable()
    try:
        compile_text(example())
    finally:
        gc.enable()
    assert left == [0]
