"""A step whose image is the value of a parameter, as templates of Argo, and as a Job."""

import pytest

from runnable import ContainerTask, Map, Pipeline, PythonTask, ShellTask, param
from runnable.frontend.build import build
from runnable.passes import diagnose
from runnable.targets import argo, k8s_job
from runnable.targets.argo.reading.nodes import StepPaths
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import arguments, tasks
from tests.support.manifests import problems, read


def choose():
    return "trainer:2"


def fit(**options):
    return ShellTask(**{"name": "fit", "command": "fit", "image": param("image"), **options})


def unit(*steps, **parameters):
    found = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not found.diagnostics, [d.message for d in found.diagnostics]
    found.program.parameters.update(parameters)
    return found


def compiled(*steps, **parameters):
    said = []
    found = unit(*steps, **parameters)
    request = CompileRequest(program=found.program, image="own:1", name="p", report=said.append)
    (document,) = read(argo.compile(request)[0].text)
    assert problems(document) == []
    return document, {template["name"]: template for template in document["spec"]["templates"]}, said


def test_a_parameter_of_the_pipeline_stands_in_the_template():
    _, found, said = compiled(fit(), image="trainer:1")
    assert found["shell"]["container"]["image"] == "{{workflow.parameters.image}}"
    assert tasks(found["main"])["fit"]["template"] == "shell"
    assert [d.code for d in said] == ["RN522"]


def test_what_a_step_returns_is_an_input_of_the_template():
    document, found, _ = compiled(PythonTask(name="choose", function=choose, returns=["image"]), fit(returns=["x"]))
    pod = found["shell-returns"]
    assert pod["container"]["image"] == "{{inputs.parameters.container-image}}"
    assert {"name": "container-image"} in pod["inputs"]["parameters"]
    run = tasks(found["fit"])["run"]
    assert arguments(run)["spec"] == "{{inputs.parameters.spec}}"
    assert "the parameter image is no image" in run["when"]
    paths = StepPaths({"metadata": {"name": "w"}, "spec": document["spec"]}, {})
    assert [(step.path, step.kind) for step in paths.of_manifest()] == [("choose", "task"), ("fit", "task")]


def test_an_item_of_a_map_names_it():
    _, found, _ = compiled(
        Map(name="each", branch=fit().as_pipeline(), iterate_on="images", iterate_as="image"), images=["a:1", "b:1"]
    )
    assert found["shell"]["container"]["image"] == "{{inputs.parameters.container-image}}"


def test_a_program_has_it_beside_its_arguments():
    choosing = PythonTask(name="choose", function=choose, returns=["image"])
    step = ContainerTask(name="tool", image=param("image"), command=["tool"], args=[param("image")])
    _, found, _ = compiled(choosing, step)
    run = tasks(found["tool"])["run"]
    assert arguments(run).keys() == {"image", "container-image"}
    assert "the parameter image is no image" in run["when"]
    assert "is longer than 32000 characters" in run["when"]


def test_a_pipeline_without_it_has_the_manifest_that_it_had():
    plain, _, _ = compiled(ShellTask(name="fit", command="fit", image="trainer:1"))
    assert "container-image" not in str(plain)


def test_a_job_has_the_value():
    found = unit(fit(), image="trainer:1")
    (document,) = read(k8s_job.compile(CompileRequest(program=found.program, image="own:1", name="p"))[0].text)
    (container,) = document["spec"]["template"]["spec"]["containers"]
    assert container["image"] == "trainer:1"


@pytest.mark.parametrize("value", [5, ["a"], "two words", ""])
def test_a_value_that_is_no_image_is_found_before_anything_runs(value):
    assert [d.code for d in diagnose(unit(fit(), image=value))] == ["RN355"]


def test_a_parameter_that_nothing_provides_is_found():
    assert [d.code for d in diagnose(unit(fit()))] == ["RN301"]


def test_it_has_a_name():
    found = build(Pipeline(name="p", steps=[fit(image=param(""))]), __file__)
    assert [d.code for d in found.diagnostics] == ["RN203"]
