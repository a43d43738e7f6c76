"""The store of records, as pods get at it."""

import json

import pytest

from runnable.configuration import Section
from runnable.configuration.catalog import CatalogSettings
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable_runtime.stores.settings import StoreSettings
from tests.support.argo_programs import (
    arguments,
    compile_one,
    fan_out,
    loop,
    parallel,
    program,
    python,
    stub,
    templates,
)
from tests.support.manifests import problems

KEYS = {"bucket": "runs/log", "endpoint_url": "http://s3:9000", "credentials_secret": "keys"}
FOLDER = CatalogSettings(StoreSettings("/home/me/.catalog"), chosen=False)


def compiled(*nodes, run_log=None, **options):
    section = run_log or Section("chunked-s3", KEYS)
    parameters = options.pop("parameters", {})
    document = compile_one(program(*nodes, **parameters), run_log_store=section, **options)
    assert problems(document) == []
    return document


def environment(document):
    return {e["name"]: e for e in document["spec"]["templateDefaults"]["container"]["env"]}


def specs(document):
    found = {}
    for template in document["spec"]["templates"]:
        for task in template.get("dag", {}).get("tasks", []):
            if "spec" in arguments(task):
                spec = json.loads(arguments(task)["spec"])
                found[spec["name"]] = spec
    return found


def test_pods_are_told_where_records_are_and_what_of_the_run_they_record():
    document = compiled(python("a", reads="x"), parameters={"x": 1, "unread": 2})
    found = environment(document)
    assert json.loads(found["RUNNABLE_RUN_LOG"]["value"]) == {"url": "s3://runs/log", "endpoint": "http://s3:9000"}
    assert json.loads(found["RUNNABLE_RUN"]["value"])["pipeline"] == "demo"
    assert found["RUNNABLE_WORKFLOW"]["value"] == "{{workflow.namespace}}/{{workflow.name}}"
    fields = {name: found[name]["valueFrom"]["fieldRef"]["fieldPath"] for name in ("RUNNABLE_POD", "RUNNABLE_NODE")}
    assert fields == {"RUNNABLE_POD": "metadata.name", "RUNNABLE_NODE": "spec.nodeName"}
    assert found["AWS_ACCESS_KEY_ID"]["valueFrom"]["secretKeyRef"] == {"name": "keys", "key": "AWS_ACCESS_KEY_ID"}
    (pod,) = [t["container"] for t in document["spec"]["templates"] if "container" in t]
    assert pod["args"][-2] == "--parameters"
    assert "workflow.parameters['x']" in pod["args"][-1]
    assert "unread" not in pod["args"][-1]


def test_every_task_has_its_place_in_the_record_and_what_has_no_record_has_none():
    branches = parallel("p", left=(python("a"),), right=(stub("s"), python("b")))
    document = compiled(branches, fan_out("m", python("c")), loop("l", python("d")), parameters={"xs": []})
    places = {name: spec.get("place") for name, spec in specs(document).items()}
    assert places == {"p.left.a": [0, 0, 0], "p.right.b": [0, 1, 1], "m.*.c": [1, 0, 0], "l.*.d": [2, 0, 0]}


def test_tasks_know_the_numbers_of_items_that_they_read_nothing_of():
    (call,) = templates(compiled(fan_out("m", python("c")), parameters={"xs": []}))["m"]["dag"]["tasks"]
    assert arguments(call)["in"] == '["number",{{item}}]'


@pytest.mark.parametrize("run_log", [Section("buffered"), Section("file-system"), Section("chunked-fs")])
def test_a_store_on_a_machine_is_not_for_pods(run_log):
    document = compiled(python("a"), run_log=run_log)
    assert not {"RUNNABLE_RUN_LOG", "RUNNABLE_POD", "RUNNABLE_NODE"} & {*environment(document)}
    assert "place" not in specs(document)["a"]


def test_a_volume_has_records_too():
    document = compiled(
        python("a"), run_log=Section("chunked-fs"), catalog=FOLDER, configuration={"pvc_for_runnable": "data"}
    )
    assert json.loads(environment(document)["RUNNABLE_RUN_LOG"]["value"]) == {"url": "/mnt/runnable/run-log"}


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ({**KEYS, "endpoint_url": "http://localhost:9000"}, "run-log-store.config.endpoint_url"),
        (
            {"bucket": "b", "aws_access_key_id": "k", "aws_secret_access_key": "s"},
            "run-log-store.config.aws_access_key_id",
        ),
        ({**KEYS, "bucket": "{{x}}"}, "run-log-store.config"),
        ({**KEYS, "credentials_secret": "others"}, "run-log-store.config.credentials_secret"),
    ],
)
def test_a_store_that_pods_cannot_reach_is_refused(keys, said):
    catalog = CatalogSettings(StoreSettings("s3://bucket"), secret="keys")
    with pytest.raises(ConfigurationError, match=said):
        compiled(python("a"), run_log=Section("chunked-s3", keys), catalog=catalog)


def test_a_step_does_not_replace_the_credentials_of_the_store():
    with pytest.raises(DefinitionError, match="env has 'AWS_ACCESS_KEY_ID', which the store's credentials have"):
        compiled(python("a", env=(("AWS_ACCESS_KEY_ID", "x"),)))
    with pytest.raises(ConfigurationError, match=r"env.AWS_ACCESS_KEY_ID.*of the Secret 'keys', have this variable"):
        compiled(python("a"), configuration={"env": {"AWS_ACCESS_KEY_ID": "x"}})
