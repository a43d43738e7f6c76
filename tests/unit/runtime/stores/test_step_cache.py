"""A pod takes from the store what an earlier one has left that was given the same, and else runs."""

import json
import os
import threading
import time
from pathlib import Path

import pytest

from runnable_runtime import artifacts, container, protocol
from runnable_runtime.protocol import Lookup, ReturnSpec, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings, open_location
from runnable_runtime.stores.step_cache import FOLDER
from runnable_runtime.stores.storage import Storage
from runnable_runtime.values.parameters import encode_lines
from tests.support.s3 import empty, new_prefix

STEPS = """if True:
    import os
    from pathlib import Path
    class Model:
        def __init__(self, n): self.n = n
    def fit(n: int = 1, model=None):
        with open(os.environ["CALLS"], "a") as calls: calls.write("x")
        source = Path("in.txt")
        text = source.read_text() if source.exists() else ""
        Path("out.txt").write_text(f"made of {n} {text}")
        tool = Path("tool.sh")
        tool.write_text("#!/bin/sh")
        tool.chmod(0o755)
        return Model(n), n, list(range(5000))
"""
RETURNS = tuple(map(ReturnSpec.decode, ("object:model", "metric:n", "many")))


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def store(request, tmp_path):
    if request.param == "folder":
        yield StoreSettings(str(tmp_path / "store"))
        return
    url = new_prefix()
    yield StoreSettings(url, os.environ.get("AWS_ENDPOINT_URL", ""))
    empty(url)


@pytest.fixture
def pod(store, tmp_path, monkeypatch):
    """Runs the step as the pod of a run does, in a working folder of its own, whose files are `files`."""
    calls = tmp_path / "calls"
    calls.touch()
    monkeypatch.setenv("CALLS", str(calls))
    monkeypatch.setenv(protocol.STORE_VARIABLE, store.encode())

    def run(run_id, *, digest="code", max_age=0, get=(), put=("out.txt", "tool.sh"), **given):
        folder = tmp_path / f"{run_id}-{time.monotonic_ns()}"
        folder.mkdir()
        (folder / "steps_of_pod.py").write_text(STEPS)
        monkeypatch.chdir(folder)
        monkeypatch.syspath_prepend(str(folder))
        monkeypatch.setenv(protocol.RUN_ID_VARIABLE, run_id)
        monkeypatch.delenv(protocol.INSIDE_TASK, raising=False)
        spec = TaskSpec("python", "steps_of_pod:fit", "fit", RETURNS, get=get, put=put, lookup=Lookup(digest, max_age))
        assert TaskSpec.from_json(json.dumps(spec.to_json())) == spec
        before = calls.stat().st_size
        result = container.run(spec, encode_lines(given), tmp_path / "scratch")
        return result, calls.stat().st_size - before

    return run


def put(store, run_id, path, content):
    open_location(store).write(f"{run_id}/{path}", content.encode())


def entries(store):
    return list(open_location(store).entries(FOLDER))


def test_files_objects_and_values_are_taken_and_are_the_runs_own(pod, store):
    first, calls = pod("one", n=3)
    assert (calls, first.reused) == (1, "")
    second, calls = pod("two", n=3)
    assert (calls, second.reused) == (0, "one/fit")
    for entry in list(open_location(store).entries("one")):
        open_location(store).delete(entry.key)  # the run that they came from may be removed
    objects = Objects(Storage(store, "two"))
    assert objects.load(second.outputs["model"], "model").n == 3
    assert objects.load(second.outputs["many"], "many") == list(range(5000))
    assert (second.outputs["n"], second.metrics, second.inputs) == (3, ("n",), {"n": 3})
    assert open_location(store).read("two/out.txt") == b"made of 3 "
    assert open_location(store).size("two/.runnable/executable/tool.sh") == 0
    assert second.depends == first.depends
    assert list(first.depends) == ["code, image and environment", "parameter n"]


