"""Small pipelines of the IR, and running them with the local backend."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import Edge, Graph, Node, Nothing, Program, PythonCall, Reads, ShellCommand, Task
from runnable.ir.options import Options
from runnable.runs.resume.request import request
from runnable.runs.stores import STORES, RunLogStore
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.records.records import RunRecord

EACH_ITS_OWN = ("started", "ended", "run_id", "origin", "waited", "used", "machine")
"""The fields of a record that differ from one run to another of the same program."""
Functions = Mapping[str, Callable[..., object]]


def chain(name: str, *nodes: Node) -> Graph:
    edges = (Edge(a.name, b.name) for a, b in pairwise(nodes))
    return Graph(name, nodes, tuple(edges))


def parallel(name: str, **branches: tuple[Node, ...]) -> Graph:
    return Graph(name, tuple(chain(branch, *nodes) for branch, nodes in branches.items()))


def call(name: str, function: str = "", *, reads: str = "", returns: str = "", **options: Any) -> Task:
    """A Python task of the function `function`, or of its own name; reads and returns are names between blanks."""
    return Task(
        name,
        PythonCall("functions", function or name),
        reads=Reads(required=tuple(reads.split())),
        returns=tuple(ReturnSpec.decode(r) for r in returns.split()),
        options=Options(**options),
    )


def shell(name: str, command: str, *, returns: str = "", **options: Any) -> Task:
    returned = tuple(ReturnSpec(r) for r in returns.split())
    return Task(name, ShellCommand(command), Reads(everything=True), returned, Options(**options))


def stub(name: str) -> Task:
    return Task(name, Nothing())


def program(*nodes: Node, **parameters: Any) -> Program:
    return of_graph(chain("pipeline", *nodes), **parameters)


def of_graph(graph: Graph, **parameters: Any) -> Program:
    return Program("pipeline", graph, parameters, root=str(Path.cwd()))


def open_store(folder: Path, kind: str = "file-system") -> RunLogStore:
    store = STORES[kind]
    return store.open(store.settings() if kind == "buffered" else store.settings(log_folder=str(folder)))


def execute(
    one: Program,
    functions: Functions,
    folder: Path,
    *,
    concurrent: bool = False,
    max_workers: int | None = None,
    **options: Any,
) -> RunRecord:
    """Run in `folder`: one task after another with the journal, or all that can at once with the chunked store."""
    store = open_store(folder, "chunked-fs" if concurrent else "file-system")
    settings = LocalSettings(enable_parallel=concurrent, max_workers=max_workers)
    named = {f"functions:{name}": function for name, function in functions.items()}
    record = run(one, named, settings, store, **options)
    assert store.read(record.run_id) == record, "what is stored is what is returned"
    return record


def statuses(record: RunRecord) -> dict[str, str]:
    return {path: str(step.status) for path, step in record.steps.items()}


def log_of(record: RunRecord, path: str, attempt: int = 1) -> str:
    log = record.steps[path].attempts[attempt - 1].log
    return Path(record.folder, log).read_text() if log else ""


def without_times(record: RunRecord) -> Any:
    """The record as JSON, times and ids replaced."""

    def cleaned(value: Any) -> Any:
        if isinstance(value, list):
            return [cleaned(item) for item in value]
        if isinstance(value, dict):
            return {key: "..." if key in EACH_ITS_OWN else cleaned(item) for key, item in value.items()}
        return value

    return json.dumps(cleaned(record.to_json()), indent=1)


def resume(
    one: Program,
    functions: Functions,
    folder: Path,
    run_id: str = "r",
    *,
    concurrent: bool = False,
    rerun_changed: bool = False,
    **given: Any,
) -> RunRecord:
    """Go on with a run in `folder`, where `given` are parameters of now."""
    store = open_store(folder, "chunked-fs" if concurrent else "file-system")
    resumption = request(store, run_id, given, rerun_changed=rerun_changed)
    named = {f"functions:{name}": function for name, function in functions.items()}
    one = replace(one, parameters=dict(resumption.parameters))
    settings = LocalSettings(enable_parallel=concurrent)
    record = run(one, named, settings, store, resumption=resumption)
    assert store.read(record.run_id) == record, "what is stored is what is returned"
    return record
