"""What is a writer's stays its own: locks that a task cannot drop, and no write of one that has a successor."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import RecordUnusable
from runnable.runs import owners
from runnable.runs.stores import leases, locks
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.runs.stores.chunked_s3 import BucketRun, BucketStore
from runnable.runs.stores.file_system import FileSystemStore
from runnable.runs.stores.locks import is_locked, lock
from runnable_runtime.records.lines import encode
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.settings import StoreSettings

linux = pytest.mark.skipif(not hasattr(locks.fcntl, "F_OFD_SETLK"), reason="locks of open files are Linux's")


def record() -> RunRecord:
    return RunRecord(
        run_id="r", pipeline="p", started=now(), steps={p: StepRecord(path=p, kind=Kind.PYTHON) for p in "ab"}
    )


def ended(path: str, number: int = 1, **outputs: object) -> StepRecord:
    attempt = AttemptRecord(number=number, started=now(), ended=now(), status=Status.SUCCEEDED, outputs=outputs)
    return StepRecord(path=path, kind=Kind.PYTHON, status=Status.SUCCEEDED, attempts=(attempt,))


def in_folder(folder: Path) -> BucketStore:
    """The store for buckets, on files of another kind of location: what it does with them is the same."""
    return BucketStore(StoreSettings("s3://none"), FolderLocation(folder))


STORES = {"file-system": FileSystemStore, "chunked-fs": ChunkedStore, "chunked-s3": in_folder}
every = pytest.mark.parametrize("kind", STORES)


@contextmanager
def child(work: Callable[[], None]) -> Iterator[int]:
    """A process that does `work` and waits; it is killed at the end."""
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            work()
            time.sleep(60)
        os._exit(1)
    try:
        yield pid
    finally:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with suppress(ChildProcessError):
            os.waitpid(pid, 0)


def wait_for(what: Callable[[], object]) -> None:
    until = time.monotonic() + 20
    while not what():
        assert time.monotonic() < until
        time.sleep(0.005)


def has_lock(folder: Path) -> bool:
    """Whether another process sees the lock: what this one sees is asked of the system in the same way."""
    return is_locked(folder)


# --- locks ---


@linux
def test_code_that_closes_all_descriptors_and_opens_the_lock_s_file_does_not_drop_the_lock(tmp_path: Path) -> None:
    def work() -> None:
        assert lock(tmp_path) is not None
        os.closerange(3, 1024)
        for flags in (os.O_RDONLY, os.O_RDWR):
            os.close(os.open(tmp_path / "writer.lock", flags))
        (tmp_path / "done").touch()

    with child(work):
        wait_for((tmp_path / "done").exists)
        assert has_lock(tmp_path)
        assert lock(tmp_path) is None
    assert not has_lock(tmp_path), "killed, it has it no more"


@linux
def test_a_child_of_a_writer_that_has_died_does_not_hold_its_lock(tmp_path: Path) -> None:
    def work() -> None:
        assert lock(tmp_path) is not None
        with child(lambda: (tmp_path / "done").touch()):
            time.sleep(60)

    with child(work) as pid:
        wait_for((tmp_path / "done").exists)
        assert has_lock(tmp_path)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        assert not has_lock(tmp_path)
        assert lock(tmp_path) is not None


def test_without_locks_of_open_files_a_lock_holds_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("F_OFD_SETLK", "F_OFD_GETLK"):
        monkeypatch.delattr(locks.fcntl, name, raising=False)
    held = lock(tmp_path)
    assert held is not None
    os.close(os.open(tmp_path / "writer.lock", os.O_RDWR))
    assert is_locked(tmp_path)
    assert lock(tmp_path) is None
    held.release()
    assert not is_locked(tmp_path)


def test_of_a_reader_that_asks_a_writer_knows_nothing(tmp_path: Path) -> None:
    held = lock(tmp_path)
    assert held is not None
    held.release()
    asking = [os.open(tmp_path / "writer.lock", os.O_RDONLY) for _ in range(3)]
    assert not any(locks._is_locked(descriptor) for descriptor in asking)
    assert lock(tmp_path) is not None
    for descriptor in asking:
        os.close(descriptor)


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_a_reader_needs_no_write_permission(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """In a folder that nobody can write to: what runs is `running`, and all can be read."""
    (tmp_path / "c.yaml").write_text(f"run-log-store: {{type: {kind}, config: {{log_folder: log}}}}\n")
    writer = STORES[kind](tmp_path / "log").create(record())
    writer.write_step(ended("a", x=1))
    for place in tmp_path.rglob("*"):
        place.chmod(0o555 if place.is_dir() else 0o444)
    tmp_path.chmod(0o555)
    monkeypatch.chdir(tmp_path)

    def read() -> int:
        return max(main([*words, "-c", "c.yaml"]) for words in (["runs"], ["show", "r"], ["fsck"]))

    assert read() == 0  # the child has all that is imported for it
    capfd.readouterr()
    pid = os.fork()
    if pid == 0:
        with suppress(BaseException):
            if os.getuid() == 0:  # without what lets root write everywhere
                ctypes.CDLL(None).capset((ctypes.c_uint32 * 2)(0x20080522, 0), (ctypes.c_uint32 * 6)())
            with pytest.raises(PermissionError):
                (tmp_path / "new").touch()
            code = read()
            sys.stdout.flush()
            os._exit(code)
        os._exit(99)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert "running" in capfd.readouterr().out
    tmp_path.chmod(0o755)


# --- sessions ---


@every
def test_a_session_that_has_a_successor_writes_nothing_and_is_told(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = STORES[kind](tmp_path)
    old = store.create(record())
    old.write_step(ended("a", x="old"))
    lose(kind, tmp_path, monkeypatch)
    _, new = store.resume("r")
    new.write_step(ended("b", 2, x="new"))
    writes = (
        lambda: old.write_step(ended("b", x="late")),
        lambda: old.write_run(replace(record(), status=Status.FAILED)),
    )
    for write in writes:
        with pytest.raises(RecordUnusable, match="RN913"):
            write()
    with suppress(Exception):
        old.close()
    new.close()
    found = store.read("r")
    assert (found.status, found.steps["a"].outputs, found.steps["b"].outputs) == ("running", {"x": "old"}, {"x": "new"})
    assert store.header("r").status == "running"


def lose(kind: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lets another process have the run though its writer is alive."""
    if kind == "chunked-s3":
        monkeypatch.setattr(owners, "is_dead", lambda owner: True)
        monkeypatch.setattr(leases, "_TRUSTED", -1.0)
    else:
        (folder / "r" / "writer.lock").unlink()