def test_what_it_is_given_counts_by_content(pod, store):
    for run_id, content in (("one", "a"), ("two", "a"), ("three", "b")):
        put(store, run_id, "in.txt", content)
    calls = [pod(run_id, get=("in.txt",), n=1)[1] for run_id in ("one", "two", "three")]
    assert calls == [1, 0, 1]
    other = [pod(run_id, **given)[1] for run_id, given in (("1", {"n": 1}), ("2", {"n": 2}), ("3", {"digest": "d"}))]
    assert other == [1, 1, 1]


def test_an_object_counts_by_its_content_and_not_by_its_place(pod, store):
    models = {run_id: Objects(Storage(store, run_id, "before")).save(value, "model") for run_id, value in
              (("one", {"a": 1}), ("two", {"a": 1}), ("three", {"a": 2}))}  # fmt: skip
    assert [pod(run_id, model=model)[1] for run_id, model in models.items()] == [1, 0, 1]


def test_an_entry_is_good_for_so_long(pod, store):
    assert [pod(run_id, max_age=60)[1] for run_id in ("one", "two")] == [1, 0]
    time.sleep(1.1 if store.is_folder else 3.1)  # servers count in whole seconds
    assert [pod(run_id, max_age=1)[1] for run_id in ("three", "four")] == [1, 0]


def damaged(store):
    (entry,) = entries(store)
    data = open_location(store).read(entry.key)
    return entry.key, data


DAMAGE = {
    "cut": lambda store, key, data: store.write(key, data[:-20]),
    "changed": lambda store, key, data: store.write(key, data.replace(b"fit", b"fat")),
    "empty": lambda store, key, data: store.write(key, b""),
    "its file is gone": lambda store, key, data: store.delete("one/out.txt"),
    "its file is another": lambda store, key, data: store.write("one/out.txt", b"other"),
    "its run is gone": lambda store, key, data: [store.delete(e.key) for e in list(store.entries("one"))],
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_entry_is_none_and_the_next_one_is_good(damage, pod, store, capfd):
    pod("one", n=3)
    damage(open_location(store), *damaged(store))
    result, calls = pod("two", n=3)
    assert (calls, result.reused) == (1, "")
    assert "cache: the step runs: " in capfd.readouterr().err
    result, calls = pod("three", n=3)
    assert (calls, result.reused) == (0, "two/fit")
    assert open_location(store).read("three/out.txt") == b"made of 3 "


def test_what_argo_lists_of_a_step_is_there_although_it_did_not_run(pod, tmp_path, monkeypatch):
    kept = tmp_path / "artifacts"
    of = artifacts.Artifacts.of
    monkeypatch.setattr(artifacts.Artifacts, "of", lambda text: of(text, str(kept)))
    pod("one", n=3)
    monkeypatch.setenv(protocol.ARTIFACTS_VARIABLE, json.dumps({"files": {"out.txt": "out.txt"}}))
    _, calls = pod("two", n=3)
    assert (calls, (kept / "out.txt").read_text()) == (0, "made of 3 ")


def test_many_that_write_at_once_leave_one_whole_entry(store):
    from runnable_runtime.stores.step_cache import StepCache

    def writer(number):
        StepCache(Storage(store, f"run-{number}", "fit"), Lookup("d"), {"a": "b"}).keep({"n": number}, [], [])

    threads = [threading.Thread(target=writer, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    taken = StepCache(Storage(store, "last", "fit"), Lookup("d"), {"a": "b"}).take()
    assert taken is not None
    assert taken.place == f"run-{taken.outputs['n']}/fit"
    assert len(entries(store)) == 1


def test_a_store_that_cannot_be_written_to_is_no_failure_of_the_step(pod, store, monkeypatch, capfd, tmp_path):
    if not store.is_folder:
        pytest.skip("of folders")
    Path(store.url).mkdir()
    Path(store.url, FOLDER).write_text("in the way")
    assert pod("one", n=3)[1] == 1
    assert "is not kept for other runs" in capfd.readouterr().err
