"""Damaged records: whatever is flipped, cut or planted, what is whole is read, and the rest is reported."""

from __future__ import annotations

import os
import random
import re
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from runnable.diagnostics.errors import OutputError, RecordUnusable
from runnable.runs.stores.chunked_s3 import BucketStore
from runnable.runs.stores.store import Repairs, RunLogStore
from runnable_runtime.protocol import Json
from runnable_runtime.records.lines import decode, encode, whole_in
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.shape import RecordError
from runnable_runtime.records.times import now
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.settings import StoreSettings
from tests.support.local_runs import open_store

STEPS = 500
PATHS = [f"step{n}" for n in range(STEPS)]


def finished(path: str, n: int) -> StepRecord:
    attempt = AttemptRecord(
        number=1, started=now(), ended=now(), status=Status.SUCCEEDED, outputs={"x": n, "t": 'a"é\\'}, code="c"
    )
    return StepRecord(path=path, kind=Kind.PYTHON, status=Status.SUCCEEDED, attempts=(attempt,), place=(n,))


def running(path: str, n: int) -> StepRecord:
    attempt = AttemptRecord(number=1, started=now(), status=Status.RUNNING, code="c")
    return StepRecord(path=path, kind=Kind.PYTHON, status=Status.RUNNING, attempts=(attempt,), place=(n,))


def write_run(store: RunLogStore, run_id: str = "r", paths: list[str] = PATHS, *, begun: bool = False) -> RunRecord:
    """Write a run whose steps have ended; `begun`: and were recorded as running before that."""
    steps = {path: StepRecord(path=path, kind=Kind.PYTHON, place=(n,)) for n, path in enumerate(paths)}
    run = RunRecord(run_id=run_id, pipeline="p", started=now(), parameters={"x": [1]}, steps=steps)
    writer = store.create(run)
    writer.write_code("c", {"pipe.py:f": "1"})
    for n, path in enumerate(paths):
        if begun:
            writer.write_step(running(path, n))
        writer.write_step(finished(path, n))
    writer.write_run(replace(run, status=Status.SUCCEEDED, ended=now()))
    writer.close()
    return store.read(run_id)


