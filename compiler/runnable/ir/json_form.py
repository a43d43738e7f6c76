"""The IR as JSON, with the version of its schema, and back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from enum import Enum
from typing import Any, Literal

from runnable.diagnostics.errors import InternalError
from runnable.diagnostics.span import Span
from runnable.ir import options
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Declaration,
    Edge,
    FanOut,
    Files,
    Fused,
    Graph,
    Locks,
    Loop,
    Member,
    Node,
    NotebookRun,
    Nothing,
    On,
    Program,
    PythonCall,
    Question,
    Reads,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.others import HttpRequest, TemplateCall
from runnable_runtime.fused.spec import Beside, order_from_json, order_to_json
from runnable_runtime.protocol import Argument, Json, ReturnSpec

SCHEMA_VERSION = 2

_NAMES_OF_VERSION_1: dict[str, dict[str, str]] = {
    "fan-out": {"over": "iterate_on", "item": "iterate_as", "most": "max_parallel"},
    "switch": {"on": "parameter"},
    "loop": {"until": "break_on", "index": "index_as", "most": "max_iterations"},
    "files": {"copy": "store_copy"},
}
"""What fields were called in version 1, by the kind of the object, or where it has none, the field that it is in."""

NodeKind = Literal["task", "graph", "fan-out", "switch", "loop"]
ActionKind = Literal[
    "python", "shell", "notebook", "reduce", "nothing", "container", "fused", "question", "template", "http"
]


def to_json(program: Program) -> dict[str, Json]:
    """`program` as JSON. Files are relative to the project's folder; the folder itself is left out."""
    return {
        "schema_version": SCHEMA_VERSION,
        "name": program.name,
        "description": program.description,
        "parameters": program.parameters,
        **({"declared": [_encode(one, program.root) for one in program.declared]} if program.declared else {}),
        **({"locks": _encode(program.locks, program.root)} if program.locks != Locks() else {}),
        "graph": _encode(program.graph, program.root),
        **({"at_exit": _encode(program.at_exit, program.root)} if program.at_exit else {}),
    }


def from_json(document: Mapping[str, Json]) -> Program:
    """The inverse of `to_json`, which also reads version 1. Raises InternalError for any other schema version."""
    version, graph = document.get("schema_version"), document.get("graph", {})
    if version == 1:
        graph = _from_version_1(graph)
    elif version != SCHEMA_VERSION:
        raise InternalError(f"an IR of schema version {version!r}, not {SCHEMA_VERSION}")
    return Program(
        name=document["name"],
        description=document["description"],
        parameters=document["parameters"],
        declared=tuple(_declaration(one) for one in document.get("declared", [])),
        graph=_graph(graph),
        locks=_locks(document.get("locks", {})),
        at_exit=_graph(document["at_exit"]) if "at_exit" in document else None,
    )


def _from_version_1(value: Json, inside: str = "") -> Json:
    """`value`, which is in the field `inside`, with the names that fields have now."""
    if isinstance(value, list):
        return [_from_version_1(item) for item in value]
    if not isinstance(value, dict):
        return value
    names = _NAMES_OF_VERSION_1.get(value.get("kind", inside), {})
    return {names.get(name, name): _from_version_1(item, name) for name, item in value.items()}


def _encode(value: Any, root: str) -> Json:
    """Any IR object: defaults are left out; which member of a union it is, is in `kind`."""
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, ReturnSpec):
        return value.encode()
    if isinstance(value, Span):
        return [value.file.removeprefix(root).lstrip("/"), value.line]
    if isinstance(value, Beside):
        return order_to_json((value,))[0]
    if isinstance(value, tuple):
        return [_encode(item, root) for item in value]
    if not hasattr(value, "__dataclass_fields__"):
        return value
    found: dict[str, Json] = {}
    if isinstance(value, Node | Action):
        found["kind"] = _action_kind(value) if isinstance(value, Action) else _node_kind(value)
    for field in fields(value):
        item = getattr(value, field.name)
        if item != field.default:
            found[field.name] = _encode(item, root)
    return found


def _node_kind(node: Node) -> NodeKind:
    match node:
        case Task():
            return "task"
        case Graph():
            return "graph"
        case FanOut():
            return "fan-out"
        case Switch():
            return "switch"
        case Loop():
            return "loop"


