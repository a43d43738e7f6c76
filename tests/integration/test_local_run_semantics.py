"""What a run does, the same one task after another and concurrently."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from runnable.executors.local.run import summary
from runnable.ir.nodes import Edge, Graph, On, PythonCall, Reads, Task
from runnable.ir.options import Options
from tests.support.local_runs import (
    call,
    chain,
    execute,
    log_of,
    of_graph,
    parallel,
    program,
    shell,
    statuses,
    stub,
    without_times,
)

both = pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])


def one() -> int:
    return 1


def two() -> int:
    return 2


def double(x: int) -> int:
    return 2 * x


def fail() -> None:
    raise ValueError("boom")


def append(items: list[int]) -> list[int]:
    items.append(4)
    return items


def total(items: list[int]) -> int:
    return sum(items)


def fail_until_third(folder: str) -> str:
    tries = Path(folder, "tries")
    tries.write_text(tries.read_text() + "x" if tries.exists() else "x")
    print("try", len(tries.read_text()))
    if len(tries.read_text()) < 3:
        raise RuntimeError(f"not yet: {tries.read_text()}")
    return tries.read_text()


def run_id() -> str:
    return os.environ["RUNNABLE_RUN_ID"]


def variable() -> str:
    return os.environ.get("FLAVOUR", "none")


def everything(**values: object) -> dict[str, object]:
    return values


def where() -> int:
    return os.getpid()


FUNCTIONS = {
    f.__name__: f
    for f in (one, two, double, fail, append, total, fail_until_third, run_id, variable, everything, where)
}


@both
def test_values_go_from_step_to_step_by_name(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        parallel("p", b1=(call("one", returns="x"), call("double", reads="x", returns="y")), b2=(stub("nothing"),)),
        call("after", "double", reads="x", returns="metric:z"),
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert record.steps["p.b1.double"].attempts[0].inputs == {"x": 1}
    assert record.steps["p.b1.double"].outputs == {"y": 2}
    assert record.steps["after"].outputs == {"z": 2}
    assert record.steps["after"].attempts[0].metrics == ("z",)


@both
def test_a_branch_does_not_see_what_another_writes_and_the_later_branch_wins(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        parallel(
            "p",
            b1=(call("one", returns="x"), call("d1", "double", reads="x", returns="y1")),
            b2=(call("two", returns="x"), call("d2", "double", reads="x", returns="y2")),
            b3=(call("d3", "double", reads="x", returns="y3"),),
        ),
        call("after", "double", reads="x", returns="y"),
        x=10,
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    outputs = {path: dict(step.outputs) for path, step in record.steps.items() if path.rpartition(".")[2][0] in "da"}
    assert outputs["p.b1.d1"] == {"y1": 2}
    assert outputs["p.b2.d2"] == {"y2": 4}
    assert outputs["p.b3.d3"] == {"y3": 20}
    assert outputs["after"] == {"y": 4}


@both
def test_all_branches_run_though_one_fails_and_what_follows_is_skipped(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        parallel("p", b1=(call("fail"), stub("next")), b2=(call("one", returns="x"),)),
        stub("after"),
        parallel("later", b=(stub("deep"),)),
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert statuses(record) == {
        "p": "failed",
        "p.b1": "failed",
        "p.b1.fail": "failed",
        "p.b1.next": "skipped",
        "p.b2": "succeeded",
        "p.b2.one": "succeeded",
        "after": "skipped",
        "later": "skipped",
        "later.b": "skipped",
        "later.b.deep": "skipped",
    }
    assert record.status == "failed"
    assert record.message == "'p' failed"
    text = summary(record)
    assert "p.b1.fail: ValueError: boom (" in text
    assert "test_local_run_semantics.py" in text


@both
def test_nothing_of_a_failed_composite_is_passed_on(tmp_path: Path, concurrent: bool) -> None:
    composite = parallel("p", b1=(call("two", returns="x"),), b2=(call("fail"),))
    graph = Graph(
        "pipeline", (composite, call("handler", "double", reads="x", returns="y")), (Edge("p", "handler", On.FAILURE),)
    )
    record = execute(of_graph(graph, x=10), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["handler"].outputs == {"y": 20}
    assert record.status == "succeeded", "a failure that is handled is not the pipeline's"


@both
def test_a_handler_is_skipped_when_nothing_fails(tmp_path: Path, concurrent: bool) -> None:
    graph = Graph(
        "pipeline", (stub("a"), stub("handler"), stub("b")), (Edge("a", "handler", On.FAILURE), Edge("a", "b"))
    )
    record = execute(of_graph(graph), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert statuses(record) == {"a": "succeeded", "handler": "skipped", "b": "succeeded"}
    assert record.status == "succeeded"


@both
def test_a_step_that_terminates_with_failure_fails_the_run(tmp_path: Path, concurrent: bool) -> None:
    graph = Graph("pipeline", (stub("a"), stub("end")), (Edge("a", "end"),), failing=("end",))
    record = execute(of_graph(graph), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert statuses(record) == {"a": "succeeded", "end": "succeeded"}
    assert record.status == "failed"
    assert record.message == "'end' has run, which ends the pipeline in failure"


@both
def test_where_paths_meet_the_later_node_of_the_pipeline_wins(tmp_path: Path, concurrent: bool) -> None:
    nodes = (
        call("first", "one", returns="x"),
        call("left", "two", returns="x"),
        stub("right"),
        call("join", "double", reads="x", returns="y"),
    )
    edges = (Edge("first", "left"), Edge("first", "right"), Edge("left", "join"), Edge("right", "join"))
    record = execute(of_graph(Graph("pipeline", nodes, edges)), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["join"].outputs == {"y": 4}


@both
def test_a_retried_step_records_every_attempt(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        parallel("p", b=(call("t", "fail_until_third", reads="folder", returns="x", retry=4),), c=(stub("s"),)),
        folder=str(tmp_path),
    )
    record = execute(pipeline, FUNCTIONS, tmp_path / "log", concurrent=concurrent)
    attempts = record.steps["p.b.t"].attempts
    assert [(a.number, str(a.status)) for a in attempts] == [(1, "failed"), (2, "failed"), (3, "succeeded")]
    assert attempts[1].message.startswith("RuntimeError: not yet: xx (")
    assert attempts[2].outputs == {"x": "xxx"}
    logs = [log_of(record, "p.b.t", n).splitlines() for n in (1, 2, 3)]
    assert [log[0] for log in logs] == ["try 1", "try 2", "try 3"]
    assert [log[-1] for log in logs] == ["RuntimeError: not yet: x", "RuntimeError: not yet: xx", "try 3"]


@both
def test_retries_are_further_attempts_after_the_first(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(parallel("p", b=(call("fail", retry=2),), c=(stub("s"),)))
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert len(record.steps["p.b.fail"].attempts) == 3
    assert record.status == "failed"
    assert "after 3 attempts" in summary(record)


@both
def test_a_step_that_changes_what_it_was_given_changes_it_for_itself_only(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        parallel("p", b=(call("append", reads="items", returns="longer"),), c=(stub("s"),)),
        call("total", reads="items", returns="sum"),
        items=[1, 2, 3],
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["p.b.append"].attempts[0].inputs == {"items": [1, 2, 3]}
    assert record.steps["p.b.append"].outputs == {"longer": [1, 2, 3, 4]}
    assert record.steps["total"].outputs == {"sum": 6}


@both
def test_a_task_has_the_runs_id_and_its_own_variables_in_its_environment(
    tmp_path: Path, concurrent: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUNNABLE_RUN_ID", "outer")
    monkeypatch.delenv("FLAVOUR", raising=False)
    pipeline = program(
        parallel("p", b=(call("run_id", returns="id"),), c=(stub("s"),)),
        call("with", "variable", returns="a", env=(("FLAVOUR", "mint"),)),
        call("without", "variable", returns="b"),
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent, run_id="mine")
    assert record.steps["p.b.run_id"].outputs == {"id": "mine"}
    assert record.steps["with"].outputs == {"a": "mint"}
    assert record.steps["without"].outputs == {"b": "none"}
    assert os.environ["RUNNABLE_RUN_ID"] == "outer"


@both
def test_a_task_that_takes_everything_gets_all_that_is_visible(tmp_path: Path, concurrent: bool) -> None:
    task = Task("all", PythonCall("functions", "everything"), Reads(everything=True), call("", returns="seen").returns)
    pipeline = program(call("one", returns="x"), parallel("p", b=(call("two", returns="y"), task), c=(stub("s"),)), z=3)
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["p.b.all"].outputs == {"seen": {"x": 1, "y": 2, "z": 3}}


@both
def test_a_shell_task_reads_its_environment_and_returns_what_it_exports(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(
        call("one", returns="x"),
        parallel("p", b=(shell("add", 'export y=$((x + 41)); echo "y is $y"', returns="y"),), c=(stub("s"),)),
    )
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["p.b.add"].outputs == {"y": 42}
    assert log_of(record, "p.b.add") == "y is 42\n"


@both
def test_options_of_a_cluster_do_not_stop_a_laptop(tmp_path: Path, concurrent: bool) -> None:
    options = Options(image="gpu:1", node_selector=(("zone", "b"),), overrides=(("argo", "big"),))
    pipeline = program(parallel("p", b=(Task("t", PythonCall("functions", "one"), options=options),), c=(stub("s"),)))
    assert execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent).status == "succeeded"


def nested() -> Graph:
    inner = parallel("inner", x=(call("one", returns="a"), call("fail", retry=1)), y=(call("double", reads="a"),))
    return chain(
        "pipeline",
        call("two", returns="a"),
        parallel(
            "outer",
            left=(inner, stub("never")),
            right=(parallel("deep", z=(shell("sh", "echo $a; export b=5", returns="b"),)), stub("s")),
        ),
        stub("end"),
    )


def test_a_run_in_order_and_a_concurrent_one_have_the_same_record(tmp_path: Path) -> None:
    in_order = execute(of_graph(nested(), p={"k": [1]}), FUNCTIONS, tmp_path / "a")
    concurrent = execute(of_graph(nested(), p={"k": [1]}), FUNCTIONS, tmp_path / "b", concurrent=True)
    assert in_order.status == "failed"
    assert without_times(in_order) == without_times(concurrent)


def test_one_worker_keeps_the_order_of_the_pipeline_depth_first(tmp_path: Path) -> None:
    seen: list[str] = []
    names = ["a", "b", "c", "d", "e"]
    functions = {name: (lambda name=name: seen.append(name)) for name in names}
    pipeline = program(
        call("a"), parallel("p", l=(parallel("q", m=(call("b"),), n=(call("c"),)),), r=(call("d"),)), call("e")
    )
    execute(pipeline, functions, tmp_path)
    assert seen == names


def test_a_second_run_in_the_same_process_is_another_run(tmp_path: Path) -> None:
    pipeline = program(call("one", returns="x"))
    first, second = (execute(pipeline, FUNCTIONS, tmp_path) for _ in range(2))
    assert first.run_id != second.run_id
    assert "RUNNABLE_RUN_ID" not in os.environ


def test_a_long_chain_and_deep_nesting_run(tmp_path: Path) -> None:
    deep = stub("leaf")
    graph = chain("g0", deep)
    for level in range(1, 60):
        graph = chain(f"g{level}", parallel("p", only=(graph,)))
    many = (call(f"s{i}", "one", returns="x") for i in range(1500))
    record = execute(program(graph, *many), FUNCTIONS, tmp_path)
    assert record.status == "succeeded"


def test_sequential_steps_share_this_process(tmp_path: Path) -> None:
    record = execute(program(call("where", returns="pid")), FUNCTIONS, tmp_path)
    assert record.steps["where"].outputs == {"pid": os.getpid()}


def test_times_are_recorded_and_follow_each_other(tmp_path: Path) -> None:
    functions = {"nap": lambda: time.sleep(0.01)}
    record = execute(program(call("a", "nap"), call("b", "nap")), functions, tmp_path)
    a, b = record.steps["a"].attempts[0], record.steps["b"].attempts[0]
    times = [record.started, a.started, a.ended, b.started, b.ended, record.ended]
    assert None not in times
    assert times == sorted(str(t) for t in times)
    assert a.started.endswith("+00:00")
