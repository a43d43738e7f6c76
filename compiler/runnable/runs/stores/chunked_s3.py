"""Records in a bucket of an S3-compatible server; `chunks` has the layout, logs and notebooks beside it.

Every write is a whole object or none. The end of a task is written before anything that follows it begins, those of
several at the same time; its start, what composites become, and files are written within half a second, so that a short
step costs one request.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import field
from pathlib import Path
from typing import BinaryIO

from runnable.diagnostics.codes.configuration import RunExists, RunUnreadable
from runnable.diagnostics.codes.records import RunActive, RunTakenOver
from runnable.diagnostics.errors import ConfigurationError, OutputError, RecordUnusable
from runnable.runs import owners
from runnable.runs.stores import leases
from runnable.runs.stores.fencing import FencedWriter
from runnable.runs.stores.folders import check_id
from runnable.runs.stores.following import PartsFollower
from runnable.runs.stores.uploads import Uploads
from runnable_runtime.deferred import dataclass
from runnable_runtime.records import ends
from runnable_runtime.records.chunks import (
    FOLDERS,
    PLAN,
    RUN,
    SESSION,
    as_created,
    assemble,
    code_part,
    created_part,
    decode,
    encode,
    is_code,
    must_be_durable,
    parts_in,
    plan_of,
    step_part,
)
from runnable_runtime.records.records import RecordError, RunRecord, StepRecord
from runnable_runtime.stores.location import Location, StoreError
from runnable_runtime.stores.settings import StoreSettings, open_location

_AT_ONCE = 16
_MOMENT = 0.2
_REMOVED = "removed.json"


@dataclass(slots=True)
class BucketStore:
    """Runs in the bucket, and below the prefix, that `settings` name."""

    settings: StoreSettings
    _opened: Location | None = None

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return self._location.name

    def create(self, run: RunRecord) -> BucketRun:
        """See `RunLogStore.create`."""
        with _writing(self.name, _NOTHING):
            if self._location.size(f"{run.run_id}/{_REMOVED}") is not None:  # half removed: parts of it are still there
                raise ConfigurationError([RunExists(run_id=run.run_id)])
            try:
                self._location.write(f"{run.run_id}/{RUN}", encode(run.header_to_json()), exclusive=True)
            except FileExistsError:
                raise ConfigurationError([RunExists(run_id=run.run_id)]) from None
            self._location.write(f"{run.run_id}/{PLAN}", plan_of(run))
            return self._writer(run.run_id)

    def resume(self, run_id: str) -> tuple[RunRecord, BucketRun]:
        """See `RunLogStore.resume`."""
        self.header(run_id)
        with _writing(self.name):
            writer = self._writer(run_id)
        try:
            return self.read(run_id), writer
        except BaseException:
            writer.close()
            raise

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        with self._reading(run_id):
            keys = [key for part in FOLDERS for key in parts_in(self._location, f"{run_id}/{part}")]
            try:
                plan = self._location.read(f"{run_id}/{PLAN}")
            except FileNotFoundError:
                plan = None
            run = self._run(run_id)
            with ThreadPoolExecutor(_AT_ONCE) as pool:
                texts = dict(zip(keys, pool.map(self._location.read, keys), strict=True))
            code = {Path(key).stem: text for key, text in texts.items() if is_code(key)}
            steps = {key.partition("/")[2]: text for key, text in texts.items() if not is_code(key)}
            record = assemble(run, plan, steps, code, place=f"{self.name}/{run_id}")
            check_id(record, run_id)
            return ends.ended(record, self._location)

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        with self._reading(run_id):
            try:
                record = assemble(self._run(run_id), None, {}, {}, place=f"{self.name}/{run_id}")
            except RecordError:
                return self.read(run_id)
            check_id(record, run_id)
            return ends.ended(record, self._location)

    def follow(self, run_id: str) -> PartsFollower:
        """See `Follows.follow`."""
        return PartsFollower(self._location, run_id, f"{self.name}/{run_id}", at_once=_AT_ONCE)

    def stamp(self, run_id: str) -> tuple[int, ...]:
        """See `Follows.stamp`: to ask for it takes as long as to read."""
        return ()

    def write_end(self, run_id: str, end: ends.WorkflowEnd) -> bool:
        """See `KeepsEnds.write_end`."""
        with _writing(f"{self.name}/{run_id}"):
            return ends.write_end(self._location, run_id, end)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        with self._reading(run_id):
            return leases.is_leased(self._location, run_id)

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """See `RunLogStore.file`: a copy of it."""
        try:
            with self._location.reader(f"{run_id}/{name}") as stream:
                copy = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
                shutil.copyfileobj(stream, copy)
        except FileNotFoundError:
            return None
        except StoreError as error:
            raise RecordUnusable([RunUnreadable(run_id=run_id, reason=f"{name}: {error}")]) from None
        copy.seek(0)
        return copy

    def remove(self, run_id: str, also: Callable[[], None]) -> None:
        """See `Removes.remove`. Once a marker says that it has begun, `run.json` goes: there is no run then."""
        marker = f"{run_id}/{_REMOVED}"
        with _writing(f"{self.name}/{run_id}"):
            if self._location.size(f"{run_id}/{RUN}") is not None:
                configuration = self._configuration(run_id)
                lease = leases.acquire(self._location, run_id)
                if lease is None:
                    raise RecordUnusable([RunActive(run_id=run_id)])
                try:
                    self._location.write(marker, encode({"configuration": configuration}))
                    self._location.delete(f"{run_id}/{RUN}")
                except BaseException:
                    with suppress(OSError):
                        lease.end()
                    raise
        also()
        with _writing(f"{self.name}/{run_id}"):
            for entry in list(self._location.entries(run_id)):
                if entry.key != marker:
                    self._location.delete(entry.key)
            self._location.delete(marker)

    def half_removed(self) -> Mapping[str, str]:
        """See `Removes.half_removed`."""
        found: dict[str, str] = {}
        for run_id in self.runs():
            with self._reading(run_id), suppress(FileNotFoundError):
                if self._location.size(f"{run_id}/{RUN}") is not None:
                    continue
                marker = decode(self._location.read(f"{run_id}/{_REMOVED}"))
                found[run_id] = str(marker["configuration"]) if isinstance(marker, dict) else ""
        return found

    def _configuration(self, run_id: str) -> str:
        try:
            return self.header(run_id).configuration
        except RecordUnusable:  # it is damaged, and is removed for that
            return ""

    def repair(self, run_id: str) -> str:
        """See `Repairs.repair`."""
        from runnable.runs.stores.repairing import repair_bucket

        with _writing(f"{self.name}/{run_id}"):
            return repair_bucket(self._location, run_id, self.read)

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`. Raises RecordUnusable if the store cannot be used."""
        with self._reading(""):
            return tuple(self._location.folders())

    def _run(self, run_id: str) -> bytes:
        """The run's own fields. There are servers that remove an object for a moment to replace it."""
        try:
            return self._location.read(f"{run_id}/{RUN}")
        except FileNotFoundError:
            time.sleep(_MOMENT)
            return self._location.read(f"{run_id}/{RUN}")

    def _writer(self, run_id: str) -> BucketRun:
        lease = leases.acquire(self._location, run_id)
        if lease is None:
            owner = leases.owner_of(self._location, run_id)
            raise RecordUnusable([RunActive(run_id=run_id, by=owners.described(owner) if owner else "")])
        write = FencedWriter(self._location, lease).write
        uploads = Uploads(self._location, write, lease.renew, leases.RENEW_EVERY)
        return BucketRun(f"{self.name}/{run_id}", run_id, lease, uploads)

    @property
    def _location(self) -> Location:
        if self._opened is None:
            self._opened = open_location(self.settings)
        return self._opened

    @contextmanager
    def _reading(self, run_id: str) -> Iterator[None]:
        """Make a RecordUnusable of what cannot be read."""
        known: tuple[str, ...] = ()
        try:
            yield
            return
        except FileNotFoundError:
            reason, known = f"there is none in {self.name}", self.runs()
        except (StoreError, RecordError) as error:
            reason = str(error)
        raise RecordUnusable([RunUnreadable(run_id=run_id, reason=reason, known=known)])


