"""The catalog: files that a step gets before it runs, and puts after it has run.

They are the run's own: every step of a run sees the files of all others, the one that was put last where two have one
path. Nothing is read or written outside of the working folder, whatever a pattern, a link or a store says.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import field, replace
from pathlib import Path

from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import StorageFailed
from runnable_runtime.presence import is_file, is_folder
from runnable_runtime.process.workdir import Inside, open_up
from runnable_runtime.protocol import Json
from runnable_runtime.stores.hashing import sha256_of
from runnable_runtime.stores.location import Location, StoreError, check_key
from runnable_runtime.stores.patterns import Pattern
from runnable_runtime.stores.progress import Moving
from runnable_runtime.stores.several import Moved, download_all, upload_all
from runnable_runtime.stores.storage import Storage, failing
from runnable_runtime.values.reference import RESERVED

NO_COPY, EXECUTABLE = "no-copy", "executable"
"""What is known of files beside their content: those of which only the hash was kept, and those that are programs."""
_PART = ".runnable.part"
"""The end of the name of a file that is not complete yet."""
_SHOWN = 8


@dataclass(slots=True)
class RunCatalog:
    """The files of one attempt. `base` is the working folder, `project` the one that it may be a view of.

    `files` lists what was moved, as a record has it: `path`, `stage` ("get" or "put"), `sha256`, `size`, and
    ``"stored": false`` for one of which only the hash was kept.
    """

    storage: Storage
    base: Path
    project: Path
    files: list[dict[str, Json]] = field(default_factory=list)
    _location: Location | None = None
    _marked: dict[str, set[str]] = field(default_factory=dict)

    def get(self, texts: Sequence[str]) -> None:
        """Bring the files that match each of `texts` into the working folder. Raises StorageFailed for one without."""
        for pattern in self._patterns(texts):
            with failing():
                if (
                    pattern.has_brackets
                    and self._store.size(self.storage.file_key("/".join(pattern.parts))) is not None
                ):
                    pattern = replace(pattern, exact=True)
                stored = dict(self._stored(pattern))
                self._bring(stored)
                found = list(stored)
                if not (pattern.literal and pattern.start in found):
                    for path, known in self._not_copied(pattern):
                        found.append(path)
                        self._find_in_place(path, known)
            if not found:
                raise StorageFailed(self._nothing(pattern, "get", self._all_stored()))

    def put(self, texts: Sequence[str], *, copy: bool, complete: bool) -> None:
        """Keep the files that match each of `texts`; with `copy` false, only their hashes.

        `complete`: raise StorageFailed for a pattern that nothing matches. A step that has failed keeps what is there.
        """
        for pattern in self._patterns(texts):
            if pattern.has_brackets and os.path.lexists(self.base.joinpath(*pattern.parts)):
                pattern = replace(pattern, exact=True)
            with failing(), _reading(self.base):
                found = list(self._local(pattern))
                if copy:
                    self._keep(found)
                else:
                    for path in found:
                        self._note(path)
            if not found and complete:
                raise StorageFailed(self._nothing(pattern, "put", self._beside(pattern)))

    def put_as(self, file: Path, path: str) -> None:
        """Keep a file that is not in the working folder under `path`."""
        with failing():
            self._upload({path: file})

    # --- from the store ---

    def _stored(self, pattern: Pattern) -> Iterator[tuple[str, int]]:
        """The paths of the run's files that match, with their sizes."""
        if pattern.literal and (size := self._store.size(self.storage.file_key(pattern.start))) is not None:
            yield pattern.start, size
            return
        for path, size in self._paths(pattern.start):
            if pattern.matches(path):
                yield path, size

    def _paths(self, start: str = "") -> Iterator[tuple[str, int]]:
        """The paths of the run's files that are below the folder `start`, with their sizes."""
        folder = self.storage.file_key(start) if start else self.storage.run_id
        for entry in self._store.entries(folder):
            path = check_key(entry.key.removeprefix(f"{self.storage.run_id}/"))
            if not path.startswith(f"{RESERVED}/"):
                yield path, entry.size

    def _all_stored(self) -> list[str]:
        with suppress(StoreError):
            return [path for path, _ in self._paths()]
        return []

    def _bring(self, stored: dict[str, int]) -> None:
        """Bring files, of these sizes, by way of files beside them, so that each is whole or not there."""
        places: dict[str, Path] = {}
        parts: dict[str, Moved] = {}
        moving, path = Moving("get"), ""
        folders: dict[str, Path] = {}
        try:
            for path, size in stored.items():
                folder, _, name = path.rpartition("/")
                if folder not in folders:
                    folders[folder] = self._place(path).parent
                places[path] = folders[folder] / name
                part = places[path].with_name(f".{os.urandom(4).hex()}{_PART}")
                parts[path] = Moved(part, self.storage.file_key(path), size, moving.of(path, size))
            found = download_all(self._store, list(parts.values()))
            for path in stored:
                digest, size = next(found)
                if path in self._marks(EXECUTABLE):
                    _allow_execution(parts[path].file)
                parts.pop(path).file.replace(places[path])
                moving.ended(path)
                self._tell("get", path, digest, size)
        except FileNotFoundError as error:
            gone = next((other for other, part in parts.items() if part.key == str(error)), path)
            raise StorageFailed(f"{gone!r} was removed from the catalog while it was brought") from None
        except OSError as error:
            if isinstance(error, StoreError):
                raise
            where = (self.base / path).parent
            raise StorageFailed(f"{path!r} cannot be written to {where}: {error.strerror}") from None
        finally:
            for one in parts.values():
                one.file.unlink(missing_ok=True)

    def _place(self, path: str) -> Path:
        """Where a file of the run is to be in the working folder, in a folder that is there."""
        place = open_up(self.base, self.project, path)
        if place is None:
            raise StorageFailed(
                f"{path!r} would be written outside of the working folder {self.base}: a link leads there"
            )
        return place

    def _not_copied(self, pattern: Pattern) -> Iterator[tuple[str, dict[str, Json]]]:
        """The files of which only the hash was kept, and what is known of them."""
        folder = self.storage.own_key(NO_COPY)
        for entry in self._store.entries(folder):
            path = check_key(entry.key.removeprefix(f"{folder}/"))
            if pattern.matches(path):
                yield path, _known(self._store.read(entry.key))

    def _find_in_place(self, path: str, known: dict[str, Json]) -> None:
        """Make sure that a file that was not copied is still where it was put from."""
        step = known.get("step", "an earlier step")
        place = self.base / path
        if not self._inside(place) or not is_file(place):
            raise StorageFailed(
                f"{path!r} is not in {self.base}, and there is no copy of it: step {step!r} put it with "
                "store_copy=False"
            )
        digest, size = sha256_of(place)
        if digest != known.get("sha256"):
            raise StorageFailed(f"{path!r} is not what step {step!r} put with store_copy=False: it has changed since")
        self._tell("get", path, digest, size, stored=False)

    # --- to the store ---

    def _local(self, pattern: Pattern) -> Iterator[str]:
        """The paths of the files in the working folder that match."""
        start = pattern.start
        if not os.path.lexists(self.base / start):
            return
        if pattern.literal and not is_folder(self.base / start):
            yield start
            return
        for path in self._walk(start, pattern, ()):
            if pattern.matches(path):
                yield path

    def _walk(self, folder: str, pattern: Pattern, around: tuple[str, ...]) -> Iterator[str]:
        """The paths of all files below a folder, as deep as `pattern` goes. `around`: the real paths of those above it.

        A link to a folder is followed if that is inside; one that leads out is taken for a file, which is refused.
        """
        here = os.path.realpath(self.base / folder)
        if here in around or (pattern.deepest is not None and folder.count("/") + bool(folder) >= pattern.deepest):
            return
        with os.scandir(here) as entries:
            found = sorted(entries, key=lambda entry: entry.name)
        for entry in found:
            path = f"{folder}/{entry.name}" if folder else entry.name
            if entry.is_dir() and self._inside(self.base / path):
                if self.storage.store is None or self.storage.store.url != str(self.base / path):
                    yield from self._walk(path, pattern, (*around, here))
            elif not entry.name.endswith(_PART) and (pattern.whole or not entry.is_dir()):
                yield path

    def _keep(self, paths: Sequence[str]) -> None:
        inside = Inside(self.base, self.project)
        files = {path: self._readable(path, inside) for path in paths}
        for path, status in self._upload(files).items():
            self._mark(NO_COPY, path, None)
            self._mark(EXECUTABLE, path, b"" if status.st_mode & stat.S_IXUSR else None)

    def _upload(self, files: dict[str, Path]) -> dict[str, os.stat_result]:
        """Keep files under their paths; what they were like."""
        before = {path: file.stat() for path, file in files.items()}
        moving = Moving("put")
        moved = [
            Moved(file, self.storage.file_key(path), before[path].st_size, moving.of(path, before[path].st_size))
            for path, file in files.items()
        ]
        for (path, file), (digest, size) in zip(files.items(), upload_all(self._store, moved), strict=True):
            then, now = before[path], file.stat()
            if (then.st_mtime_ns, then.st_size) != (now.st_mtime_ns, now.st_size):
                raise StorageFailed(f"{path!r} changed while it was put into the catalog: something still writes to it")
            moving.ended(path)
            self._tell("put", path, digest, size)
        return before

    def _note(self, path: str) -> None:
        """Keep the hash of a file. A copy that an earlier step put would not be the file any more."""
        digest, size = sha256_of(self._readable(path))
        known = json.dumps({"sha256": digest, "size": size, "step": self.storage.step})
        self._store.delete(self.storage.file_key(path))
        self._mark(NO_COPY, path, known.encode())
        self._tell("put", path, digest, size, stored=False)

    def _marks(self, kind: str) -> set[str]:
        """The paths of the run's files that have a mark of that kind."""
        if kind not in self._marked:
            folder = self.storage.own_key(kind)
            self._marked[kind] = {entry.key.removeprefix(f"{folder}/") for entry in self._store.entries(folder)}
        return self._marked[kind]

    def _mark(self, kind: str, path: str, content: bytes | None) -> None:
        """Give a file a mark, or take it away for None."""
        key = self.storage.own_key(f"{kind}/{path}")
        if content is not None:
            self._store.write(key, content)
            self._marks(kind).add(path)
        elif path in self._marks(kind):
            self._store.delete(key)
            self._marks(kind).discard(path)

    def _readable(self, path: str, inside: Inside | None = None) -> Path:
        place = self.base / path
        if not (inside or self._inside)(place):
            raise StorageFailed(f"{path!r} is a link that leads out of the working folder {self.base}")
        if not is_file(place):
            raise StorageFailed(f"{path!r} is not a file that can be put into the catalog")
        return place

    def _inside(self, place: Path) -> bool:
        return Inside(self.base, self.project)(place)

    # --- both ---

    @property
    def _store(self) -> Location:
        if self._location is None:
            self._location = self.storage.open()
        return self._location

    def _patterns(self, texts: Sequence[str]) -> list[Pattern]:
        try:
            return [Pattern.of(text, self.storage.folder) for text in texts]
        except ValueError as error:
            raise StorageFailed(f"a pattern of the catalog {error}") from None

    def _tell(self, stage: str, path: str, digest: str, size: int, *, stored: bool = True) -> None:
        told: dict[str, Json] = {"path": path, "stage": stage, "sha256": digest, "size": size}
        self.files.append(told if stored else {**told, "stored": False})

    def _beside(self, pattern: Pattern) -> list[str]:
        """The names in the nearest folder that is there."""
        folder = self.base / pattern.start
        while not is_folder(folder):
            folder = folder.parent
        return sorted(folder.relative_to(self.base).joinpath(name).as_posix() for name in os.listdir(folder))  # noqa: PTH208

    def _nothing(self, pattern: Pattern, stage: str, known: list[str]) -> str:
        from difflib import get_close_matches

        where = "the catalog of this run" if stage == "get" else f"the working folder {self.base}"
        near = get_close_matches("/".join(pattern.parts), known, n=_SHOWN, cutoff=0.5)
        some = list(dict.fromkeys([*near, *known]))[:_SHOWN]
        more = f" and {len(known) - len(some)} more" if len(known) > len(some) else ""
        there = f"there is {', '.join(some)}{more}" if some else "there is nothing"
        return f"cannot {stage} {pattern.text!r}: nothing in {where} matches it; {there}"


def _allow_execution(file: Path) -> None:
    """Let everybody who may read `file` run it."""
    mode = stat.S_IMODE(file.stat().st_mode)
    file.chmod(mode | (mode & 0o444) >> 2)


def _known(data: bytes) -> dict[str, Json]:
    """What was written of a file without a copy; nothing, if someone else has written it."""
    with suppress(ValueError):
        found = json.loads(data)
        if isinstance(found, dict):
            return found
    return {}


@contextmanager
def _reading(base: Path) -> Iterator[None]:
    """Make the step's failure of a file or folder that cannot be read."""
    try:
        yield
    except StoreError:
        raise
    except OSError as error:
        raise StorageFailed(f"{error.filename or base} cannot be read: {error.strerror or error}") from None
