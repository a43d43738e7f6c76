"""The attempts of earlier runs whose outcome may be reused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field
from functools import cached_property
from pathlib import Path

from runnable.diagnostics.errors import RecordUnusable
from runnable.execution.caching.files import changed_names
from runnable.runs.code import as_now
from runnable.runs.lookup import newest_first
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.code.hashing import DATA, READ
from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.records.records import AttemptRecord, RunRecord, Status
from runnable_runtime.redaction import has_mark
from runnable_runtime.stores.step_cache import COMPILED

_RUNS = 10
"""How many earlier runs are searched, at most: the newest ones."""
_NUMBER = pattern(r"(?<=\.)[0-9]+(?=\.|$)")


@dataclass(frozen=True, slots=True)
class Found:
    """An attempt that succeeded, with the id of its run and the path of its step."""

    run_id: str
    path: str
    attempt: AttemptRecord


@dataclass(slots=True)
class _Run:
    """The attempts of one run that may be taken: by what they depend on, and by their path without numbers.

    The latter with whether their pods looked themselves up in the store: what those depend on has other names.
    """

    by_digests: dict[tuple[str, frozenset[tuple[str, str]]], list[Found]] = field(default_factory=dict)
    by_place: dict[tuple[str, bool], list[Found]] = field(default_factory=dict)


class Earlier:
    """The earlier runs of a pipeline, read when they are asked for."""

    def __init__(self, store: RunLogStore, record: RunRecord, *, only_before: bool = False) -> None:
        """`record` is that of the present run. `only_before`: those that started after it do not count."""
        self._store = store
        self._only_before = only_before
        self._record = record

    def same(self, path: str, depends: Mapping[str, str], project: Path) -> Iterator[Found]:
        """Attempts at the task at `path`, as any item or iteration, that depended on the same; newest runs first.

        `project` is the folder of what they have read.
        """
        key = _key(path, depends)
        for one in (one for run in self._runs for one in reversed(run.by_digests.get(key, ()))):
            then = one.attempt.depends
            if not changed_names({**depends, **as_now(then, project)}, then):
                yield one

    def nearest(self, path: str, *, looked_up: bool = False) -> Found | None:
        """The newest attempt at the task at `path`, of this item or iteration if there is one.

        `looked_up`: one whose pod looked itself up in the store.
        """
        for run in self._runs:
            if found := run.by_place.get((place_of(path), looked_up)):
                return next((one for one in found if one.path == path), found[0])
        return None

    @cached_property
    def _runs(self) -> list[_Run]:
        found: list[_Run] = []
        for run_id, header in newest_first(self._store):
            if len(found) == _RUNS:
                break
            if isinstance(header, RunRecord) and header.pipeline == self._record.pipeline:
                if run_id == self._record.run_id or (self._only_before and header.started >= self._record.started):
                    continue
                try:
                    found.append(_indexed(self._store.read(run_id)))
                except RecordUnusable:  # it is being removed, or damaged: the task runs
                    continue
        return found


def _indexed(record: RunRecord) -> _Run:
    found = _Run()
    for path, step in record.steps.items():
        for attempt in step.attempts:
            if attempt.status is Status.SUCCEEDED and attempt.depends and not has_mark(dict(attempt.outputs)):
                one = Found(record.run_id, path, attempt)
                found.by_digests.setdefault(_key(path, attempt.depends), []).append(one)
                found.by_place.setdefault((place_of(path), COMPILED in attempt.depends), []).append(one)
    return found


def _key(path: str, depends: Mapping[str, str]) -> tuple[str, frozenset[tuple[str, str]]]:
    """What attempts that may be taken for each other share: all but files, see `files`."""
    return place_of(path), frozenset(one for one in depends.items() if not one[0].startswith((DATA, READ)))


def place_of(path: str) -> str:
    """The path with `*` for the numbers of items and iterations."""
    return _NUMBER.sub("*", path)
