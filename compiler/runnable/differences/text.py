"""What differs between two runs, for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from runnable.diagnostics.wording import listed
from runnable.differences.changes import Change
from runnable.differences.results import Result
from runnable_runtime.records.records import RunRecord

_MOST = 20
"""Lines of changes, and of results, that are shown."""


def render(before: RunRecord, now: RunRecord, changes: Sequence[Change], results: Sequence[Result]) -> str:
    """The whole text."""
    lines = [f"{now.pipeline}: from {_run(before)} to {_run(now)}", ""]
    lines += ["changed:", *_cut([*_changes(changes)])] if changes else ["nothing that is recorded has changed"]
    if results:
        lines += ["", "ended otherwise:", *_cut([_result(one) for one in results])]
        if not changes:
            lines += ["", *_unexplained(results)]
    else:
        lines += ["", "every step that both have ended alike"]
    return "\n".join(lines)


def words(one: Change) -> str:
    """A change as a line, without its kind and its steps."""
    place = f" at {one.file}:{one.line}" if one.file and one.line else f" in {one.file}" if one.file else ""
    if one.before and one.now:
        return f"{one.name}{place}: {one.before} \N{RIGHTWARDS ARROW} {one.now}"
    if one.before or one.now:
        return f"{one.name}{place}: {one.before or one.now}"
    return f"{one.name}{place}"


def _run(record: RunRecord) -> str:
    commit = f", {record.origin.commit[:12]}" if record.origin and record.origin.commit else ""
    changed = " and changes" if commit and record.origin and record.origin.dirty else ""
    return f"{record.run_id} ({record.started[:19]}{commit}{changed})"


def _changes(changes: Sequence[Change]) -> Iterator[str]:
    width = max(len(one.kind) for one in changes)
    for one in changes:
        steps = (
            f"  (of {listed(list(one.steps[:5]))}{' and others' if len(one.steps) > 5 else ''})" if one.steps else ""
        )
        yield f"  {one.kind:{width}}  {words(one)}{steps}"


def _result(one: Result) -> str:
    what = f"{one.name} " if one.name else ""
    first = f", first {one.path}" if one.path != one.step else ""
    times = f" ({one.times:,} times{first})" if one.times > 1 else first
    return f"  {one.step}: {what}{one.before} \N{RIGHTWARDS ARROW} {one.now}{times}"


def _unexplained(results: Sequence[Result]) -> Iterator[str]:
    if first := next((one for one in results if one.same_inputs), None):
        yield (
            f"{first.path} had the same code and was given the same: it is random, or depends on something that is not "
            "recorded, such as the time, the network, or a file whose name its code does not have"
        )


def _cut(lines: list[str]) -> list[str]:
    more = len(lines) - _MOST
    return [*lines[:_MOST], f"  ... and {more:,} more; --format json has all"] if more > 0 else lines
