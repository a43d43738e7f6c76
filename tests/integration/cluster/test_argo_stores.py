"""Files, objects and large values through a real S3 server, in pods of a real cluster: the same as on this machine.

AWS_ENDPOINT_URL is the server's address, which pods must reach; the Secret `s3-credentials` of the namespace is theirs.
"""

import json
import os
from collections import Counter

import pytest

from runnable.configuration import CatalogSettings
from runnable.configuration.sections import Section
from runnable.ir.nodes import PythonCall, Reads, Task
from runnable.ir.unit import CompilationUnit
from runnable.testing.result import with_values
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import Status
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import IN_A_POD, Storage
from runnable_runtime.values.parameters import decode_lines
from tests.conformance.test_corpus import built
from tests.integration.cluster.test_argo_corpus import without_numbers
from tests.support import clusters
from tests.support.argo_programs import program
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix
from tests.support.selection import representative

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
SECRET = "s3-credentials"
EXAMPLES = [
    "examples/03-parameters/large_values.py",
    "examples/03-parameters/objects.py",
    "examples/04-catalog/catalog.py",
    "examples/04-catalog/folders_and_globs.py",
    "examples/04-catalog/large.py",
    "examples/04-catalog/on_failure.py",
]
ON_A_VOLUME = [
    "examples/03-parameters/objects.py",
    "examples/04-catalog/folders_and_globs.py",
    "examples/04-catalog/large.py",
]
"""Those that CI compares on a volume only (test_volumes)."""
# those with a list that is made by a task, a condition on what a task returns, reducers, and fan-outs in each other
CORPUS = [
    "builtin reducer",
    "conditional in map",
    "loop in map",
    "map of a return",
    "map of lists",
    "reduced in loop",
    "three kinds in a reduced map",
]
SHOWN_BY_OTHERS = ["loop in map", "three kinds in a reduced map"]


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture
def bucket():
    """A store of this test's own: its settings, and the section of a configuration that has it."""
    url, endpoint = new_prefix(), os.environ["AWS_ENDPOINT_URL"]
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": SECRET}
    yield StoreSettings(url, endpoint), keys
    empty(url)


def run_there(found, keys, **configuration):
    return clusters.wait(clusters.start(clusters.compiled(found, catalog=Section("s3", keys), **configuration)))


def ran_there(finished, store):
    """By the path of the step, without numbers: how each pod ended, and what it returned."""
    load = Objects(Storage(store, finished.name)).load
    counted = Counter()
    for pod in finished.pods:
        given = {p["name"]: p.get("value", "") for p in pod["inputs"]["parameters"]}
        out = [p["value"] for p in pod.get("outputs", {}).get("parameters", []) if p["name"] == "out"]
        succeeded = pod["phase"] == "Succeeded"
        outputs = decode_lines(out[0]) if out and succeeded else {}
        shown = {name: repr(load(value, name)) for name, value in sorted(outputs.items())}
        counted[json.loads(given["spec"])["name"], succeeded, str(shown)] += 1
    return counted


def ran_here(found, tmp_path):
    from runnable.executors.local import run as backend
    from runnable.executors.settings import LocalSettings
    from runnable.runs.stores import STORES

    catalog, records = CatalogSettings(StoreSettings(str(tmp_path))), STORES["buffered"]
    store = records.open(records.settings())
    record = with_values(backend.run(found.program, found.functions, LocalSettings(), store, catalog=catalog), catalog)
    counted = Counter()
    for path, step in record.steps.items():
        # a stub that moves files is a pod there
        if step.attempts and (step.kind != "stub" or step.attempts[-1].files):
            shown = {name: repr(value) for name, value in sorted(step.outputs.items())}
            counted[without_numbers(path), step.status is Status.SUCCEEDED, str(shown)] += 1
    return record, counted


@pytest.mark.parametrize("example", representative(EXAMPLES, [e for e in EXAMPLES if e not in ON_A_VOLUME]))
def test_an_example_ends_as_it_does_here(example, bucket, tmp_path):
    store, keys = bucket
    found = clusters.built_example(example)
    finished = run_there(found, keys)
    record, expected = ran_here(found, tmp_path)
    assert (finished.phase == "Succeeded") == (record.status is Status.SUCCEEDED)
    assert ran_there(finished, store) == expected
    planned = clusters.planned(found, Section("s3", keys)).pods
    assert planned.least <= len(finished.pods), planned
    assert planned.most is None or len(finished.pods) <= planned.most


@pytest.mark.parametrize("name", representative(CORPUS, [name for name in CORPUS if name not in SHOWN_BY_OTHERS]))
def test_a_pipeline_ends_as_it_does_here_where_every_value_that_can_goes_through_the_store(name, bucket, tmp_path):
    store, keys = bucket
    found = built(name)
    finished = run_there(found, {**keys, "spill_above": 0})
    record, expected = ran_here(found, tmp_path)
    assert (finished.phase == "Succeeded") == (record.status is Status.SUCCEEDED)
    assert ran_there(finished, store) == expected


def test_credentials_are_in_no_manifest(bucket):
    _, keys = bucket
    found = clusters.built_example("examples/04-catalog/catalog.py")
    text = clusters.compiled(
        found, catalog=Section("s3", {**keys, "aws_access_key_id": "k", "aws_secret_access_key": "hidden"})
    )
    assert "hidden" not in text


def test_outputs_of_the_largest_size_are_handed_on_without_a_store_and_larger_ones_fail_with_what_to_do():
    for size in (IN_A_POD.largest, IN_A_POD.largest + 1):
        make = Task("make", PythonCall("operator", "mul"), Reads(("a", "b")), (ReturnSpec("obj"),))
        count = Task("count", PythonCall("builtins", "len"), Reads(("obj",)), (ReturnSpec("n"),))
        length = size - len('{"obj":""}')
        finished = clusters.wait(
            clusters.start(clusters.compiled(CompilationUnit(program(make, count, a="x", b=length))))
        )
        if size == IN_A_POD.largest:
            assert finished.phase == "Succeeded"
            assert finished.outputs()["count"] == {"n": length}
        else:
            assert finished.phase == "Failed"
            (pod,) = finished.pods
            said = f"'obj' has {length + 2:,} bytes as JSON, and a step can return {IN_A_POD.largest:,} in all"
            assert said in pod["message"]
            assert "there is no store" in pod["message"]
