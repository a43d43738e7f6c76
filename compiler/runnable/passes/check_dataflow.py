"""Every parameter that a task needs is provided by something, on every path, and is what it is used as."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.diagnostics.codes import NotAList, OutputNotRead, ParameterNotRead
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import FanOut, Program
from runnable.ir.walk import tasks, walk
from runnable.passes.dataflow import Flow, analyze
from runnable_runtime.protocol import Json


def check_dataflow(program: Program) -> Iterator[Diagnostic]:
    """What `passes.dataflow` reports, and fan-outs over a parameter of the pipeline that is not a list."""
    flow = analyze(program)
    yield from flow.diagnostics
    yield from _not_lists(program, flow)


def hint_dataflow(program: Program) -> Iterator[Diagnostic]:
    """What is returned or given, and not read by anything. A metric is meant for the record."""
    flow = analyze(program)
    for path, task in tasks(program.graph):
        read = flow.read.get(path, ())
        for declared in task.returns:
            if declared.kind == "json" and declared.name not in read:
                yield OutputNotRead(span=task.span, step=task.name, parameter=declared.name)
    needed = tuple(
        dict.fromkeys(name for _, t in tasks(program.graph) for name in (*t.reads.required, *t.reads.optional))
    )
    for name in program.parameters:
        if name not in flow.parameters_read:
            yield ParameterNotRead(parameter=name, needed=needed)


def _not_lists(program: Program, flow: Flow) -> Iterator[Diagnostic]:
    for path, node in walk(program.graph):
        if isinstance(node, FanOut) and node.over in flow.sources[path].parameters:
            value = program.parameters[node.over]
            if not isinstance(value, list):
                yield NotAList(span=node.span, step=node.name, parameter=node.over, found=_kind(value))


def _kind(value: Json) -> str:
    names: dict[type, str] = {dict: "a mapping", str: "a text", bool: "a boolean", int: "a number", float: "a number"}
    return names.get(type(value), "null")
