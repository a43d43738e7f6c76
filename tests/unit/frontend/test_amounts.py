"""Amounts of resources from a parameter, or growing with the attempt: what is taken, what an attempt gets, mistakes."""

from dataclasses import replace

import pytest

from runnable import ContainerTask, Map, Pipeline, PythonTask, ShellTask, param
from runnable.diagnostics.errors import DefinitionError
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.container.shape import shape_of
from runnable.frontend.build import build
from runnable.frontend.resources import read_resources
from runnable.ir.amounts import Amount, at_attempt, parameters_of
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import Reads
from runnable.ir.options import Options, Resources
from runnable.passes import diagnose
from runnable.targets import argo, k8s_job
from runnable.targets.target import CompileRequest
from tests.support.local_runs import call, execute, program
from tests.support.manifests import problems, read, workflow_spec


def mistakes(value):
    found = []
    read_resources(value, found.append)
    return found


def test_what_users_write_is_kept_as_text():
    found = read_resources(
        {"memory": "2Gi*attempt", "cpu": param("n"), "limits": {"memory": "m * attempt"}}, pytest.fail
    )
    assert found == Resources(cpu="param(n)", memory="2Gi * attempt", limits=(("memory", "param(m) * attempt"),))
    assert parameters_of(found) == ("n", "m")


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ({"memory": "2Gi * attempts"}, "2Gi * attempt"),
        ({"memory": "2Gi + attempt"}, '"NAME * attempt"'),
        ({"memory": "2 GB * attempt"}, '"NAME * attempt"'),
        ({"memory": "2.x * attempt"}, "neither a quantity nor the name"),
        ({"memory": param("no name")}, "neither a quantity nor the name"),
        ({"memory": "500m * attempt"}, "counted in bytes"),
        ({"memory": "2 * attempt"}, '"2Gi"'),
        ({"cpu": "2Gi * attempt"}, "counted in processors"),
        ({"limits": {"amd.com/gpu": "1 * attempt"}}, "only cpu, memory and ephemeral-storage"),
        ({"limits": {"amd.com/gpu": param("n")}}, "only cpu, memory and ephemeral-storage"),
        ({"gpu": param("n")}, "whole number of devices"),
        ({"requests": {"memory": "1Gi * attempt"}, "limits": {"memory": "2Gi"}}, "so has its limit to"),
        ({"requests": {"memory": "1Gi * attempt"}}, "so has its limit to"),
    ],
)
def test_a_mistake_is_one_message(value, words):
    (found,) = mistakes(value)
    assert words in found


@pytest.mark.parametrize(
    ("text", "attempt", "quantity"),
    [
        ("2Gi", 3, "2Gi"),
        ("2Gi * attempt", 1, "2Gi"),
        ("2Gi * attempt", 3, "6Gi"),
        ("1.5Gi * attempt", 2, "3.0Gi"),
        ("500m * attempt", 2, "1000m"),
        ("param(mem)", 2, "3Gi"),
        ("param(mem) * attempt", 2, "6Gi"),
        ("param(bytes) * attempt", 2, "2000"),
        ("param(text) * attempt", 2, "a lot"),
        ("param(absent)", 1, None),
    ],
)
def test_an_attempt_gets_a_quantity(text, attempt, quantity):
    amount = Amount.decode(text)
    assert amount.encode() == text
    assert amount.at(attempt, {"mem": "3Gi", "bytes": 1000, "text": "a lot"}) == quantity


def test_a_container_is_limited_by_what_its_attempt_gets():
    settings = ContainerSettings(docker_image="image")
    options = Options(resources=Resources(memory="1Gi * attempt", cpu="param(n)"))
    shape = shape_of(at_attempt(options, 2, {"n": 1}), settings, processors=4)
    assert (shape.memory, shape.nano_cpus) == (2 * 1024**3, 10**9)
    with pytest.raises(ValueError, match="'a lot' is no Kubernetes quantity"):
        shape_of(at_attempt(options, 1, {"n": "a lot"}), settings, processors=4)


class Noting:
    """A launcher that notes the memory of each task that it passes on."""

    def __init__(self, inner, noted):
        self._inner, self._noted = inner, noted
        self.capacity, self.wait, self.stop = inner.capacity, inner.wait, inner.stop

    def start(self, task):
        self._noted.append(task.options.resources.memory)
        self._inner.start(task)


def test_each_attempt_is_started_with_its_own_quantity(tmp_path):
    noted = []

    def fail():
        raise MemoryError("too little")

    task = replace(
        call("work", retry=2, resources=Resources(memory="param(mem) * attempt")), reads=Reads(required=("mem",))
    )
    execute(program(task, mem="1Gi"), {"work": fail}, tmp_path, wrap=lambda inner: Noting(inner, noted))
    assert noted == ["1Gi", "2Gi", "3Gi"]


