"""The configuration and the command line's options for the target `argo`."""

import json

import pytest

from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from tests.support.argo_programs import compile_one, compile_text, program, python, stub, templates
from tests.support.manifests import problems, read

ONE = program(python("a"))


def configured(compiled=ONE, **configuration):
    document = compile_one(compiled, configuration=configuration, configuration_file="argo.yaml")
    assert problems(document) == []
    return document


def error(compiled=ONE, **configuration):
    with pytest.raises(ConfigurationError) as caught:
        compile_text(compiled, configuration=configuration, configuration_file="argo.yaml")
    return str(caught.value)


def test_no_configuration_is_needed():
    document = compile_one(ONE)
    assert document["kind"] == "WorkflowTemplate"
    assert document["metadata"] == {"name": "demo"}
    assert document["spec"]["templateDefaults"]["container"]["image"] == "runnable:latest"


def test_the_command_line_is_stronger_than_the_configuration():
    document = compile_one(
        ONE,
        image="given:1",
        name="given",
        namespace="there",
        configuration={"image": "configured:1", "namespace": "here", "defaults": {}},
    )
    assert document["metadata"] == {"name": "given", "namespace": "there"}
    assert document["spec"]["templateDefaults"]["container"]["image"] == "given:1"


def test_a_step_is_stronger_than_its_override_and_that_than_the_defaults():
    settings = {
        "defaults": {"image": "default:1", "env": {"A": "default", "B": "default", "C": "default"}, "retry": 1},
        "overrides": {"big": {"image": "big:1", "env": {"A": "big", "B": "big"}, "timeout": "2m", "retry": 5}},
    }
    step = python("a", overrides=(("argo", "big"), ("local", "none")), env=(("A", "own"),), image="own:1")
    document = configured(program(step, python("b")), **settings)
    found = templates(document)
    assert found["python"]["container"]["image"] == "own:1"
    env = {e["name"]: e["value"] for e in found["python"]["container"]["env"]}
    assert (env["A"], env["B"]) == ("own", "big")
    assert found["python"]["activeDeadlineSeconds"] == 120
    assert found["python"]["retryStrategy"]["limit"] == "5"
    assert "image" not in found["python-2"]["container"]
    assert found["python-2"]["retryStrategy"]["limit"] == "1"
    assert document["spec"]["templateDefaults"]["container"]["image"] == "default:1"


def test_an_override_that_is_not_there_is_an_error_that_names_the_step_and_what_there_is():
    message = error(program(python("a", overrides=(("argo", "bog"),))), overrides={"big": {}})
    assert "step 'a' asks for this key" in message
    assert "did you mean 'big'" in message


def test_without_the_section_steps_may_ask_for_any_override():
    configured(program(python("a", overrides=(("argo", "big"),))))


def test_resources_are_requests_and_limits_and_are_merged_by_key():
    step = python("a")
    document = configured(program(step), defaults={"resources": {"cpu": 2, "limits": {"memory": "1Gi", "gpu": 1}}})
    assert document["spec"]["templateDefaults"]["container"]["resources"] == {
        "limits": {"cpu": "2", "memory": "1Gi", "nvidia.com/gpu": "1"},
        "requests": {"cpu": "2", "memory": "256Mi"},
    }


@pytest.mark.parametrize(
    ("given", "requests", "limits"),
    [
        ({}, {"cpu": "100m", "memory": "256Mi"}, {"cpu": "2", "memory": "2Gi"}),
        ({"memory": "1G"}, {"cpu": "100m", "memory": "1G"}, {"cpu": "2", "memory": "1G"}),
        ({"requests": {"memory": "4Gi"}}, {"cpu": "100m", "memory": "4Gi"}, {"cpu": "2", "memory": "4Gi"}),
        ({"limits": {"memory": "64Mi"}}, {"cpu": "100m", "memory": "64Mi"}, {"cpu": "2", "memory": "64Mi"}),
        ({"limits": {"cpu": 0.05}}, {"cpu": "0.05", "memory": "256Mi"}, {"cpu": "0.05", "memory": "2Gi"}),
    ],
)
def test_every_task_has_requests_and_limits_and_no_request_is_above_its_limit(given, requests, limits):
    document = configured(defaults={"resources": given})
    found = document["spec"]["templateDefaults"]["container"]["resources"]
    assert found == {"requests": requests, "limits": limits}


