"""What is drawn of each node: a box with a name, notes and, of a composite, boxes inside; and how wide texts are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import field
from unicodedata import east_asian_width

from runnable.diagnostics.terminal import plain
from runnable.ir.nodes import (
    ContainerRun,
    FanOut,
    Graph,
    Loop,
    Node,
    NotebookRun,
    Nothing,
    On,
    Program,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.passes.analysis.layers import Layering, layered
from runnable_runtime.deferred import dataclass

_KINDS: dict[type, str] = {
    PythonCall: "python",
    ShellCommand: "shell",
    NotebookRun: "notebook",
    Reduce: "reduce",
    Nothing: "stub",
    ContainerRun: "container",
    Question: "approval",
    TemplateCall: "template",
    HttpRequest: "http",
}
FAILS = "\N{BALLOT X} then the pipeline has failed"
_LONGEST_NAME, _LONGEST_NOTE = 44, 52
"""Characters of a name, and of a note, that are drawn; all of them are in the box's title."""


@dataclass(slots=True, eq=False)
class Box:
    """A node as it is drawn. `layering` is how the boxes in it follow each other; without one they are side by side.

    `far` are lines about edges that are not drawn. `x`, `y`, `width` and `height` are set by the layout.
    """

    name: str
    kind: str
    notes: list[str] = field(default_factory=list)
    title: str = ""
    fails: bool = False
    inside: list[Box] = field(default_factory=list)
    layering: Layering | None = None
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


def boxed(program: Program) -> Box:
    """The whole pipeline as a box without a border."""
    return _graph(Box("", "root"), program.graph)


def _box(node: Node) -> Box:
    match node:
        case Task():
            return _task(node)
        case Graph():
            kind = "parallel" if not node.edges and len(node.nodes) > 1 else "pipeline"
            return _graph(Box(node.name, kind, _limits(node.max_parallel, kind)), node)
        case FanOut():
            notes = [f"for each {node.iterate_as} of {node.iterate_on}", *_limits(node.max_parallel)]
            if node.reducer or node.reduce:
                notes.append(f"reduced by {node.reducer}" if node.reducer else "then reduced")
            return _titled(_graph(Box(node.name, "map", notes), node.body))
        case Loop():
            notes = [f"until {node.break_on}", f"at most {_times(node.max_iterations)}"]
            return _titled(_graph(Box(node.name, "loop", notes), node.body))
        case Switch():
            box = Box(node.name, "conditional", [f"by the value of {node.parameter}"])
            for branch in node.branches:
                notes = ["otherwise"] if branch.name == node.default else []
                box.inside.append(_titled(_graph(Box(branch.name, "branch", notes), branch)))
            return _titled(box)


def _graph(box: Box, graph: Graph) -> Box:
    """`box` with the nodes of a graph inside of it."""
    box.inside = [_box(node) for node in graph.nodes]
    number = {node.name: at for at, node in enumerate(graph.nodes)}
    edges = [(number[edge.source], number[edge.target], edge.on is On.FAILURE) for edge in graph.edges]
    for name in graph.failing:
        box.inside[number[name]].fails = True
    if edges or len(graph.nodes) == 1:
        box.layering = layered(range(len(graph.nodes)), edges)
        for source, target, failing in box.layering.far:
            when = "if it fails, after" if failing else "after"
            box.inside[target].notes.append(f"{when} {shown(graph.nodes[source].name, 30)}")
    return box if box.kind == "root" else _titled(box)


def _task(task: Task) -> Box:
    kind = _KINDS[type(task.action)]
    attempts = f", up to {_times(task.options.retry + 1, 'attempt')}" if task.options.retry else ""
    names = ", ".join(one.name for one in task.returns)
    returned = f" \N{RIGHTWARDS ARROW} {names}" if names else ""
    notes = [f"{kind}{attempts}{returned}"]
    return _titled(Box(task.name, kind, notes))


def _limits(most: int | None, kind: str = "") -> list[str]:
    return [*([kind] if kind == "parallel" else []), *([f"{most} at a time"] if most else [])]


def _times(count: int, one: str = "time") -> str:
    return f"{count} {one}{'' if count == 1 else 's'}"


def _titled(box: Box) -> Box:
    """`box` with its title: all that it says, uncut."""
    said = [box.name, *box.notes] if box.kind in box.notes else [box.name, box.kind, *box.notes]
    box.title = ", ".join(said)
    return box


def shown(text: str, longest: int) -> str:
    """A text in one line, cut; what could steer a terminal or turn the direction of writing is written out."""
    line = " ".join(plain(text).split())
    return line if len(line) <= longest else f"{line[: longest - 1]}\N{HORIZONTAL ELLIPSIS}"


def name_of(box: Box) -> str:
    """The name as it is drawn."""
    return shown(box.name, _LONGEST_NAME)


def note_of(box: Box) -> str:
    """The notes as they are drawn."""
    return shown(", ".join(box.notes), _LONGEST_NOTE)


def described(boxes: Sequence[Box], longest: int = 1500) -> str:
    """The boxes in words, in their order, for who hears the picture."""
    said, left = [], longest
    for box in _all(boxes):
        said.append(" ".join(plain(box.title).split()))
        left -= len(said[-1])
        if left < 0:
            said.append("and more steps")
            break
    return "; ".join(said)


def _all(boxes: Iterable[Box]) -> Iterable[Box]:
    for box in boxes:
        yield box
        yield from _all(box.inside)


_NARROW, _BROAD = frozenset("iljtfrI.,:;|'1()[] "), frozenset("mwMWQO@%")


def width(text: str, size: float) -> float:
    """About how wide a text is, in a font of that size: fonts differ, so that it is rather too much."""
    units = 0.0
    for one in text:
        if east_asian_width(one) in "WF":
            units += 1.05
        else:
            units += 0.36 if one in _NARROW else 0.88 if one in _BROAD else 0.72 if one.isupper() else 0.61
    return units * size
