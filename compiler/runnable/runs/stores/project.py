"""All the runs of a project, whichever of its configurations has written them.

Records are looked for where the project's own configuration says, in the folder of those without one, and where the
configurations say that runs were made with: their files are listed in that folder.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import BinaryIO

from runnable.configuration import Configuration, Section, load_configuration
from runnable.configuration.project import RECORDS
from runnable.diagnostics.errors import OutputError, RunnableError
from runnable.diagnostics.terminal import say
from runnable.runs.stores.following import following
from runnable.runs.stores.settings import open_store
from runnable.runs.stores.store import Follower, Follows, KeepsEnds, Removes, RunLogStore, RunWriter
from runnable_runtime.records.ends import WorkflowEnd
from runnable_runtime.records.records import RunRecord

_LIST = "configurations"
_IN_FOLDERS = ("file-system", "chunked-fs")
_SECTION = "run-log-store"


def remember(configuration: Configuration) -> None:
    """Note that runs are made with `configuration`, if its records would not be found otherwise.

    A project that cannot be written to is left alone.
    """
    section = configuration.section(_SECTION)
    if not configuration.named or section.type == "buffered" or section in [Section(kind) for kind in _IN_FOLDERS]:
        return
    listed = configuration.root / RECORDS / _LIST
    with suppress(OSError):
        if configuration.named in _listed(listed):
            return
        listed.parent.mkdir(parents=True, exist_ok=True)
        with listed.open("a", encoding="utf-8") as stream:
            stream.write(f"{configuration.named}\n")


def project_store(configuration: Configuration) -> RunLogStore:
    """The records of the project `configuration.root`, of which `configuration` is the own one, to be read.

    Raises ConfigurationError for that one; another one that cannot be used is reported on standard error.
    """
    found = [open_store(configuration)]
    for other in _others(configuration):
        try:
            found.append(open_store(other))
        except RunnableError as error:
            _left_out(other.named or other.file, error)
    unique = {(type(store), store.name): store for store in found}
    return found[0] if len(unique) == 1 else ProjectStore(tuple(unique.values()))


def _others(configuration: Configuration) -> Iterator[Configuration]:
    root = configuration.root
    section = configuration.section(_SECTION)
    if section.type in _IN_FOLDERS:
        yield from _in_folder(configuration, section)
    if (root / RECORDS).is_dir():
        yield from _in_folder(replace(configuration, sections={}), Section("file-system"))
    for named in _listed(root / RECORDS / _LIST):
        file = root / named
        if not file.is_file():
            continue
        try:
            yield load_configuration(str(file), root)
        except RunnableError as error:
            _left_out(named, error)


def _in_folder(configuration: Configuration, section: Section) -> Iterator[Configuration]:
    for kind in _IN_FOLDERS:
        yield replace(configuration, sections={_SECTION: replace(section, type=kind)})


def _listed(file: Path) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(file.read_text(encoding="utf-8").splitlines()))
    except (OSError, UnicodeDecodeError):
        return ()


def _left_out(name: str, error: RunnableError) -> None:
    reason = str(error).partition("\n")[0].removeprefix("error: ")
    say(f"notice: runs of {name} are left out: {reason}", file=sys.stderr)


class ProjectStore:
    """Several stores as one, in which each run is read, and resumed, where it is. Nothing new is created in it."""

    def __init__(self, stores: tuple[RunLogStore, ...]) -> None:
        self._stores = stores

    @property
    def name(self) -> str:
        """See `RunLogStore.name`."""
        return " and ".join(dict.fromkeys(store.name for store in self._stores))

    @cached_property
    def _homes(self) -> dict[str, RunLogStore]:
        """The store of each run; an earlier store wins."""
        found: dict[str, RunLogStore] = {}
        for number, store in enumerate(self._stores):
            try:
                known = store.runs()
            except RunnableError as error:
                if number == 0:
                    raise
                _left_out(store.name, error)
                continue
            for run_id in known:
                found.setdefault(run_id, store)
        return found

    def home(self, run_id: str) -> RunLogStore:
        """The store that has the run; the first one if none has."""
        return self._homes.get(run_id, self._stores[0])

    def runs(self) -> tuple[str, ...]:
        """See `RunLogStore.runs`."""
        return tuple(sorted(self._homes))

    def create(self, run: RunRecord) -> RunWriter:
        """Raises OutputError: a run is created in one store."""
        raise OutputError(f"error: the run {run.run_id} is in no store")

    def resume(self, run_id: str) -> tuple[RunRecord, RunWriter]:
        """See `RunLogStore.resume`."""
        return self.home(run_id).resume(run_id)

    def read(self, run_id: str) -> RunRecord:
        """See `RunLogStore.read`."""
        return self.home(run_id).read(run_id)

    def header(self, run_id: str) -> RunRecord:
        """See `RunLogStore.header`."""
        return self.home(run_id).header(run_id)

    def follow(self, run_id: str) -> Follower:
        """See `Follows.follow`."""
        return following(self.home(run_id), run_id)

    def stamp(self, run_id: str) -> tuple[int, ...]:
        """See `Follows.stamp`."""
        store = self.home(run_id)
        return store.stamp(run_id) if isinstance(store, Follows) else ()

    def look_again(self) -> None:
        """Look for runs that have begun since."""
        self.__dict__.pop("_homes", None)

    def is_active(self, run_id: str) -> bool:
        """See `RunLogStore.is_active`."""
        return self.home(run_id).is_active(run_id)

    def file(self, run_id: str, name: str) -> BinaryIO | None:
        """See `RunLogStore.file`."""
        return self.home(run_id).file(run_id, name)

    def write_end(self, run_id: str, end: WorkflowEnd) -> bool:
        """See `KeepsEnds.write_end`."""
        store = self.home(run_id)
        return isinstance(store, KeepsEnds) and store.write_end(run_id, end)

    def remove(self, run_id: str, also: Callable[[], None]) -> None:
        """See `Removes.remove`. Raises OutputError if the run's store cannot do that."""
        store = next((one for one in self._removing if run_id in one.half_removed()), self.home(run_id))
        if not isinstance(store, Removes):
            raise OutputError(f"error: runs in {store.name} cannot be removed one by one")
        store.remove(run_id, also)

    def half_removed(self) -> Mapping[str, str]:
        """See `Removes.half_removed`; of a run that there is again, nothing."""
        found: dict[str, str] = {}
        for store in self._removing:
            found |= {run_id: known for run_id, known in store.half_removed().items() if known or run_id not in found}
        return found

    @property
    def _removing(self) -> list[Removes]:
        return [store for store in self._stores if isinstance(store, Removes)]
