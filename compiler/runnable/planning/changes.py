"""What has changed of a task, by the names of its parts: where that is in the user's files, and both values."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from runnable.configuration.yaml_file import key_span
from runnable.diagnostics.span import Span
from runnable.ir.nodes import Task
from runnable.planning.steps import Change
from runnable.runs.lines import line_of
from runnable_runtime.code.hashing import DATA, PACKAGE, READ, UNKNOWN
from runnable_runtime.protocol import Json
from runnable_runtime.values.reference import shown

PARAMETER = "parameter "
_LONGEST = 60
_STATEMENTS = " (statements)"


class Changes:
    """Finds where changes are: in the project `root`, and in the parameters' `files`, of which the last one counts."""

    def __init__(self, root: str, files: Iterable[str] = ()) -> None:
        self._root = Path(root or ".")
        self._files = [file for file in files if file]

    def of(
        self,
        task: Task,
        names: Iterable[str],
        before: Mapping[str, Json],
        now: Mapping[str, Json],
        parts: tuple[Mapping[str, str], Mapping[str, str]] = ({}, {}),
    ) -> tuple[Change, ...]:
        """The parts called `names`, in order; `before` and `now` are the parameters' values, `parts` the code's."""
        return tuple(self._change(task, name, before, now, parts) for name in names)

    def _change(
        self,
        task: Task,
        name: str,
        before: Mapping[str, Json],
        now: Mapping[str, Json],
        parts: tuple[Mapping[str, str], Mapping[str, str]],
    ) -> Change:
        if name.startswith(PARAMETER):
            short = name.removeprefix(PARAMETER)
            values = {"before": _text(before, short), "now": _text(now, short)}
            return self._placed(name, self._of_parameter(short), **values)
        if name.startswith(PACKAGE) or name == "python":
            then, present = parts
            return Change(name, before=then.get(name, ""), now=present.get(name, ""))
        if name.startswith((DATA, READ)):
            return Change(name, file=name.removeprefix(DATA).removeprefix(READ))
        file, _, rest = name.removeprefix(UNKNOWN).partition(":")
        if file.endswith(_STATEMENTS):
            return Change(name, file=file.removesuffix(_STATEMENTS))
        if not rest and not file.endswith(".py"):
            return self._placed(name, task.span)
        place = self._root / file
        line = line_of(place, rest.partition("#")[0]) if rest else None
        return self._placed(rest or name, Span(str(place), line) if line else None, file=file)

    def _placed(self, name: str, span: Span | None, file: str = "", before: str = "", now: str = "") -> Change:
        if span is None:
            return Change(name, file=file, before=before, now=now)
        shown, _, line = span.display().rpartition(":")
        return Change(name, file=shown, line=int(line), before=before, now=now)

    def _of_parameter(self, name: str) -> Span | None:
        return next((span for file in reversed(self._files) if (span := _key(file, name))), None)


def _key(file: str, name: str) -> Span | None:
    span = key_span(file, name)
    return span if span is not None and "." not in name else None


def _text(values: Mapping[str, Json], name: str) -> str:
    if name not in values:
        return "not there"
    text = json.dumps(shown(values[name]), ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
