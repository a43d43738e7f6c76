"""Steps that run an image of their own, as templates of Argo. What the expressions give, the cluster's tests show."""

import json

import pytest

from runnable import ContainerTask, Pipeline, param
from runnable.configuration.catalog import CatalogSettings
from runnable.frontend.build import build
from runnable.ir.nodes import ContainerRun, Reads, Task
from runnable.ir.options import Options
from runnable.targets import argo
from runnable.targets.argo.expressions import program_text
from runnable.targets.argo.reading.nodes import StepPaths
from runnable.targets.target import CompileRequest
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.stores.settings import StoreSettings
from tests.support.argo_programs import arguments, compile_one, fan_out, program, python, tasks, templates
from tests.support.manifests import problems, read


def tool(name="tool", *, args=(), files=None, command=("tool",), folder="", **options):
    run = ContainerRun(tuple(command), tuple(args), tuple((files or {}).values()), folder)
    returns = tuple(ReturnSpec(name) for name in files or {})
    return Task(name, run, Reads(run.parameters), returns, Options(**{"image": "tool:1", **options}))


LR = ("--lr=", "lr", "")
"""An argument with a value in it."""


def document(*nodes, lr=0.1, **request):
    found = compile_one(program(*nodes, lr=lr), image="own:1", **request)
    assert problems(found) == []
    return found


def pod(found):
    """The template of the program."""
    (name,) = {task["template"] for task in tasks(templates(found)["tool"]).values()}
    return templates(found)[name]


def test_the_image_has_nothing_of_ours():
    found = pod(document(tool(args=[LR], folder="/data")))
    container = found["container"]
    assert (container["image"], container["command"], container["workingDir"]) == ("tool:1", ["tool"], "/data")
    assert container["args"] == ["--lr={{inputs.parameters.lr}}"]
    assert found["inputs"] == {"parameters": [{"name": "lr"}]}


def test_its_files_are_outputs_and_their_folders_are_empty_volumes():
    files = {"a": "/out/a", "b": "/out/b", "c": "/tmp/c"}
    found = pod(document(tool(files=files), python("use", reads="a b c")))
    outputs = [{"name": name, "valueFrom": {"path": path}} for name, path in files.items()]
    assert found["outputs"]["parameters"] == outputs
    assert found["volumes"] == [{"name": "returns-1", "emptyDir": {}}]
    assert found["container"]["volumeMounts"] == [{"name": "returns-1", "mountPath": "/out"}]


def test_its_root_file_system_can_be_written_to_and_nothing_else_is_less_restricted():
    found = document(tool())
    assert pod(found)["container"]["securityContext"] == {"readOnlyRootFilesystem": False}
    usual = found["spec"]["templateDefaults"]["container"]["securityContext"]
    assert usual["allowPrivilegeEscalation"] is False
    assert found["spec"]["securityContext"]["runAsNonRoot"] is True


def test_later_steps_read_it_as_they_read_others():
    found = templates(document(tool(files={"a": "/out/a"}), python("use", reads="a")))
    assert arguments(tasks(found["main"])["use"])["in"] == "{{tasks.tool.outputs.parameters.out}}"
    assert (
        "toJson(['a',tasks['run'].outputs.parameters.a])"
        in found["tool"]["outputs"]["parameters"][0]["valueFrom"]["expression"]
    )


def test_a_value_that_cannot_be_an_argument_ends_the_step_without_a_pod():
    run = tasks(templates(document(tool(args=[LR])))["tool"])["run"]
    assert run["when"].startswith("{{=")
    assert "the parameter lr is not given" in run["when"]
    assert "when" not in tasks(templates(document(tool(args=[("x",)])))["tool"])["run"]


@pytest.mark.parametrize(
    ("text", "after", "before", "written"),
    [
        ("$(HOME) $x", False, False, "$$(HOME) $$x"),
        ('{"a": 1}', False, False, '{"a": 1}'),
        ("{{workflow.name}}", False, False, "$(RUNNABLE_BRACE)$(RUNNABLE_BRACE)workflow.name}}"),
        ("a{", False, True, "a$(RUNNABLE_BRACE)"),
        ("{a", True, False, "$(RUNNABLE_BRACE)a"),
        ("a{", False, False, "a{"),
    ],
)
def test_neither_argo_nor_kubernetes_replaces_anything_in_a_text(text, after, before, written):
    assert program_text(text, after=after, before=before) == written


