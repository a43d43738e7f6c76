"""What the key of a cached task was made of, what of it differs from an earlier run, and from the code as it is now."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.execution.caching.earlier import Earlier, Found
from runnable.execution.caching.files import WRITTEN, changed_names
from runnable.runs.code import CodeBook
from runnable.runs.resume.positions import Places
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.code.hashing import DATA, READ, UNKNOWN
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import AttemptRecord, RunRecord, StepRecord
from runnable_runtime.stores.step_cache import COMPILED

_NOT_CODE = ("parameter ", "variable ", "catalog ", DATA, READ)


@dataclass(frozen=True, slots=True)
class Explanation:
    """`parts` is what the task depends on; `cached` says whether that was its key, or it has no `cache=True`.

    `earlier` is the run before that it is compared with, `differs` has the names of what differs, and `now` those of
    what differs in the code as it is now; None if that was not asked for, the step is not there any more, or its pod
    has taken what it returned from the store, and has not loaded its code.
    """

    step: str
    attempt: AttemptRecord
    parts: Mapping[str, str]
    cached: bool
    earlier: Found | None
    differs: tuple[str, ...]
    now: tuple[str, ...] | None


def explain(
    store: RunLogStore, record: RunRecord, step: StepRecord, codes: tuple[Places, CodeBook] | None
) -> Explanation:
    """The explanation for the last attempt at `step`, which has one. `codes` has the program as it is now."""
    attempt = step.attempts[-1]
    code = record.code.get(attempt.code, {})
    parts = attempt.depends or code
    looked_up = COMPILED in attempt.depends
    before = Earlier(store, record, only_before=True)
    earlier = before.nearest(step.path, looked_up=looked_up) if attempt.depends else None
    differs = changed_names(parts, earlier.attempt.depends) if earlier is not None else []
    return Explanation(
        step=step.path,
        attempt=attempt,
        parts=parts,
        cached=bool(attempt.depends),
        earlier=earlier,
        differs=tuple(differs),
        now=None if looked_up and not code else _now(step.path, code if looked_up else parts, codes),
    )


def _now(path: str, parts: Mapping[str, str], codes: tuple[Places, CodeBook] | None) -> tuple[str, ...] | None:
    from runnable.ir.nodes import Task

    placed = codes[0].find(path) if codes is not None else None
    if codes is None or placed is None or not isinstance(placed.node, Task):
        return None
    task = placed.node
    then = {n: part for n, part in parts.items() if not n.startswith(_NOT_CODE) and n not in ("image", "python")}
    return tuple(changed_names(codes[1].parts_of(task.action, task.returns), then))


def text_of(found: Explanation) -> str:
    """The explanation for people, a line for each part."""
    attempt = found.attempt
    lines = [f"{found.step}, attempt {attempt.number}: {_outcome(found)}", "", _HEADINGS[found.cached]]
    lines += [f"  {name:40} {_part(name, part)}" for name, part in found.parts.items()]
    if found.earlier is not None:
        then = found.earlier.attempt.depends
        lines += ["", f"different from the run {found.earlier.run_id}:" + ("" if found.differs else " nothing")]
        lines += [
            f"  {name:40} {_part(name, then.get(name, '-'))} -> {_part(name, found.parts.get(name, '-'))}"
            for name in found.differs
        ]
    elif found.cached:
        lines += ["", "no run before it has finished this step with cache=True"]
    if found.now is not None:
        lines += ["", "different in the code as it is now:" + ("" if found.now else " nothing")]
        lines += [f"  {name}" for name in found.now]
    return "\n".join(lines)


_HEADINGS = {
    True: "what its key was made of:",
    False: "it has no cache=True: this is what its code consists of",
}


def _outcome(found: Explanation) -> str:
    unknown = [name.removeprefix(UNKNOWN) for name in found.parts if name.startswith(UNKNOWN)]
    if found.attempt.reused:
        return f"was taken from {found.attempt.reused}"
    return f"ran, as it does each time: {', '.join(unknown)} cannot be known" if unknown else "ran"


def _part(name: str, part: str) -> str:
    if part == WRITTEN:
        return "written by the task itself: does not count"
    return f"unknown: {part}" if name.startswith(UNKNOWN) else part
