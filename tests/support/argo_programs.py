"""Small programs of the IR, and compiling them."""

import itertools
from dataclasses import replace

from runnable.ir.nodes import (
    BODY,
    Edge,
    FanOut,
    Graph,
    Loop,
    NotebookRun,
    Nothing,
    On,
    Program,
    PythonCall,
    Reads,
    Reduce,
    ShellCommand,
    Switch,
    Task,
)
from runnable.ir.options import Options
from runnable.ir.walk import rewrite
from runnable.targets import argo
from runnable.targets.target import CompileRequest
from runnable_runtime.protocol import ReturnSpec
from tests.support.manifests import read, workflow_spec


def python(name, *, reads="", returns="", **options):
    """A task of a function; reads and returns are names with blanks between them."""
    wanted = Reads(tuple(reads.split()))
    return Task(name, PythonCall("jobs", "work"), wanted, _returns(returns), Options(**options))


def shell(name, command="true", *, returns="", **options):
    return Task(name, ShellCommand(command), Reads(everything=True), _returns(returns), Options(**options))


def notebook(name):
    return Task(name, NotebookRun("books/one.ipynb"), Reads(everything=True))


def stub(name):
    return Task(name, Nothing())


def chain(name, *nodes, failing=()):
    edges = tuple(Edge(a.name, b.name) for a, b in itertools.pairwise(nodes))
    return Graph(name, nodes, edges, failing)


def fused(program):
    """The program with all of its pipelines to be fused."""
    return replace(
        program, graph=rewrite(program.graph, lambda one: replace(one, fuse=tuple(n.name for n in one.nodes)))
    )


def parallel(name, **branches):
    return Graph(name, tuple(chain(branch, *nodes) for branch, nodes in branches.items()))


def fan_out(name, *nodes, iterate_on="xs", iterate_as="x", reduce="", **options):
    """A Map over `iterate_on`; `reduce` has the names that a task of its own reduces."""
    names = tuple(reduce.split())
    task = Task("reduce", Reduce("jobs:combine"), Reads(names), _returns(reduce)) if names else None
    return FanOut(name, chain(BODY, *nodes), iterate_on, iterate_as, reduce=task, **options)


def switch(name, parameter, default=None, **branches):
    return Switch(name, parameter, tuple(chain(branch, *nodes) for branch, nodes in branches.items()), default)


def loop(name, *nodes, break_on="done", index_as="i", max_iterations=3):
    return Loop(name, chain(BODY, *nodes), break_on, index_as, max_iterations)


def handled(name, main, handlers, failing=()):
    """A chain whose nodes' failures are followed by handlers, `handlers` having the handler's node by step name."""
    edges = [Edge(a.name, b.name) for a, b in itertools.pairwise(main)]
    edges += [Edge(step, handler.name, On.FAILURE) for step, handler in handlers.items()]
    return Graph(name, (*main, *handlers.values()), tuple(edges), failing)


def program(*nodes, name="demo", failing=(), **parameters):
    return Program(name, chain("", *nodes, failing=failing), parameters)


def compile_text(compiled, *, limits=None, **request):
    """The manifest of a program."""
    (document,) = argo.compile(CompileRequest(program=compiled, **request), limits)
    return document.text


def compile_all(compiled, **options):
    """The objects of a program's manifest."""
    return read(compile_text(compiled, **options))


def compile_one(compiled, **request):
    """The first object of a program's manifest."""
    return read(compile_text(compiled, **request))[0]


def templates(document):
    return {template["name"]: template for template in workflow_spec(document)["templates"]}


def tasks(template):
    return {task["name"]: task for task in template["dag"]["tasks"]}


def arguments(task):
    return {p["name"]: p["value"] for p in task.get("arguments", {}).get("parameters", [])}


def _returns(text):
    return tuple(ReturnSpec.decode(name) for name in text.split())
