"""Which steps returned, or ended, otherwise in one run than in another."""

from __future__ import annotations

from dataclasses import replace

from runnable.differences.changes import content, is_given_the_same, last_attempts, short_value
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.edges import general_paths
from runnable_runtime.records.records import RunRecord


@dataclass(frozen=True, slots=True)
class Result:
    """A step, by its path with `*` for numbers, that ended otherwise `times` times; the first of them is at `path`.

    `name` is what it returned there, with both values; empty for a status. `same_inputs`: it was given the same there,
    and had the same code.
    """

    step: str
    path: str
    name: str
    before: str
    now: str
    times: int
    same_inputs: bool

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "step": self.step,
            "path": self.path,
            "returns": self.name or None,
            "before": self.before,
            "now": self.now,
            "times": self.times,
            "same_inputs": self.same_inputs,
        }


def results(before: RunRecord, now: RunRecord) -> list[Result]:
    """In the order of the pipeline, each step and each name once. Steps that only one of the runs has are not in it."""
    general = general_paths(now)
    then, present = last_attempts(before), last_attempts(now)
    found: dict[tuple[str, str], list[Result]] = {}
    for path, step in now.steps.items():
        other = before.steps.get(path)
        if other is None or path not in then or path not in present:
            continue
        same = is_given_the_same(then[path], present[path])
        if other.status is not step.status:
            one = Result(general[path], path, "", str(other.status), str(step.status), 1, same)
            found.setdefault((general[path], ""), []).append(one)
            continue
        for name in dict.fromkeys((*other.outputs, *step.outputs)):
            if content(other.outputs.get(name)) != content(step.outputs.get(name)):
                values = short_value(other.outputs, name), short_value(step.outputs, name)
                one = Result(general[path], path, name, *values, 1, same)
                found.setdefault((general[path], name), []).append(one)
    return [replace(each[0], times=len(each)) for each in found.values()]
