"""What is recorded together is one write, and an end counts as durable only once it was written and synced."""

from __future__ import annotations

import os
import threading
import time
from pathlib import Path

import pytest

from runnable.diagnostics.errors import OutputError
from runnable.runs.stores import file_system, part_files
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.runs.stores.file_system import FileSystemStore, JournalRun
from runnable.runs.stores.syncing import Syncing
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord

NOW = "2026-01-31T12:00:00.000000+00:00"


@pytest.fixture
def writer(tmp_path: Path) -> JournalRun:
    return FileSystemStore(tmp_path).create(RunRecord(run_id="run", pipeline="p", started=NOW))


def ended(path: str) -> StepRecord:
    attempt = AttemptRecord(number=1, started=NOW, ended=NOW, status=Status.SUCCEEDED)
    return StepRecord(path=path, kind=Kind.PYTHON, status=Status.SUCCEEDED, attempts=(attempt,))


def lines(writer: JournalRun) -> int:
    return (writer.folder / "run.jsonl").read_bytes().count(b"\n")


def test_lines_of_a_block_are_written_at_its_end_and_its_ends_are_durable_after_that(
    writer: JournalRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[int] = []
    monkeypatch.setattr(file_system, "sync_file", lambda descriptor: seen.append(lines(writer)))
    before = lines(writer)
    with writer.together():
        number = writer.write_ended(ended("a"))
        writer.write_step(StepRecord(path="b", kind=Kind.PYTHON))
        assert writer.durable(wait=False) < number
        assert lines(writer) == before
    assert lines(writer) == before + 2
    assert writer.durable(wait=True) >= number
    assert seen == [before + 2], "one sync, begun after both lines were written"
    writer.close()


def test_who_waits_within_a_block_has_what_was_recorded_in_it_written_first(writer: JournalRun) -> None:
    before = lines(writer)
    with writer.together():
        number = writer.write_ended(ended("a"))
        assert writer.durable(wait=True) >= number
        assert lines(writer) == before + 1
        other = writer.write_ended(ended("b"))
        assert writer.durable(wait=False) < other
    assert writer.durable(wait=True) >= other
    writer.close()


def test_a_failed_end_is_durable_at_once_with_what_was_recorded_before_it(writer: JournalRun) -> None:
    with writer.together():
        writer.write_ended(ended("a"))
        before = lines(writer)
        writer.write_step(ended("b"))
        assert lines(writer) == before + 2
    writer.close()


def test_an_end_in_a_file_of_its_own_is_there_at_once_and_durable_once_it_was_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    store = ChunkedStore(tmp_path)
    writer = store.create(RunRecord(run_id="run", pipeline="p", started=NOW))
    synced: list[bool] = []
    monkeypatch.setattr(part_files, "sync_file", lambda descriptor: synced.append(go_on.wait(30)))
    numbers = [writer.write_ended(ended(path)) for path in "abc"]
    assert [step.status for step in store.read("run").steps.values()] == ["succeeded"] * 3
    assert writer.durable(wait=False) < numbers[0]
    go_on.set()
    assert writer.durable(wait=True) >= numbers[-1]
    assert synced == [True] * 3
    monkeypatch.undo()
    writer.close()


def test_thousands_of_ends_in_files_of_their_own_keep_few_of_them_open(tmp_path: Path) -> None:
    writer = ChunkedStore(tmp_path).create(RunRecord(run_id="run", pipeline="p", started=NOW))
    most = 0
    for number in range(500):
        writer.write_ended(ended(f"each.{number}"))
        most = max(most, len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").exists() else 0)
    writer.close()
    assert most < 200
    assert len(ChunkedStore(tmp_path).read("run").steps) == 500


def test_what_cannot_be_made_durable_is_an_error_of_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    writer = ChunkedStore(tmp_path).create(RunRecord(run_id="run", pipeline="p", started=NOW))

    def fail(descriptor: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(part_files, "sync_file", fail)
    writer.write_ended(ended("a"))
    with pytest.raises(OutputError, match="no space left"):
        writer.durable(wait=True)


def test_ends_of_a_moment_share_a_sync_and_who_waits_does_not_wait_for_the_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("runnable.runs.stores.syncing._PAUSE", 60.0)
    synced: list[float] = []
    first = threading.Event()

    def sync() -> None:
        synced.append(time.monotonic())
        first.set()

    syncing = Syncing(sync)
    syncing.ask()
    assert first.wait(30)
    for _ in range(100):
        number = syncing.ask()
    assert syncing.done(wait=False) < number
    assert len(synced) == 1
    assert syncing.done(wait=True) == number
    assert len(synced) == 2
    syncing.close()