def test_resources_by_default_are_the_configurations_or_none():
    document = configured(defaultResources={"requests": {"cpu": "1"}})
    assert document["spec"]["templateDefaults"]["container"]["resources"] == {"requests": {"cpu": "1"}}
    assert "resources" not in configured(defaultResources=None)["spec"]["templateDefaults"]["container"]


def patch(**configuration):
    spec = configured(**configuration)["spec"]
    return json.loads(spec["podSpecPatch"]), spec


def test_only_argos_own_containers_get_a_token():
    found, spec = patch()
    assert found["automountServiceAccountToken"] is False
    assert "automountServiceAccountToken" not in spec
    (volume,) = found["volumes"]
    for container in (*found["containers"], *found["initContainers"]):
        assert [mount["name"] for mount in container["volumeMounts"]] == [volume["name"]]
    mounts = spec["templateDefaults"]["container"]["volumeMounts"]
    assert volume["name"] not in {mount["name"] for mount in mounts}


def test_argos_own_containers_are_restricted_and_limited():
    found, _ = patch()
    assert [c["name"] for c in (*found["containers"], *found["initContainers"])] == ["wait", "init"]
    for container in (*found["containers"], *found["initContainers"]):
        assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
        assert container["resources"]["requests"].keys() == container["resources"]["limits"].keys() == {"cpu", "memory"}


def test_a_token_for_the_tasks_too_leaves_it_to_kubernetes():
    found, spec = patch(automountServiceAccountToken=True)
    assert found.keys() == {"containers", "initContainers"}
    assert "executor" not in spec


def test_an_account_of_the_executors_own_is_argos_way():
    found, spec = patch(executorServiceAccount="executor")
    assert spec["executor"] == {"serviceAccountName": "executor"}
    assert spec["automountServiceAccountToken"] is False
    assert "volumes" not in found


def test_pods_may_be_left_as_argo_makes_them():
    assert "podSpecPatch" not in configured(patchExecutor=False)["spec"]
    found, _ = patch(executorResources=None)
    assert all("resources" not in container for container in found["containers"])


def test_a_workflow_without_pods_has_no_patch():
    assert "podSpecPatch" not in configured(program(stub("a")))["spec"]


@pytest.mark.parametrize(
    ("image", "policy", "warned"),
    [
        ("a", None, True),
        ("host:5000/a", None, True),
        ("a:latest", None, True),
        ("a:latest", "Always", False),
        ("host:5000/a:1", None, False),
        ("a@sha256:" + "ab" * 32, None, False),
        ("a:latest@sha256:" + "ab" * 32, None, False),
    ],
)
def test_an_image_that_moves_is_warned_of(image, policy, warned):
    found = []
    keys = {"image": image, **({"imagePullPolicy": policy} if policy else {})}
    compile_one(program(python("a"), python("b")), configuration=keys, configuration_file="c", report=found.append)
    assert [type(w).code for w in found] == (["RN505"] if warned else [])


def test_that_no_image_is_named_is_warned_of_once_and_not_for_stubs():
    found = []
    compile_one(program(python("a"), python("b")), report=found.append)
    assert ["no image is named" in w.message for w in found] == [True]
    compile_one(program(stub("a")), report=found.append)
    assert len(found) == 1


