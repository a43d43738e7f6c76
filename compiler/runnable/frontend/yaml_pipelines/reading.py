"""From a YAML file to the pipeline that it says, in the classes of the SDK.

A graph of the published package leads on by `next`, and by `on_failure`; here a step has a handler, a Pipeline of its
own. So a step that several failures lead to, or that also runs without one, is made once for each: the first has its
name, another one is called `NAME after FAILED`. The meaning is the same, as each run takes one of the ways.
"""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

from yaml import Node

from runnable.diagnostics.codes.published import YamlIgnored, YamlTooLarge
from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import nearest
from runnable.frontend.yaml_pipelines.document import Document
from runnable.frontend.yaml_pipelines.graphs import FAIL, SUCCESS, YamlGraph, YamlStep, read_graph
from runnable.frontend.yaml_pipelines.tasks import read_catalog, read_task
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.pipeline import Pipeline, Step
from runnable.sdk.tasks import Stub
from runnable_runtime.deferred import dataclass

_MOST = 20_000
"""Steps of a pipeline, at most: aliases can make a short file mean any number."""
_DEEPEST = 100
_COMPOSITES: dict[str, tuple[Any, tuple[str, ...]]] = {
    "parallel": (Parallel, ("branches",)),
    "map": (Map, ("branch", "iterate_on", "iterate_as")),
    "conditional": (Conditional, ("parameter", "branches")),
    "loop": (Loop, ("branch", "max_iterations", "break_on", "index_as")),
}
"""By the type of a step that holds graphs: its class, and the keys that it needs."""
_BRANCHES = ("branch", "branches", "default")
_TEXTS = ("parameter", "iterate_on", "iterate_as", "break_on", "index_as", "reducer")
_LINKS = ("type", "next", "on_failure")


def read_pipeline(file: str, named: str) -> tuple[Pipeline, Document]:
    """The pipeline of the YAML file `file`, with what is wrong in it; messages call the file `named`.

    Raises DefinitionError for a file that is no YAML, or has no pipeline that can be looked at further.
    """
    document = Document(file)
    root = document.read(named)
    entries = document.entries(root, named) if root is not None else {}
    if "dag" not in entries:
        line = 1 if root is None else root.start_mark.line + 1
        near = [key for key in entries if nearest("dag", [key])]
        document.wrong(line, named, "has no key 'dag', which a pipeline in YAML has", "dag", near)
        raise DefinitionError(document.problems)
    found = _Reader(document).pipeline(entries["dag"].value, "dag", ())
    if found is None:
        raise DefinitionError([one for one in document.problems if one.severity is Severity.ERROR])
    return found, document