def test_what_an_older_session_has_got_into_a_journal_is_left_aside(tmp_path: Path) -> None:
    """Where nothing keeps two writers apart, one is overtaken between looking and writing."""
    store = FileSystemStore(tmp_path)
    store.create(record()).close()
    _, new = store.resume("r")
    new.write_step(ended("a", x="new"))
    new.write_run(replace(record(), status=Status.SUCCEEDED, ended=now()))
    new.close()
    with (tmp_path / "r" / "run.jsonl").open("ab") as journal:
        journal.write(encode({"step": ended("a", x="late").to_json(), "session": 1}))
        journal.write(encode({"run": replace(record(), status=Status.FAILED).header_to_json(), "session": 1}))
    found = store.read("r")
    assert (found.status, found.steps["a"].outputs) == ("succeeded", {"x": "new"})
    assert store.header("r").status == "succeeded"


def test_a_bucket_refuses_what_an_older_session_writes_though_that_believes_in_its_lease(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its clock says that it has looked a moment ago: only what is there already keeps its write out."""
    store = in_folder(tmp_path)
    old = store.create(record())
    old.write_step(replace(record().steps["a"], status=Status.SKIPPED))
    old.write_run(record())
    monkeypatch.setattr(owners, "is_dead", lambda owner: True)
    _, new = store.resume("r")
    new.write_step(ended("a", x="new"))
    monkeypatch.setattr(leases, "steady", lambda: 0.0)
    with pytest.raises(RecordUnusable, match="RN913"):
        old.write_step(ended("a", x="late"))
    new.close()
    assert store.read("r").steps["a"].outputs == {"x": "new"}


# --- leases ---


def hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """From now on a lease is old after a moment."""
    for name, seconds in (("_TRUSTED", 0.04), ("_WATCHED", 0.08), ("_VALID", 0.1)):
        monkeypatch.setattr(leases, name, seconds)


def test_a_stopped_run_whose_lease_another_takes_is_refused_when_it_continues(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def work() -> None:
        leases._TRUSTED = 0.04
        writer = in_folder(tmp_path).create(record())
        writer.write_step(replace(record().steps["a"], status=Status.RUNNING))
        writer.write_step(ended("b"))
        (tmp_path / "begun").touch()
        wait_for((tmp_path / "taken").exists)
        try:
            writer.write_step(ended("a", x="late"))
        except RecordUnusable as error:
            (tmp_path / "refused.tmp").write_text(str(error))
            (tmp_path / "refused.tmp").rename(tmp_path / "refused")

    store = in_folder(tmp_path)
    with child(work) as pid:
        wait_for((tmp_path / "begun").exists)
        with pytest.raises(RecordUnusable, match=f"RN904.*\n.*process {pid} "):
            store.resume("r")
        os.kill(pid, signal.SIGSTOP)
        hurry(monkeypatch)
        wait_for(lambda: not store.is_active("r"))
        _, new = store.resume("r")
        (tmp_path / "taken").touch()
        os.kill(pid, signal.SIGCONT)
        wait_for((tmp_path / "refused").exists)
        assert "RN913" in (tmp_path / "refused").read_text()
        new.write_step(ended("a", 2, x="new"))
        new.close()
    assert "watching for" in capfd.readouterr().err
    assert store.read("r").steps["a"].outputs == {"x": "new"}


@pytest.mark.parametrize("off", [-600.0, 600.0])
def test_a_clock_that_is_ten_minutes_off_takes_no_lease_away_and_keeps_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, off: float
) -> None:
    class Wrong:
        """The clock of a machine, which is wrong; that of the store is right."""

        sleep, CLOCK_MONOTONIC, clock_gettime = time.sleep, time.CLOCK_MONOTONIC, time.clock_gettime

        @staticmethod
        def time() -> float:
            return time.time() + off

    location = FolderLocation(tmp_path)
    lease = leases.acquire(location, "r")
    assert lease is not None
    monkeypatch.setattr(leases, "time", Wrong)
    lease.renew()
    assert leases.is_leased(location, "r")
    assert leases.acquire(location, "r") is None
    hurry(monkeypatch)
    wait_for(lambda: not leases.is_leased(location, "r"))
    other = leases.acquire(location, "r")
    assert other is not None
    assert other.number == 2
    with pytest.raises(leases.Lost):
        lease.check()


def test_a_lease_that_is_renewed_while_another_watches_is_not_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store's clock was put forward: by that, the lease seems to be an hour old."""
    location = FolderLocation(tmp_path)
    lease = leases.acquire(location, "r")
    assert lease is not None
    hurry(monkeypatch)
    monkeypatch.setattr(FolderLocation, "age", lambda self, key: 3600.0)
    monkeypatch.setattr(leases, "_LOOK_EVERY", 0.01)
    sleep = time.sleep
    monkeypatch.setattr(leases.time, "sleep", lambda seconds: (lease.renew(), sleep(seconds)))
    assert leases.acquire(location, "r") is None


def test_a_writer_whose_answer_was_lost_takes_its_own_write_for_its_own(tmp_path: Path) -> None:
    store = in_folder(tmp_path)
    writer = store.create(record())
    assert isinstance(writer, BucketRun)
    done = ended("a", x=1)
    FolderLocation(tmp_path).write("r/steps/a.json", encode({**done.to_json(), "session": 1}))
    writer.write_step(done)
    writer.close()
    assert store.read("r").steps["a"].outputs == {"x": 1}
