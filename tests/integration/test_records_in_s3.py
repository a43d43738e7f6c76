"""Records in a bucket: runs, retries, logs, and a server that goes away and comes back."""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import ConfigurationError, OutputError
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.runs.resume.request import request
from runnable.runs.stores import STORES
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import RunRecord
from runnable_runtime.stores import s3
from tests.support.local_runs import call, parallel, program
from tests.support.proxy import Proxy, proxied
from tests.support.s3 import new_prefix

pytestmark = pytest.mark.s3


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with proxied(os.environ.get("AWS_ENDPOINT_URL", "")) as one:
        yield one


@pytest.fixture
def bucket() -> str:
    return new_prefix().removeprefix("s3://")


def open_store(bucket: str, endpoint: str) -> RunLogStore:
    return STORES["chunked-s3"].open(STORES["chunked-s3"].settings(bucket=bucket, endpoint_url=endpoint))


def execute(
    store: RunLogStore, one: Any, functions: dict[str, Callable[..., Any]], *, concurrent: bool = False
) -> RunRecord:
    resumption = request(store, "r", {}, rerun_changed=False) if store.runs() else None
    named = {f"functions:{name}": function for name, function in functions.items()}
    record = run(one, named, LocalSettings(enable_parallel=concurrent), store, run_id="r", resumption=resumption)
    assert store.read("r") == record, "what is stored is what is returned"
    return record


@pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])
def test_a_run_is_recorded_in_a_bucket_and_goes_on_from_it(
    bucket: str, tmp_path: Path, concurrent: bool, capfd: pytest.CaptureFixture[str]
) -> None:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    broken = tmp_path / "broken"
    broken.touch()

    def flaky() -> int:
        print("flaky")
        if broken.exists():
            raise ValueError("broken")
        return 3

    one = program(parallel("p", a=(call("a", returns="x"),), b=(call("flaky", returns="y"),)), call("add", reads="x y"))
    functions = {"a": lambda: print("a") or 4, "flaky": flaky, "add": lambda x, y: print(x + y)}
    assert execute(open_store(bucket, endpoint), one, functions, concurrent=concurrent).status == "failed"
    broken.unlink()
    record = execute(open_store(bucket, endpoint), one, functions, concurrent=concurrent)
    assert record.status == "succeeded"
    assert {path: len(s.attempts) for path, s in record.steps.items() if s.attempts} == {
        "p.a.a": 1,
        "p.b.flaky": 2,
        "add": 1,
    }
    assert record.folder == f"s3://{bucket}/r"

    (tmp_path / "config.yaml").write_text(
        f"run-log-store: {{type: chunked-s3, bucket: {bucket}, endpoint_url: '{endpoint}'}}\n"
    )
    capfd.readouterr()
    assert main(["logs", "latest", "add", "-c", str(tmp_path / "config.yaml")]) == 0
    assert capfd.readouterr().out == "7\n"
    assert main(["logs", "r", "flaky", "--attempt", "1", "-c", str(tmp_path / "config.yaml")]) == 0
    log = capfd.readouterr().out.splitlines()
    assert (log[:2], log[-1]) == (["flaky", "Traceback (most recent call last):"], "ValueError: broken")
    assert main(["runs", "--format", "json", "-c", str(tmp_path / "config.yaml")]) == 0
    assert [(one["run_id"], one["status"]) for one in json.loads(capfd.readouterr().out)] == [("r", "succeeded")]


def test_an_id_that_is_taken_in_the_bucket_is_refused(bucket: str) -> None:
    store = open_store(bucket, os.environ.get("AWS_ENDPOINT_URL", ""))
    run(program(call("a")), {"functions:a": print}, LocalSettings(), store, run_id="r")
    with pytest.raises(ConfigurationError, match="RN405"):
        run(program(call("a")), {"functions:a": print}, LocalSettings(), store, run_id="r")


def test_a_server_that_is_away_for_a_while_only_makes_the_run_wait(bucket: str, proxy: Proxy) -> None:
    def away() -> None:
        proxy.leave()
        threading.Timer(3, proxy.return_).start()

    one = program(call("away"), call("a", returns="x"), call("b", reads="x"))
    record = execute(open_store(bucket, proxy.url), one, {"away": away, "a": lambda: 1, "b": print})
    assert record.status == "succeeded"


def test_a_server_that_stays_away_ends_the_run_with_a_clear_error_and_it_goes_on_later(
    bucket: str, proxy: Proxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_ATTEMPTS", 2)
    ran: list[str] = []
    functions = {
        "a": lambda: ran.append("a") or 1,
        "leave": lambda: proxy.leave() if ran.count("leave") < 1 and not ran.append("leave") else None,
        "b": lambda x: ran.append("b"),
    }
    one = program(call("a", returns="x"), call("leave"), call("b", reads="x"))
    with pytest.raises(OutputError, match=r"cannot write the run's record in s3://.*the store .* cannot be used"):
        execute(open_store(bucket, proxy.url), one, functions)
    assert ran == ["a", "leave"]
    proxy.return_()
    monkeypatch.setattr("runnable.runs.owners.is_dead", lambda owner: True)  # this process stands in for another
    record = execute(open_store(bucket, proxy.url), one, functions)
    assert record.status == "succeeded"
    assert ran == ["a", "leave", "b"], "the step of which nothing could be recorded ran again"
    assert [len(record.steps[name].attempts) for name in ("a", "b")] == [1, 1]


def test_a_store_that_cannot_be_reached_is_told_before_anything_runs(
    bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3, "_ATTEMPTS", 1)
    ran: list[int] = []
    with pytest.raises(OutputError, match="cannot write the run's record in s3://"):
        run(
            program(call("a")),
            {"functions:a": lambda: ran.append(1)},
            LocalSettings(),
            open_store(bucket, "http://127.0.0.1:9"),
            run_id="r",
        )
    assert ran == []


def test_a_run_is_followed_by_the_versions_of_its_parts(bucket: str) -> None:
    from runnable.runs.stores.following import following
    from runnable_runtime.records.records import Status
    from tests.support.synthetic import run as recorded
    from tests.support.synthetic import step

    kind = STORES["chunked-s3"]
    store = kind.open(kind.settings(bucket=bucket))
    one, other = step("a", (0,), 0, 1), step("b", (1,), 1, 2)
    writer = store.create(recorded(one, status=Status.RUNNING, ended=None))
    writer.write_step(one)
    follower = following(store, "calm-fjord")
    assert (first := follower.update()) is not None
    assert list(first.steps) == ["a"]
    assert follower.update() is None
    writer.write_step(other)
    assert (found := follower.update()) is not None
    assert list(found.steps) == ["a", "b"]
    assert found.steps["a"] is first.steps["a"], "it is not read once more"
    writer.write_run(recorded(one, other))
    writer.close()
    assert (ended := follower.update()) is not None
    assert ended == store.read("calm-fjord")
