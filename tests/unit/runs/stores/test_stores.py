"""Every store keeps records, and refuses what it must."""

from __future__ import annotations

import functools
import json
import multiprocessing
import os
import resource
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable.configuration import Configuration, Section
from runnable.diagnostics.errors import ConfigurationError, OutputError, RecordUnusable
from runnable.runs.stores import STORES, RunLogStore
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.runs.stores.file_system import FileSystemStore
from runnable.runs.stores.settings import open_store
from runnable_runtime.records.file_names import decode_path, encode_path
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now
from tests.support.s3 import new_prefix

FILE_STORES = {"file-system": FileSystemStore, "chunked-fs": ChunkedStore}
IN_A_BUCKET = pytest.param("chunked-s3", marks=pytest.mark.s3)
every = pytest.mark.parametrize("kind", ["buffered", *FILE_STORES, IN_A_BUCKET])
every_in_files = pytest.mark.parametrize("kind", sorted(FILE_STORES))


@functools.cache
def _prefix(folder: Path) -> str:
    return new_prefix().removeprefix("s3://")


def opened(kind: str, folder: Path) -> RunLogStore:
    settings = STORES[kind].settings
    if kind == "chunked-s3":
        return in_bucket(_prefix(folder))
    return STORES[kind].open(settings() if kind == "buffered" else settings(log_folder=str(folder)))


def in_bucket(prefix: str) -> RunLogStore:
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "")
    return STORES["chunked-s3"].open(STORES["chunked-s3"].settings(bucket=prefix, endpoint_url=endpoint))


def run_of(*paths: str, run_id: str = "r") -> RunRecord:
    steps = {path: StepRecord(path=path, kind=Kind.PYTHON) for path in paths}
    return RunRecord(run_id=run_id, pipeline="p", started=now(), parameters={"x": [1]}, steps=steps)


def ended(path: str, **outputs: object) -> StepRecord:
    attempt = AttemptRecord(number=1, started=now(), ended=now(), status=Status.SUCCEEDED, outputs=outputs)
    return StepRecord(path=path, kind=Kind.PYTHON, status=Status.SUCCEEDED, attempts=(attempt,))


