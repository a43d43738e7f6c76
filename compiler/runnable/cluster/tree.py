"""A view as lines: the tree of its steps, and how it has ended; and as a document for other tools."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any

from runnable.cluster.advice import is_too_large, plain
from runnable.cluster.model import Phase, Step, View
from runnable.diagnostics.codes.cluster import PodTrouble
from runnable.execution.progress.text import duration
from runnable_runtime.deferred import dataclass

WIDTH = max(len(phase) for phase in Phase)
MOST_ITEMS = 10
"""Of a map or loop with more items, only so many are shown: those that are not well, first."""

_LONG = ("programs", "begun")
"""What of a view is for records only."""
_OF_INTEREST = (Phase.FAILED, Phase.PENDING, Phase.RUNNING, Phase.WAITING, Phase.SUCCEEDED, Phase.SKIPPED)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the tree: the phase decides its colour."""

    phase: Phase
    text: str

    def __str__(self) -> str:
        return f"{self.phase:<{WIDTH}}  {self.text}"


def tree(view: View) -> list[Line]:
    """A line for each step, indented below the one that it is in."""
    children: dict[str, list[Step]] = defaultdict(list)
    for step in view.steps.values():
        parent = step.path.rpartition(".")[0]
        while parent and parent not in view.steps:  # what was lowered into one step
            parent = parent.rpartition(".")[0]
        children[parent].append(step)
    return list(_below("", children, ""))


def _below(path: str, children: dict[str, list[Step]], indent: str) -> Iterator[Line]:
    steps = children.get(path, [])
    shown = _chosen(steps)
    for step in shown:
        name = step.path.removeprefix(path).removeprefix(".")
        yield Line(step.phase, indent + name + _details(step))
        yield from _below(step.path, children, indent + "  ")
    if left := [step for step in steps if step not in shown]:
        yield Line(_worst(left), f"{indent}and {len(left)} more: {_counted(left)}")


def _chosen(steps: list[Step]) -> list[Step]:
    if len(steps) <= MOST_ITEMS or any(step.kind != "item" for step in steps):
        return steps
    first = sorted(steps, key=lambda step: _OF_INTEREST.index(step.phase))[:MOST_ITEMS]
    return [step for step in steps if step in first]


def _worst(steps: Iterable[Step]) -> Phase:
    return min((step.phase for step in steps), key=_OF_INTEREST.index)


def _details(step: Step) -> str:
    parts = [took(step.started, step.finished)] if step.kind == "task" and step.started else []
    if len(step.attempts) > 1:
        parts.append(f"{len(step.attempts)} attempts")
    if step.waits:
        parts.append("waits for approval")
    if step.cached:
        parts.append("from Argo's cache")
    if step.phase is Phase.FAILED and step.kind == "task" and step.message:
        parts.append(first_line(plain(step.message)))
    return "".join("  " + part for part in parts)


def first_line(text: str) -> str:
    """The first line of a message, cut where it is long."""
    line = text.strip().partition("\n")[0]
    return line if len(line) <= 100 else line[:99] + "…"


def took(started: str, finished: str) -> str:
    """How long it took, or has taken until now."""
    if not started:
        return ""
    end = datetime.fromisoformat(finished) if finished else datetime.now(UTC)
    return duration(max((end - datetime.fromisoformat(started)).total_seconds(), 0.0))


def heading(view: View) -> str:
    """The line over the tree."""
    done = sum(step.phase.ended for step in view.tasks())
    phase = "stopping" if view.stopping and not view.phase.ended else str(view.phase)
    return (
        f"workflow {view.name} {phase}, {took(view.started, view.finished)}: {done} of {len(view.tasks())} tasks ended"
    )


def conclusion(view: View) -> str:
    """How a workflow has ended: its tasks by phase, what failed and why."""
    took_ = took(view.started, view.finished)
    lines = [f"workflow {view.name} {view.phase}: {_counted(view.tasks())} in {took_}"]
    if view.phase is Phase.FAILED:
        failed = [step for step in view.tasks() if step.phase is Phase.FAILED]
        for step in failed[:MOST_ITEMS]:
            lines.append(f"  {step.path}: {plain(step.message) or 'failed'}")
        if view.message and (not failed or is_too_large(view.message)):
            lines.append(f"  {plain(view.message)}")
    return "\n".join(lines)


def render_troubles(found: Iterable[PodTrouble]) -> str:
    """What keeps steps from running, those of one cause together."""
    steps: dict[tuple[str, str], list[PodTrouble]] = defaultdict(list)
    for problem in found:
        steps[problem.reason, problem.advice].append(problem)
    texts = []
    for problems in steps.values():
        first = problems[0]
        more = f" (and {len(problems) - 1} more steps)" if len(problems) > 1 else ""
        texts.append(PodTrouble(step=first.step + more, reason=first.reason, advice=first.advice).render())
    return "\n".join(texts)


def document(view: View, found: Iterable[PodTrouble]) -> dict[str, Any]:
    """The view, its steps and what keeps them from running, in values of JSON."""
    steps = [asdict(step) for step in view.steps.values()]
    whole = {name: value for name, value in asdict(replace(view, programs=(), begun=None)).items() if name not in _LONG}
    return {**whole, "steps": steps, "troubles": [problem.fields() for problem in found]}


def _counted(steps: Iterable[Step]) -> str:
    counts = Counter(step.phase for step in steps)
    return ", ".join(f"{counts[phase]} {phase}" for phase in Phase if counts[phase]) or "no tasks"
