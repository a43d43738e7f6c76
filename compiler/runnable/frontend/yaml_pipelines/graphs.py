"""The steps of one graph in YAML, and the order that their `next` and `on_failure` give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from yaml import Node

from runnable.diagnostics.codes.published import (
    YamlCircle,
    YamlIgnored,
    YamlStepMissing,
    YamlUnreached,
)
from runnable.diagnostics.span import Span
from runnable.frontend.yaml_pipelines.document import Document, Entry
from runnable_runtime.deferred import dataclass

SUCCESS, FAIL = "success", "fail"
"""The types of the steps at which a graph ends, and the names that such have where they are not written."""
_KEYS = ("start_at", "steps", "description", "name")


@dataclass(frozen=True, slots=True)
class YamlStep:
    """A step as it is written. `next` and `on_failure` are names of steps, or the ends; `on_failure` may be empty."""

    name: str
    type: str
    next: str
    on_failure: str
    entries: Mapping[str, Entry]
    span: Span

    @property
    def what(self) -> str:
        """How messages call it."""
        return f"step {self.name!r}"


@dataclass(frozen=True, slots=True)
class YamlGraph:
    """A graph as it is written: the steps by name, without those that only are an end, and the first one's name."""

    start_at: str
    steps: Mapping[str, YamlStep]
    description: str
    name: str
    span: Span


def read_graph(document: Document, node: Node, what: str) -> YamlGraph | None:
    """The graph that `node` is; None, with the mistakes in `document`, if it is none or its steps lead nowhere."""
    before = document.errors
    entries = document.entries(node, what)
    for key, entry in entries.items():
        if key not in _KEYS:
            span = Span(document.file, entry.line)
            document.problems.append(YamlIgnored(span=span, what=what, key=key, known=_KEYS))
    missing = [key for key in ("start_at", "steps") if key not in entries]
    for key in missing if entries else ():
        document.wrong(node, what, f"has no key {key!r}")
    if missing:
        return None
    written = document.entries(entries["steps"].value, f"{what}: steps")
    steps = {name: step for name, entry in written.items() if (step := _step(document, entry)) is not None}
    ends = {name: step.type for name, step in steps.items() if step.type in (SUCCESS, FAIL)}
    graph = YamlGraph(
        start_at=_led(document.text(entries["start_at"].value, f"{what}: start_at"), ends),
        steps={name: _relinked(step, ends) for name, step in steps.items() if name not in ends},
        description=_optional(document, entries, "description"),
        name=_optional(document, entries, "name"),
        span=document.span(node),
    )
    if document.errors > before:
        return None
    return graph if _is_sound(document, graph, Span(document.file, entries["start_at"].line), what) else None


def _optional(document: Document, entries: Mapping[str, Entry], key: str) -> str:
    """The text of a key that may be missing, or be empty."""
    value = document.plain(entries[key].value, key) if key in entries else None
    return "" if value is None else str(value)


def _step(document: Document, entry: Entry) -> YamlStep | None:
    what = f"step {entry.key!r}"
    entries = document.entries(entry.value, what)
    if not entries:
        return None
    kind = document.text(entries["type"].value, f"{what}: type") if "type" in entries else ""
    if "type" not in entries:
        document.wrong(entry.line, what, "has no key 'type'")
    if "next" not in entries and kind not in (SUCCESS, FAIL, ""):
        document.wrong(entry.line, what, "has no key 'next': the step after it, or `success` or `fail`")
    links = {
        key: document.text(entries[key].value, f"{what}: {key}") if key in entries else ""
        for key in ("next", "on_failure")
        if kind not in (SUCCESS, FAIL)
    }
    span = Span(document.file, entry.line)
    return YamlStep(entry.key, kind, links.get("next", ""), links.get("on_failure", ""), entries, span)


def _led(name: str, ends: Mapping[str, str]) -> str:
    """`name`; for a step that is an end, the end's type."""
    return ends.get(name, name)


def _relinked(step: YamlStep, ends: Mapping[str, str]) -> YamlStep:
    after, failed = _led(step.next, ends), _led(step.on_failure, ends)
    return YamlStep(step.name, step.type, after, "" if failed == FAIL else failed, step.entries, step.span)


def _is_sound(document: Document, graph: YamlGraph, start: Span, what: str) -> bool:
    """Whether all steps that are named are there, and none leads back; steps that never run are a warning."""
    known = tuple(graph.steps)
    named = [(start, f"{what}: start_at", graph.start_at)]
    for step in graph.steps.values():
        for key, name in (("next", step.next), ("on_failure", step.on_failure)):
            if name:
                named.append((Span(document.file, step.entries[key].line), f"{step.what}: {key}", name))
    lost = [one for one in named if one[2] not in (*known, SUCCESS, FAIL)]
    document.problems += [YamlStepMissing(span=span, what=title, name=name, known=known) for span, title, name in lost]
    if lost:
        return False
    if circle := _circle(graph):
        document.problems.append(YamlCircle(span=graph.steps[circle[-1]].span, steps=circle))
        return False
    reached = set(_reached(graph))
    document.problems += [
        YamlUnreached(span=step.span, step=step.name) for step in graph.steps.values() if step.name not in reached
    ]
    return True


def _following(step: YamlStep) -> list[str]:
    return [name for name in (step.next, step.on_failure) if name and name not in (SUCCESS, FAIL)]


def _reached(graph: YamlGraph) -> Iterator[str]:
    found, left = set[str](), [graph.start_at] if graph.start_at in graph.steps else []
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += _following(graph.steps[name])
            yield name


def _circle(graph: YamlGraph) -> tuple[str, ...]:
    """The names of steps that lead back to the first of them; empty if there are none."""
    done: set[str] = set()
    for first in graph.steps:
        way: list[str] = []
        left = [(first, iter(_following(graph.steps[first])))] if first not in done else []
        way += [first] if left else []
        while left:
            name, following = left[-1]
            after = next(following, None)
            if after is None:
                done.add(name)
                left.pop()
                way.pop()
            elif after in way:
                return tuple(way[way.index(after) :])
            elif after not in done:
                way.append(after)
                left.append((after, iter(_following(graph.steps[after]))))
    return ()
