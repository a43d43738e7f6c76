"""What is left of a run, for Argo: which data it takes along, and what is refused. No cluster takes part."""

from pathlib import Path

import pytest

from runnable.cli import main
from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.resume.finished import finished
from runnable.runs.resume.request import request
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.reference import Reference
from tests.integration.test_records_in_s3 import open_store as open_bucket
from tests.support.local_runs import call, open_store, program
from tests.support.s3 import new_prefix

LARGE = ["x" * 100] * 1000


def ran(tmp_path, one, functions, catalog):
    """The store with a run, called r, that has failed."""
    from runnable.executors.local.run import run
    from runnable.executors.settings import LocalSettings

    store = open_store(tmp_path / "log", "chunked-fs")
    named = {f"functions:{name}": function for name, function in functions.items()}
    assert run(one, named, LocalSettings(), store, run_id="r", catalog=catalog).status == "failed"
    return store, named


def fail():
    raise ValueError


def left(store, one, functions, catalog):
    found, _ = finished(one, functions, store, request(store, "r", {}, rerun_changed=False), catalog, "argo")
    return found


def test_a_value_that_is_too_large_for_a_manifest_is_put_into_the_store(tmp_path):
    catalog = CatalogSettings(StoreSettings(str(tmp_path / "data")))
    one = program(call("make", returns="large small"), call("fail", reads="large"))
    store, functions = ran(tmp_path, one, {"make": lambda: (LARGE, 1), "fail": lambda large: fail()}, catalog)
    outputs = left(store, one, functions, catalog).nodes["make"][()].outputs
    assert outputs["small"] == 1
    assert isinstance(outputs["large"], Reference)
    assert Objects(Storage(catalog.store, "r")).load(outputs["large"], "large") == LARGE


def test_without_a_store_for_it_nothing_is_compiled(tmp_path):
    one = program(call("make", returns="large"), call("fail", reads="large"))
    functions = {"make": lambda: LARGE * 2, "fail": lambda large: fail()}
    store, named = ran(tmp_path, one, functions, CatalogSettings(StoreSettings(str(tmp_path / "data"))))
    with pytest.raises(RecordUnusable, match=r"(?s)RN911.*'large' has .* bytes as JSON.*there is no store"):
        left(store, one, named, NO_CATALOG)


@pytest.mark.parametrize("other", [NO_CATALOG, CatalogSettings(StoreSettings("/nowhere"))])
def test_data_that_is_in_another_store_is_missed_before_anything_runs(tmp_path, other):
    one = program(call("make", returns="object:thing"), call("fail", reads="thing"))
    functions = {"make": lambda: {1, 2}, "fail": lambda thing: fail()}
    store, named = ran(tmp_path, one, functions, CatalogSettings(StoreSettings(str(tmp_path / "data"))))
    with pytest.raises(RecordUnusable, match="'thing' of what it has done is not in"):
        left(store, one, named, other)


PIPELINE = """
from runnable import Pipeline, ShellTask
make = ShellTask(name="make", command="export x=7", returns=["x"])
Pipeline(steps=[make, ShellTask(name="end", command="exit 1")]).execute()
"""


@pytest.mark.s3
def test_retry_with_a_configuration_for_argo_leaves_the_manifest_in_the_folder(tmp_path, monkeypatch, capsys):
    import os

    monkeypatch.chdir(tmp_path)
    Path("pipe.py").write_text(PIPELINE)
    bucket, endpoint = new_prefix().removeprefix("s3://"), os.environ["AWS_ENDPOINT_URL"]
    log = f"run-log-store: {{type: chunked-s3, bucket: {bucket}, endpoint_url: '{endpoint}'}}\n"
    Path("here.yaml").write_text(log)
    Path("argo.yaml").write_text(f"{log}pipeline-executor: {{type: argo}}\n")
    assert main(["run", "pipe.py", "-c", "here.yaml", "--run-id", "r"]) == 1
    before = open_bucket(bucket, endpoint).read("r")
    capsys.readouterr()
    assert main(["retry", "r", "-c", "argo.yaml"]) == 0
    assert "the run r is resumed: 1 of its 2 tasks have succeeded" in capsys.readouterr().err
    text = Path("argo-pipeline.yaml").read_text()
    assert "kind: Workflow\n" in text
    assert "value: '{\"x\":7}'" in text
    assert open_bucket(bucket, endpoint).read("r") == before, "compiling records nothing"
    assert main(["compile", "--retry", "r", "-c", "argo.yaml", "pipe.py"]) == 0
    assert capsys.readouterr().out == text
