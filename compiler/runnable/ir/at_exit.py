"""What runs after a pipeline, however it has ended: its exit handler and its notifications, as a program of its own.

``Program.at_exit`` is a graph without edges, of one or two members: `ON_EXIT`, the pipeline that the user has given,
and `NOTIFY`, a switch over how the run has ended, whose branches have a task for each notification. Neither decides how
the run ends. Their steps see the parameters of the pipeline, and the `FACTS` of the run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runnable.ir.nodes import Declaration, Edge, Graph, Nothing, Program, Task
from runnable_runtime.protocol import ReturnSpec

ON_EXIT, NOTIFY = "on_exit", "notify"
"""The names of the members, which the paths of their steps begin with."""
TOLD = "/told"
"""The task that returns the facts, see `with_facts`. No step is called so."""
REPORT = "/report"
"""A further member, where a target has one that writes the report of the run. No step is called so."""
RUN_ID, STATUS, FAILURES, DURATION = "run_id", "status", "failures", "duration"
"""The names of the facts."""
FACTS: tuple[Declaration, ...] = (
    Declaration(RUN_ID, "str", help="the id of the run"),
    Declaration(STATUS, "str", help="how it has ended: succeeded, failed or interrupted"),
    Declaration(FAILURES, "list[dict[str, str]]", help="the steps that have failed, each with its message"),
    Declaration(DURATION, "float", help="how long it took, in seconds"),
)
"""The facts of the run, which the exit handler gets as parameters when it begins."""
FACT_TYPES: Mapping[str, object] = {RUN_ID: str, STATUS: str, FAILURES: list[dict[str, str]], DURATION: float}
FACT_NAMES = frozenset(one.name for one in FACTS)
MOST_FAILURES, LONGEST_MESSAGE = 20, 500
"""How many failures are given, and how many characters of a message."""


def exit_program(program: Program) -> Program | None:
    """The program of what runs after `program`; None if nothing does. The facts are open parameters of it."""
    if program.at_exit is None:
        return None
    own = tuple(one for one in program.declared if one.name not in FACT_NAMES)
    parameters = {name: value for name, value in program.parameters.items() if name not in FACT_NAMES}
    return replace(program, graph=program.at_exit, declared=(*own, *FACTS), parameters=parameters, at_exit=None)


def joined_program(program: Program) -> Program:
    """`program` and what runs after it as one, for what is the same for all steps. It says nothing of their data."""
    if program.at_exit is None:
        return program
    nodes = (*program.graph.nodes, *program.at_exit.nodes)
    return replace(program, graph=replace(program.graph, nodes=nodes), at_exit=None)


def with_facts(graph: Graph) -> Graph:
    """`graph`, which is a program's `at_exit`, with the task `TOLD` before all of it, which returns the facts.

    For a target on which something of the workflow has to look them up.
    """
    told = Task(TOLD, Nothing(), returns=tuple(ReturnSpec(one.name) for one in FACTS))
    edges = tuple(Edge(TOLD, node.name) for node in graph.nodes)
    return replace(graph, nodes=(told, *graph.nodes), edges=edges)


def exit_names(program: Program) -> frozenset[str]:
    """The names that the paths of the steps after `program` begin with."""
    graph = program.at_exit or Graph("", ())
    return frozenset(node.name for node in graph.nodes)


def is_exit_step(path: str, program: Program) -> bool:
    """Whether the step at `path` of a record of `program` is one of its exit handler or its notifications."""
    return path.partition(".")[0] in exit_names(program)
