"""What was changed between two runs of a pipeline, each thing once, with the steps that it concerns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from runnable.runs.lines import line_of
from runnable_runtime.code.hashing import DATA, PACKAGE, UNKNOWN
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.edges import general_paths
from runnable_runtime.records.records import AttemptRecord, RunRecord
from runnable_runtime.values.reference import Reference, shown

_LONGEST = 60
_STATEMENTS = " (statements)"
_OF_STEP = ("function", "reducer", "notebook", "returns", "command", "program", "image")
"""Parts of a step's code that are the step's own, in the pipeline's file."""
NOT_THERE = "not there"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs; `kind` is one word for it.

    `before` and `now` are empty where there is no value to show. `file` and `line` are where it is in the project now.
    `steps` have it in their code, by their paths with `*` for numbers; none: it concerns the whole run.
    """

    kind: str
    name: str
    before: str = ""
    now: str = ""
    file: str = ""
    line: int | None = None
    steps: tuple[str, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "before": self.before or None,
            "now": self.now or None,
            "file": self.file or None,
            "line": self.line,
            "steps": list(self.steps),
        }


def changes(before: RunRecord, now: RunRecord, root: Path | None = None) -> list[Change]:
    """What was changed; `root` is the project, in whose files functions are looked for, if that is at hand."""
    found = [
        *_steps(before, now),
        *_parameters(before, now),
        *_code(before, now, root),
        *_images(before, now),
        *_around(before, now),
    ]
    explained = {step for one in found for step in one.steps}
    everywhere = any(not one.steps and one.kind not in ("parameter", "step", "order") for one in found)
    files = [] if everywhere else [one for one in _files(before, now) if not explained & set(one.steps)]
    return _once([*found, *files])


def last_attempts(record: RunRecord) -> dict[str, AttemptRecord]:
    """The last attempt at each task that has some, by the path of its step."""
    return {path: step.attempts[-1] for path, step in record.steps.items() if step.attempts}


def _steps(before: RunRecord, now: RunRecord) -> Iterator[Change]:
    """Steps of the pipeline itself, and what runs after what; how many items a list has is a result."""
    then, present = set(general_paths(before).values()), set(general_paths(now).values())
    for path in sorted(present - then):
        if _is_known_before(path, now):
            yield Change("step", path, NOT_THERE, "there")
    for path in sorted(then - present):
        if _is_known_before(path, before):
            yield Change("step", path, "there", NOT_THERE)
    if then == present and before.edges and now.edges and before.edges != now.edges:
        yield Change("order", "which step runs after which")


def _is_known_before(path: str, record: RunRecord) -> bool:
    """Whether a step is in the record however lists and loops turn out: it is in no body."""
    return "*" not in path.split(".")


def _parameters(before: RunRecord, now: RunRecord) -> Iterator[Change]:
    for name in dict.fromkeys((*before.parameters, *now.parameters)):
        both = name in before.parameters and name in now.parameters
        if not both or content(before.parameters[name]) != content(now.parameters[name]):
            yield Change("parameter", name, short_value(before.parameters, name), short_value(now.parameters, name))


def _code(before: RunRecord, now: RunRecord, root: Path | None) -> Iterator[Change]:
    seen: set[tuple[str, str, str]] = set()
    general, then = general_paths(now), last_attempts(before)
    by_step = {general[path]: one for path, one in then.items() if path in general}
    for path, attempt in last_attempts(now).items():
        other = then.get(path) or by_step.get(general[path])
        if other is None or not other.code or not attempt.code or other.code == attempt.code:
            continue
        key = general[path], other.code, attempt.code
        if key in seen:
            continue
        seen.add(key)
        parts = before.code.get(other.code, {}), now.code.get(attempt.code, {})
        names = [name for name in dict.fromkeys((*parts[0], *parts[1])) if parts[0].get(name) != parts[1].get(name)]
        for name in names or ["its code"]:
            one = _part(name, parts[0].get(name, ""), parts[1].get(name, ""), root, general[path])
            yield replace(one, steps=(general[path],))


def _part(name: str, before: str, now: str, root: Path | None, step: str) -> Change:
    if name.startswith(PACKAGE):
        return Change("package", name.removeprefix(PACKAGE), before or NOT_THERE, now or NOT_THERE)
    if name.startswith(DATA):
        return Change("file", name.removeprefix(DATA))
    if name in _OF_STEP:
        shows = name in ("function", "reducer", "notebook", "image", "returns")
        old, new = (_short(before), _short(now)) if shows else ("", "")
        return Change("image" if name == "image" else "code", f"{name} of {step}", old, new)
    file, _, rest = name.removeprefix(UNKNOWN).partition(":")
    if file.endswith(_STATEMENTS):
        return Change("code", name, file=file.removesuffix(_STATEMENTS))
    if not rest:
        return Change("code", name, file=file if file.endswith(".py") else "")
    place = rest.partition("#")[0]
    gone = "was taken away" if not now else ""
    return Change("code", rest, now=gone, file=file, line=None if root is None else line_of(root / file, place))


def _files(before: RunRecord, now: RunRecord) -> Iterator[Change]:
    """Files that were put with other contents, although the step that put them had all that it had before."""
    general, then = general_paths(now), last_attempts(before)
    for path, attempt in last_attempts(now).items():
        other = then.get(path)
        if other is None or not is_given_the_same(other, attempt):
            continue
        old, new = _put(other), _put(attempt)
        for name in dict.fromkeys((*old, *new)):
            if old.get(name) != new.get(name):
                yield Change("file", name, "" if name in old else NOT_THERE, "", steps=(general[path],))


def _put(attempt: AttemptRecord) -> dict[str, str]:
    return {str(file["path"]): str(file["sha256"]) for file in attempt.files if file["stage"] == "put"}


def is_given_the_same(before: AttemptRecord, now: AttemptRecord) -> bool:
    """Whether an attempt had the same code, parameters and files."""
    got = [{str(f["path"]): f["sha256"] for f in one.files if f["stage"] == "get"} for one in (before, now)]
    return before.code == now.code and content(before.inputs) == content(now.inputs) and got[0] == got[1]


def _images(before: RunRecord, now: RunRecord) -> Iterator[Change]:
    general, then = general_paths(now), last_attempts(before)
    for path, attempt in last_attempts(now).items():
        other = then.get(path)
        if other is None:
            continue
        old, new = _image(other), _image(attempt)
        if old != new:
            yield Change("image", "what a step runs in", _short(old), _short(new), steps=(general[path],))


def _image(attempt: AttemptRecord) -> str:
    machine = attempt.machine
    if machine is None or not (machine.image or machine.digest):
        return "" if machine is None or not machine.pod else "a pod"
    return f"{machine.image} {machine.digest}".strip()


def _around(before: RunRecord, now: RunRecord) -> Iterator[Change]:
    """What was around the runs, and of which version this package was."""
    places = [bool(one.workflow) for one in (before, now)]
    if places[0] != places[1]:
        old_place, new_place = ("a cluster" if one else "a machine" for one in places)
        yield Change("environment", "where it ran", old_place, new_place)
    if before.origin is None or now.origin is None:
        return
    if before.origin.version != now.origin.version:
        yield Change("package", "runnable", before.origin.version, now.origin.version)
    old, new = (one.code.get(one.origin.surroundings, {}) if one.origin else {} for one in (before, now))
    if not old or not new:
        return
    for name in dict.fromkeys((*old, *new)):
        values = old.get(name, ""), new.get(name, "")
        if values[0] == values[1]:
            continue
        kind, _, rest = name.partition(" ")
        if kind == "package":
            yield Change("package", rest, values[0] or NOT_THERE, values[1] or NOT_THERE)
        elif kind == "configuration":
            yield Change("configuration", rest, "" if values[0] else NOT_THERE, "" if values[1] else NOT_THERE)
        else:
            shows = " of " not in name  # of what a step sets itself there are hashes
            yield Change("environment", name, values[0] if shows else "", values[1] if shows else "")


def _once(found: list[Change]) -> list[Change]:
    """Each thing once, with all its steps; a package that a step uses is not said again as one that is installed."""
    merged: dict[tuple[str, ...], Change] = {}
    for one in found:
        key = (one.kind, one.name, one.before, one.now, one.file)
        before = merged.get(key)
        steps = tuple(dict.fromkeys((*(before.steps if before else ()), *one.steps)))
        merged[key] = replace(before or one, steps=steps)
    used = {(one.before, one.now) for one in merged.values() if one.kind == "package" and one.steps}
    return [
        one
        for one in merged.values()
        if not (one.kind == "package" and not one.steps and (one.before, one.now) in used)
    ]


def content(value: Json) -> Json:
    """A recorded value, with each reference as what identifies its content: the key is another one in each run."""
    if isinstance(value, Reference):
        return content(value.to_json())
    if isinstance(value, list):
        return [content(item) for item in value]
    if isinstance(value, Mapping):
        is_reference = {"key", "sha256", "size", "format"} <= value.keys()
        return {name: content(one) for name, one in value.items() if not (is_reference and name == "key")}
    return value


def short_value(values: Mapping[str, Json], name: str) -> str:
    """The value of that name, as people read it, cut."""
    if name not in values:
        return NOT_THERE
    return _short(json.dumps(shown(values[name]), ensure_ascii=False, default=str))


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
