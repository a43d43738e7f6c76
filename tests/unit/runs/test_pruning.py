"""Removing runs: all of one and nothing of another, none under way; what a killed process leaves is completed."""

import os
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from runnable.configuration import Configuration, Section
from runnable.diagnostics.errors import ConfigurationError, OutputError, RecordUnusable
from runnable.driver.isolated import ProcessEnded
from runnable.runs import owners
from runnable.runs.pruning import configuration_of, half_removed, remove
from runnable.runs.selection import Selection, moment
from runnable.runs.stores.buffered import BufferedStore
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.runs.stores.chunked_s3 import BucketStore
from runnable.runs.stores.file_system import FileSystemStore
from runnable.runs.stores.project import ProjectStore
from runnable_runtime.records.records import Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.settings import StoreSettings
from tests.support.isolation import alone

pytestmark = pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")


class Crash(BaseException):
    pass


class Bucket(FolderLocation):
    """Keys that are files of a folder here: as in a bucket, there is no folder without files."""

    def folders(self):
        return iter(sorted({entry.key.partition("/")[0] for entry in self.entries()}))


def bucket(folder):
    return BucketStore(StoreSettings(str(folder)), Bucket(folder))


def finish(store, root):
    left = half_removed(store)
    for run_id, recorded in left.items():
        remove(store, run_id, configuration_of(recorded, "", root))
    return list(left)


STORES = {"file-system": FileSystemStore, "chunked-fs": ChunkedStore, "bucket": bucket}


@pytest.fixture(params=sorted(STORES))
def store(request, tmp_path):
    (tmp_path / "records").mkdir()
    return STORES[request.param](tmp_path / "records")


@pytest.fixture
def configuration(tmp_path):
    section = Section("file-system", {"catalog_location": "files"})
    return Configuration(sections={"catalog": section}, root=tmp_path)


def recorded(store, tmp_path, *run_ids, end=True):
    (tmp_path / "c.yaml").write_text("catalog: {type: file-system, config: {catalog_location: files}}\n")
    for run_id in run_ids:
        step = StepRecord(path="a", kind=Kind.PYTHON)
        run = RunRecord(run_id=run_id, pipeline="p", started=now(), steps={"a": step}, configuration="c.yaml")
        writer = store.create(run)
        writer.write_step(replace(step, status=Status.SUCCEEDED))
        if end:
            writer.write_run(replace(run, status=Status.SUCCEEDED, ended=now()))
            writer.close()
        for file in ("data.csv", ".runnable/objects/a/1-x/model"):
            place = tmp_path / "files" / run_id / file
            place.parent.mkdir(parents=True, exist_ok=True)
            place.touch()


def left(tmp_path, run_id):
    return [
        str(f.relative_to(tmp_path))
        for f in tmp_path.rglob("*")
        if run_id in f.relative_to(tmp_path).parts and f.is_file()
    ]


def test_a_removed_run_leaves_nothing_and_others_are_whole(store, tmp_path, configuration):
    recorded(store, tmp_path, "old", "older", "new")
    before = {run_id: left(tmp_path, run_id) for run_id in ("older", "new")}
    remove(store, "old", configuration)
    assert store.runs() == ("new", "older")
    assert left(tmp_path, "old") == []
    assert {run_id: left(tmp_path, run_id) for run_id in ("older", "new")} == before
    with pytest.raises(RecordUnusable):
        store.read("old")
    recorded(store, tmp_path, "old")  # the name is free
    assert store.read("old").steps["a"].status is Status.SUCCEEDED


def test_a_run_under_way_is_never_removed(store, tmp_path, configuration):
    recorded(store, tmp_path, "busy", end=False)
    before = left(tmp_path, "busy")
    with pytest.raises(RecordUnusable, match="RN90"):
        remove(store, "busy", configuration)
    assert set(left(tmp_path, "busy")) >= set(before)
    assert store.read("busy").run_id == "busy"


def test_a_run_whose_process_was_killed_is_removed(store, tmp_path, configuration):
    def die():
        recorded(store, tmp_path, "killed", end=False)
        os.kill(os.getpid(), 9)

    with pytest.raises(ProcessEnded, match="SIGKILL"):
        alone(die)
    remove(store, "killed", configuration)
    assert left(tmp_path, "killed") == []


def test_what_a_killed_removal_has_left_is_completed_by_the_next_one(store, tmp_path, configuration):
    recorded(store, tmp_path, "old", "new")
    with pytest.raises(ProcessEnded, match="SIGKILL"):
        alone(lambda: store.remove("old", lambda: os.kill(os.getpid(), 9)))
    with pytest.raises(RecordUnusable):  # half a run is not to be read, or resumed
        store.read("old")
    with pytest.raises(RecordUnusable):
        store.resume("old")
    assert left(tmp_path, "old")
    assert store.half_removed() == {"old": "c.yaml"}
    assert finish(store, tmp_path) == ["old"]
    assert left(tmp_path, "old") == []
    assert store.half_removed() == {}
    assert len(left(tmp_path, "new")) > 2