def test_every_key_of_the_workflow_arrives():
    spec = configured(
        imagePullSecrets=["pull"],
        imagePullPolicy="Always",
        serviceAccount="runner",
        parallelism=3,
        activeDeadlineSeconds="1h",
        ttl={"secondsAfterSuccess": 60},
        podGC={"strategy": "OnPodSuccess", "deleteDelayDuration": "10s"},
        runAsUser=2000,
        env=[{"name": "A", "value": "1"}],
        defaults={"tolerations": [{"key": "gpu", "operator": "Exists"}], "nodeSelector": {"disk": "ssd"}},
    )["spec"]
    assert spec["imagePullSecrets"] == [{"name": "pull"}]
    assert spec["serviceAccountName"] == "runner"
    assert spec["parallelism"] == 3
    assert spec["activeDeadlineSeconds"] == 3600
    assert spec["ttlStrategy"] == {"secondsAfterSuccess": 60}
    assert spec["podGC"] == {"strategy": "OnPodSuccess", "deleteDelayDuration": "10s"}
    assert spec["securityContext"]["runAsUser"] == 2000
    container = spec["templateDefaults"]["container"]
    assert container["imagePullPolicy"] == "Always"
    assert {"name": "A", "value": "1"} in container["env"]
    leaf = next(t for t in spec["templates"] if "container" in t)
    assert leaf["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert leaf["nodeSelector"] == {"disk": "ssd"}


def test_a_user_id_can_be_left_to_the_cluster():
    assert "runAsUser" not in configured(runAsUser=None)["spec"]["securityContext"]


def test_labels_and_annotations_go_to_the_object_its_workflows_and_their_pods():
    document = configured(labels={"team": "a"}, annotations={"example.org/note": "two words"})
    both = {"labels": {"team": "a"}, "annotations": {"example.org/note": "two words"}}
    assert document["metadata"] == {"name": "demo", **both}
    assert document["spec"]["workflowMetadata"] == both
    assert document["spec"]["podMetadata"] == both


def test_the_keys_of_the_published_package_are_taken_where_they_have_a_meaning():
    document = configured(
        cron_schedule={"schedules": ["0 6 * * *"], "timezone": "Europe/Zurich"},
        expose_parameters_as_inputs=True,
        defaults={
            "image": "published:1",
            "activeDeadlineSeconds": 86400,
            "imagePullPolicy": "Always",
            "retryStrategy": {"limit": 1, "backOff": {"duration": "2m", "factor": 2, "maxDuration": "1h"}},
            "resources": {"limits": {"memory": "1Gi", "cpu": "250m"}, "requests": {"memory": "1Gi", "cpu": "250m"}},
        },
        argoWorkflow={
            "metadata": {"generateName": "old-", "namespace": "here", "labels": {"a": "b"}},
            "spec": {"serviceAccountName": "runner", "parallelism": 2, "nodeSelector": {"disk": "ssd"}},
        },
    )
    assert document["metadata"]["name"] == "old"
    assert document["metadata"]["namespace"] == "here"
    assert document["spec"]["serviceAccountName"] == "runner"
    leaf = templates(document)["python"]
    assert leaf["activeDeadlineSeconds"] == 86400
    assert leaf["retryStrategy"] == {
        "backoff": {"duration": "2m", "factor": 2, "maxDuration": "1h"},
        "limit": "1",
        "retryPolicy": "Always",
    }


@pytest.mark.parametrize(
    ("configuration", "said"),
    [
        ({"pvc_for_runnable": "Data"}, "pvc_for_runnable"),
        ({"customVolumes": [{"mount_path": "data"}]}, "an absolute path"),
        ({"mock": True}, "type: mocked"),
        ({"secret_from_k8s": "Not A Name"}, "secret_from_k8s"),
        ({"secrets": {"TOKEN": "a/b/c"}}, "secrets"),
        ({"imagee": "x"}, "did you mean 'image'"),
        ({"defaults": {"retries": 1}}, "defaults.retries"),
        ({"parallelism": 0}, "parallelism"),
        ({"image": "two words"}, "image"),
        ({"image": "{{workflow.name}}"}, "image"),
        ({"env": {"1A": "x"}}, "not a name for an environment variable"),
        ({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}, "given twice"),
        ({"env": {"A": 1}}, "env"),
        ({"env": {"A": "{{=1+1}}"}}, "Argo would replace"),
        ({"namespace": "Not_Legal"}, "namespace"),
        ({"labels": {"a": "not legal"}}, "labels"),
        ({"defaults": {"resources": {"memory": "1 GB"}}}, "Kubernetes quantity"),
        ({"defaults": {"timeout": "soon"}}, "a number of seconds"),
        ({"defaults": {"timeout": 1, "activeDeadlineSeconds": 1}}, "the same key"),
        ({"defaults": {"retry": 1, "retryStrategy": {"limit": 1}}}, "the same key"),
        ({"schedules": ["* * *"]}, "schedules"),
        ({"timezone": "Europe/Zurich"}, "timezone"),
        ({"podGC": {"strategy": "Never"}}, "strategy"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_file_and_the_key(configuration, said):
    message = error(**configuration)
    assert "argo.yaml: pipeline-executor.config" in message
    assert said in message


@pytest.mark.parametrize(
    ("configuration", "key", "instead"),
    [
        ({"configmap_cache_name": "x"}, "configmap_cache_name", "cache: {configMap: NAME}"),
        ({"output_file": "x.yaml"}, "output_file", "runnable compile -o FILE"),
        ({"log_level": "DEBUG"}, "log_level", ""),
        ({"defaults": {"failFast": True}}, "defaults.fail_fast", ""),
        ({"defaults": {"parallelism": 3}}, "defaults.parallelism", "beside `defaults`"),
        ({"argoWorkflow": {"kind": "Workflow"}}, "argo_workflow.kind", "--kind"),
        ({"argoWorkflow": {"apiVersion": "v1"}}, "argo_workflow.api_version", ""),
        ({"argoWorkflow": {"spec": {"arguments": {}}}}, "argo_workflow.spec.arguments", ""),
        (
            {"argoWorkflow": {"spec": {"podGC": {"strategy": "OnPodSuccess", "labelSelector": {}}}}},
            "argo_workflow.spec.pod_gc.label_selector",
            "",
        ),
        (
            {"argoWorkflow": {"spec": {"retryStrategy": {"limit": 1}}}},
            "argo_workflow.spec.retry_strategy",
            "`retry` under `defaults`",
        ),
        ({"expose_parameters_as_inputs": False}, "expose_parameters_as_inputs", ""),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_key_of_the_published_package_without_a_meaning_is_left_out_with_a_warning(configuration, key, instead):
    warnings = []
    found = compile_one(ONE, configuration=configuration, configuration_file="argo.yaml", report=warnings.append)
    (warning,) = [one for one in warnings if one.code == "RN408"]
    assert warning.key == f"pipeline-executor.config.{key}"
    assert instead in warning.help
    if "podGC" not in str(configuration):
        assert found == configured()


def test_what_is_the_case_anyway_is_no_warning():
    warnings = []
    usual = {"mock": False, "expose_parameters_as_inputs": True}
    assert compile_one(ONE, configuration=usual, report=warnings.append) == configured()
    assert "RN408" not in [one.code for one in warnings]


def test_custom_volumes_are_mounted_in_every_pod():
    volume = {"mount_path": "/data", "persistent_volume_claim": {"claim_name": "orders", "read_only": True}}
    (leaf,) = [one for one in templates(configured(custom_volumes=[volume])).values() if "container" in one]
    patch = json.loads(leaf["podSpecPatch"])
    assert patch["volumes"] == [{"name": "custom-volume-0", "persistentVolumeClaim": {"claimName": "orders"}}]
    (main,) = patch["containers"]
    assert main["volumeMounts"] == [{"name": "custom-volume-0", "mountPath": "/data", "readOnly": True}]


def test_all_mistakes_are_reported_together():
    message = error(imagee="x", parallelism=0, defaults={"retry": -1})
    assert message.count("RN402") == 3


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        ({"name": "Not.Legal"}, "--name"),
        ({"name": "x" * 53}, "--name"),
        ({"name": ""}, "--name"),
        ({"namespace": "a b"}, "--namespace"),
        ({"image": "a b"}, "--image"),
        ({"image": ""}, "--image"),
        ({"kind": "Job"}, "choose from WorkflowTemplate, Workflow"),
        ({"kind": "CronWorkflow"}, "give `schedules`"),
        ({"kind": "ClusterWorkflowTemplate", "namespace": "a"}, "in no namespace"),
    ],
)
def test_an_option_that_does_not_fit_is_an_error(request_, said):
    with pytest.raises(DefinitionError) as caught:
        compile_text(ONE, **request_)
    assert "RN502" in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    "option", [{"env": (("A", "{{=1}}"),)}, {"image": "{{x}}"}, {"node_selector": (("{{a}}", "b"),)}]
)
def test_a_tag_in_a_steps_option_is_an_error(option):
    with pytest.raises(DefinitionError, match="RN203"):
        compile_text(program(python("a", **option)))


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "Workflow", "ClusterWorkflowTemplate", "CronWorkflow"])
def test_every_kind_is_valid_and_holds_the_same_workflow(kind):
    objects = read(compile_text(ONE, kind=kind, configuration={"schedules": ["@daily"], "namespace": "here"}))
    assert [problems(item) for item in objects] == [[] for _ in objects]
    assert objects[0]["kind"] == kind
    assert ("generateName" in objects[0]["metadata"]) == (kind == "Workflow")
    assert ("namespace" in objects[0]["metadata"]) == (kind != "ClusterWorkflowTemplate")


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "ClusterWorkflowTemplate"])
def test_a_template_with_schedules_comes_with_the_cronworkflow_that_runs_it(kind):
    template, cron = read(compile_text(ONE, kind=kind, configuration={"schedules": ["0 6 * * *"], "timezone": "UTC"}))
    reference = cron["spec"]["workflowSpec"]["workflowTemplateRef"]
    assert reference["name"] == template["metadata"]["name"] == cron["metadata"]["name"]
    assert reference.get("clusterScope", False) == (kind == "ClusterWorkflowTemplate")
    assert cron["spec"]["schedules"] == ["0 6 * * *"]