@dataclass(slots=True)
class _Reader:
    document: Document
    made: int = 0

    def pipeline(self, node: Node, what: str, inside: tuple[int, ...]) -> Pipeline | None:
        """The pipeline that a graph says; None, with mistakes, if it says none. `inside`: the graphs around it."""
        if id(node) in inside or len(inside) > _DEEPEST:
            self.document.wrong(node, what, f"is itself around it, or {_DEEPEST} others are")
            return None
        graph = read_graph(self.document, node, what)
        if graph is None:
            return None
        laid = _Laying(self, graph, (*inside, id(node)))
        steps = laid.chain(graph.start_at, "")
        pipeline = Pipeline(steps=steps, name=graph.name, description=graph.description)
        pipeline.span = graph.span
        return pipeline

    def step(self, step: YamlStep, name: str, inside: tuple[int, ...]) -> Step:
        """The step that `step` says, called `name`."""
        self.made += 1
        if self.made > _MOST:
            raise DefinitionError([YamlTooLarge(span=step.span, most=_MOST)])
        if step.type == "task":
            return read_task(self.document, step, name)
        if step.type == "stub":
            return Stub(name=name, catalog=read_catalog(self.document, step))
        if step.type in _COMPOSITES:
            return self._composite(step, name, inside)
        line, known = step.entries["type"].line, ("task", "stub", *_COMPOSITES, SUCCESS, FAIL)
        self.document.wrong(line, step.what, f"has the type {step.type!r}, which there is not", step.type, known)
        return Stub(name=name)

    def _composite(self, step: YamlStep, name: str, inside: tuple[int, ...]) -> Step:
        kind, needed = _COMPOSITES[step.type]
        before = self.document.errors
        known = {f.name for f in fields(kind) if f.init} - {f.name for f in fields(Step)}
        given: dict[str, Any] = {}
        for key, entry in step.entries.items():
            if key in _BRANCHES and key in known:
                given[key] = self._branches(step, key, inside)
            elif key in known:
                value = self.document.plain(entry.value, f"{step.what}: {key}")
                given[key] = self._text(step, key, value)
            elif key not in _LINKS:
                span = Span(self.document.file, entry.line)
                warning = YamlIgnored(span=span, what=step.what, key=key, known=tuple(known))
                self.document.problems.append(warning)
        missing = [key for key in needed if key not in given]
        for key in missing:
            self.document.wrong(step.span.line, step.what, f"has no key {key!r}, which the type {step.type!r} needs")
        if self.document.errors > before:
            return Stub(name=name)
        composite: Step = kind(name=name, **given)
        return composite

    def _text(self, step: YamlStep, key: str, value: Any) -> Any:
        """A name or a reducer as it stands there: `iterate_as: on` is a name, though YAML reads it otherwise."""
        if key not in _TEXTS or value is None:
            return value
        return self.document.text(step.entries[key].value, f"{step.what}: {key}")

    def _branches(self, step: YamlStep, key: str, inside: tuple[int, ...]) -> Any:
        node = step.entries[key].value
        if key != "branches":
            return self.pipeline(node, f"{step.what}: {key}", inside)
        found = {}
        for name, entry in self.document.entries(node, f"{step.what}: branches").items():
            branch = self.pipeline(entry.value, f"{step.what}: branch {name!r}", inside)
            shown = name.capitalize() if step.type == "conditional" and name.lower() in ("true", "false") else name
            if branch is not None:
                found[shown] = branch
        return found


@dataclass(slots=True)
class _Laying:
    """Lays a graph out as lists of steps, each with the list that handles its failure."""

    reader: _Reader
    graph: YamlGraph
    inside: tuple[int, ...]
    counts: dict[str, int] = field(default_factory=dict)
    """The names that are taken, each with the number that the last step of such a name has."""

    def chain(self, start: str, failed: str, depth: int = 0) -> list[Step]:
        """The steps from `start` to an end, which run after the failure of the step `failed`, unless it is empty."""
        if depth > _DEEPEST:
            self.reader.document.wrong(
                self.graph.steps[start].span.line, f"step {start!r}", "handles too many failures"
            )
            return []
        made: list[tuple[YamlStep, Step]] = []
        name = start
        while name not in (SUCCESS, FAIL):
            written = self.graph.steps[name]
            step = self.reader.step(written, self._name(name, failed), self.inside)
            step.span = written.span
            made.append((written, step))
            name = written.next
        if not made:
            return self._empty(failed) if name == SUCCESS or not failed else []
        made[-1][1].terminate_with_failure = name == FAIL
        for written, step in made:
            if written.on_failure:
                steps = self.chain(written.on_failure, written.name, depth + 1)
                step.on_failure = Pipeline(steps=steps)
                step.on_failure.span = written.span
        return [step for _, step in made]

    def _empty(self, failed: str) -> list[Step]:
        """What `on_failure: success` runs: nothing."""
        if not failed:
            return []
        step = Stub(name=self._name(SUCCESS, failed))
        step.span = self.graph.steps[failed].span
        return [step]

    def _name(self, name: str, failed: str) -> str:
        """A name that no step of this graph has yet, `name` if that is one."""
        found = base = name
        if name in self.counts or name == SUCCESS:
            found = base = f"{name} after {failed}"
        while found in self.counts or (found != name and found in self.graph.steps):
            self.counts[base] = count = self.counts.get(base, 1) + 1
            found = f"{base} {count}"
        self.counts.setdefault(found, 1)
        return found
