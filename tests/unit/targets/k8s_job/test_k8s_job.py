"""The target k8s-job: what becomes of a task's options, of the configuration, and of texts that Kubernetes changes."""

import json
from dataclasses import replace

import pytest

from runnable.configuration import Section
from runnable.configuration.catalog import CatalogSettings
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Reads
from runnable.ir.options import Resources
from runnable.targets import k8s_job
from runnable.targets.k8s_job.manifest import LONGEST_ARGUMENT
from runnable.targets.target import CompileRequest
from runnable_runtime.protocol import Argument, TaskSpec
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.values.parameters import decode_lines
from tests.support.argo_programs import parallel, program, python, shell
from tests.support.manifests import read


def compiled(task, *, catalog=None, run_log=None, parameters=None, kind=None, report=None, **configuration):
    request = CompileRequest(
        program=program(task, **(parameters or {})),
        image="a:1",
        kind=kind,
        configuration=configuration,
        configuration_file="job.yaml",
        **({"catalog": catalog} if catalog else {}),
        **({"run_log_store": run_log} if run_log else {}),
        **({"report": report} if report else {}),
    )
    (document,) = k8s_job.compile(request)
    (found,) = read(document.text)
    return found


def pod(found):
    return found["spec"]["template"]["spec"]


def container(found):
    return pod(found)["containers"][0]


def arguments(found):
    texts = container(found)["args"]
    return dict(zip(texts[::2], texts[1::2], strict=True))


def environment(found):
    return {entry.pop("name"): entry for entry in container(found)["env"]}


def test_a_job_runs_once_unless_the_task_says_otherwise():
    found = compiled(python("job"))
    assert (found["kind"], found["spec"]["backoffLimit"], pod(found)["restartPolicy"]) == ("Job", 0, "Never")
    assert "activeDeadlineSeconds" not in pod(found)
    again = compiled(python("job", retry=2, timeout=60, resources=Resources(cpu="1", memory="1Gi", gpu=2)))
    assert again["spec"]["backoffLimit"] == 2
    assert pod(again)["activeDeadlineSeconds"] == 60
    assert container(again)["resources"]["limits"] == {"cpu": "1", "memory": "1Gi", "nvidia.com/gpu": "2"}


def test_a_schedule_makes_it_a_cron_job_unless_a_job_is_asked_for():
    found = compiled(python("job"), schedule="0 6 * * *", timezone="Europe/Zurich")
    assert (found["kind"], found["spec"]["schedule"], found["spec"]["timeZone"]) == (
        "CronJob",
        "0 6 * * *",
        "Europe/Zurich",
    )
    assert found["spec"]["concurrencyPolicy"] == "Forbid"
    assert found["spec"]["jobTemplate"]["spec"]["backoffLimit"] == 0
    assert compiled(python("job"), kind="Job", schedule="0 6 * * *")["kind"] == "Job"
    with pytest.raises(DefinitionError, match="needs a schedule"):
        compiled(python("job"), kind="CronJob")
    with pytest.raises(ConfigurationError, match="schedule"):
        compiled(python("job"), schedule="@every 5m")  # Argo takes this, a CronJob does not


