"""The store of files, objects and large values, as pods get at it."""

import json
from dataclasses import replace

import pytest

from runnable.configuration import CatalogSettings
from runnable.configuration.catalog import NO_CATALOG
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Files
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.stores.settings import StoreSettings
from tests.support.argo_programs import (
    arguments,
    compile_one,
    compile_text,
    fan_out,
    loop,
    program,
    python,
    shell,
    stub,
    switch,
    tasks,
    templates,
)
from tests.support.manifests import problems

PUTS = replace(python("a"), files=Files(put=("a.csv",)))
S3 = StoreSettings("s3://bucket/pre", "http://s3:9000", key="k", secret="hidden")
BUCKET = CatalogSettings(S3, secret="keys")
DEFAULT = CatalogSettings(StoreSettings("/home/me/.catalog"), chosen=False)


def compiled(*nodes, catalog=BUCKET, configuration=None, **parameters):
    document = compile_one(program(*nodes, **parameters), catalog=catalog, configuration=configuration or {})
    assert problems(document) == []
    return document


def environment(document):
    return {e["name"]: e for e in document["spec"]["templateDefaults"]["container"]["env"]}


def test_pods_are_told_where_a_bucket_is_and_have_its_credentials_from_a_secret():
    document = compiled(PUTS)
    found = environment(document)
    assert json.loads(found["RUNNABLE_STORE"]["value"]) == {"url": "s3://bucket/pre", "endpoint": "http://s3:9000"}
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        assert found[name]["valueFrom"]["secretKeyRef"] == {"name": "keys", "key": name}
    assert found["AWS_SESSION_TOKEN"]["valueFrom"]["secretKeyRef"]["optional"] is True
    assert "hidden" not in json.dumps(document)


def test_without_a_secret_the_pods_have_credentials_of_their_own():
    found = environment(compiled(PUTS, catalog=CatalogSettings(StoreSettings("s3://bucket"))))
    assert "RUNNABLE_STORE" in found
    assert not [name for name in found if name.startswith("AWS")]


def test_the_other_keys_of_a_catalog_reach_the_pods():
    found = environment(compiled(PUTS, catalog=replace(BUCKET, folder="data", spill_above=100)))
    assert found["RUNNABLE_DATA_FOLDER"]["value"] == "data"
    assert found["RUNNABLE_SPILL_ABOVE"]["value"] == "100"


def test_a_volume_is_mounted_and_belongs_to_the_user():
    document = compiled(PUTS, catalog=DEFAULT, configuration={"pvc_for_runnable": "data"})
    spec = document["spec"]
    assert spec["volumes"][1] == {"name": "store", "persistentVolumeClaim": {"claimName": "data"}}
    assert spec["securityContext"]["fsGroup"] == 1000
    mounts = spec["templateDefaults"]["container"]["volumeMounts"]
    assert {"name": "store", "mountPath": "/mnt/runnable"} in mounts
    assert json.loads(environment(document)["RUNNABLE_STORE"]["value"]) == {"url": "/mnt/runnable/catalog"}


def test_without_a_store_a_manifest_says_nothing_of_one():
    text = compile_text(program(python("a", returns="x"), shell("b")), catalog=DEFAULT)
    assert "STORE" not in text
    assert "AWS" not in text
    assert "claimName" not in text


@pytest.mark.parametrize("node", [PUTS, replace(python("a"), returns=(ReturnSpec("x", "object"),))])
def test_a_step_that_needs_a_store_where_there_is_none_is_an_error(node):
    with pytest.raises(DefinitionError, match=r"step 'a' .* the target argo has no store for it") as caught:
        compile_text(program(node), catalog=DEFAULT)
    assert "catalog: {type: s3" in str(caught.value)
    assert "pvc_for_runnable" in str(caught.value)


def test_where_nothing_is_to_be_kept_no_files_are_moved_and_objects_are_an_error():
    text = compile_text(program(PUTS), catalog=NO_CATALOG)
    assert "a.csv" not in text
    with pytest.raises(DefinitionError, match="returns 'x' pickled"):
        compile_text(program(replace(python("a"), returns=(ReturnSpec("x", "object"),))), catalog=NO_CATALOG)


@pytest.mark.parametrize(
    ("catalog", "configuration", "said"),
    [
        (CatalogSettings(replace(S3, endpoint="http://localhost:9002"), secret="s"), {}, "catalog.config.endpoint_url"),
        (
            CatalogSettings(replace(S3, endpoint="http://127.0.0.1:1"), secret="s"),
            {},
            "give the address that pods have it under",
        ),
        (CatalogSettings(S3), {}, "credentials are in no manifest"),
        (CatalogSettings(replace(S3, url="s3://b/{{workflow.name}}"), secret="s"), {}, "'{{' is not allowed"),
        (replace(DEFAULT, folder="{{data}}"), {"pvc_for_runnable": "data"}, "'{{' is not allowed"),
        (BUCKET, {"pvc_for_runnable": "data"}, "the catalog is in a bucket"),
        (NO_CATALOG, {"pvc_for_runnable": "data"}, "the catalog is `do-nothing`"),
        (BUCKET, {"env": {"AWS_ACCESS_KEY_ID": "x"}}, "env.AWS_ACCESS_KEY_ID"),
    ],
)
def test_a_store_that_pods_cannot_have_is_an_error(catalog, configuration, said):
    with pytest.raises(ConfigurationError, match=said):
        compile_text(program(PUTS), catalog=catalog, configuration=configuration)


def test_a_step_does_not_replace_the_credentials_of_the_store():
    with pytest.raises(DefinitionError, match="env has 'AWS_SECRET_ACCESS_KEY', which the store's credentials have"):
        compile_text(program(python("a", env=(("AWS_SECRET_ACCESS_KEY", "x"),))), catalog=BUCKET)


def test_a_stub_is_a_pod_only_where_it_moves_files():
    document = compiled(PUTS, stub("s"), replace(stub("b"), files=Files(get=("a.csv",))))
    found = tasks(templates(document)["main"])
    assert "suspend" in templates(document)[found["s"]["template"]]
    assert "container" in templates(document)[found["b"]["template"]]
    assert json.loads(arguments(found["b"])["spec"])["get"] == ["a.csv"]


def test_tasks_in_a_map_get_its_input_so_that_they_know_the_item_that_they_are_for():
    inner = fan_out("inner", python("t"), iterate_on="ys", iterate_as="y")
    found = templates(compiled(fan_out("outer", inner), xs=[1], ys=[2]))
    (called,) = tasks(found["outer-item"]).values()
    assert "inputs.parameters.in" in arguments(called)["in"]
    (each,) = tasks(found[called["template"]]).values()
    assert arguments(each)["in"] == '{{inputs.parameters.in}}\n["number",{{item}}]'


def test_what_decides_stays_out_of_the_store():
    document = compiled(
        python("a", returns="side xs rows big"),
        switch("c", "side", left=[stub("l")], right=[stub("r")]),
        fan_out("m", fan_out("n", stub("s"), iterate_on="row", iterate_as="cell"), iterate_on="rows", iterate_as="row"),
        fan_out("k", stub("u"), iterate_on="xs"),
        loop("l", python("t", returns="done"), break_on="done"),
    )
    spec = json.loads(arguments(tasks(templates(document)["main"])["a"])["spec"])
    assert spec["inline"] == ["side", "rows"]