@pytest.mark.parametrize("count", [12, pytest.param(60, marks=pytest.mark.slow)])
def test_a_flipped_byte_anywhere_in_a_journal_loses_at_most_its_line_and_is_told(count: int, tmp_path: Path) -> None:
    store = open_store(tmp_path)
    whole = write_run(store)
    journal = tmp_path / "r" / "run.jsonl"
    data = journal.read_bytes()
    starts = [0, *(match.end() for match in re.finditer(b"\n", data))]
    chance = random.Random(7)
    inside = [start + chance.randrange(200) for start in starts[2 : 2 + count // 4]]
    ends = [start - 1 for start in starts[1:]]
    places = [*chance.sample(range(len(data)), count), *inside, *chance.sample(ends, count // 3), ends[0], ends[-1], 0]
    for place in places:
        for bit in (1, 0x20):
            journal.write_bytes(data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :])
            record = store.read("r")
            assert record.damage, (place, bit)
            lost = [path for path in PATHS if record.steps.get(path) != whole.steps[path]]
            assert len(lost) <= 1, (place, bit, lost)
            assert (record.pipeline, record.parameters) == ("p", {"x": [1]})
            assert store.header("r").pipeline == "p"


def test_a_flipped_byte_in_a_part_loses_at_most_the_part_and_is_told(tmp_path: Path) -> None:
    store = open_store(tmp_path, "chunked-fs")
    paths = PATHS[:20]
    whole = write_run(store, paths=paths, begun=True)
    chance = random.Random(7)
    for file in sorted(f for f in (tmp_path / "r").rglob("*.json") if f.parent.name != "sessions"):
        data = file.read_bytes()
        ends = [match.start() for match in re.finditer(b"\n", data)]
        ends = ends if file.parent.name == "steps" else ends[:-1]  # no other part has a line after it
        for place in (*chance.sample(range(len(data) - 1), 8), len(data) - 2, *ends):
            file.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
            record = store.read("r")
            assert record.damage, (file, place)
            assert sum(record.steps.get(path) != whole.steps[path] for path in paths) <= 1
            assert store.header("r").pipeline == "p"
        file.write_bytes(data)
    assert store.read("r").damage == ()


@pytest.mark.parametrize("kind", ["chunked-fs", "chunked-s3"])
def test_a_damaged_part_of_steps_that_were_created_together_loses_those_of_which_nothing_else_is_recorded(
    kind: str, tmp_path: Path
) -> None:
    bucket = BucketStore(StoreSettings("s3://none"), FolderLocation(tmp_path))
    store: RunLogStore = bucket if kind == "chunked-s3" else open_store(tmp_path, kind)
    writer = store.create(RunRecord(run_id="r", pipeline="p", started=now()))
    writer.write_created([StepRecord(path=f"each.{n}", kind=Kind.PIPELINE, place=(0, n)) for n in range(3)])
    writer.write_step(replace(finished("each.1", 1), place=(0, 1)))
    writer.close()
    assert list(store.read("r").steps) == ["each.0", "each.1", "each.2"]
    [part] = (tmp_path / "r" / "created").iterdir()
    part.write_bytes(part.read_bytes().replace(b"each.0", b"each.7"))
    record = store.read("r")
    assert list(record.steps) == ["each.1"]
    assert [note.partition(":")[0] for note in record.damage] == ["created/each.0.json"]
    assert isinstance(store, Repairs)
    store.repair("r")
    assert (store.read("r").steps, store.read("r").damage) == (record.steps, ())


def test_of_a_part_that_is_cut_off_the_last_whole_state_is_read(tmp_path: Path) -> None:
    store = open_store(tmp_path, "chunked-fs")
    writer = store.create(RunRecord(run_id="r", pipeline="p", started=now()))
    states = running("a", 0), finished("a", 0)
    for state in states:
        writer.write_step(state)
    writer.close()
    part = tmp_path / "r" / "steps" / "a.json"
    data = part.read_bytes()
    first = data.index(b"\n") + 1
    for length in (0, 1, first - 2, first - 1, first, first + 1, len(data) - 2, len(data) - 1, len(data)):
        part.write_bytes(data[:length])
        record = store.read("r")
        expected = next(
            (state for state, end in ((states[1], len(data)), (states[0], first)) if length >= end - 1), None
        )
        assert record.steps.get("a") == expected, length
        assert record.damage == (), "as a writer that was killed leaves it"


def test_a_part_that_is_cut_off_though_its_run_has_ended_is_told_and_repaired(tmp_path: Path) -> None:
    store = open_store(tmp_path, "chunked-fs")
    write_run(store, paths=["a", "b", "c"], begun=True)
    steps = tmp_path / "r" / "steps"
    data = (steps / "a.json").read_bytes()
    (steps / "a.json").write_bytes(data[: data.index(b"\n") + 20])
    (steps / "b.json").write_bytes(b"")
    record = store.read("r")
    assert [note.partition(":")[0] for note in record.damage] == ["steps/a.json", "steps/b.json"]
    assert [record.steps[path].status for path in "abc"] == ["running", "created", "succeeded"]
    assert isinstance(store, Repairs)
    store.repair("r")
    assert store.read("r") == replace(record, damage=())


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs", "chunked-s3"])
def test_a_repaired_record_has_all_that_is_whole_and_keeps_what_was_damaged(kind: str, tmp_path: Path) -> None:
    in_a_bucket = kind == "chunked-s3"  # of which a folder has all that matters here
    bucket = BucketStore(StoreSettings("s3://none"), FolderLocation(tmp_path))
    store: RunLogStore = bucket if in_a_bucket else open_store(tmp_path, kind)
    whole = write_run(store, paths=PATHS[:5])
    file = tmp_path / "r" / ("run.jsonl" if kind == "file-system" else "steps/step2.json")
    data = file.read_bytes()
    file.write_bytes(data.replace(b'"x":2', b'"x":3'))
    assert len(store.read("r").damage) == 1
    assert isinstance(store, Repairs)
    kept = Path(store.repair("r"))
    record = store.read("r")
    assert record.damage == ()
    assert record.code == whole.code
    assert {p for p in whole.steps if record.steps[p] != whole.steps[p]} == {"step2"}
    assert any(data.replace(b'"x":2', b'"x":3') == f.read_bytes() for f in (kept, *kept.rglob("*")) if f.is_file())
    assert store.runs() == ("r",)


def test_a_record_of_which_no_line_says_what_it_is_is_unreadable_and_stays_as_it_is(tmp_path: Path) -> None:
    store = open_store(tmp_path)
    write_run(store, paths=PATHS[:2])
    journal = tmp_path / "r" / "run.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'"pipeline"', b'"pipelin3"'))
    before = journal.read_bytes()
    with pytest.raises(RecordUnusable, match="checksum"):
        store.read("r")
    with pytest.raises(RecordUnusable, match="checksum"):
        store.repair("r")  # type: ignore[attr-defined]
    assert journal.read_bytes() == before


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_a_record_under_the_name_of_another_run_is_unreadable(kind: str, tmp_path: Path) -> None:
    store = open_store(tmp_path, kind)
    write_run(store, paths=PATHS[:2])
    (tmp_path / "r").rename(tmp_path / "other")
    for read in (store.read, store.header):
        with pytest.raises(RecordUnusable, match="it is the record of the run 'r', copied or renamed"):
            read("other")


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
@pytest.mark.parametrize("name", ["", "run.jsonl", "run.json", "plan.json", "steps", "steps/step1.json", "code"])
def test_no_link_in_a_store_is_followed(kind: str, name: str, tmp_path: Path) -> None:
    store = open_store(tmp_path / "log", kind)
    write_run(store, paths=PATHS[:2])
    place = tmp_path / "log" / "r" / name if name else tmp_path / "log" / "r"
    if not place.exists():
        pytest.skip("the other store has it")
    place.rename(tmp_path / "elsewhere")
    place.symlink_to(tmp_path / "elsewhere")
    with pytest.raises(RecordUnusable, match="symbolic link"):
        store.read("r")


def test_a_planted_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "precious").write_text("precious")
    (tmp_path / "r").mkdir()
    (tmp_path / "r" / "run.jsonl.tmp").symlink_to(tmp_path / "precious")
    write_run(open_store(tmp_path), paths=PATHS[:2])
    assert (tmp_path / "precious").read_text() == "precious"
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / f"run.json.{os.getpid()}.tmp").symlink_to(tmp_path / "precious")
    with suppress(OutputError):
        write_run(open_store(tmp_path, "chunked-fs"), "c", PATHS[:2])
    assert (tmp_path / "precious").read_text() == "precious"


def test_a_pipe_in_place_of_a_journal_holds_nobody_up(tmp_path: Path) -> None:
    (tmp_path / "r").mkdir()
    os.mkfifo(tmp_path / "r" / "run.jsonl")
    with pytest.raises(RecordUnusable, match="it is no file"):
        open_store(tmp_path).read("r")


@pytest.mark.parametrize(
    "document",
    [{"a": 1}, {"a": {"crc": "00000000"}}, {"crc": "00000000", "b": 'x,"crc":"12345678"}'}, {}, {"ü": "\ud800"}],
)
def test_a_line_comes_back_as_it_was_written(document: Json) -> None:
    assert decode(encode(document)) == document
    assert whole_in(b'xx{"' + encode(document)[:-1] + b"#" + encode({"b": 2})) in ([document, {"b": 2}], [{"b": 2}])


@pytest.mark.parametrize(
    "text", [b"[1]", b'{"a":NaN}', b'{"a":1,"crc":"00000000"}', b'{"a":1,"crc":"zz"}', b"[" * 9999, b'{"a":' * 300]
)
def test_what_is_no_line_of_a_record_is_refused(text: bytes) -> None:
    with pytest.raises(RecordError):
        decode(text)
    with pytest.raises(RecordError):
        decode(b'{"a":' + b"[" * 300 + b"1" + b"]" * 300 + b"}")


def test_a_line_of_a_version_without_checksums_is_read() -> None:
    assert decode(b'{"a":1}\n') == {"a": 1}