def test_the_pod_keeps_to_the_restricted_standard_and_has_no_token():
    found = compiled(python("job"))
    assert pod(found)["securityContext"] == {
        "runAsNonRoot": True,
        "runAsUser": 1000,
        "seccompProfile": {"type": "RuntimeDefault"},
    }
    assert container(found)["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod(found)["automountServiceAccountToken"] is False


def test_the_runs_id_is_the_name_of_the_job():
    path = "metadata.labels['batch.kubernetes.io/job-name']"
    found = environment(compiled(python("job")))["RUNNABLE_RUN_ID"]
    assert found == {"valueFrom": {"fieldRef": {"fieldPath": path}}}


def test_what_kubernetes_would_replace_is_written_so_that_it_does_not():
    found = compiled(shell("job", "echo $(PATH) $$ $HOME"), env={"PRICE": "$(PATH)"}, parameters={"p": "$(x)"})
    assert json.loads(arguments(found)["--spec"])["shell"] == "echo $(PATH) $$ $HOME"
    assert decode_lines(arguments(found)["--inputs"]) == {"p": "$(x)"}
    assert not [text for text in container(found)["args"] if "$$" in text or "$(" in text]
    assert environment(found)["PRICE"] == {"value": "$$(PATH)"}


def test_what_only_argo_would_replace_is_left_as_it_is():
    tag = "hello {{name}}"
    found = compiled(
        python("job", env=(("OWN", tag),)),
        env={"GREETING": tag},
        annotations={"note": tag},
        catalog=CatalogSettings(StoreSettings("s3://bucket", "http://{{host}}:9000"), folder="{{data}}"),
    )
    variables = environment(found)
    assert variables["GREETING"] == variables["OWN"] == {"value": tag}
    assert variables["RUNNABLE_DATA_FOLDER"] == {"value": "{{data}}"}
    assert "http://{{host}}:9000" in variables["RUNNABLE_STORE"]["value"]
    assert found["metadata"]["annotations"]["note"] == tag


def test_a_task_is_given_the_parameters_that_it_reads_and_prints_what_it_returns():
    parameters = {"a": 1, "b": [2]}
    found = arguments(compiled(python("job", reads="b", returns="c"), parameters=parameters))
    assert decode_lines(found["--inputs"]) == {"b": [2]}
    assert found["--outputs"] == "-"
    found = arguments(compiled(shell("job"), parameters=parameters))
    assert decode_lines(found["--inputs"]) == parameters
    assert "--outputs" not in found


def test_a_text_that_linux_does_not_take_as_an_argument_is_refused():
    with pytest.raises(DefinitionError, match="bytes of the parameters"):
        compiled(shell("job"), parameters={"a": "x" * LONGEST_ARGUMENT})


def test_secrets_are_references_and_a_place_must_be_known():
    found = environment(
        compiled(python("job", secrets=("KEY", "TOKEN")), secrets={"TOKEN": "login/t"}, secret_from_k8s="p")
    )
    assert found["TOKEN"]["valueFrom"] == {"secretKeyRef": {"name": "login", "key": "t"}}
    assert found["KEY"]["valueFrom"] == {"secretKeyRef": {"name": "p", "key": "KEY"}}
    with pytest.raises(ConfigurationError, match="secret_from_k8s"):
        compiled(python("job", secrets=("KEY",)))
    with pytest.raises(ConfigurationError, match="give one"):
        compiled(python("job", secrets=("KEY",)), secret_from_k8s="p", env={"KEY": "x"})


def test_the_published_keys_are_understood():
    job_spec = {
        "activeDeadlineSeconds": 32000,
        "backoffLimit": 3,
        "ttlSecondsAfterFinished": 60,
        "template": {
            "metadata": {"annotations": {"a": "b"}},
            "spec": {
                "activeDeadlineSeconds": 86400,
                "nodeSelector": {"disk": "ssd"},
                "tolerations": [{"key": "gpu", "operator": "Exists"}],
                "serviceAccountName": "jobs",
                "restartPolicy": "Never",
                "container": {
                    "image": "other:2",
                    "env": [{"name": "LEVEL", "value": "info"}],
                    "imagePullPolicy": "Always",
                    "resources": {"limits": {"cpu": "1", "memory": "2Gi"}, "requests": {"cpu": "500m"}},
                },
            },
        },
    }
    settings = {"jobSpec": job_spec, "pvc_claim_name": "data", "mock": False, "config_path": None}
    found = compiled(python("job"), catalog=CatalogSettings(StoreSettings(".catalog"), chosen=False), **settings)
    spec = found["spec"]
    assert (spec["activeDeadlineSeconds"], spec["backoffLimit"], spec["ttlSecondsAfterFinished"]) == (32000, 3, 60)
    assert spec["template"]["metadata"]["annotations"] == {"a": "b"}
    assert pod(found)["activeDeadlineSeconds"] == 86400
    assert pod(found)["nodeSelector"] == {"disk": "ssd"}
    assert pod(found)["tolerations"] == [{"key": "gpu", "operator": "Exists"}]
    assert pod(found)["serviceAccountName"] == "jobs"
    assert container(found)["image"] == "a:1"  # of the command line
    assert container(found)["imagePullPolicy"] == "Always"
    assert container(found)["resources"]["requests"]["cpu"] == "500m"
    assert environment(found)["LEVEL"] == {"value": "info"}
    assert pod(found)["volumes"][-1] == {"name": "store", "persistentVolumeClaim": {"claimName": "data"}}


def test_volumes_and_the_selector_of_the_published_package():
    spec = {
        "volumes": [
            {"name": "raw", "hostPath": {"path": "/srv/raw"}},
            {"name": "models", "persistent_volume_claim": {"claimName": "models"}},
        ],
        "container": {"volumeMounts": [{"name": "raw", "mountPath": "/raw"}, {"name": "models", "mountPath": "/m"}]},
    }
    selector = {"matchLabels": {"team": "a"}, "matchExpressions": [{"key": "team", "operator": "Exists"}]}
    warnings = []
    found = compiled(python("job"), report=warnings.append, jobSpec={"selector": selector, "template": {"spec": spec}})
    assert pod(found)["volumes"][1:] == [
        {"name": "raw", "hostPath": {"path": "/srv/raw"}},
        {"name": "models", "persistentVolumeClaim": {"claimName": "models"}},
    ]
    assert {"name": "models", "mountPath": "/m"} in container(found)["volumeMounts"]
    assert found["spec"]["template"]["metadata"]["labels"] == {"team": "a"}
    assert "labels" not in found["metadata"]
    assert "selector" not in found["spec"]
    assert [one.code for one in warnings] == ["RN408"]


def test_folders_of_the_node_hold_records_and_files():
    keys = {"mini_k8s_run_log_location": "/volume/run_logs/", "mini_k8s_catalog_location": "/volume/catalog/"}
    catalog = CatalogSettings(StoreSettings(".catalog"), chosen=False)
    found = compiled(python("job"), catalog=catalog, run_log=Section("chunked-fs"), **keys)
    assert pod(found)["volumes"][1:] == [
        {"name": "catalog", "hostPath": {"path": "/volume/catalog/", "type": "Directory"}},
        {"name": "run-logs", "hostPath": {"path": "/volume/run_logs/", "type": "Directory"}},
    ]
    assert container(found)["volumeMounts"][1:] == [
        {"name": "catalog", "mountPath": "/mnt/runnable/catalog"},
        {"name": "run-logs", "mountPath": "/mnt/runnable/run-log"},
    ]
    assert "fsGroup" not in pod(found)["securityContext"]
    variables = environment(found)
    assert json.loads(variables["RUNNABLE_STORE"]["value"])["url"] == "/mnt/runnable/catalog"
    assert json.loads(variables["RUNNABLE_RUN_LOG"]["value"])["url"] == "/mnt/runnable/run-log"
    bucket = CatalogSettings(StoreSettings("s3://bucket/data", endpoint="http://s3:9000"))
    assert pod(compiled(python("job"), catalog=bucket, **keys))["volumes"][1:] == []


@pytest.mark.parametrize(
    ("configuration", "reason"),
    [
        ({"jobSpec": {"template": {"spec": {"volumes": [{"name": "a"}]}}}}, "one of hostPath and"),
        ({"jobSpec": {"template": {"spec": {"container": {"command": ["x"]}}}}}, "the job's own"),
        ({"jobSpec": {"template": {"spec": {"restartPolicy": "Always"}}}}, "restartPolicy"),
        ({"jobSpecs": {}}, "no such key"),
        ({"timezone": "UTC"}, "no schedule"),
    ],
)
def test_what_has_no_meaning_is_refused(configuration, reason):
    with pytest.raises(ConfigurationError, match=reason):
        compiled(python("job"), **configuration)


def test_a_store_is_a_bucket_with_its_credentials_from_a_secret():
    catalog = CatalogSettings(StoreSettings("s3://bucket/data", endpoint="http://s3:9000"), secret="s3", chosen=True)
    found = environment(compiled(python("job"), catalog=catalog))
    assert json.loads(found["RUNNABLE_STORE"]["value"])["url"] == "s3://bucket/data"
    assert found["AWS_SECRET_ACCESS_KEY"]["valueFrom"]["secretKeyRef"] == {"name": "s3", "key": "AWS_SECRET_ACCESS_KEY"}
    assert found["AWS_SESSION_TOKEN"]["valueFrom"]["secretKeyRef"]["optional"] is True
    with pytest.raises(DefinitionError, match="AWS_ACCESS_KEY_ID"):
        compiled(python("job", env=(("AWS_ACCESS_KEY_ID", "mine"),)), catalog=catalog)


def test_a_pipeline_of_more_than_one_task_is_refused():
    for graph in (program(python("a"), python("b")), program(parallel("p", x=(python("a"),), y=(python("b"),)))):
        with pytest.raises(DefinitionError, match="k8s-job is for one task"):
            k8s_job.compile(CompileRequest(program=graph))


def test_a_pod_that_records_its_step_knows_the_job_how_often_it_is_tried_and_the_runs_parameters():
    bucket = Section("chunked-s3", {"bucket": "runs", "credentials_secret": "s3"})
    found = compiled(python("job", reads="a", retry=2), run_log=bucket, parameters={"a": 1, "b": 2})
    variables = environment(found)
    assert json.loads(variables["RUNNABLE_RUN_LOG"]["value"])["url"] == "s3://runs"
    assert json.loads(variables["RUNNABLE_RUN"]["value"])["attempts"] == 3
    assert variables["RUNNABLE_WORKFLOW"]["value"] == "job/$(RUNNABLE_NAMESPACE)/$(RUNNABLE_RUN_ID)"
    names = list(variables)
    assert max(map(names.index, ("RUNNABLE_NAMESPACE", "RUNNABLE_RUN_ID"))) < names.index("RUNNABLE_WORKFLOW")
    assert variables["AWS_SECRET_ACCESS_KEY"]["valueFrom"]["secretKeyRef"]["name"] == "s3"
    assert json.loads(arguments(found)["--spec"])["place"] == [0]
    assert decode_lines(arguments(found)["--parameters"]) == {"a": 1, "b": 2}
    assert decode_lines(arguments(found)["--inputs"]) == {"a": 1}
    with pytest.raises(DefinitionError, match="AWS_ACCESS_KEY_ID"):
        compiled(python("job", env=(("AWS_ACCESS_KEY_ID", "mine"),)), run_log=bucket)


def test_a_store_on_this_machine_is_none_for_a_pod_and_one_on_the_volume_is():
    assert "RUNNABLE_RUN_LOG" not in environment(compiled(python("job"), run_log=Section("chunked-fs", {})))
    volume = {"pvc_claim_name": "data", "catalog": CatalogSettings(StoreSettings(".catalog"), chosen=False)}
    found = compiled(python("job"), run_log=Section("chunked-fs", {}), **volume)
    assert json.loads(environment(found)["RUNNABLE_RUN_LOG"]["value"]) == {"url": "/mnt/runnable/run-log"}
    assert container(found)["volumeMounts"][-1] == {"name": "store", "mountPath": "/mnt/runnable"}


def test_a_job_has_its_arguments_in_its_spec_and_is_given_their_parameters():
    given = (Argument("path", value="$(x).csv"), Argument("rate", "lr"))
    task = replace(python("fit"), reads=Reads(required=("lr",)), arguments=given)
    found = arguments(compiled(task, parameters={"lr": 1, "rate": 2}))
    assert "$(x)" not in found["--spec"]
    assert TaskSpec.from_json(found["--spec"]).arguments == given
    assert decode_lines(found["--inputs"]) == {"lr": 1}
