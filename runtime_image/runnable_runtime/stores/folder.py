"""A store in a folder of a file system that all tasks reach: this machine's, or a volume."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from runnable_runtime.process.files import sync, sync_folder
from runnable_runtime.stores.copying import copy_and_hash
from runnable_runtime.stores.location import Conflict, Entry, Progress, StoreError, check_key
from runnable_runtime.stores.several import Moved, at_once, groups

_PART = ".part"
"""What the name of a file ends with, and a dot is what it begins with, as long as it is being written."""
_TOGETHER, _TOGETHER_SIZE = 1000, 256 * 1024 * 1024
"""How many files, and bytes, are made durable together."""
_SYNCS = 8
"""Files that the disk is waited for at the same time: to wait for one after another takes ten times as long."""
_FLAGS = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0)


class FolderLocation:
    """Files below `root`, which is made when something is written. Links inside of it are not followed."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @property
    def name(self) -> str:
        """See `Location.name`."""
        return str(self._root)

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See `Location.read`."""
        with self.reader(key) as stream, _errors(self.name):
            stream.seek(start)
            return stream.read() if end is None else stream.read(max(0, end - start))

    def write(self, key: str, data: bytes, *, exclusive: bool = False) -> None:
        """See `Location.write`."""
        with self._new(key, exclusive=exclusive) as stream, _errors(self.name):
            stream.write(data)

    def versioned(self, key: str) -> tuple[bytes, str]:
        """See `Location.versioned`."""
        with self.reader(key) as stream, _errors(self.name):
            return stream.read(), _version(os.fstat(stream.fileno()))

    def replace(self, key: str, data: bytes, version: str | None) -> str:
        """See `Location.replace`. Who replaces meanwhile waits, where the file system knows locks."""
        with _errors(self.name):
            place = self._place(key)
            _make(place.parent)
        with _one_at_a_time(place.parent), _errors(self.name):
            try:
                found = _version(place.lstat())
            except FileNotFoundError:
                found = None
            if found != version:
                raise Conflict(key)
            self.write(key, data)
            return _version(place.lstat())

    def age(self, key: str) -> float:
        """See `Location.age`."""
        with _errors(self.name):
            return max(0.0, time.time() - self._place(key).lstat().st_mtime)

    @contextmanager
    def reader(self, key: str) -> Iterator[BinaryIO]:
        """See `Location.reader`."""
        with open(self._descriptor(key, set()), "rb") as stream:  # noqa: PTH123
            yield stream

    @contextmanager
    def writer(self, key: str) -> Iterator[BinaryIO]:
        """See `Location.writer`."""
        with self._new(key) as stream:
            yield stream

    def upload(self, file: Path, key: str, progress: Progress | None = None) -> None:
        """See `Location.upload`."""
        for _ in self.upload_all([Moved(file, key, 0, progress)]):
            pass

    def upload_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """See `Several.upload_all`. Files of a group are made durable together, before any of them has its name."""
        for group in groups(files, _TOGETHER, _TOGETHER_SIZE):
            parts: list[tuple[Path, Path]] = []
            found = []
            folders: set[str] = set()
            try:
                for one in group:
                    found.append(self._part_of(one, parts, folders))
                with _errors(self.name):
                    at_once(sync, [part for part, _ in parts], _SYNCS)
                    for part, place in parts:
                        part.replace(place)
                    at_once(sync_folder, {place.parent for _, place in parts}, _SYNCS)
            except BaseException:
                for part, _ in parts:
                    part.unlink(missing_ok=True)
                raise
            yield from found

    def download(self, key: str, file: Path, progress: Progress | None = None) -> None:
        """See `Location.download`."""
        for _ in self.download_all([Moved(file, key, 0, progress)]):
            pass

    def download_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """See `Several.download_all`."""
        for group in groups(files, _TOGETHER, _TOGETHER_SIZE):
            folders: set[str] = set()
            for one in group:
                source = self._descriptor(one.key, folders)
                try:
                    with one.file.open("wb", buffering=0) as target:
                        yield copy_and_hash(source, target.fileno(), one.progress, written=False)
                finally:
                    os.close(source)

    def _descriptor(self, key: str, folders: set[str]) -> int:
        """The file under `key`, open for reading; `folders` as in `_place`."""
        with _errors(self.name):
            descriptor = os.open(self._place(key, folders), _FLAGS)
            if stat.S_ISREG(os.fstat(descriptor).st_mode):
                return descriptor
            os.close(descriptor)
            raise FileNotFoundError(key)

    def _part_of(self, one: Moved, parts: list[tuple[Path, Path]], folders: set[str]) -> tuple[str, int]:
        """Copy a file to where it will be renamed, which is noted in `parts` with its place; its digest and size.

        `folders` has those that are there, and are looked at, and gets that of the file.
        """
        with one.file.open("rb", buffering=0) as source:
            with _errors(self.name):
                place, part = self._begin(one.key, folders)
                stream = part.open("xb", buffering=0)
            with stream, _errors(self.name):
                parts.append((part, place))
                return copy_and_hash(source.fileno(), stream.fileno(), one.progress, written=True)

    def size(self, key: str) -> int | None:
        """See `Location.size`."""
        with _errors(self.name):
            try:
                found = self._place(key).lstat()
            except (FileNotFoundError, NotADirectoryError):
                return None
            return found.st_size if stat.S_ISREG(found.st_mode) else None

    def entries(self, folder: str = "") -> Iterator[Entry]:
        """See `Location.entries`. What is no regular file is left out."""
        with _errors(self.name):
            start = self._place(folder) if folder else self._root
            found = sorted(_files(start, folder))
        for key, size, version in found:
            yield Entry(key, size, version)

    def folders(self) -> Iterator[str]:
        """See `Location.folders`."""
        with _errors(self.name):
            try:
                found = sorted(e.name for e in os.scandir(self._root) if e.is_dir(follow_symlinks=False))
            except FileNotFoundError:
                found = []
        yield from found

    def delete(self, key: str) -> None:
        """See `Location.delete`."""
        with _errors(self.name):
            self._place(key).unlink(missing_ok=True)

    def _place(self, key: str, folders: set[str] | None = None) -> Path:
        """Where `key` is; what the folders on the way are links to must be inside of the root.

        Of files that are moved together, each of the `folders` that they are in is looked at once.
        """
        place = self._root / check_key(key)
        if folders is not None:
            folder = key.rpartition("/")[0]
            if folder in folders:
                return place
            folders.add(folder)
        if os.path.realpath(place.parent) != os.path.join(os.path.realpath(self._root), *key.split("/")[:-1]):  # noqa: PTH118
            raise StoreError(f"{key!r} in {self.name} is reached through a link, and links in a store are not followed")
        return place

    def _begin(self, key: str, folders: set[str] | None = None) -> tuple[Path, Path]:
        """The place of a new file, and where it is until it is complete, in a folder that is there."""
        is_known = folders is not None and key.rpartition("/")[0] in folders
        place = self._place(key, folders)
        if not is_known:
            _make(place.parent)
        return place, place.with_name(f".{os.urandom(6).hex()}{_PART}")

    @contextmanager
    def _new(self, key: str, *, exclusive: bool = False) -> Iterator[BinaryIO]:
        with _errors(self.name):
            place, part = self._begin(key)
            stream = part.open("xb")
        try:
            with stream:
                yield stream
                with _errors(self.name):
                    stream.flush()
                    os.fsync(stream.fileno())
            with _errors(self.name):
                (_link if exclusive else os.replace)(part, place)
                sync_folder(place.parent)
        except BaseException:
            part.unlink(missing_ok=True)
            raise


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    try:
        import fcntl
    except ImportError:
        yield
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _version(status: os.stat_result) -> str:
    return f"{status.st_ino}-{status.st_mtime_ns}-{status.st_size}"


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as error:
        raise NotADirectoryError(error.errno, error.strerror, str(folder)) from None


def _link(part: Path, place: Path) -> None:
    """Give `part` the name `place`, which must be new."""
    os.link(part, place)
    part.unlink()


def _files(folder: Path, key: str) -> Iterator[tuple[str, int, str]]:
    try:
        entries = list(os.scandir(folder))
    except (FileNotFoundError, NotADirectoryError):
        return
    for entry in entries:
        inner = f"{key}/{entry.name}" if key else entry.name
        if entry.is_dir(follow_symlinks=False):
            yield from _files(Path(entry.path), inner)
        elif entry.is_file(follow_symlinks=False) and not (entry.name.startswith(".") and entry.name.endswith(_PART)):
            with suppress(FileNotFoundError):  # it was removed meanwhile
                found = entry.stat(follow_symlinks=False)
                yield inner, found.st_size, _version(found)


@contextmanager
def _errors(name: str) -> Iterator[None]:
    """Make a StoreError of what the file system refuses; a file that is not there, or is there, stays what it is."""
    try:
        yield
    except (StoreError, Conflict, FileNotFoundError, FileExistsError):
        raise
    except (NotADirectoryError, IsADirectoryError) as error:
        raise StoreError(f"{error.filename} is a file where a folder is needed, or the other way round") from None
    except OSError as error:
        reason = "there is a link instead of a file" if error.errno == errno.ELOOP else error.strerror or str(error)
        raise StoreError(f"the store {name} cannot be used: {reason}") from None
