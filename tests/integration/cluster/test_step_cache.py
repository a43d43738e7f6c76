"""Argo's cache of steps on a real controller: hits without a pod, misses after an edit, many items, a full cache."""

import contextlib
import json
import os
import uuid
from hashlib import sha256

import pytest

from runnable import Catalog, Map, Pipeline, ShellTask
from runnable.cluster.run_status import Recorder
from runnable.cluster.view import view
from runnable.configuration import Section
from runnable.frontend.build import build
from runnable.runs.stores import STORES
from tests.support import api, clusters
from tests.support.argo_programs import arguments, tasks, templates
from tests.support.manifests import read
from tests.support.s3 import empty, new_prefix

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
CONFIG_MAPS = f"api/v1/namespaces/{clusters.NAMESPACE}/configmaps"
NOW = "2026-01-01T00:00:00Z"


@pytest.fixture
def cache():
    """The name of a ConfigMap of this test's own."""
    name = f"cache-{uuid.uuid4().hex[:8]}"
    yield name
    with contextlib.suppress(AssertionError):  # nothing was kept
        api.request("DELETE", f"{CONFIG_MAPS}/{name}")


def filled(name, entries, labels=None):
    """Make the ConfigMap with `entries`."""
    metadata = {"name": name, "labels": {"workflows.argoproj.io/configmap-type": "Cache"} if labels is None else labels}
    api.create({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": entries}, clusters.NAMESPACE)


def entry(**outputs):
    out = {"name": "out", "value": json.dumps(outputs, separators=(",", ":"))}
    kept = {"nodeID": "earlier", "outputs": {"parameters": [out]}}
    return json.dumps({**kept, "creationTimestamp": NOW, "lastHitTimestamp": NOW})


def manifest(cache, *steps, run_log=None, **parameters):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(parameters)
    return clusters.compiled(unit, cache={"configMap": cache}, run_log=run_log)


def finished(cache, *steps, **options):
    return clusters.wait(clusters.start(manifest(cache, *steps, **options)))


def once(name="once", command="export at=$(date +%s.%N)", **options):
    return ShellTask(name=name, command=command, **{"returns": ["at"], "cache": True, **options})


def read_it(returns="seen", command="export seen=$at"):
    return ShellTask(name="read", command=command, returns=[returns])


def test_a_hit_starts_no_pod_and_is_read_as_before_and_a_miss_does(cache):
    both = once(), read_it()
    first, second = (finished(cache, *both, day="monday") for _ in range(2))
    assert [first.phase, second.phase] == ["Succeeded", "Succeeded"]
    assert len(first.pods) == 2
    assert [pod["templateName"] for pod in second.pods] == ["shell-returns"]
    assert second.node("once")["memoizationStatus"]["hit"] is True
    assert second.outputs() == {"read": first.outputs()["read"]}
    edited = finished(cache, once(command="export at=$(date +%s.%N); true"), read_it(), day="monday")
    other_day = finished(cache, *both, day="tuesday")
    variable = finished(cache, once(env={"LEVEL": "2"}), read_it(), day="monday")
    assert [len(one.pods) for one in (edited, other_day, variable)] == [2, 2, 2]


@pytest.mark.takes(120)
def test_three_hundred_items_take_no_pod(cache):
    body = once(returns=["n"], command="export n=${#order}").as_pipeline()
    orders = [f"order {number}" for number in range(300)]
    text = manifest(
        cache,
        Map(name="each", branch=body, iterate_on="orders", iterate_as="order"),
        read_it("total", 'export total=$(echo "$n" | tr -d "[] " | tr , + | xargs -I{} sh -c "echo \\$(({}))")'),
        orders=orders,
    )
    code = arguments(tasks(templates(read(text)[0])["each"])["once"])["code"]
    keys = [f"{code}-{sha256(_given(order).encode()).hexdigest()[:32]}" for order in orders]
    filled(cache, {key: entry(n=number) for number, key in enumerate(keys)})
    ended = clusters.wait(clusters.start(text))
    assert ended.phase == "Succeeded"
    assert len(ended.pods) == 1
    assert ended.outputs()["read"] == {"total": sum(range(300))}


def _given(order):
    """The line that an item is given, as it is in a key: without the item's position."""
    return f'["item","order","orders",["{order}"]]'


def test_what_does_not_fit_is_not_kept_and_the_step_succeeds(cache):
    filled(cache, {"other": entry(x="x" * (1024 * 1024 - 1000))})
    steps = (
        once(command="export at=$(head -c 2000 /dev/zero | tr '\\0' a)", retry=1),
        read_it(command="export seen=${#at}"),
    )
    first, second = (finished(cache, *steps) for _ in range(2))
    assert [first.phase, second.phase] == ["Succeeded", "Succeeded"]
    assert len(first.pods) == len(second.pods) == 2
    assert second.outputs()["read"] == {"seen": 2000}


def test_a_config_map_that_is_none_for_a_cache_fails_the_step_with_the_reason(cache):
    filled(cache, {}, labels={})
    ended = finished(cache, once())
    assert ended.phase in ("Failed", "Error")
    assert ended.pods == []
    assert "doesn't have workflows.argoproj.io/configmap-type label" in ended.node("once")["message"]


def test_a_step_that_fails_is_not_kept(cache):
    phases = [finished(cache, once(command="exit 1", returns=[])).phase for _ in range(2)]
    assert phases == ["Failed", "Failed"]


@pytest.mark.takes(70)
def test_the_record_says_which_step_came_from_the_cache(cache):
    if not (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        pytest.skip("AWS_ENDPOINT_URL names no S3 server")
    url = new_prefix()
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    kind = STORES["chunked-s3"]
    store = kind.open(kind.settings(**keys))

    def recorded(*steps):
        """The record of a run, when somebody has seen its end."""
        name = clusters.start(manifest(cache, *steps, run_log=Section("chunked-s3", keys)))
        Recorder(store).ended(view(clusters.ended(name)))
        clusters.delete(name)
        return store.read(name)

    try:
        first, second, third = recorded(once(), read_it()), recorded(once(), read_it()), recorded(once())
        (attempt,) = second.steps["once"].attempts
        assert attempt.reused.startswith(f"{cache}/once-")
        assert attempt.outputs == first.steps["once"].attempts[0].outputs
        assert second.steps["read"].attempts[0].outputs == first.steps["read"].attempts[0].outputs
        assert second.steps["read"].attempts[0].reused == ""
        assert (third.status, third.steps["once"].attempts[0].outputs) == ("succeeded", attempt.outputs)
    finally:
        empty(url)


@pytest.fixture
def bucket():
    """By its kind, a section of a configuration with a place of this test's own in the S3 server's bucket."""
    if not (endpoint := os.environ.get("AWS_ENDPOINT_URL")):
        pytest.skip("AWS_ENDPOINT_URL names no S3 server")
    url = new_prefix()
    place, common = url.removeprefix("s3://"), {"endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    kinds = {"s3": "catalog", "chunked-s3": "runs"}
    yield {kind: Section(kind, {"bucket": f"{place}/{part}", **common}) for kind, part in kinds.items()}
    empty(url)


def ended_with_store(found, bucket, cache):
    """The record of a run that has succeeded, and how many pods it took."""
    options = {"catalog": bucket["s3"], "run_log": bucket["chunked-s3"], "cache": {"configMap": cache}}
    ended = clusters.wait(clusters.start(clusters.compiled(found, **options)))
    assert ended.phase == "Succeeded"
    kind = STORES["chunked-s3"]
    return kind.open(kind.settings(**bucket["chunked-s3"].config)).read(ended.name), len(ended.pods)


@pytest.mark.takes(70)
def test_a_step_with_files_is_taken_from_the_store_by_its_pod_and_runs_after_an_edit_of_code_or_file(bucket, cache):
    def ended(content="a", command="date +%s%N > out.txt; export at=$(date +%s%N)"):
        steps = [
            ShellTask(name="write", command=f"echo {content} > in.txt", catalog=Catalog(put=["in.txt"])),
            once("fit", command, catalog=Catalog(get=["in.txt"], put=["out.txt"])),
            ShellTask(name="read", command="cat out.txt; export seen=$(cat out.txt)", returns=["seen"],
                      catalog=Catalog(get=["out.txt"])),
        ]  # fmt: skip
        found = build(Pipeline(name="p", steps=steps), __file__)
        assert not found.diagnostics
        record, pods = ended_with_store(found, bucket, cache)
        assert pods == 3  # the pod of the step starts, and finds it
        return record

    def returned(record):
        return record.steps["fit"].outputs["at"], record.steps["read"].outputs["seen"]

    first, second = ended(), ended()
    assert second.steps["fit"].attempts[-1].reused == f"{first.run_id}/fit"
    assert returned(second) == returned(first)
    others = [ended(content="b"), ended(command="true; date +%s%N > out.txt; export at=$(date +%s%N)")]
    assert [one.steps["fit"].attempts[-1].reused for one in (first, *others)] == ["", "", ""]
    assert len({returned(one) for one in (first, *others)}) == 3


def test_an_object_is_taken_from_the_store_and_read_by_the_next_step(bucket, cache):
    found = clusters.built_example("examples/14-caching/caching.py")
    (first, _), (second, _) = (ended_with_store(found, bucket, cache) for _ in range(2))
    attempts = [record.steps["fit"].attempts[-1] for record in (first, second)]
    assert [one.reused for one in attempts] == ["", f"{first.run_id}/fit"]
    assert attempts[0].outputs["model"].sha256 == attempts[1].outputs["model"].sha256
    assert second.steps["predict"].outputs == first.steps["predict"].outputs


def test_items_that_share_pods_are_taken_from_the_store_one_by_one(bucket, cache):
    def ended(*orders):
        body = once(returns=["at"], command="export at=$(date +%s%N)-$order").as_pipeline()
        steps = [Map(name="each", branch=body, iterate_on="orders", iterate_as="order", batch=2), read_it()]
        found = build(Pipeline(name="p", steps=steps), __file__)
        assert not found.diagnostics
        found.program.parameters["orders"] = list(orders)
        record, pods = ended_with_store(found, bucket, cache)
        assert pods == 3
        return [record.steps[f"each.{number}.once"].attempts[-1] for number in range(len(orders))]

    first, second = ended("a", "b", "c"), ended("c", "x", "a")
    assert [one.reused for one in first] == ["", "", ""]
    assert [bool(one.reused) for one in second] == [True, False, True]
    assert [second[0].outputs, second[2].outputs] == [first[2].outputs, first[0].outputs]