@pytest.mark.parametrize("point", range(1, 12))
def test_a_removal_can_be_ended_at_any_moment(tmp_path, configuration, monkeypatch, point):
    """Before its n-th change, of files and of keys, each in a store of its own."""
    for kind, make in STORES.items():
        folder = tmp_path / kind
        (folder / "records").mkdir(parents=True)
        here = replace(configuration, root=folder)
        store = make(folder / "records")
        recorded(store, folder, "old")
        changes = 0

        def counted(change):
            def changing(*given, **named):
                nonlocal changes
                changes += 1
                if changes == point:
                    raise Crash
                return change(*given, **named)

            return changing

        with monkeypatch.context() as patched, suppress(Crash):
            for module, name in ((os, "unlink"), (os, "rename"), (os, "rmdir"), (FolderLocation, "delete")):
                patched.setattr(module, name, counted(getattr(module, name)))
            patched.setattr(FolderLocation, "write", counted(FolderLocation.write))
            remove(store, "old", here)
            assert changes < point
            continue
        monkeypatch.setattr(owners, "is_dead", lambda owner: True)  # this process stands for one that was killed
        readable = not isinstance(_read(store), RecordUnusable)
        if readable:
            assert store.read("old").steps["a"].status is Status.SUCCEEDED  # it is as it was
        if not readable and kind != "bucket":
            assert "old" not in store.runs()
        finish(store, folder) if not readable else remove(store, "old", here)
        assert store.runs() == (), kind


def _read(store):
    try:
        return store.read("old")
    except RecordUnusable as error:
        return error


def test_a_half_removed_run_does_not_take_a_new_one_of_its_name_with_it(store, tmp_path, configuration):
    recorded(store, tmp_path, "again")
    with pytest.raises(Crash):
        store.remove("again", _crash)
    if isinstance(store, BucketStore):  # parts of the old one are still where the new one's would be
        with pytest.raises(ConfigurationError):
            recorded(store, tmp_path, "again")
        return
    recorded(store, tmp_path, "again")
    assert finish(store, tmp_path) == []
    assert store.read("again").status is Status.SUCCEEDED
    assert (tmp_path / "files/again/data.csv").exists()
    remove(store, "again", configuration)
    assert left(tmp_path, "again") == []


def _crash():
    raise Crash


def test_a_link_is_not_followed(tmp_path, configuration):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    (tmp_path / "records").mkdir()
    store = FileSystemStore(tmp_path / "records")
    recorded(store, tmp_path, "run")
    import shutil

    shutil.rmtree(tmp_path / "files/run")
    (tmp_path / "files/run").symlink_to(outside)
    with pytest.raises(OutputError, match="links in a store are not followed"):
        remove(store, "run", configuration)
    assert (outside / "precious").exists()


def test_a_store_that_cannot_remove_says_so(configuration):
    with pytest.raises(OutputError, match="memory cannot be removed"):
        remove(BufferedStore(), "x", configuration)


def test_a_run_is_removed_from_the_store_of_the_project_that_has_it(tmp_path, configuration):
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one, two = FileSystemStore(tmp_path / "one"), ChunkedStore(tmp_path / "two")
    recorded(one, tmp_path, "a")
    recorded(two, tmp_path, "b")
    with pytest.raises(Crash):
        ProjectStore((one, two)).remove("b", _crash)
    both = ProjectStore((one, two))
    assert both.half_removed() == {"b": "c.yaml"}
    both.remove("b", lambda: None)
    assert both.half_removed() == {}
    both.remove("a", lambda: None)
    assert (one.runs(), two.runs()) == ((), ())


# --- which runs are meant

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "ago"),
    [
        ("30s", timedelta(seconds=30)),
        ("5 m", timedelta(minutes=5)),
        ("12h", timedelta(hours=12)),
        ("2w", timedelta(14)),
    ],
)
def test_an_age_is_a_time(text, ago):
    assert moment(text, NOW) == NOW - ago


def test_a_date_is_a_time_of_this_machine():
    assert moment("2026-01-31") == datetime(2026, 1, 31).astimezone()
    assert moment("2026-01-31T10:00+02:00") == datetime(2026, 1, 31, 8, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "7", "d", "-7d", "1y", "yesterday", "999999999999d", "2026-13-01"])
def test_another_text_is_neither(text):
    with pytest.raises(ValueError, match=r"neither an age|longer ago"):
        moment(text, NOW)


RUN = RunRecord(run_id="r", pipeline="daily sales", tag="prod", started="2026-03-20T00:00:00+00:00")


@pytest.mark.parametrize(
    ("given", "matches"),
    [
        ({}, True),
        ({"pipelines": ["daily sales"]}, True),
        ({"pipelines": ["weekly", "daily*"]}, True),
        ({"pipelines": ["daily"]}, False),
        ({"tags": ["prod"]}, True),
        ({"tags": [""]}, False),
        ({"tags": ["prod"], "pipelines": ["other"]}, False),
        ({"since": NOW - timedelta(days=30)}, True),
        ({"since": NOW}, False),
        ({"before": NOW}, True),
        ({"before": NOW - timedelta(days=30)}, False),
    ],
)
def test_runs_that_match_all_that_is_given(given, matches):
    assert Selection(**given).has(RUN) is matches


def test_a_run_with_a_damaged_time_is_of_no_age():
    assert not Selection(before=NOW).has(replace(RUN, started="?"))
    assert Selection().has(replace(RUN, started="?"))