@dataclass(slots=True)
class BucketRun:
    """A writer of one run. Logs and notebooks are made in a folder of this machine, and go up when they are whole."""

    place: str
    _run_id: str
    _lease: leases.Lease
    _uploads: Uploads
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="runnable-")))
    _failed: bool = False

    def write_step(self, step: StepRecord) -> None:
        """See `RunWriter.write_step`. What follows from others can wait; what cannot has its code written before."""
        key, text = self._part(step)
        with self._writing():
            self._lease.check()  # before a step begins, too
            if must_be_durable(step):
                self._uploads.put(key, text, after=self._codes(step))
            else:
                self._uploads.put_later(key, text)

    def write_ended(self, step: StepRecord) -> int:
        """See `WritesAhead.write_ended`."""
        key, text = self._part(step)
        with self._writing():
            self._lease.check()
            return self._uploads.put_ahead(key, text, after=self._codes(step))

    def durable(self, *, wait: bool) -> int:
        """See `WritesAhead.durable`."""
        with self._writing():
            return self._uploads.written(wait=wait)

    def together(self) -> AbstractContextManager[None]:
        """See `WritesAhead.together`: each part is an object of its own."""
        return nullcontext()

    def _part(self, step: StepRecord) -> tuple[str, bytes]:
        return f"{self._run_id}/{step_part(step.path)}", encode({**step.to_json(), SESSION: self._lease.number})

    def _codes(self, step: StepRecord) -> list[str]:
        return [f"{self._run_id}/{code_part(attempt.code)}" for attempt in step.attempts if attempt.code]

    def write_created(self, steps: Sequence[StepRecord]) -> None:
        """See `RunWriter.write_created`."""
        with self._writing():
            text = encode({**as_created(steps), SESSION: self._lease.number})
            self._uploads.put_later(f"{self._run_id}/{created_part(steps)}", text)

    def write_code(self, digest: str, parts: Mapping[str, str]) -> None:
        """See `RunWriter.write_code`."""
        with self._writing():
            self._uploads.put_later(f"{self._run_id}/{code_part(digest)}", encode(dict(parts)))

    def write_run(self, run: RunRecord) -> None:
        """See `RunWriter.write_run`."""
        with self._writing():
            document = {**run.header_to_json(), SESSION: self._lease.number}
            self._uploads.put(f"{self._run_id}/{RUN}", encode(document))

    def keep(self, name: str) -> None:
        """See `RunWriter.keep`."""
        with self._writing():
            self._uploads.put_later(f"{self._run_id}/{name}", self.folder / name)

    def close(self) -> None:
        """See `RunWriter.close`. After a write that failed nothing more is tried."""
        try:
            if self._failed:
                with suppress(OSError):  # it has been said
                    self._uploads.close()
            else:
                with self._writing():
                    self._uploads.close()
                    self._lease.end()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            with _writing(self.place):
                yield
        except leases.Lost as error:
            self._failed = True
            raise RecordUnusable([RunTakenOver(run_id=self._run_id, by=error.by)]) from None
        except OutputError:
            self._failed = True
            raise


_STAYS = "what is recorded stays; once the store can be used again, `runnable retry` resumes the run"
_NOTHING = "nothing has run, and nothing is recorded; run it again once the store can be used"


@contextmanager
def _writing(place: str, advice: str = _STAYS) -> Iterator[None]:
    """Turn what the store or the disk refuses into an OutputError that says where and why."""
    try:
        yield
    except leases.Lost:
        raise
    except OSError as error:
        reason = str(error) if isinstance(error, StoreError) else error.strerror or str(error)
        if isinstance(error, FileNotFoundError) and not error.strerror:  # of a server: it answers a write so
            reason = f"the server says that there is no {reason}: is it the right one, and the right bucket?"
        raise OutputError(f"error: cannot write the run's record in {place}: {reason}\n = help: {advice}") from None