def test_a_pipelines_description_is_shown_by_argo():
    described = program(stub("a"))
    document = compile_one(type(described)("demo", described.graph, description="What it does: {{all}}"))
    assert document["metadata"]["annotations"] == {"workflows.argoproj.io/description": "What it does: {{all}}"}


CRON = {
    "schedules": ["0 6 * * mon-fri", "@every 90m", "*/15 8-18/2 1,15 jan,jul ?"],
    "timezone": "Europe/Oslo",
    "concurrencyPolicy": "Forbid",
    "startingDeadlineSeconds": "5m",
    "successfulJobsHistoryLimit": 5,
    "failedJobsHistoryLimit": 0,
    "suspend": True,
    "when": "{{= cronworkflow.lastScheduledTime == nil || cronworkflow.failed < 3 }}",
    "stopStrategy": {"expression": "cronworkflow.failed >= 3"},
}


@pytest.mark.parametrize("kind", ["WorkflowTemplate", "CronWorkflow"])
def test_how_a_cron_workflow_starts_and_keeps_workflows_is_said_as_argo_says_it(kind):
    cron = read(compile_text(ONE, kind=kind, configuration={"cronSchedule": CRON}))[-1]
    assert problems(cron) == []
    spec = {key: value for key, value in cron["spec"].items() if key != "workflowSpec"}
    assert spec == {**CRON, "startingDeadlineSeconds": 300}


