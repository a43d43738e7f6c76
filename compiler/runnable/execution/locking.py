"""Mutexes and semaphores of steps and pipelines, between all runs of one user on this machine.

A mutex is a lock of a file, a semaphore of the limit n is n such files, in a folder of the user's. They are of the
kind that records of runs have (docs/adr/0017): the system gives them back when the process ends, however it ends.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import field
from pathlib import Path

from runnable.diagnostics.codes.resources import CannotLock
from runnable.diagnostics.errors import OutputError
from runnable.ir.nodes import Locks, Program
from runnable.runs.stores.locks import WriterLock, lock_file
from runnable_runtime.deferred import dataclass


def lock_folder() -> Path:
    """Where the locks of this user are: in the folder for state that outlives programs, as the XDG rules have it."""
    state = os.environ.get("XDG_STATE_HOME", "")
    return (Path(state) if state.startswith("/") else Path.home() / ".local" / "state") / "runnable" / "locks"


@dataclass(slots=True)
class Locking:
    """The locks of one run. Whoever holds some, a step or the run itself, is known by a key.

    Each lock that a place in the program has to wait for is reported to `notice`, once.
    """

    notice: Callable[[str], None]
    _held: dict[str, list[WriterLock]] = field(default_factory=dict)
    _reported: set[tuple[str, str]] = field(default_factory=set)

    def take(self, key: str, locks: Locks, who: str, where: str) -> bool:
        """Take all of `locks` for `key`, or none; True if it has them. `who` waits, which is at `where` of the program.

        Raises OutputError if the files cannot be made.
        """
        if key in self._held or locks == Locks():
            return True
        taken: list[WriterLock] = []
        for what, files in _files(locks):
            one = _first_free(files)
            if one is None:
                for other in taken:
                    other.release()
                self._report(who, where, what)
                return False
            taken.append(one)
        self._held[key] = taken
        return True

    def hold_pipeline(self, program: Program, may_wait: Callable[[], bool]) -> bool:
        """Take the locks of a whole pipeline once they are free; False if `may_wait`, which waits for that, says so."""
        while not self.take("", program.locks, f"the pipeline {program.name!r}", ""):
            if not may_wait():
                return False
        return True

    def release(self, key: str) -> None:
        """Give back what `key` has."""
        for one in self._held.pop(key, ()):
            one.release()

    def release_all(self) -> None:
        """Give back everything."""
        for key in list(self._held):
            self.release(key)

    def _report(self, who: str, where: str, what: str) -> None:
        if (where, what) not in self._reported:
            self._reported.add((where, what))
            self.notice(f"{who} waits for the {what}")


def _files(locks: Locks) -> list[tuple[str, list[Path]]]:
    """What is to be taken: one of the files of each."""
    folder = lock_folder()
    found = []
    if locks.mutex is not None:
        found.append((f"mutex {locks.mutex!r}", [folder / f"mutex-{locks.mutex}"]))
    for name, limit in locks.semaphore:
        places = [folder / f"semaphore-{name}-{number}" for number in range(int(limit))]
        found.append((f"semaphore {name!r}, of {limit}", places))
    return found


def _first_free(files: list[Path]) -> WriterLock | None:
    for path in files:
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            one = lock_file(path)
        except OSError as error:
            raise OutputError(CannotLock(file=str(path), reason=error.strerror or str(error)).render()) from None
        if one is not None:
            return one
    return None
