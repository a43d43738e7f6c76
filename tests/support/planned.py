"""Plans beside what has run: which steps a plan counts otherwise than a record has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from runnable.ir.nodes import Program
from runnable.planning.changes import Changes
from runnable.planning.earlier import Resumed
from runnable.planning.expand import Expansion, Fate
from runnable.planning.steps import PlannedSteps
from runnable.runs.code import CodeBook, Functions
from runnable.runs.resume.positions import Places
from runnable.runs.resume.request import Resumption
from runnable_runtime.records.records import RunRecord, Status
from runnable_runtime.stores.storage import NOWHERE, Storage


def plain(program: Program) -> PlannedSteps:
    """The steps, of which each task runs."""
    return Expansion(program, lambda task, at, scope: Fate()).steps


def informed(program: Program, functions: Functions, record: RunRecord, storage: Storage = NOWHERE) -> PlannedSteps:
    """The steps where everything that the record has is taken: what is known only at run time is known from it."""
    resumption = Resumption(record.run_id, record.parameters, {})
    codes, changes = CodeBook(program, functions), Changes(program.root)
    taken = Resumed(program, record, resumption, codes, storage, changes, lambda task, at, scope: Fate())
    return Expansion(program, taken).steps


def ran(program: Program, record: RunRecord) -> Counter[int]:
    """How often each task of a program has run, by the `id` of its node."""
    places = Places(program)
    found: Counter[int] = Counter()
    for path, step in record.steps.items():
        placed = places.find(path)
        if placed is not None and step.attempts and step.status in (Status.SUCCEEDED, Status.FAILED):
            found[id(placed.node)] += 1
    return found


def differences(program: Program, functions: Functions, record: RunRecord, storage: Storage = NOWHERE) -> Iterator[str]:
    """What of a run is not as it was planned.

    A plan assumes that tasks succeed: where one has failed, what comes after it may not have run. What the plan of
    resuming the run takes from it is exactly what has run, if it has succeeded.
    """
    found = ran(program, record)
    failed = any(step.status is Status.FAILED for step in record.steps.values())
    for one in plain(program).tasks():
        number = found[id(one.node)]
        if one.times.most is not None and number > one.times.most:
            yield f"{one.path!r} is planned {one.times} times, and ran {number} times"
        if not failed and number < one.times.least:
            yield f"{one.path!r} is planned {one.times} times, and ran {number} times"
    if record.status is Status.SUCCEEDED:
        for one in informed(program, functions, record, storage).tasks():
            number = found[id(one.node)]
            if (one.taken.least, one.taken.most, one.runs.most) != (number, number, 0):
                yield f"{one.path!r} ran {number} times, and {one.taken} are taken, {one.runs} run again"
