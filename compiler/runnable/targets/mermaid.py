"""The target `mermaid`: a flow chart that GitHub and many editors draw."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.ir.nodes import (
    ContainerRun,
    FanOut,
    Graph,
    Loop,
    Node,
    NotebookRun,
    Nothing,
    On,
    PythonCall,
    Question,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.targets.target import CompileRequest, Document

_SHAPES: dict[type, tuple[str, str]] = {
    Reduce: ('{{"', '"}}'),
    PythonCall: ('["', '"]'),
    ShellCommand: ('[/"', '"/]'),
    NotebookRun: ('[["', '"]]'),
    Nothing: ('("', '")'),
    ContainerRun: ('[("', '")]'),
    Question: ('{"', '"}'),
    TemplateCall: ('[("', '")]'),
    HttpRequest: ('>"', '"]'),
}


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.mmd`: composites are subgraphs, failure paths are dotted."""
    lines = ["flowchart TD", *_members(request.program.graph, "n", "  ")]
    if request.program.at_exit is not None:
        lines += _subgraph("at the end, however it ends", request.program.at_exit, "exit", "  ")
    return (Document(f"{request.program.name}.mmd", "\n".join(lines) + "\n"),)


def _members(graph: Graph, identity: str, indent: str) -> Iterator[str]:
    ids = {node.name: f"{identity}{index}" for index, node in enumerate(graph.nodes)}
    for node in graph.nodes:
        yield from _node(node, ids[node.name], indent)
    for edge in graph.edges:
        arrow = "-->" if edge.on is On.SUCCESS else "-. on failure .->"
        yield f"{indent}{ids[edge.source]} {arrow} {ids[edge.target]}"
    for name in graph.failing:
        yield f"{indent}{ids[name]} --> {ids[name]}fail(((fail)))"


def _node(node: Node, identity: str, indent: str) -> Iterator[str]:
    match node:
        case Task():
            before, after = _SHAPES[type(node.action)]
            yield f"{indent}{identity}{before}{_text(node.name)}{after}"
        case Graph():
            yield from _subgraph(node.name, node, identity, indent)
        case FanOut():
            yield from _subgraph(
                f"{node.name}: each {node.iterate_as} of {node.iterate_on}", node.body, identity, indent
            )
        case Loop():
            yield from _subgraph(f"{node.name}: until {node.break_on}", node.body, identity, indent)
        case Switch():
            members = Graph(node.name, node.branches)
            yield from _subgraph(f"{node.name}: by {node.parameter}", members, identity, indent)


def _subgraph(title: str, graph: Graph, identity: str, indent: str) -> Iterator[str]:
    yield f'{indent}subgraph {identity}["{_text(title)}"]'
    yield from _members(graph, identity + "_", indent + "  ")
    yield f"{indent}end"


def _text(name: str) -> str:
    return name.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")