def _action_kind(action: Action) -> ActionKind:  # noqa: C901 - a line for each kind
    match action:
        case PythonCall():
            return "python"
        case ShellCommand():
            return "shell"
        case NotebookRun():
            return "notebook"
        case Reduce():
            return "reduce"
        case Nothing():
            return "nothing"
        case ContainerRun():
            return "container"
        case Fused():
            return "fused"
        case Question():
            return "question"
        case TemplateCall():
            return "template"
        case HttpRequest():
            return "http"


def _node(data: Mapping[str, Json]) -> Node:
    kind: NodeKind = data["kind"]
    match kind:
        case "task":
            return _task(data)
        case "graph":
            return _graph(data)
        case "fan-out":
            return FanOut(**_composite(data))
        case "switch":
            return Switch(**_composite(data))
        case "loop":
            return Loop(**_composite(data))
    raise InternalError(f"the IR has no node of kind {kind!r}")


def _composite(data: Mapping[str, Json]) -> dict[str, Any]:
    values = {k: v for k, v in data.items() if k != "kind"} | {"span": _span(data)}
    if "body" in values:
        values["body"] = _graph(values["body"])
    if "reduce" in values:
        values["reduce"] = _task(values["reduce"])
    if "branches" in values:
        values["branches"] = tuple(_graph(branch) for branch in values["branches"])
    return values


def _graph(data: Mapping[str, Json]) -> Graph:
    return Graph(
        name=data["name"],
        nodes=tuple(_node(item) for item in data["nodes"]),
        edges=tuple(Edge(e["source"], e["target"], On(e.get("on", On.SUCCESS))) for e in data.get("edges", [])),
        failing=tuple(data.get("failing", [])),
        fuse=tuple(data.get("fuse", [])),
        span=_span(data),
        **{name: data[name] for name in ("max_parallel", "fail_fast", "timeout") if name in data},
    )


def _task(data: Mapping[str, Json]) -> Task:
    reads = data.get("reads", {})
    return Task(
        name=data["name"],
        action=_action(data["action"]),
        reads=Reads(
            tuple(reads.get("required", [])),
            tuple(reads.get("optional", [])),
            reads.get("everything", False),
            tuple(reads.get("hidden", [])),
        ),
        returns=tuple(ReturnSpec.decode(text) for text in data.get("returns", [])),
        options=options.decode(data.get("options", {})),
        files=_files(data.get("files", {})),
        arguments=tuple(Argument(**one) for one in data.get("arguments", [])),
        image_from=data.get("image_from", ""),
        span=_span(data),
    )


def _action(data: Mapping[str, Json]) -> Action:  # noqa: C901 - likewise
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in data.items() if k != "kind"}
    kind: ActionKind = data["kind"]
    match kind:
        case "python":
            return PythonCall(**values)
        case "shell":
            return ShellCommand(**values)
        case "notebook":
            return NotebookRun(**values)
        case "reduce":
            return Reduce(**values)
        case "nothing":
            return Nothing(**values)
        case "fused":
            found = [Member(_task(one["task"]), tuple(one.get("needs", ()))) for one in data["members"]]
            return Fused(tuple(found), data.get("batch", False), order_from_json(data.get("order", [])))
        case "container":
            return ContainerRun(**{**values, "args": tuple(map(tuple, values.get("args", ())))})
        case "question":
            answers = tuple(map(_declaration, data.get("answers", ())))
            return Question(data.get("message", ""), data.get("deadline"), answers)
        case "template":
            return TemplateCall(**{**values, "inputs": _named(values.get("inputs", ()))})
        case "http":
            given = {name: _named(values.get(name, ())) for name in ("headers", "secret_headers")}
            return HttpRequest(**{**values, **given})
    raise InternalError(f"the IR has no action of kind {kind!r}")


def _named(pairs: Iterable[Any]) -> tuple[tuple[str, Any], ...]:
    """Pairs of a name and a text, or the pieces of one."""
    return tuple((name, tuple(one) if isinstance(one, list) else one) for name, one in pairs)


def _locks(data: Mapping[str, Json]) -> Locks:
    return Locks(data.get("mutex"), tuple((name, limit) for name, limit in data.get("semaphore", ())))


def _files(data: Mapping[str, Json]) -> Files:
    return Files(tuple(data.get("get", [])), tuple(data.get("put", [])), data.get("store_copy", True))


def _declaration(data: Mapping[str, Json]) -> Declaration:
    return Declaration(**{**data, "choices": tuple(data.get("choices", [])), "span": _span(data)})


def _span(data: Mapping[str, Json]) -> Span | None:
    return Span(*data["span"]) if "span" in data else None
