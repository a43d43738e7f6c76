"""The IR's text form: what golden files hold and people read.

pipeline "train"
  parameters lr=0.1
  task "fit" python train:fit reads(lr, seed?) returns(model, metric:score) retry=2
  graph "evaluate" after "fit"
    task ...
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from runnable.ir import options
from runnable.ir.nodes import (
    ContainerRun,
    Declaration,
    FanOut,
    Files,
    Fused,
    Graph,
    Loop,
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


def render(program: Program) -> str:
    """The whole program as text, ending with an end of line."""
    lines = [f"pipeline {_quoted(program.name)}"]
    for name, value in program.parameters.items():
        lines.append(f"  parameter {name} = {json.dumps(value, ensure_ascii=False)}")
    lines += [f"  mutex {program.locks.mutex}"] if program.locks.mutex else []
    lines += [f"  semaphore {name}={limit}" for name, limit in program.locks.semaphore]
    lines += [f"  declared {_declaration(one)}" for one in program.declared]
    lines += [f"  timeout {program.graph.timeout}"] if program.graph.timeout else []
    lines += [f"  fuse({', '.join(map(_quoted, program.graph.fuse))})"] if program.graph.fuse else []
    lines += _members(program.graph, "  ")
    lines += ["at exit", *_members(program.at_exit, "  ")] if program.at_exit else []
    return "\n".join(lines) + "\n"


def _declaration(one: Declaration) -> str:
    default = f" default={json.dumps(one.default, ensure_ascii=False)}" if one.has_default else ""
    choices = f" choices={json.dumps(one.choices, ensure_ascii=False)}" if one.choices else ""
    return f"{one.name}: {one.type} as {one.kind}{default}{choices}" + (f" {_quoted(one.help)}" if one.help else "")


def _members(graph: Graph, indent: str) -> Iterator[str]:
    before: dict[str, list[str]] = {}
    for edge in graph.edges:
        word = "after" if edge.on is On.SUCCESS else "on failure of"
        before.setdefault(edge.target, []).append(f" {word} {_quoted(edge.source)}")
    for node in graph.nodes:
        suffix = "".join(before.get(node.name, [])) + (" then fail" if node.name in graph.failing else "")
        yield from _node(node, indent, suffix)


def _node(node: Node, indent: str, suffix: str) -> Iterator[str]:
    inside = indent + "  "
    match node:
        case Graph():
            yield f"{indent}{' '.join([f'graph {_quoted(node.name)}', *_limits(node)])}{_timeout(node)}{suffix}"
            yield from _members(node, inside)
        case Task():
            words = [f"{indent}task {_quoted(node.name)}", _action(node), _reads(node.reads), _arguments(node)]
            words += [_returns(node), _files(node.files), options.render(node.options)]
            words += [f"image=param({node.image_from})"] if node.image_from else []
            yield " ".join(word for word in words if word) + suffix
        case FanOut():
            words = [f"fan-out {_quoted(node.name)} iterate_on={node.iterate_on} iterate_as={node.iterate_as}"]
            words += [f"reducer={node.reducer}"] if node.reducer else []
            words += [f"batch={node.batch}"] if node.batch else []
            collecting = [f"failures={node.failures} min_success={node.min_success}"] if node.failures else []
            yield indent + " ".join([*words, *_limits(node), *collecting]) + _timeout(node) + suffix
            yield from _members(node.body, inside)
            if node.reduce:
                yield from _node(node.reduce, inside, " at the end")
        case Switch():
            default = f" default={_quoted(node.default)}" if node.default else ""
            yield f"{indent}switch {_quoted(node.name)} parameter={node.parameter}{default}{_timeout(node)}{suffix}"
            for branch in node.branches:
                yield from _node(branch, inside, "")
        case Loop():
            words = [f"loop {_quoted(node.name)} break_on={node.break_on} index_as={node.index_as}"]
            yield indent + " ".join([*words, f"max_iterations={node.max_iterations}"]) + _timeout(node) + suffix
            yield from _members(node.body, inside)


def _limits(node: Graph | FanOut) -> Iterator[str]:
    if node.max_parallel:
        yield f"max_parallel={node.max_parallel}"
    if node.fail_fast:
        yield "fail_fast"


def _timeout(node: Graph | FanOut | Switch | Loop) -> str:
    each = f" each_timeout={node.body.timeout}" if isinstance(node, FanOut | Loop) and node.body.timeout else ""
    fused = ""
    graph = node.body if isinstance(node, FanOut | Loop) else node
    if isinstance(graph, Graph) and graph.fuse:
        fused = f" fuse({', '.join(map(_quoted, graph.fuse))})"
    return (f" timeout={node.timeout}" if node.timeout else "") + each + fused


def _action(task: Task) -> str:
    match task.action:
        case PythonCall(module, name, path):
            return f"python {module}:{name}" + (f" path({', '.join(path)})" if path else "")
        case ShellCommand(command):
            return f"shell {_quoted(command)}"
        case NotebookRun(path):
            return f"notebook {_quoted(path)}"
        case Reduce(function, path, each):
            what = f"each({', '.join(map(_quoted, each))})" if each else _quoted(function)
            return f"reduce {what}" + (f" path({', '.join(path)})" if path else "")
        case Nothing():
            return "stub"
        case Fused(members):
            return "fused " + ", ".join(f"{_quoted(one.task.name)} {_action(one.task)}" for one in members)
        case ContainerRun(command, args, files, folder):
            words = [*map(_quoted, command), *map(_argument, args)]
            where = f" in {_quoted(folder)}" if folder else ""
            return f"container {' '.join(words)}{where}" + (
                f" files({', '.join(map(_quoted, files))})" if files else ""
            )
        case Question() as asked:
            return _question(asked)
        case TemplateCall() | HttpRequest() as other:
            return _of_others(other)


def _question(asked: Question) -> str:
    answers = "".join(f" answer({_declaration(one)})" for one in asked.answers)
    deadline = f" deadline={asked.deadline}" if asked.deadline is not None else ""
    return f"approval {_quoted(asked.message)}{deadline}{answers}"


def _of_others(action: TemplateCall | HttpRequest) -> str:
    if isinstance(action, TemplateCall):
        words = [f"template {_quoted(action.template)} {_quoted(action.entrypoint)}"]
        words += ["cluster_scope"] if action.cluster_scope else []
        words += [f"input({name}={_argument(pieces)})" for name, pieces in action.inputs]
        words += [f"outputs({', '.join(map(_quoted, action.outputs))})"] if action.outputs else []
        return " ".join([*words, f"here={action.stand_in}"] if action.stand_in else words)
    words = [f"http {action.method} {_argument(action.url)}"]
    words += [f"header({name}={_argument(pieces)})" for name, pieces in action.headers]
    words += [f"header({name}=secret({secret}))" for name, secret in action.secret_headers]
    words += [f"body({_argument(action.body)})"] if action.body else []
    return " ".join([*words, f"success={_quoted(action.success)}"] if action.success else words)


def _argument(pieces: tuple[str, ...]) -> str:
    """An argument of a container: its texts, and between them ``param(NAME)``."""
    shown = (f"param({piece})" if index % 2 else _quoted(piece) for index, piece in enumerate(pieces) if piece)
    return "+".join(shown) or _quoted("")


def _reads(reads: Reads) -> str:
    names = [*reads.required, *(f"{name}?" for name in reads.optional), *(["*"] if reads.everything else [])]
    names += [f"-{name}" for name in reads.hidden]
    return f"reads({', '.join(names)})" if names else ""


def _arguments(task: Task) -> str:
    """Constants as JSON, parameters by their names, which are no JSON: ``arguments(path="a.csv", rate=param(lr))``."""
    given = [
        f"{one.name}=" + (f"param({one.parameter})" if one.parameter else json.dumps(one.value, ensure_ascii=False))
        for one in task.arguments
    ]
    return f"arguments({', '.join(given)})" if given else ""


def _returns(task: Task) -> str:
    return f"returns({', '.join(r.encode() for r in task.returns)})" if task.returns else ""


def _files(files: Files) -> str:
    words = [
        f"{word}({', '.join(map(_quoted, texts))})" for word, texts in (("get", files.get), ("put", files.put)) if texts
    ]
    return " ".join(words if files.store_copy else [*words, "store_copy=False"])


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
