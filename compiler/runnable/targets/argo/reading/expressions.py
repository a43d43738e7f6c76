"""What the expressions in a manifest say, for people: the inverse of `targets.argo.expressions` and `lookup`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from runnable.targets.argo.expressions import EXPRESSION, INPUT, INPUT_TEXT, parameter_tag
from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import REDUCERS

_CONDITION = pattern(r"([A-Za-z0-9_-]+)\.(Succeeded|Failed|Errored|Omitted|Skipped)")
_TASK = pattern(r"tasks(?:\.|\[')([A-Za-z0-9_-]+)")
_PARAMETER = pattern(r"workflow\.parameters(?:\.|\[')([A-Za-z0-9_-]+)")
_DECLARED = pattern(r"workflow\.parameters\['([A-Za-z0-9_-]+)'],'([a-z]+\??)'")
_ITEM = pattern(r'\["(?:item|batch)","([^"]+)","([^"]+)",\{\{item}}]')
_BATCH = pattern(r"# % (\d+) == 0 \? '],\[\['")
_REDUCED = pattern(rf',"({"|".join(REDUCERS)})"]')
_LOOKED_UP = pattern(r"\['([^']+)', \[], '', nil]")
_CHOICES = pattern(r"in \[('[^']*'(?:,'[^']*')*)]")
_SHARE = pattern(r"\* (\d+) < (\d+) \* len\(r\)")
_VALUE = pattern(r"w\d+")
_LEFT = pattern(r"toJson\(\['([^']+)',\(tasks\['run'\]\.outputs\?\.parameters \?\? \{\}\)\['([^']+)'\]")
_MOST = pattern(r"int\(inputs\.parameters\.i\) \+ 1 < (\d+)")


def conditions(depends: str) -> list[tuple[str, str]]:
    """The tasks that an argument `depends` names, in order, each with ``""`` for its success or ``" failed"``."""
    found: dict[tuple[str, str], None] = {}
    for task, outcome in _CONDITION.findall(depends):
        found[task, "" if outcome == "Succeeded" else " failed"] = None
    if not found:  # a plain name, as other tools write it
        found = {(name, ""): None for name in re.findall(r"[A-Za-z0-9_-]+", depends)}
    return list(found)


def handles_failures(tasks: Iterable[Mapping[str, Any]]) -> bool:
    """Whether one of a DAG's tasks runs where another has failed."""
    return any(outcome for task in tasks for _, outcome in conditions(task.get("depends", "")))


def tasks_read(text: str) -> list[tuple[str, str]]:
    """The tasks whose outputs are put into `text`, each with what a map's results are reduced by: ``" (max)"``."""
    found: dict[tuple[str, str], None] = {}
    for line in text.splitlines():
        reduced = _REDUCED.search(line)
        for task in _TASK.findall(line):
            found[task, f" ({reduced[1]})" if reduced else ""] = None
    return list(found)


def parameters_read(text: str) -> list[str]:
    """The workflow's parameters that are put into `text`."""
    return list(dict.fromkeys(_PARAMETER.findall(text)))


def declared_kinds(text: str) -> dict[str, str]:
    """The kinds of the declared parameters that are put into `text`, by name (`runnable_runtime.values.declared`)."""
    return dict(_DECLARED.findall(text))


def reads_outer(text: str) -> bool:
    """Whether what the DAG itself was given is put into `text`, or one of its items."""
    return INPUT_TEXT in text or _ITEM.search(text) is not None


def with_parameters(text: str, values: Mapping[str, str]) -> str:
    """`text` with the values of a workflow's parameters for their tags."""
    for name, value in values.items():
        text = text.replace(parameter_tag(name), value)
    return text


def argument(task: Mapping[str, Any], name: str) -> str:
    """The value of an argument of a task, empty if it has none of the name."""
    parameters = (task.get("arguments") or {}).get("parameters") or []
    return next((str(p.get("value", "")) for p in parameters if p["name"] == name), "")


def shown_text(value: str) -> str:
    """``'in ' + param(city)``, for the argument of a template that is not ours."""
    if not value.startswith(EXPRESSION):
        return repr(value)
    joined = value.rpartition("; w == nil")[0].rpartition(" ? nil : ")[2].removesuffix(")")
    names = iter(_LOOKED_UP.findall(value))
    return " + ".join(f"param({next(names, '')})" if _VALUE.fullmatch(one) else one for one in joined.split(" + "))


def left_by_others(text: str) -> list[tuple[str, str]]:
    """What the expression of an output takes of a template that is not ours: our names, and its own."""
    return _LEFT.findall(text)


def fan_out(task: Mapping[str, Any]) -> str:
    """``each x of xs``, for the task that runs once for every item."""
    if found := _ITEM.search(argument(task, INPUT)):
        return f"each {found[1]} of {found[2]}"
    over = _LOOKED_UP.search(task["withParam"])
    return f"each of {over[1] if over else task['withParam']}"


def batch(task: Mapping[str, Any]) -> str:
    """How many items share a pod, at most, of the task that runs for all of them; empty where each has its own."""
    found = _BATCH.search(str(task.get("withParam", "")))
    return found[1] if found else ""


def loop(task: Mapping[str, Any]) -> str:
    """``until done, at most 5 times``, for the task that is a loop's next iteration."""
    when = task.get("when", "")
    until, most = _LOOKED_UP.search(when), _MOST.search(when)
    if until is None or most is None:
        return f"while {when}"
    return f"until {until[1]}, at most {most[1]} times"


def choice(when: str) -> str:
    """``size is 'large'``, for the condition of a branch."""
    if share := _SHARE.search(when):
        return f"less than {share[2]} of {share[1]} of its items have succeeded"
    name, texts = _LOOKED_UP.search(when), _CHOICES.findall(when)
    if name is None or not texts:
        return when
    values = texts[-1].replace("'", "").replace(",", " or ")
    return f"{name[1]} is {'not ' if when.removeprefix(EXPRESSION).startswith('not ') else ''}{values}"