def test_the_function_is_not_given_what_only_its_resources_take(tmp_path):
    task = replace(call("work", resources=Resources(memory="param(mem)")), reads=Reads(required=("mem",)))
    record = execute(program(task, mem="1Gi"), {"work": lambda: None}, tmp_path)
    assert record.status == "succeeded"


def fit(size: int = 1) -> int:
    return size


def unit_of(resources, *, parameters=None, **options):
    step = PythonTask(name="fit", function=fit, returns=["out"], resources=resources, **options)
    found = build(Pipeline(steps=[step]), __file__)
    object.__setattr__(found.program, "parameters", parameters or {})
    return found


def codes(unit):
    return [problem.code for problem in diagnose(unit) if problem.code != "RN307"]


def test_an_amount_that_grows_needs_a_retry():
    assert "RN362" in codes(unit_of({"memory": "1Gi * attempt"}))
    assert "RN362" in codes(unit_of({"memory": "1Gi * attempt"}, retry=0))
    assert "RN362" not in codes(unit_of({"memory": "1Gi * attempt"}, retry=1))


@pytest.mark.parametrize(("value", "fits"), [("2Gi", True), (2147483648, True), ("a lot", False), (None, False)])
def test_a_parameter_has_to_be_a_quantity(value, fits):
    found = codes(unit_of({"memory": param("mem")}, parameters={"mem": value}))
    assert ("RN361" not in found) is fits


def test_a_parameter_that_nothing_provides_is_found():
    assert "RN301" in codes(unit_of({"memory": param("mem")}))


def test_it_survives_the_ir_as_json():
    one = unit_of({"memory": "mem * attempt"}, retry=1, parameters={"mem": "1Gi"}).program
    (task,) = from_json(to_json(one)).graph.nodes
    assert task.options == one.graph.nodes[0].options


def compiled(resources, target=argo, **options):
    unit = unit_of(resources, parameters={"mem": "1Gi"}, **options)
    (document,) = target.compile(CompileRequest(program=unit.program, image="image:1"))
    return document.text


def test_on_argo_it_is_a_patch_of_the_pod_with_the_number_of_the_attempt():
    (document,) = read(compiled({"memory": "2Gi * attempt", "cpu": "0.5 * attempt"}, retry=2))
    (template,) = [t for t in workflow_spec(document)["templates"] if t["name"].startswith("python")]
    assert template["retryStrategy"]["limit"] == "2"
    patch = template["podSpecPatch"]
    amounts = '{"cpu":"{{=500 * (asInt(retries) + 1)}}m","memory":"{{=2 * (asInt(retries) + 1)}}Gi"}'
    assert patch == f'{{"containers":[{{"name":"main","resources":{{"limits":{amounts},"requests":{amounts}}}}}]}}'
    assert template["container"]["resources"]["limits"] == {"cpu": "0.5"}  # memory is as by default


def test_on_argo_a_parameter_is_looked_up_in_what_the_pod_is_given():
    text = compiled({"memory": param("mem")})
    assert "'the parameter mem is no quantity'" in text
    assert '"value": "1Gi"' in text or "value: '1Gi'" in text


def test_a_job_is_refused_since_its_pods_are_all_alike():
    with pytest.raises(DefinitionError) as refused:
        compiled({"memory": "2Gi * attempt"}, k8s_job, retry=2)
    assert "all pods of a Job" in str(refused.value)


def test_an_item_is_a_parameter_as_any_other():
    branch = ShellTask(name="one", command="true", resources={"memory": param("size")}).as_pipeline()
    one = Pipeline(steps=[Map(name="map", branch=branch, iterate_on="sizes", iterate_as="size")])
    unit = build(one, __file__)
    object.__setattr__(unit.program, "parameters", {"sizes": ["1Gi"]})
    assert not diagnose(unit)


def test_a_program_of_another_image_has_its_amounts_and_locks_too():
    step = ContainerTask(
        name="fit", image="tool:1", command=["fit"], resources={"memory": param("mem")}, mutex="licence", retry=1
    )
    found = build(Pipeline(steps=[step]), __file__)
    one = replace(found.program, parameters={"mem": "1Gi"})
    (document,) = read(argo.compile(CompileRequest(program=one, image="image:1"))[0].text)
    assert problems(document) == []
    named = {template["name"]: template for template in workflow_spec(document)["templates"]}
    pod = named["container"]
    assert pod["synchronization"] == {"mutexes": [{"name": "licence"}]}
    assert "'the parameter mem is no quantity'" in pod["podSpecPatch"]
    assert pod["inputs"]["parameters"] == [{"name": "in"}]
    (call_of_it,) = named["fit"]["dag"]["tasks"]
    assert call_of_it["arguments"]["parameters"] == [{"name": "in", "value": "{{inputs.parameters.in}}"}]
