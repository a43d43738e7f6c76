"""Following a run: what is seen while it is written is what a reader of all of it sees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.runs.stores.chunked_s3 import BucketStore
from runnable.runs.stores.file_system import FileSystemStore
from runnable.runs.stores.following import following
from runnable.runs.stores.store import Follower, RunLogStore, RunWriter
from runnable_runtime.records.lines import encode
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.settings import StoreSettings
from tests.support.synthetic import at, run, step, wide


@pytest.fixture(params=["journal", "files", "bucket"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> RunLogStore:
    if request.param == "journal":
        return FileSystemStore(tmp_path)
    if request.param == "files":
        return ChunkedStore(tmp_path)
    return BucketStore(StoreSettings("s3://none"), FolderLocation(tmp_path))


def bare(record: RunRecord) -> RunRecord:
    """The run as it begins, with only its outermost steps known."""
    steps = {p: StepRecord(path=p, kind=s.kind, place=s.place) for p, s in record.steps.items() if "." not in p}
    return replace(record, status=Status.RUNNING, ended=None, steps=steps)


def written(writer: RunWriter, record: RunRecord) -> Iterator[None]:
    """Write a record as a run does, and stop after each write."""
    writer.write_code("c", {"pipe.py:f": "1"})
    yield
    for one in record.steps.values():
        running = tuple(replace(a, status=Status.RUNNING, ended=None, outputs={}) for a in one.attempts)
        writer.write_step(replace(one, status=Status.RUNNING, ended=None, attempts=running))
        yield
        writer.write_step(one)
        yield
    writer.write_run(record)
    yield


def same(found: RunRecord | None, store: RunLogStore, run_id: str = "calm-fjord") -> bool:
    whole = store.read(run_id)
    return found == whole and found is not None and list(found.steps) == list(whole.steps)


def test_after_each_write_the_record_is_what_a_reader_reads(store: RunLogStore) -> None:
    record = wide(3, {1: "E"})
    writer = store.create(bare(record))
    follower = following(store, record.run_id)
    assert same(follower.update(), store)
    assert follower.update() is None
    for _ in written(writer, record):
        found = follower.update()
        assert found is None or same(found, store)
    writer.close()
    last = follower.update()
    assert last is None or same(last, store)
    assert same(following(store, record.run_id).update(), store)


def journal(tmp_path: Path, record: RunRecord) -> tuple[FileSystemStore, Follower, Path]:
    store = FileSystemStore(tmp_path)
    writer = store.create(bare(record))
    for _ in written(writer, record):
        pass
    writer.close()
    return store, store.follow(record.run_id), tmp_path / record.run_id / "run.jsonl"


def test_a_line_that_is_being_written_is_waited_for(tmp_path: Path) -> None:
    store, follower, file = journal(tmp_path, run(step("a", (0,), 0, 1)))
    assert same(follower.update(), store)
    line = encode({"step": step("a", (0,), 0, 9).to_json()})
    with file.open("ab") as stream:
        stream.write(line[:40])
        stream.flush()
        found = follower.update()
        assert found is not None
        assert found.steps["a"].ended == at(1)
        stream.write(line[40:])
    assert (found := follower.update()) is not None
    assert found.steps["a"].ended == at(9)


def test_a_journal_that_was_replaced_is_read_from_its_beginning(tmp_path: Path) -> None:
    store, follower, file = journal(tmp_path, run(step("a", (0,), 0, 1)))
    follower.update()
    lines = file.read_bytes().splitlines(keepends=True)
    copy = file.with_suffix(".tmp")
    copy.write_bytes(b"".join(lines[:2]))
    copy.replace(file)
    found = follower.update()
    assert same(found, store)
    assert found is not None
    assert found.steps["a"].status is Status.CREATED


def test_a_damaged_line_and_all_after_it_are_read_as_by_any_reader(tmp_path: Path) -> None:
    store, follower, file = journal(tmp_path, run(step("a", (0,), 0, 1)))
    follower.update()
    with file.open("ab") as stream:
        stream.write(b'{"step":{"path":"a","kind":"nonsense"},"crc":"00000000"}\n')
        stream.write(encode({"step": step("a", (0,), 0, 7).to_json()}))
    found = follower.update()
    assert same(found, store)
    assert found is not None
    assert (found.steps["a"].ended, len(found.damage)) == (at(7), 1)
    with file.open("ab") as stream:
        stream.write(encode({"step": step("a", (0,), 0, 8).to_json()}))
    assert same(follower.update(), store)


def test_what_an_older_session_writes_late_counts_for_nothing(tmp_path: Path) -> None:
    store, follower, file = journal(tmp_path, run(step("a", (0,), 0, 1)))
    follower.update()
    with file.open("ab") as stream:
        stream.write(encode({"step": step("a", (0,), 0, 5).to_json(), "session": 7}))
        stream.write(encode({"step": step("a", (0,), 0, 6).to_json(), "session": 3}))
    found = follower.update()
    assert same(found, store)
    assert found is not None
    assert found.steps["a"].ended == at(5)


def test_a_run_that_is_removed_is_unreadable(store: RunLogStore, tmp_path: Path) -> None:
    record = run(step("a", (0,), 0, 1))
    writer = store.create(bare(record))
    writer.close()
    follower = following(store, record.run_id)
    follower.update()
    for file in sorted((tmp_path / record.run_id).rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    with pytest.raises(RecordUnusable):
        follower.update()


def test_of_a_store_that_cannot_be_followed_all_is_read() -> None:
    from runnable.runs.stores.buffered import BufferedStore

    store = BufferedStore()
    record = run(step("a", (0,), 0, 1))
    writer = store.create(bare(record))
    follower = following(store, record.run_id)
    assert follower.update() is not None
    assert follower.update() is None
    writer.write_run(record)
    assert (found := follower.update()) is not None
    assert found.status is Status.SUCCEEDED