def test_a_pod_has_the_brace_that_its_arguments_name():
    assert pod(document(tool(args=[("{{x}}",)])))["container"]["env"] == [{"name": "RUNNABLE_BRACE", "value": "{"}]
    assert "env" not in pod(document(tool(args=[("x",)])))["container"]


def test_options_are_those_of_any_pod():
    found = pod(document(tool(retry=2, timeout=60, labels=(("team", "risk"),), env=(("A", "$b"),))))
    assert found["retryStrategy"]["limit"] == "2"
    assert found["activeDeadlineSeconds"] == 60
    assert found["metadata"]["labels"] == {"team": "risk"}
    assert {"name": "A", "value": "$$b"} in found["container"]["env"]


def test_steps_that_run_alike_share_their_templates():
    found = templates(document(tool("one", args=[LR]), tool("two", args=[LR])))
    assert {task["template"] for task in found["main"]["dag"]["tasks"]} == {"one"}


def test_the_credentials_of_the_store_are_not_for_a_foreign_image():
    store = StoreSettings("s3://bucket/files", endpoint="http://s3:9000")
    found = document(tool(), catalog=CatalogSettings(store, secret="s3"))
    patch = json.loads(pod(found)["podSpecPatch"])
    assert patch["containers"][0]["name"] == "main"
    hidden = {one["name"] for one in patch["containers"][0]["env"] if one["$patch"] == "delete"}
    usual = {one["name"] for one in found["spec"]["templateDefaults"]["container"]["env"] if "valueFrom" in one}
    assert hidden == usual != set()


# --- what is read back ---


def node(identity, name, kind, boundary="", **fields):
    return {"id": identity, "displayName": name, "type": kind, "boundaryID": boundary, **fields}


def paths(found, *nodes):
    workflow = {"metadata": {"name": "w"}, "spec": found["spec"]}
    known = {one["id"]: one for one in (node("w", "w", "DAG"), *nodes)}
    reader = StepPaths(workflow, known)
    return reader, {one["id"]: next(iter(reader.of_node(one)), None) for one in nodes}


def test_its_dag_and_its_pod_are_one_step():
    found = document(tool(args=[LR], retry=1), python("use"))
    reader, steps = paths(
        found, node("d", "tool", "DAG", "w"), node("r", "run", "Retry", "d"), node("p", "run(0)", "Pod", "d")
    )
    assert {key: (step.path, step.kind) for key, step in steps.items()} == {
        "d": ("tool", "task"),
        "r": ("tool", "task"),
        "p": ("tool", "task"),
    }
    assert [(step.path, step.kind) for step in reader.of_manifest()] == [("tool", "task"), ("use", "task")]


def test_as_the_only_task_of_a_map_it_has_the_numbers_of_items():
    found = compile_one(program(fan_out("map", tool(args=[("", "x", "")])), xs=["a"]), image="own:1")
    _, steps = paths(
        found,
        node("m", "map", "DAG", "w"),
        node("i", "tool(0:0,1,a)", "DAG", "m"),
        node("p", "run", "Pod", "i"),
    )
    assert steps["i"].path == steps["p"].path == "map.0.tool"
    assert steps["i"].item.path == "map.0"


# --- with what other options say ---


def of_the_sdk(**options):
    step = ContainerTask(**{"name": "tool", "image": "tool:1", "command": ["tool"], **options})
    unit = build(Pipeline(name="p", steps=[step]), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters["mem"] = "1Gi"
    (found,) = read(argo.compile(CompileRequest(program=unit.program, image="own:1", name="p"))[0].text)
    assert problems(found) == []
    return templates(found)


def test_a_lock_is_that_of_the_pod():
    found = of_the_sdk(mutex="warehouse")
    assert found["container"]["synchronization"] == {"mutexes": [{"name": "warehouse"}]}
    assert "synchronization" not in found["tool"]


def test_an_amount_of_a_parameter_is_looked_up_in_what_the_pod_is_given():
    found = of_the_sdk(resources={"memory": param("mem")})
    assert "inputs.parameters.in" in found["container"]["podSpecPatch"]
    assert {"name": "in"} in found["container"]["inputs"]["parameters"]
    assert arguments(tasks(found["tool"])["run"])["in"] == "{{inputs.parameters.in}}"
