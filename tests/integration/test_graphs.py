"""Pipelines whose steps say `after`, run on this machine."""

import pytest

from runnable.ir.nodes import Edge, Graph, On
from tests.support.local_runs import call, execute, of_graph, resume, shell, statuses, stub


def graph(*nodes, after, handlers=(), failing=()):
    """`after`: by a node's name, the names before it, with blanks between them; `handlers`: pairs of names."""
    edges = [Edge(source, target) for target, sources in after.items() for source in sources.split()]
    edges += [Edge(step, handler, On.FAILURE) for step, handler in handlers]
    return Graph("pipeline", nodes, tuple(edges), tuple(failing))


def fail():
    raise ValueError("on purpose")


@pytest.fixture(params=[False, True], ids=["sequential", "concurrent"])
def concurrent(request):
    return request.param


def test_steps_run_as_soon_as_those_they_are_after_have_ended(tmp_path):
    """`late` waits for `quick` alone: it ends, though `slow` waits for what it writes."""
    nodes = (
        stub("quick"),
        shell("slow", f"for i in $(seq 200); do test -e {tmp_path}/done && exit 0; sleep 0.05; done; exit 1"),
        shell("late", f"touch {tmp_path}/done"),
        stub("end"),
    )
    pipeline = of_graph(graph(*nodes, after={"late": "quick", "end": "slow late"}))
    record = execute(pipeline, {}, tmp_path / "log", concurrent=True)
    assert set(statuses(record).values()) == {"succeeded"}


def test_values_come_from_all_steps_before_and_the_last_of_them_counts(tmp_path, concurrent):
    nodes = (
        call("a", "one", returns="x"),
        call("b", "ten", returns="y"),
        call("c", "hundred", returns="x"),
        call("d", "total", reads="x y", returns="sum"),
    )
    pipeline = of_graph(graph(*nodes, after={"c": "a", "d": "a b c"}))
    functions = {"one": lambda: 1, "ten": lambda: 10, "hundred": lambda: 100, "total": lambda x, y: x + y}
    record = execute(pipeline, functions, tmp_path / "log", concurrent=concurrent)
    assert record.outputs == {"x": 100, "y": 10, "sum": 110}
    assert list(record.steps) == ["a", "b", "c", "d"]


def test_a_failure_stops_what_waits_for_it_and_nothing_else(tmp_path, concurrent):
    pipeline = of_graph(graph(call("a", "fail"), stub("b"), stub("c"), stub("d"), after={"c": "a b", "d": "b"}))
    record = execute(pipeline, {"fail": fail}, tmp_path / "log", concurrent=concurrent)
    assert statuses(record) == {"a": "failed", "b": "succeeded", "c": "skipped", "d": "succeeded"}
    assert (str(record.status), record.message) == ("failed", "'a' failed")


def test_a_handled_failure_is_none_of_the_graph(tmp_path, concurrent):
    nodes = (call("a", "fail"), stub("b"), stub("c"), stub("d"), stub("sorry"))
    pipeline = of_graph(graph(*nodes, after={"c": "a b", "d": "b"}, handlers=[("a", "sorry")]))
    record = execute(pipeline, {"fail": fail}, tmp_path / "log", concurrent=concurrent)
    assert statuses(record)["c"] == "skipped"
    assert statuses(record)["sorry"] == "succeeded"
    assert str(record.status) == "succeeded"


def test_a_resumed_graph_runs_what_has_not_succeeded(tmp_path, concurrent):
    ran = []
    broken = [True]

    def work():
        ran.append("work")
        if broken:
            raise ValueError("on purpose")
        return 1

    nodes = (call("a", "work", returns="x"), call("b", "other"), stub("c"), call("d", "use", reads="x"))
    pipeline = of_graph(graph(*nodes, after={"c": "a b", "d": "a"}))
    functions = {"work": work, "other": lambda: ran.append("other"), "use": lambda x: ran.append(f"use {x}")}
    first = execute(pipeline, functions, tmp_path / "log", run_id="r")
    assert statuses(first) == {"a": "failed", "b": "succeeded", "c": "skipped", "d": "skipped"}
    broken.clear()
    ran.clear()
    record = resume(pipeline, functions, tmp_path / "log")
    assert (ran, str(record.status)) == (["work", "use 1"], "succeeded")


def test_a_step_that_ends_in_failure_fails_the_graph_once_the_others_have_ended(tmp_path, concurrent):
    pipeline = of_graph(graph(stub("a"), stub("b"), stub("c"), after={"b": "a", "c": "a"}, failing=["b"]))
    record = execute(pipeline, {}, tmp_path / "log", concurrent=concurrent)
    assert (str(record.status), statuses(record)["c"]) == ("failed", "succeeded")
