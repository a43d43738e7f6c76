"""The IR's forms and its verifier."""

import itertools
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable.diagnostics import InternalError, Span
from runnable.ir import json_form as serde
from runnable.ir import text, walk
from runnable.ir.nodes import (
    Action,
    ContainerRun,
    Declaration,
    Edge,
    FanOut,
    Files,
    Fused,
    Graph,
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
from runnable.ir.options import Options, Resources, Toleration
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.verify import verify
from runnable_runtime.protocol import Argument, ReturnSpec

names = st.text("abc -_", min_size=1, max_size=4)
pairs = st.lists(st.tuples(names, names), max_size=2).map(tuple)
words = st.lists(names, max_size=2).map(tuple)
named = st.lists(st.tuples(names, words), max_size=2).map(tuple)
declarations = st.builds(
    Declaration,
    names,
    names,
    names,
    st.just(True),
    st.none() | st.integers() | names | st.lists(st.integers(), max_size=2),
    st.lists(st.integers(), max_size=2).map(tuple),
    names,
    st.none() | st.builds(Span, st.just("pipe.py"), st.integers(1, 99)),
)
actions = st.one_of(
    st.builds(PythonCall, names, names, st.lists(names, max_size=2).map(tuple)),
    st.builds(ShellCommand, names),
    st.builds(NotebookRun, names),
    st.builds(Reduce, names, st.lists(names, max_size=2).map(tuple)),
    st.just(Nothing()),
    st.builds(ContainerRun, words, st.lists(words, max_size=2).map(tuple), words, names),
    st.builds(Question, names, st.none() | st.integers(1, 9), st.lists(declarations, max_size=2).map(tuple)),
    st.builds(TemplateCall, names, names, st.booleans(), named, words, names),
    st.builds(HttpRequest, names, words, named, pairs, words, names),
)
constants = st.recursive(
    st.none() | st.booleans() | st.integers() | names,
    lambda of: st.lists(of, max_size=2) | st.dictionaries(names, of, max_size=2),
    max_leaves=3,
)
arguments = st.builds(Argument, names, names) | st.builds(Argument, names, value=constants)
options = st.builds(
    Options,
    retry=st.none() | st.integers(0, 9),
    timeout=st.none() | st.integers(1, 9),
    resources=st.none() | st.builds(Resources, st.none() | names, st.none() | names, st.none() | st.integers(0, 2)),
    image=st.none() | names,
    env=pairs,
    tolerations=st.lists(st.builds(Toleration, key=st.none() | names), max_size=2).map(tuple),
)
tasks = st.builds(
    Task,
    names,
    actions,
    st.builds(Reads, st.lists(names, max_size=2).map(tuple), everything=st.booleans()),
    st.lists(st.builds(ReturnSpec, names, st.sampled_from(["json", "metric"])), max_size=2).map(tuple),
    options,
    st.none() | st.builds(Span, st.just("pipe.py"), st.integers(1, 99)),
    st.builds(Files, st.just(("a",)), store_copy=st.booleans()),
    st.lists(arguments, max_size=2).map(tuple),
    st.just("") | names,
)


shared = st.builds(
    Task, names, st.builds(Fused, st.lists(st.builds(Member, tasks, words), min_size=1, max_size=2).map(tuple))
)
all_tasks = tasks | shared


def unique(nodes):
    return tuple({node.name: node for node in nodes}.values())


def graph_of(nodes, chained):
    nodes = unique(nodes)
    edges = tuple(Edge(a.name, b.name) for a, b in itertools.pairwise(nodes)) if chained else ()
    fuse = tuple(node.name for node in nodes) if chained else ()
    return Graph("g", nodes, edges, (nodes[-1].name,) if chained else (), fuse=fuse)


def graphs(children):
    return st.builds(graph_of, st.lists(children, min_size=1, max_size=3), st.booleans())


def composites(children):
    """A node of every kind but Task, with every field."""
    branches = st.lists(graphs(children), min_size=1, max_size=2).map(tuple)
    body, most = graphs(children), st.integers(1, 9)
    reducers = st.none() | st.just("sum")
    return st.one_of(
        graphs(children),
        st.builds(FanOut, names, body, names, names, reducers, st.none() | tasks, st.none() | most),
        st.builds(Switch, names, names, branches, st.none() | names),
        st.builds(Loop, names, body, names, names, most),
    )


parameters = st.dictionaries(names, st.integers(), max_size=2)
programs = st.builds(Program, names, graphs(st.recursive(tasks, graphs, max_leaves=6)), parameters)
every_graph = graphs(st.recursive(all_tasks, composites, max_leaves=6))
programs_of_all_nodes = st.builds(Program, names, every_graph, parameters, at_exit=st.none() | graphs(tasks))


def test_json_and_back_is_the_same_program_for_every_kind_of_node_and_action():
    drawn = set()

    @given(programs_of_all_nodes)
    def check(program):
        drawn.update(type(node) for _, node in walk.walk(program.graph))
        drawn.update(type(task.action) for _, task in walk.tasks(program.graph))
        assert serde.from_json(json.loads(json.dumps(serde.to_json(program)))) == program

    check()
    assert drawn == {*typing.get_args(Node), *typing.get_args(Action)}


@given(programs)
def test_a_program_of_unique_names_and_forward_edges_verifies(program):
    verify(program)


VERSION_1 = {
    "schema_version": 1,
    "name": "old",
    "description": "",
    "parameters": {"xs": [1], "until": {"kind": "loop", "most": 1}},
    "graph": {
        "kind": "graph",
        "name": "old",
        "edges": [{"source": "map", "target": "if"}, {"source": "if", "target": "again", "on": "failure"}],
        "nodes": [
            {
                "kind": "fan-out",
                "name": "map",
                "over": "xs",
                "item": "x",
                "most": 2,
                "reduce": {"kind": "task", "name": "reduce", "action": {"kind": "reduce", "function": "m:f"}},
                "body": {
                    "kind": "graph",
                    "name": "*",
                    "nodes": [
                        {
                            "kind": "task",
                            "name": "t",
                            "action": {"kind": "nothing"},
                            "files": {"put": ["a.csv"], "copy": False},
                        }
                    ],
                },
            },
            {
                "kind": "switch",
                "name": "if",
                "on": "k",
                "default": "d",
                "branches": [
                    {
                        "kind": "graph",
                        "name": "d",
                        "nodes": [{"kind": "task", "name": "u", "action": {"kind": "nothing"}}],
                    }
                ],
            },
            {
                "kind": "loop",
                "name": "again",
                "until": "done",
                "index": "i",
                "most": 3,
                "body": {
                    "kind": "graph",
                    "name": "*",
                    "nodes": [{"kind": "task", "name": "v", "action": {"kind": "shell", "command": "true"}}],
                },
            },
        ],
    },
}


def test_an_ir_of_version_1_is_read():
    kept = Task("t", Nothing(), files=Files(put=("a.csv",), store_copy=False))
    fan_out = FanOut("map", Graph("*", (kept,)), "xs", "x", reduce=Task("reduce", Reduce("m:f")), max_parallel=2)
    switch = Switch("if", "k", (Graph("d", (Task("u", Nothing()),)),), "d")
    loop = Loop("again", Graph("*", (Task("v", ShellCommand("true")),)), "done", "i", 3)
    edges = (Edge("map", "if"), Edge("if", "again", On.FAILURE))
    parameters = {"xs": [1], "until": {"kind": "loop", "most": 1}}
    program = Program("old", Graph("old", (fan_out, switch, loop), edges), parameters)
    assert serde.from_json(VERSION_1) == program
    assert serde.from_json(json.loads(json.dumps(serde.to_json(program)))) == program


def test_the_text_of_composites_has_the_names_that_users_write():
    body = Graph("*", (Task("t", Nothing(), files=Files(put=("a.csv",), store_copy=False)),))
    fan_out = FanOut("map", body, "xs", "x", "len", max_parallel=2)
    switch = Switch("if", "k", (Graph("d", (Task("u", Nothing()),)),), "d")
    assert text.render(Program("p", Graph("p", (fan_out, switch, Loop("again", body, "done", "i", 3))))) == (
        'pipeline "p"\n'
        '  fan-out "map" iterate_on=xs iterate_as=x reducer=len max_parallel=2\n'
        '    task "t" stub put("a.csv") store_copy=False\n'
        '  switch "if" parameter=k default="d"\n'
        '    graph "d"\n'
        '      task "u" stub\n'
        '  loop "again" break_on=done index_as=i max_iterations=3\n'
        '    task "t" stub put("a.csv") store_copy=False\n'
    )


def test_another_schema_version_is_refused():
    with pytest.raises(InternalError, match="schema version 99"):
        serde.from_json({"schema_version": 99})


@pytest.mark.parametrize(
    ("graph", "problem"),
    [
        (Graph("", ()), "without nodes"),
        (Graph("", (Task("a", Nothing()), Task("a", Nothing()))), "two nodes of one name"),
        (Graph("", (Task("a", Nothing()),), (Edge("a", "b"),)), "leaves the graph"),
        (Graph("", (Task("a", Nothing()), Task("b", Nothing())), (Edge("b", "a"),)), "points backward"),
        (Graph("", (Task("a", Nothing()),), failing=("z",)), "unknown terminators"),
    ],
)
def test_the_verifier_names_what_is_wrong(graph, problem):
    with pytest.raises(InternalError, match=problem):
        verify(Program("p", graph))


def test_the_text_form_shows_everything_that_is_not_a_default():
    inner = Graph("in", (Task("s", ShellCommand("echo 'hi'"), Reads(everything=True)),))
    nodes = (
        Task(
            "fit",
            PythonCall("train", "fit", ("lib",)),
            Reads(("lr",), ("seed",)),
            (ReturnSpec("m"), ReturnSpec("s", "metric")),
            Options(retry=2, timeout=60, resources=Resources(cpu="1"), env=(("A", "b"),)),
        ),
        inner,
        Task("oops", NotebookRun("n.ipynb")),
    )
    graph = Graph("", nodes, (Edge("fit", "in"), Edge("fit", "oops", On.FAILURE)), ("in",))
    assert text.render(Program("train", graph, {"lr": 0.1})) == (
        'pipeline "train"\n'
        "  parameter lr = 0.1\n"
        '  task "fit" python train:fit path(lib) reads(lr, seed?) returns(m, metric:s) '
        'retry=2 timeout=60 resources={"cpu": "1"} env={"A": "b"}\n'
        '  graph "in" after "fit" then fail\n'
        '    task "s" shell "echo \'hi\'" reads(*)\n'
        '  task "oops" notebook "n.ipynb" on failure of "fit"\n'
    )


def test_walking_goes_through_parents_before_children_in_order():
    inner = Graph("b", (Task("x", Nothing()), Task("y", Nothing())))
    root = Graph("", (Task("a", Nothing()), inner, Task("c", Nothing())))
    assert [path for path, _ in walk.walk(root)] == ["a", "b", "b.x", "b.y", "c"]
