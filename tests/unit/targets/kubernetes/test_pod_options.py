"""Options of a step's pod: in a workflow's templates and in a Job, from the step, its override and the defaults."""

import json

import pytest

from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.options import Resources
from runnable.targets import k8s_job
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import compile_one, program, python, templates
from tests.support.manifests import problems, read

OWN = {
    "labels": (("team", "risk"),),
    "annotations": (("example.com/owner", "Ann"),),
    "priority_class": "high",
    "runtime_class": "gvisor",
    "service_account": "reader",
}


def template(task, **configuration):
    document = compile_one(program(task), configuration=configuration)
    assert problems(document) == []
    return next(one for one in templates(document).values() if "container" in one)


def job(task, **configuration):
    (document,) = k8s_job.compile(CompileRequest(program=program(task), image="a:1", configuration=configuration))
    return read(document.text)[0]["spec"]["template"]


def test_a_template_of_argo_has_them_and_a_patch_has_what_templates_have_not():
    found = template(python("a", **OWN))
    assert found["metadata"] == {"labels": {"team": "risk"}, "annotations": {"example.com/owner": "Ann"}}
    assert (found["priorityClassName"], found["serviceAccountName"]) == ("high", "reader")
    assert json.loads(found["podSpecPatch"]) == {"runtimeClassName": "gvisor"}


def test_the_pod_of_a_job_has_them():
    found = job(python("a", **OWN), labels={"team": "data", "stage": "test"}, service_account="usual")
    assert found["metadata"]["labels"] == {"team": "risk", "stage": "test"}
    assert found["metadata"]["annotations"] == {"example.com/owner": "Ann"}
    spec = found["spec"]
    assert (spec["priorityClassName"], spec["runtimeClassName"]) == ("high", "gvisor")
    assert spec["serviceAccountName"] == "reader"
    assert job(python("a"), service_account="usual")["spec"]["serviceAccountName"] == "usual"


@pytest.mark.parametrize("made", [template, job])
def test_the_step_is_stronger_than_its_override_and_that_than_the_defaults(made):
    target = "argo" if made is template else "k8s-job"
    task = python("a", labels=(("a", "own"),), overrides=((target, "big"),))
    found = made(
        task,
        defaults={"labels": {"a": "default", "b": "default", "c": "default"}, "priorityClass": "low"},
        overrides={"big": {"labels": {"a": "big", "b": "big"}, "priority_class": "high", "serviceAccountName": "x"}},
    )
    assert found["metadata"]["labels"] == {"a": "own", "b": "big", "c": "default"}
    spec = found if made is template else found["spec"]
    assert (spec["priorityClassName"], spec["serviceAccountName"]) == ("high", "x")


@pytest.mark.parametrize(
    "keys", [{"labels": {"a": "b c"}}, {"labels": {"a b": "c"}}, {"priorityClass": "A"}, {"annotations": {"a": "{{b"}}]
)
def test_a_key_of_the_configuration_that_kubernetes_or_argo_would_not_take_is_refused(keys):
    with pytest.raises(ConfigurationError, match=f"config.defaults.{next(iter(keys))}"):
        template(python("a"), defaults=keys)


def test_an_extended_resource_that_is_requested_is_limited_alike():
    found = template(python("a", resources=Resources(requests=(("amd.com/gpu", "1"), ("gpu", "2")))))
    assert found["container"]["resources"] == {
        "requests": {"amd.com/gpu": "1", "nvidia.com/gpu": "2"},
        "limits": {"amd.com/gpu": "1", "nvidia.com/gpu": "2"},
    }


def test_requests_and_limits_differ_and_are_stronger_than_cpu_and_memory():
    resources = Resources(cpu="1", memory="1Gi", requests=(("memory", "512Mi"),), limits=(("cpu", "2"),))
    found = job(python("a", resources=resources))["spec"]["containers"][0]["resources"]
    assert found == {"requests": {"cpu": "1", "memory": "512Mi"}, "limits": {"cpu": "2", "memory": "1Gi"}}


def test_a_request_above_the_limit_of_the_configuration_is_refused():
    task = python("a", resources=Resources(requests=(("memory", "2Gi"),)))
    with pytest.raises(DefinitionError, match=r"ask for 2Gi of memory, and .* the limit is 1Gi"):
        template(task, defaults={"resources": {"limits": {"memory": "1Gi"}}})