@every
def test_what_was_written_last_about_each_thing_is_read_in_the_order_of_the_pipeline(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    run = run_of("b", "a", "c/d e.ü")
    writer = store.create(run)
    writer.write_step(replace(run.steps["a"], status=Status.RUNNING))
    done = [ended("c/d e.ü", y="\ud800 and \u2028"), ended("a", x={"k": None})]
    for step in done:
        writer.write_step(step)
    last = replace(run, status=Status.FAILED, ended=now(), message="a failed")
    writer.write_run(last)
    writer.close()

    record = store.read("r")
    assert list(record.steps) == ["b", "a", "c/d e.ü"]
    assert record == replace(last, steps={"b": run.steps["b"], "a": done[1], "c/d e.ü": done[0]})
    assert store.runs() == ("r",)


@every
def test_steps_that_become_known_later_are_created_together(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    writer = store.create(run_of("each"))
    created = [StepRecord(path=f"each.{n}", kind=Kind.PIPELINE, place=(0, n)) for n in range(300)]
    writer.write_created(created)
    writer.write_step(replace(created[7], status=Status.RUNNING))
    writer.close()
    steps = store.read("r").steps
    assert [steps[one.path] for one in created if one is not created[7]] == [*created[:7], *created[8:]]
    assert steps["each.7"].status is Status.RUNNING
    if kind == "chunked-fs":
        assert len([*(tmp_path / "r").rglob("*.json")]) == 5, (
            "no file for each: run, plan, session, created, and one step"
        )


def test_what_a_file_has_of_a_step_that_is_written_hundreds_of_times_stays_small(tmp_path: Path) -> None:
    store = ChunkedStore(tmp_path)
    writer = store.create(run_of("a"))
    for number in range(300):
        writer.write_step(ended("a", number=number))
        assert (tmp_path / "r" / "steps" / "a.json").stat().st_size < 5_000
    writer.close()
    assert store.read("r").steps["a"].outputs == {"number": 299}


@every
def test_a_run_that_is_under_way_can_be_read(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    writer = store.create(run_of("a", "b"))
    writer.write_step(ended("a"))
    assert store.is_active("r")
    record = store.read("r")
    assert (record.status, record.steps["a"].status, record.steps["b"].status) == ("running", "succeeded", "created")


@every
def test_a_run_whose_writer_has_ended_can_be_gone_on_with_and_one_that_has_a_writer_cannot(
    kind: str, tmp_path: Path
) -> None:
    store = opened(kind, tmp_path)
    writer = store.create(run_of("a", "b"))
    writer.write_step(ended("a", x=1))
    with pytest.raises(RecordUnusable, match="RN904"):
        store.resume("r")
    writer.close()
    assert not store.is_active("r")
    record, again = store.resume("r")
    assert record.steps["a"].outputs == {"x": 1}
    assert store.is_active("r")
    again.write_code("digest", {"pipe.py:f": "1"})
    again.write_step(ended("b", x=2))
    again.close()
    assert store.read("r").steps["b"].outputs == {"x": 2}
    assert store.read("r").code == {"digest": {"pipe.py:f": "1"}}
    assert store.header("r").run_id == "r"


@pytest.mark.parametrize("kind", [*FILE_STORES, IN_A_BUCKET])
def test_logs_and_notebooks_are_kept_with_the_record(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    writer = store.create(run_of("a b"))
    assert writer.folder is not None
    (writer.folder / "logs").mkdir()
    (writer.folder / "logs" / "a%20b.1.log").write_bytes(b"printed \xff")
    writer.keep("logs/a%20b.1.log")
    writer.close()
    found = store.file("r", "logs/a%20b.1.log")
    assert found is not None
    with found:
        assert found.read() == b"printed \xff"
    assert store.file("r", "logs/other.1.log") is None


def processes(count: int, start: str = "fork") -> ProcessPoolExecutor:
    """Several processes; one that dies is an error. "spawn": with none of this one's threads and locks."""
    return ProcessPoolExecutor(count, multiprocessing.get_context(start))


def test_what_a_killed_maker_of_a_run_has_left_half_written_is_removed_by_the_next(tmp_path: Path) -> None:
    left = tmp_path / "r" / "run.json.123.tmp"
    left.parent.mkdir()
    left.write_text("{")
    opened("chunked-fs", tmp_path).create(run_of("a")).close()
    assert not left.exists()


@pytest.mark.parametrize("kind", [*FILE_STORES, IN_A_BUCKET])
def test_of_processes_that_go_on_with_one_run_at_once_one_does(kind: str, tmp_path: Path) -> None:
    opened(kind, tmp_path).create(run_of("a")).close()
    prefix = _prefix(tmp_path) if kind == "chunked-s3" else ""
    with processes(4, "spawn") as pool:
        resumed = list(pool.map(_resume, [kind] * 4, [tmp_path] * 4, [prefix] * 4, range(4)))
    assert sorted(resumed) == [False] * 3 + [True]


def _resume(kind: str, folder: Path, prefix: str, number: int) -> bool:
    store = in_bucket(prefix) if prefix else opened(kind, folder)
    try:
        store.resume("r")
    except RecordUnusable:
        (folder / f"{number}.refused").touch()
        return False
    ended = time.monotonic() + 60  # this process has it until the others have tried
    while len(list(folder.glob("*.refused"))) < 3 and time.monotonic() < ended:
        time.sleep(0.1)
    return True


@every
def test_an_id_that_is_taken_is_refused(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    store.create(run_of("a")).write_step(ended("a"))
    with pytest.raises(ConfigurationError, match="RN405"):
        store.create(run_of("b"))
    assert list(store.read("r").steps) == ["a"]


@every
def test_a_run_that_is_not_there_is_a_clear_error(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    store.create(run_of("a", run_id="brave-otter"))
    with pytest.raises(RecordUnusable, match="did you mean 'brave-otter'"):
        store.read("brave-oter")


@every_in_files
def test_of_processes_that_create_one_run_at_once_one_succeeds(kind: str, tmp_path: Path) -> None:
    with processes(6) as pool:
        created = list(pool.map(_create, [kind] * 6, [tmp_path] * 6))
    assert sorted(created) == [False] * 5 + [True]


def _create(kind: str, folder: Path) -> bool:
    try:
        opened(kind, folder).create(run_of("a"))
    except ConfigurationError:
        return False
    return True


def test_several_processes_write_one_chunked_run_without_loss(tmp_path: Path) -> None:
    paths = [f"branch{worker}.step{step}" for worker in range(4) for step in range(25)]
    ChunkedStore(tmp_path).create(run_of(*paths))
    with processes(4) as pool:
        list(pool.map(_write, [tmp_path] * 4, range(4)))
    record = ChunkedStore(tmp_path).read("r")
    assert list(record.steps) == paths
    assert {path: step.outputs for path, step in record.steps.items()} == {path: {"x": path} for path in paths}
    assert not list(tmp_path.rglob("*.tmp"))


def _write(folder: Path, worker: int) -> None:
    writer = ChunkedStore(folder).open("r")
    for step in range(25):
        path = f"branch{worker}.step{step}"
        for status in (Status.RUNNING, Status.SUCCEEDED):
            writer.write_step(replace(ended(path, x=path), status=status))


@every_in_files
def test_a_record_of_a_newer_version_is_refused_with_advice(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    store.create(replace(run_of("a"), schema_version=99))
    with pytest.raises(RecordUnusable, match="upgrade runnable"):
        store.read("r")


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_journal_s_torn_last_line_is_left_aside(tmp_path: Path, cut: int) -> None:
    store = FileSystemStore(tmp_path)
    writer = store.create(run_of("a", "b"))
    writer.write_step(ended("a", x=1))
    writer.write_step(ended("b", x=2))
    journal = tmp_path / "r" / "run.jsonl"
    journal.write_bytes(journal.read_bytes()[:-cut])
    record = store.read("r")
    assert record.steps["a"].outputs == {"x": 1}
    assert record.steps["b"].status == "created"


def test_a_reader_never_sees_a_torn_line_with_the_next_session_s_behind_it(tmp_path: Path) -> None:
    store = FileSystemStore(tmp_path)
    writer = store.create(run_of("a", "b"))
    writer.write_step(ended("a", x=1))
    writer.close()
    journal = tmp_path / "r" / "run.jsonl"
    torn = journal.read_bytes()[:-40]
    journal.write_bytes(torn)
    with journal.open("rb") as reader:
        record, again = store.resume("r")
        again.write_step(ended("b", x=2))
        assert reader.read() == torn
    assert record.steps["a"].status == "created"
    assert store.read("r").steps["b"].outputs == {"x": 2}
    assert not list(tmp_path.rglob("*.tmp"))


def test_a_line_that_is_damaged_in_the_middle_of_a_journal_is_left_out_and_told(tmp_path: Path) -> None:
    store = FileSystemStore(tmp_path)
    writer = store.create(run_of("a", "b"))
    writer.write_step(ended("a"))
    writer.write_step(ended("b"))
    journal = tmp_path / "r" / "run.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'{"step"', b'{"st#p', 1))
    record = store.read("r")
    assert (record.steps["a"].status, record.steps["b"].status) == ("created", "succeeded")
    assert [text.partition(":")[0] for text in record.damage] == ["line 3 of run.jsonl"]


def test_a_journal_only_grows_a_line_a_record(tmp_path: Path) -> None:
    writer = FileSystemStore(tmp_path).create(run_of("a"))
    for count in range(3):
        writer.write_step(ended("a", count=count))
        lines = (tmp_path / "r" / "run.jsonl").read_text().splitlines()
        assert len(lines) == 3 + count
        assert json.loads(lines[-1])["step"]["attempts"][0]["outputs"] == {"count": count}


@every_in_files
def test_a_log_folder_that_is_a_file_is_a_clear_error(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write the run's record in "):
        opened(kind, tmp_path / "file").create(run_of("a"))


@every_in_files
@pytest.mark.skipif(sys.platform != "linux", reason="limits the size of files, as a full disk would")
def test_a_full_disk_is_a_clear_error_and_what_was_written_stays(kind: str, tmp_path: Path) -> None:
    store = opened(kind, tmp_path)
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            import signal

            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            writer = store.create(run_of("a", "b"))
            writer.write_step(ended("a", x=1))
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            writer.write_step(ended("b", x="x" * 100_000))
        except OutputError as error:
            code = 0 if "cannot write the run's record" in str(error) else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    record = store.read("r")
    assert record.steps["a"].outputs == {"x": 1}
    assert record.steps["b"].status == "created"


@given(st.text(min_size=1, max_size=300).filter(lambda t: not any(0xD800 <= ord(c) < 0xE000 for c in t)))
def test_step_paths_become_safe_file_names(path: str) -> None:
    name = encode_path(path)
    assert len(name) <= 180
    assert not set(name) & set('/\\ :*?"<>|\0')
    assert not name.startswith(".")
    assert decode_path(name) in (path, None)


def test_long_paths_that_differ_at_their_ends_have_different_names() -> None:
    names = {encode_path("step." * 60 + end) for end in "abc"}
    assert len(names) == 3
    assert all(decode_path(name) is None for name in names)


def test_usual_paths_stay_readable() -> None:
    assert encode_path("parallel_step.branch1.hello python") == "parallel_step.branch1.hello%20python"


@pytest.mark.parametrize(
    ("kind", "keys", "name"),
    [
        ("minio", {}, "s3://runnable/run-logs"),
        ("chunked-minio", {"bucket": "logs", "endpoint_url": "http://localhost:9000"}, "s3://logs"),
        ("chunked-s3", {"bucket": "logs/nightly", "region": "eu-west-1"}, "s3://logs/nightly"),
    ],
)
def test_the_stores_in_buckets_have_the_published_keys_and_defaults(kind: str, keys: dict[str, str], name: str) -> None:
    assert open_store(Configuration("config.yaml", {"run-log-store": Section(kind, keys)})).name == name


def test_a_bucket_must_be_named() -> None:
    with pytest.raises(ConfigurationError, match=r"config.yaml: run-log-store.config.bucket: this key is needed"):
        open_store(Configuration("config.yaml", {"run-log-store": Section("chunked-s3")}))


@pytest.mark.s3
def test_what_a_server_is_about_to_rename_is_no_part_of_a_record(tmp_path: Path) -> None:
    store = opened("chunked-s3", tmp_path)
    writer = store.create(run_of("a"))
    writer.write_step(ended("a", x=1))
    for part in ("steps/.a.json.sgwtmp.17", "sessions/.000001.json.sgwtmp.17"):
        store._location.write(f"r/{part}", b"half a rec")
    assert store.read("r").steps["a"].outputs == {"x": 1}
    assert store.is_active("r")
    writer.close()
    assert not store.is_active("r")
