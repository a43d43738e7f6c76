"""What a pipeline takes, does and returns: for `runnable describe`."""

from __future__ import annotations

from dataclasses import asdict, field, replace
from typing import Any

from runnable.frontend.docstrings import argument_help, summary
from runnable.frontend.readers import Reader, readers
from runnable.ir.at_exit import FACT_NAMES, exit_program
from runnable.ir.nodes import (
    ContainerRun,
    FanOut,
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
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.order import is_line, is_parallel
from runnable.ir.others import HttpRequest, TemplateCall, written
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import children, graphs, join, walk
from runnable.passes.analysis.dataflow import Flow, analyze
from runnable.passes.analysis.shell_names import variables_read
from runnable.sdk.arguments import plain_json
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.conversion import shown_type
from runnable_runtime.values.returns import split_annotation
from runnable_runtime.values.signature import promised


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedParameter:
    """A parameter that a pipeline starts with. `value` is what is given to it now, if `given`.

    Without `declared`, it is one that steps take or that is given: `type`, `default` and `help` are what the functions
    say.
    """

    name: str
    declared: bool
    type: str = ""
    required: bool = False
    default: Json = None
    has_default: bool = False
    choices: tuple[Json, ...] = ()
    help: str = ""
    given: bool = False
    value: Json = None
    readers: tuple[str, ...] = ()
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DescribedStep:
    """A step, by its path: what it runs, takes and returns (each name with its type, if that is known).

    `takes` names parameters; `arguments` has those of the step that are not taken by their names, each as in a spec.
    `after`: the steps that it waits for, where steps do not follow one another.
    """

    path: str
    what: str
    after: tuple[str, ...] | None = None
    takes: tuple[str, ...] = ()
    arguments: dict[str, dict[str, Json]] = field(default_factory=dict)
    returns: dict[str, str] = field(default_factory=dict)
    help: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Description:
    """A whole pipeline. `returns`: what is there at its end, each name with the type that the last step gives it."""

    name: str
    source: str
    description: str
    parameters: tuple[DescribedParameter, ...]
    steps: tuple[DescribedStep, ...]
    returns: dict[str, str]

    def to_json(self) -> dict[str, Json]:
        """As JSON; lists in the order of the pipeline."""
        return asdict(self)


def describe(unit: CompilationUnit) -> Description:
    """The description of a pipeline to which parameters may have been given."""
    program = unit.program
    flow = analyze(program)
    waits = _waits_for(program)
    nodes = [*walk(program.graph), *(walk(program.at_exit) if program.at_exit else ())]
    steps = tuple(replace(_step(path, node, unit), after=waits.get(path)) for path, node in nodes)
    types = {step.path: step.returns for step in steps}
    return Description(
        name=program.name,
        source=program.source,
        description=program.description,
        parameters=tuple(_parameters(unit, flow)),
        steps=steps,
        returns={name: _type_of(program.graph, "", name, flow, types) for name in flow.defined.get("", {})},
    )


def _waits_for(program: Program) -> dict[str, tuple[str, ...]]:
    """The steps before each step of a graph in which they do not follow one another, by its path."""
    found: dict[str, tuple[str, ...]] = {}
    for path, graph in graphs(program.graph):
        if not is_line(graph) and not is_parallel(graph):
            for node in graph.nodes:
                edges = [edge for edge in graph.edges if edge.target == node.name]
                words = {On.SUCCESS: "", On.FAILURE: " failed"}
                found[join(path, node.name)] = tuple(f"{edge.source}{words[edge.on]}" for edge in edges)
    return found


def _parameters(unit: CompilationUnit, flow: Flow) -> list[DescribedParameter]:
    program, taken = unit.program, readers(unit.program.graph, unit.functions)
    read_by = _read_by(program, flow)
    if (after := exit_program(program)) is not None:
        for name, paths in _read_by(after, analyze(after)).items():
            if name not in FACT_NAMES:
                read_by.setdefault(name, []).extend(paths)
    needed = _needed(program)
    found: list[DescribedParameter] = []
    for one in program.declared:
        found.append(
            DescribedParameter(
                name=one.name,
                declared=True,
                type=one.type,
                required=not one.has_default,
                default=one.default,
                has_default=one.has_default,
                choices=one.choices,
                help=one.help,
                given=one.name in unit.given,
                value=unit.values.get(one.name),
                readers=tuple(read_by.get(one.name, ())),
                place=one.span.display() if one.span else "",
            )
        )
    declared = {one.name for one in program.declared}
    for name in dict.fromkeys([*read_by, *program.parameters]):
        if name not in declared:
            found.append(_undeclared(name, unit, taken.get(name, []), tuple(read_by.get(name, ())), needed))
    return found


def _undeclared(
    name: str, unit: CompilationUnit, taken: list[Reader], read_by: tuple[str, ...], needed: set[str]
) -> DescribedParameter:
    taken = [reader for reader in taken if reader.step in read_by]
    said = dict.fromkeys(shown_type(reader.annotation) for reader in taken if reader.annotation is not None)
    defaults = [reader.default for reader in taken if reader.has_default]
    has_default = name not in needed and bool(defaults) and all(default == defaults[0] for default in defaults)
    return DescribedParameter(
        name=name,
        declared=False,
        type=" or ".join(said),
        required=name in needed,
        default=_plain(defaults[0]) if has_default else None,
        has_default=has_default,
        help=next(filter(None, (argument_help(reader.function, reader.argument) for reader in taken)), ""),
        given=name in unit.given,
        value=unit.values.get(name),
        readers=read_by,
        place=taken[0].where if taken else "",
    )


def _plain(value: object) -> Json:
    try:
        return plain_json(value, "it")
    except BadReturn:
        return repr(value)


def _read_by(program: Program, flow: Flow) -> dict[str, list[str]]:
    """By name, the paths of the steps that take it from the pipeline, and not from a step before."""
    found: dict[str, list[str]] = {}
    for path, node in walk(program.graph):
        reaching = flow.reaching.get(path, {})
        for name in dict.fromkeys(_own_reads(node, program.provided)):
            from_pipeline = reaching.get(name)
            if from_pipeline is None or from_pipeline.parameter or not from_pipeline.found:
                found.setdefault(name, []).append(path)
    return found


def _needed(program: Program) -> set[str]:
    """The names that some step cannot do without."""
    found: set[str] = set()
    for _, node in walk(program.graph):
        match node:
            case Task():
                found.update(node.reads.required)
            case FanOut(iterate_on=name) | Switch(parameter=name):
                found.add(name)
            case Graph() | Loop():
                pass
    return found


def _own_reads(node: Node, provided: tuple[str, ...]) -> tuple[str, ...]:
    match node:
        case Task(action=Reduce()):
            return ()
        case Task(action=ShellCommand(command)):
            mentioned = set(variables_read(command))
            mentioned -= set(node.reads.hidden)
            return (*node.reads.required, *(name for name in provided if name in mentioned))
        case Task(action=PythonCall()) if node.reads.everything:
            others = (name for name in provided if name not in node.reads.hidden)
            return (*node.reads.required, *node.reads.optional, *others)
        case Task():
            return (*node.reads.required, *node.reads.optional)
        case FanOut():
            return (node.iterate_on,)
        case Switch():
            return (node.parameter,)
        case Graph() | Loop():
            return ()


def _step(path: str, node: Node, unit: CompilationUnit) -> DescribedStep:
    found = _plain_step(path, node, unit)
    if isinstance(node, Task) or node.timeout is None:
        return found
    return replace(found, what=f"{found.what}, within {node.timeout} s")


def _plain_step(path: str, node: Node, unit: CompilationUnit) -> DescribedStep:
    match node:
        case Task():
            return _task(path, node, unit)
        case Graph():
            if is_parallel(node):
                return DescribedStep(path=path, what=f"parallel branches{_at_most(node)}")
            return DescribedStep(path=path, what="steps in order" if is_line(node) else "steps as a graph")
        case FanOut():
            what = f"its steps for each item of {node.iterate_on}, as {node.iterate_as}{_at_most(node)}"
            return DescribedStep(path=path, what=what, takes=(node.iterate_on,))
        case Switch():
            return DescribedStep(path=path, what=f"the branch that {node.parameter} names", takes=(node.parameter,))
        case Loop():
            what = f"its steps until {node.break_on} is true, at most {node.max_iterations} times"
            return DescribedStep(path=path, what=what)


def _at_most(node: Graph | FanOut) -> str:
    limit = f", at most {node.max_parallel} at the same time" if node.max_parallel else ""
    return limit + (", none after a failure" if node.fail_fast else "")


def _types_of_returns(task: Task, function: Any) -> list[str]:
    """The types of what a task returns, each empty where it is not known."""
    if isinstance(task.action, Question):
        return [one.type for one in task.action.answers]
    annotation = promised(function) if function is not None and task.returns else NotWritten
    if annotation is NotWritten:
        return [""] * len(task.returns)
    several = split_annotation(annotation, len(task.returns))
    return ["" if one is NotWritten else shown_type(one) for one in several]


def _task(path: str, task: Task, unit: CompilationUnit) -> DescribedStep:
    takes = (*task.reads.required, *task.reads.optional, *(("*",) if task.reads.everything else ()))
    names = [returned.name for returned in task.returns]
    function: Any = None
    what = "nothing"
    match task.action:
        case PythonCall(module, name):
            function, what = unit.functions.get(f"{module}:{name}"), f"{module}.{name}()"
        case ShellCommand(command):
            lines = command.strip().splitlines()
            what = f"sh: {lines[0] if lines else ''}{' ...' if len(lines) > 1 else ''}"
        case NotebookRun(file):
            what = file
        case Reduce():
            what = "a reducer"
        case ContainerRun(command):
            what = f"{task.options.image}: {' '.join(command)}"
        case Question(message):
            what = f"waits for approval: {message}" if message else "waits for approval"
        case TemplateCall():
            what = task.action.described()
        case HttpRequest():
            what = f"{task.action.method} {written(task.action.url)}"
        case Nothing() | Fused():
            pass
    types = _types_of_returns(task, function)
    return DescribedStep(
        path=path,
        what=what,
        takes=takes,
        arguments={one.name: one.to_json() for one in task.arguments},
        returns=dict(zip(names, types, strict=False)),
        help=summary(function) if function is not None else "",
    )


def _type_of(node: Node, path: str, name: str, flow: Flow, types: dict[str, dict[str, str]]) -> str:
    """The type of what `node` writes under `name`, as the function of the last step that returns it says."""
    if isinstance(node, Task):
        return types[path].get(name, "")
    if isinstance(node, FanOut):
        if name == node.failures:
            return "list[dict[str, Any]]"
        inner = _type_of(node.body, join(path, node.body.name), name, flow, types)
        return f"list[{inner or 'Any'}]" if node.reducer is None and node.reduce is None else ""
    if isinstance(node, Graph) and path in flow.defined and name in flow.defined[path]:
        last = flow.defined[path][name].producers[-1]
        child = next(child for child in node.nodes if child.name == last)
        return _type_of(child, join(path, last), name, flow, types)
    for child in children(node):
        if found := _type_of(child, join(path, child.name), name, flow, types):
            return found
    return ""