def test_the_policies_may_stand_beside_schedules_in_the_short_form():
    configuration = {"schedules": ["@daily"], "cron_schedule": {"concurrency_policy": "Replace"}}
    spec = read(compile_text(ONE, configuration=configuration))[-1]["spec"]
    assert (spec["schedules"], spec["concurrencyPolicy"]) == (["@daily"], "Replace")


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("schedules", ["99 * * * *"], "has '99' as the minute, and it is 0 to 59"),
        ("schedules", ["0 24 * * *"], "as the hour, and it is 0 to 23"),
        ("schedules", ["0 6 * * 7"], "as the day of the week, and it is 0 to 6, or sun to sat"),
        ("schedules", ["0 6 30 2 *"], "is for a day that no such month has"),
        ("schedules", ["0 6 * foo *"], "as the month"),
        ("schedules", ["0 6-4 * * *"], "whose first is after its last"),
        ("schedules", ["*/0 * * * *"], "whose step is 0"),
        ("timezone", "Europe/Olso", "is no time zone"),
        ("concurrencyPolicy", "Sometimes", "'Allow', 'Forbid' or 'Replace'"),
        ("startingDeadlineSeconds", -1, "greater than or equal to 0"),
        ("failedJobsHistoryLimit", -1, "greater than or equal to 0"),
        ("when", "cronworkflow.failed < 3", "outside of a tag"),
        ("when", "{{= cronworkflow.failed < 3 ", "does not begin or does not end"),
        ("when", "{{= workflow.status == 'Failed' }}", "has workflow.status, and there is no workflow yet"),
        ("when", "{{= cronworkflow.runs < 3 }}", "has cronworkflow.runs"),
        ("stopStrategy", {"expression": "{{cronworkflow.failed}} > 1"}, "is an expression without tags"),
        ("stopStrategy", {"expression": "1 > 0"}, "depends on nothing"),
    ],
)
def test_what_a_cron_workflow_could_not_follow_is_a_mistake(key, value, reason):
    with pytest.raises(ConfigurationError) as error:
        compile_text(ONE, configuration={"cronSchedule": {"schedules": ["@daily"], key: value}})
    assert reason in str(error.value)


def test_policies_without_a_schedule_are_a_mistake():
    with pytest.raises(ConfigurationError, match="no schedules that it could be for"):
        compile_text(ONE, configuration={"cronSchedule": {"concurrencyPolicy": "Forbid"}})


def test_a_leap_day_is_a_day():
    cron = read(compile_text(ONE, configuration={"schedules": ["0 6 29 2 *", "0 0 31 2 mon"]}))[-1]
    assert cron["spec"]["schedules"] == ["0 6 29 2 *", "0 0 31 2 mon"]
