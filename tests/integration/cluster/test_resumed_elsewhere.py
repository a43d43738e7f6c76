"""A run that failed on a cluster goes on on this machine, and the other way round, from records in one bucket.

On the cluster there is no pod for what has finished.
"""

import json
import os
from collections import Counter
from dataclasses import replace

import pytest
import yaml

from runnable.cli import main
from runnable.configuration import Configuration, Section, read_catalog
from runnable.ir.nodes import BODY, Edge, FanOut, Graph, On
from runnable.ir.unit import CompilationUnit
from runnable.runs.stores.settings import open_store
from tests.conformance.test_corpus import built
from tests.conformance.test_resumed import Died, session
from tests.conformance.test_resumed_from_pods import left_by_pods, stored
from tests.integration.cluster.test_argo_corpus import without_numbers
from tests.support import clusters
from tests.support.argo_programs import program, shell
from tests.support.paths import ROOT
from tests.support.s3 import empty, new_prefix
from tests.support.selection import representative

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
    pytest.mark.skipif(not os.environ.get("AWS_ENDPOINT_URL"), reason="AWS_ENDPOINT_URL names no S3 server"),
]
GOES_ON = "examples/09-retry/goes_on.py"


def opened(sections, file):
    return open_store(Configuration(file, {"run-log-store": sections["run_log"]}))


@pytest.fixture
def stores(tmp_path, monkeypatch):
    """Sections of a configuration with stores of this test's own, and a file that has them for this machine."""
    monkeypatch.chdir(ROOT)
    url, endpoint = new_prefix(), os.environ["AWS_ENDPOINT_URL"]
    keys = {"bucket": url.removeprefix("s3://"), "endpoint_url": endpoint, "credentials_secret": "s3-credentials"}
    found = {
        "run_log": Section("chunked-s3", {**keys, "bucket": f"{keys['bucket']}/runs"}),
        "catalog": Section("s3", {**keys, "bucket": f"{keys['bucket']}/data"}),
    }
    file = tmp_path / "here.yaml"
    sections = {"run-log-store": found["run_log"], "catalog": found["catalog"]}
    file.write_text(yaml.safe_dump({name: {"type": s.type, "config": dict(s.config)} for name, s in sections.items()}))
    yield found, str(file)
    empty(url)


def shown(capsys, run, file):
    capsys.readouterr()
    assert main(["show", run, "-c", file, "--format", "json"]) == 0
    return json.loads(capsys.readouterr().out)


def attempts(record):
    return {s["path"]: [a["status"] for a in s["attempts"]] for s in record["steps"] if "attempts" in s}


def test_a_run_that_failed_on_a_cluster_goes_on_here(stores, monkeypatch, capsys):
    sections, file = stores
    finished = clusters.wait(clusters.start(clusters.compiled(clusters.built_example(GOES_ON), **sections)))
    assert finished.phase == "Failed"
    before = shown(capsys, finished.name, file)
    assert before["status"] in ("failed", "gone"), "its workflow is being deleted"
    assert before["workflow"] == f"{clusters.NAMESPACE}/{finished.name}"
    assert attempts(before) == {
        "list orders": ["succeeded"],
        "each order.0.price": ["succeeded"],
        "each order.1.price": ["failed"],
        "each order.2.price": ["succeeded"],
    }
    assert len(finished.pods) == 4

    monkeypatch.setenv("PRICES", "known")
    assert main(["retry", finished.name, "-c", file]) == 0
    assert "has changed since" not in capsys.readouterr().err
    after = shown(capsys, finished.name, file)
    assert after["status"] == "succeeded"
    assert attempts(after) == {
        **attempts(before),
        "each order.1.price": ["failed", "succeeded"],
        "total": ["succeeded"],
    }
    assert {s["path"]: s["status"] for s in after["steps"]}["each order"] == "succeeded"


def paths_of(finished):
    """The steps that pods have run, by their paths without numbers."""
    given = [{p["name"]: p.get("value", "") for p in pod["inputs"]["parameters"]} for pod in finished.pods]
    return Counter(json.loads(parameters["spec"])["name"] for parameters in given)


def test_a_run_that_failed_here_goes_on_on_a_cluster_without_pods_for_what_has_finished(stores, monkeypatch, capsys):
    sections, file = stores
    assert main(["run", GOES_ON, "-c", file, "--run-id", "here"]) == 1
    text = clusters.compiled(clusters.built_example(GOES_ON), retry="here", env={"PRICES": "known"}, **sections)
    finished = clusters.wait(clusters.start(text))
    assert finished.phase == "Succeeded"
    assert paths_of(finished) == {"each order.*.price": 1, "total": 1}
    record = shown(capsys, "here", file)
    assert record["workflow"] == f"{clusters.NAMESPACE}/{finished.name}"
    assert attempts(record) == {
        "list orders": ["succeeded"],
        "each order.0.price": ["succeeded"],
        "each order.1.price": ["failed", "succeeded"],
        "each order.2.price": ["succeeded"],
        "total": ["succeeded"],
    }
    assert [one["status"] for one in record["earlier"]] == ["failed"]
    assert record["steps"][-1]["attempts"][-1]["outputs"] == {"sum": 16}


