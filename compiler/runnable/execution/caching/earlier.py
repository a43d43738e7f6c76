"""The attempts of earlier runs whose outcome may be reused."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from runnable.diagnostics.errors import RecordUnusable
from runnable.runs.lookup import newest_first
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import AttemptRecord, RunRecord, Status
from runnable_runtime.redaction import has_mark

_RUNS = 10
"""How many earlier runs are searched, at most: the newest ones."""
_NUMBER = re.compile(r"(?<=\.)[0-9]+(?=\.|$)")


@dataclass(frozen=True, slots=True)
class Found:
    """An attempt that succeeded, with the id of its run and the path of its step."""

    run_id: str
    path: str
    attempt: AttemptRecord


@dataclass(slots=True)
class _Run:
    """The attempts of one run that may be taken: by what they depend on, and by their path without numbers."""

    by_digests: dict[tuple[str, frozenset[tuple[str, str]]], Found] = field(default_factory=dict)
    by_place: dict[str, list[Found]] = field(default_factory=dict)


class Earlier:
    """The earlier runs of a pipeline, read when they are asked for."""

    def __init__(self, store: RunLogStore, record: RunRecord) -> None:
        """`record` is that of the present run."""
        self._store = store
        self._record = record

    def same(self, path: str, depends: Mapping[str, str]) -> Iterator[Found]:
        """Attempts at the task at `path`, as any item or iteration, that depended on the same; newest runs first."""
        key = place_of(path), frozenset(depends.items())
        return (run.by_digests[key] for run in self._runs if key in run.by_digests)

    def nearest(self, path: str) -> Found | None:
        """The newest attempt at the task at `path`, of this item or iteration if there is one."""
        for run in self._runs:
            if found := run.by_place.get(place_of(path)):
                return next((one for one in found if one.path == path), found[0])
        return None

    @cached_property
    def _runs(self) -> list[_Run]:
        found: list[_Run] = []
        for run_id, header in newest_first(self._store):
            if len(found) == _RUNS:
                break
            if isinstance(header, RunRecord) and header.pipeline == self._record.pipeline:
                if run_id == self._record.run_id:
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
                found.by_digests[place_of(path), frozenset(attempt.depends.items())] = one
                found.by_place.setdefault(place_of(path), []).append(one)
    return found


def place_of(path: str) -> str:
    """The path with `*` for the numbers of items and iterations."""
    return _NUMBER.sub("*", path)
