"""Files are copied and hashed at once, however the system can; several become durable before any has its name."""

import errno
import hashlib
import os

import pytest

from runnable_runtime.failures import StorageFailed
from runnable_runtime.stores import copying, folder
from runnable_runtime.stores.catalog import RunCatalog
from runnable_runtime.stores.copying import copy_and_hash
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.location import StoreError
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.several import Moved, at_once, groups
from runnable_runtime.stores.storage import Storage


def cannot(*_):
    raise OSError(errno.EXDEV, "between file systems")


def says_that_nothing_is_there(*_):
    return 0


@pytest.mark.parametrize("size", [0, 1, 1024**2, 1024**2 + 1, 3 * 1024**2 + 17])
@pytest.mark.parametrize("kernel", [None, cannot, says_that_nothing_is_there])
@pytest.mark.parametrize("written", [True, False])
def test_a_copy_is_what_was_hashed(tmp_path, monkeypatch, size, kernel, written):
    if kernel is not None:
        monkeypatch.setattr(os, "copy_file_range", kernel)
    monkeypatch.setattr(copying, "_PIECE", 700_000)
    content, moved = os.urandom(size), []
    (tmp_path / "a").write_bytes(content)
    with (tmp_path / "a").open("rb") as source, (tmp_path / "b").open("wb") as target:
        found = copy_and_hash(source.fileno(), target.fileno(), moved.append, written=written)
    assert found == (hashlib.sha256(content).hexdigest(), size)
    assert (tmp_path / "b").read_bytes() == content
    assert sum(moved) == size


def test_what_the_kernel_begins_is_completed(tmp_path, monkeypatch):
    """As where a file system gives up in the midst of a file."""
    real, calls = os.copy_file_range, []

    def once(*arguments):
        calls.append(arguments)
        return real(*arguments) if len(calls) == 1 else cannot()

    monkeypatch.setattr(os, "copy_file_range", once)
    monkeypatch.setattr(copying, "_PIECE", 1024**2)
    content = os.urandom(3 * 1024**2)
    (tmp_path / "a").write_bytes(content)
    with (tmp_path / "a").open("rb") as source, (tmp_path / "b").open("wb") as target:
        assert copy_and_hash(source.fileno(), target.fileno(), written=True)[0] == hashlib.sha256(content).hexdigest()
    assert (tmp_path / "b").read_bytes() == content


def files(tmp_path, number):
    (tmp_path / "from").mkdir()
    for i in range(number):
        (tmp_path / "from" / f"{i}").write_text(f"content {i}")
    return [Moved(tmp_path / "from" / f"{i}", f"run/{i % 3}/{i}", 10) for i in range(number)]


def test_all_of_a_group_are_on_the_disk_before_any_has_its_name(tmp_path, monkeypatch):
    said, real = [], os.replace
    monkeypatch.setattr(folder, "sync", lambda file: said.append("sync"))
    monkeypatch.setattr(folder, "sync_folder", lambda file: said.append("folder"))
    monkeypatch.setattr(os, "replace", lambda *names: (said.append("name"), real(*names)))
    monkeypatch.setattr(folder, "_TOGETHER", 4)
    store = FolderLocation(tmp_path / "store")
    moved = files(tmp_path, 6)
    found = list(store.upload_all(moved))
    assert said == ["sync"] * 4 + ["name"] * 4 + ["folder"] * 3 + ["sync"] * 2 + ["name"] * 2 + ["folder"] * 2
    assert found == [(hashlib.sha256(one.file.read_bytes()).hexdigest(), one.file.stat().st_size) for one in moved]
    assert {entry.key for entry in store.entries()} == {one.key for one in moved}


def test_a_group_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(file):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(folder, "sync", full)
    store = FolderLocation(tmp_path / "store")
    with pytest.raises(StoreError, match="No space left"):
        list(store.upload_all(files(tmp_path, 5)))
    assert not [file for file in (tmp_path / "store").rglob("*") if file.is_file()]


def test_a_file_that_grows_while_it_is_put_is_refused(tmp_path, monkeypatch):
    work = tmp_path / "work"
    work.mkdir()
    (work / "a.txt").write_text("short")
    catalog = RunCatalog(Storage(StoreSettings(str(tmp_path / "store")), "run", "step"), work, work)
    monkeypatch.setattr(folder, "sync", lambda file: (work / "a.txt").write_text("longer than that"))
    with pytest.raises(StorageFailed, match=r"'a\.txt' changed while it was put"):
        catalog.put(["*.txt"], copy=True, complete=True)


def test_a_store_that_moves_one_file_at_a_time_does(tmp_path, monkeypatch):
    """As a store of another distribution, which has the methods of `Location` and no others."""
    monkeypatch.delattr(FolderLocation, "upload_all")
    monkeypatch.delattr(FolderLocation, "download_all")
    monkeypatch.setattr(FolderLocation, "upload", lambda self, file, key, progress: self.write(key, file.read_bytes()))
    monkeypatch.setattr(FolderLocation, "download", lambda self, key, file, progress: file.write_bytes(self.read(key)))
    storage = Storage(StoreSettings(str(tmp_path / "store")), "run", "step")
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    (tmp_path / "one" / "a.txt").write_text("A")
    (tmp_path / "one" / "b.txt").write_text("B")
    put = RunCatalog(storage, tmp_path / "one", tmp_path / "one")
    put.put(["*.txt"], copy=True, complete=True)
    got = RunCatalog(storage, tmp_path / "two", tmp_path / "two")
    got.get(["*.txt"])
    assert (tmp_path / "two" / "b.txt").read_text() == "B"
    assert [one["sha256"] for one in got.files] == [one["sha256"] for one in put.files]


def test_groups_are_limited_in_number_and_size(tmp_path):
    sizes = [1, 2, 50, 3, 4, 5, 6, 7]
    found = groups([Moved(tmp_path, "", size) for size in sizes], 3, 10)
    assert [[one.size for one in group] for group in found] == [[1, 2], [50], [3, 4], [5], [6], [7]]


def test_several_at_once_are_in_order_and_the_first_error_is_raised():
    assert at_once(lambda x: x * 2, range(100), 8) == [x * 2 for x in range(100)]
    with pytest.raises(ZeroDivisionError):
        at_once(lambda x: 1 // x, [1, 0, 2], 2)