CASES = [
    ("three kinds in a reduced map", 3),
    ("loop over a map over a parallel", 5),
    ("loop in map", 3),
    ("conditional in map", 2),
    ("handled in map", 3),
    ("a Parallel is handled", 3),
    ("handled in loop", 6),
    ("map in loop", 3),
]
IN_CI = ["handled in map", "a Parallel is handled", "handled in loop", "map in loop"]


@pytest.mark.parametrize(("name", "dies_at"), representative(CASES, [case for case in CASES if case[0] in IN_CI]))
def test_whatever_was_done_here_has_no_pod_and_the_end_is_the_same(name, dies_at, stores):
    """The pods are those of the tasks that a further session here would run, and return what these return."""
    sections, file = stores
    found, store = built(name), opened(sections, file)
    with pytest.raises(Died):
        session(found, store, Counter(), dies_at=dies_at)
    record = store.read("the-run")
    left = Counter()
    whole = session(found, stored(record), left)

    finished = clusters.wait(clusters.start(clusters.compiled(found, retry="the-run", **sections)))
    assert finished.phase == "Succeeded"
    tasks = {path: step for path, step in whole.steps.items() if step.attempts and step.kind != "stub"}
    assert paths_of(finished) == Counter(without_numbers(path) for path in left if path in tasks)
    now = left_by_pods(store.read("the-run")).steps
    assert {path: (s.status, dict(s.outputs)) for path, s in now.items()} == {
        path: (s.status, dict(s.outputs)) for path, s in tasks.items()
    }


def test_a_failure_whose_handler_was_stopped_stays_one_without_a_pod(stores):
    """In a map: what its item's number decides there is an error, or none."""
    sections, file = stores
    body = Graph(
        BODY,
        (
            shell("t", "test $item = 8"),
            shell("after"),
            shell("mend"),
            shell("again"),
        ),
        (Edge("t", "after"), Edge("t", "mend", On.FAILURE), Edge("mend", "again")),
    )
    found = CompilationUnit(program(FanOut("m", body, "xs", "item"), shell("end"), xs=[7, 8, 9]))
    store, started = opened(sections, file), Counter()
    with pytest.raises(Died):
        session(found, store, started, dies_at=2)
    assert list(started) == ["m.0.t", "m.0.mend"]
    finished = clusters.wait(clusters.start(clusters.compiled(found, retry="the-run", **sections)))
    assert finished.phase == "Succeeded"
    assert paths_of(finished) == {"m.*.t": 2, "m.*.after": 1, "m.*.mend": 1, "m.*.again": 2, "end": 1}


def test_objects_are_found_where_they_were_left(stores, tmp_path):
    sections, file = stores
    found, store = (
        clusters.built_example("examples/03-parameters/objects.py"),
        opened(sections, file),
    )
    catalog = read_catalog(Configuration(file, {"catalog": sections["catalog"]}))
    with pytest.raises(Died):
        session(found, store, Counter(), dies_at=4, catalog=catalog)
    record, left = store.read("the-run"), Counter()
    ended = session(found, stored(record), left, catalog=catalog)
    finished = clusters.wait(clusters.start(clusters.compiled(found, retry="the-run", **sections)))
    assert finished.phase == ("Succeeded" if ended.status == "succeeded" else "Failed")
    assert paths_of(finished) == Counter(without_numbers(path) for path in left if ended.steps[path].kind != "stub")


@pytest.mark.thorough  # test_replay_of_workflows finds such objects here too
def test_objects_that_pods_left_are_found_here(stores, monkeypatch):
    """Of a run that has succeeded there, what stands behind the loop is taken away, as if it had not come to it."""
    sections, file = stores
    found, store = (
        clusters.built_example("examples/03-parameters/objects.py"),
        opened(sections, file),
    )
    catalog = read_catalog(Configuration(file, {"catalog": sections["catalog"]}))
    finished = clusters.wait(clusters.start(clusters.compiled(found, **sections)))
    assert finished.phase == "Succeeded"
    record = store.read(finished.name)
    behind = [path for path, step in record.steps.items() if step.place[0] > record.steps["refine.0.improve"].place[0]]
    kept = {path: step for path, step in record.steps.items() if path not in behind}
    left = Counter()
    ended = session(found, stored(replace(record, steps=kept)), left, catalog=catalog, run_id=finished.name)
    assert ended.status == "succeeded"
    assert {path for path in left if ended.steps[path].kind != "stub"} == set(behind)
    values = [{path: str(dict(one.steps[path].outputs)) for path in ("judge", "report")} for one in (ended, record)]
    assert values[0] == values[1]


def test_a_run_that_failed_on_a_cluster_goes_on_on_a_cluster(stores, capsys):
    sections, file = stores
    example = clusters.built_example(GOES_ON)
    first = clusters.wait(clusters.start(clusters.compiled(example, **sections)))
    assert first.phase == "Failed"
    text = clusters.compiled(example, retry=first.name, env={"PRICES": "known"}, **sections)
    second = clusters.wait(clusters.start(text))
    assert second.phase == "Succeeded"
    assert paths_of(second) == {"each order.*.price": 1, "total": 1}
    record = shown(capsys, first.name, file)
    assert record["workflow"] == f"{clusters.NAMESPACE}/{second.name}"
    assert attempts(record)["each order.1.price"] == ["failed", "succeeded"]
