"""Maps, conditionals, loops and failure handlers in a local run, one task after another and concurrently."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from runnable.execution.progress.text import conclusion
from runnable.executors.local.run import run, summary
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import Edge, FanOut, Graph, Loop, Node, On, Reads, Reduce, Switch, Task
from runnable_runtime.protocol import ReturnSpec
from tests.support.local_runs import (
    call,
    chain,
    execute,
    of_graph,
    open_store,
    parallel,
    program,
    shell,
    statuses,
    stub,
)

both = pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])


def fan(name: str, *nodes: Node, iterate_on: str = "xs", iterate_as: str = "x", **options: Any) -> FanOut:
    return FanOut(name, chain("*", *nodes), iterate_on, iterate_as, **options)


def loop(name: str, *nodes: Node, break_on: str = "done", index_as: str = "i", max_iterations: int = 10) -> Loop:
    return Loop(name, chain("*", *nodes), break_on, index_as, max_iterations)


def switch(name: str, on: str, default: str | None = None, **branches: tuple[Node, ...]) -> Switch:
    return Switch(name, on, tuple(chain(branch, *nodes) for branch, nodes in branches.items()), default)


def reducing(function: str, *names: str) -> Task:
    return Task("reduce", Reduce(function), Reads(required=names), tuple(ReturnSpec(name) for name in names))


def handled(*nodes: Node, by: Node, of: str) -> Graph:
    one = chain("pipeline", *nodes)
    return Graph("pipeline", (*nodes, by), (*one.edges, Edge(of, by.name, On.FAILURE)))


def double(x: Any) -> Any:
    return 2 * x


def same(x: Any) -> Any:
    return x


def fail_for_two(x: int) -> int:
    if x == 2:
        raise ValueError("two")
    return x


def fail() -> None:
    raise ValueError("boom")


def read(y: Any) -> Any:
    return y


def count(n: int) -> int:
    return n + 1


def enough(n: int) -> bool:
    return n >= 3


def variable() -> str:
    return os.environ["i"]  # noqa: SIM112 - it is called as the parameter is


def huge(x: int) -> float:
    return 1e308


FUNCTIONS = {f.__name__: f for f in (double, same, fail_for_two, fail, read, count, enough, variable, huge)}
READ = call("read", reads="y", returns="z")
SAME = call("same", reads="x", returns="y")

# --- maps ---


@both
@pytest.mark.parametrize("xs", [[3, 1, 2], ["a", 1.5, True, None, [1]], [{"k": [0]}], []])
def test_a_map_gives_the_list_of_results_in_the_order_of_the_items(
    tmp_path: Path, concurrent: bool, xs: list[Any]
) -> None:
    record = execute(program(fan("m", SAME), READ, xs=xs), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert record.steps["read"].outputs == {"z": xs}


@both
def test_all_items_run_though_one_fails_and_then_the_map_fails(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(fan("m", call("t", "fail_for_two", reads="x", returns="y")), stub("after"), xs=[1, 2, 3])
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert [record.steps[f"m.{i}.t"].status for i in range(3)] == ["succeeded", "failed", "succeeded"]
    assert (record.status, record.steps["m"].message) == ("failed", "item 1 failed")
    assert record.steps["after"].status == "skipped"


@both
@pytest.mark.parametrize("parameters", [{"xs": "abc"}, {"xs": 3}, {}])
def test_a_map_over_what_is_no_list_fails_and_its_reducer_is_skipped(
    tmp_path: Path, concurrent: bool, parameters: dict[str, Any]
) -> None:
    pipeline = program(fan("m", stub("s"), reduce=reducing("builtins:max", "y")), **parameters)
    record = execute(pipeline, {}, tmp_path, concurrent=concurrent)
    assert statuses(record) == {"m": "failed", "m.reduce": "skipped"}
    assert "'xs'" in record.steps["m"].message


@both
def test_a_builtin_reduces_every_list_without_a_task(tmp_path: Path, concurrent: bool) -> None:
    nodes = (SAME, call("b", "double", reads="x", returns="w"))
    pipeline = program(fan("m", *nodes, reducer="max"), shell("after", "export r=$y-$w", returns="r"), xs=[1, 3, 2])
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["after"].outputs == {"r": "3-6"}


@both
@pytest.mark.parametrize(
    ("function", "reducer", "xs"), [("same", "sum", ["a", "b"]), ("same", "max", []), ("huge", "sum", [1, 2])]
)
def test_a_builtin_that_fails_or_gives_no_json_fails_the_map(
    tmp_path: Path, concurrent: bool, function: str, reducer: str, xs: list[Any]
) -> None:
    body = call("t", function, reads="x", returns="y")
    record = execute(program(fan("m", body, reducer=reducer), READ, xs=xs), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["m"].status, record.steps["read"].status) == ("failed", "failed", "skipped")
    assert reducer in record.steps["m"].message


@both
def test_a_function_of_the_user_reduces_in_a_task_after_the_items(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(fan("m", SAME, reduce=reducing("lambda a, b: a + b", "y")), READ, xs=["a", "b", "c"])
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["read"].outputs == {"z": "abc"}
    assert record.steps["m.reduce"].attempts[0].inputs == {"y": ["a", "b", "c"]}


@both
def test_the_record_has_the_steps_in_the_order_of_the_pipeline(tmp_path: Path, concurrent: bool) -> None:
    inner = fan("inner", call("twice", "double", reads="x", returns="y"), reduce=reducing("builtins:sum", "y"))
    one = program(
        fan("outer", inner, iterate_as="xs", iterate_on="rows"),
        loop("again", stub("s"), max_iterations=2),
        rows=[[1, 2], [3]],
    )
    record = execute(one, {"double": double}, tmp_path, concurrent=concurrent)
    assert list(record.steps) == [
        "outer",
        "outer.0",
        "outer.0.inner",
        "outer.0.inner.0",
        "outer.0.inner.0.twice",
        "outer.0.inner.1",
        "outer.0.inner.1.twice",
        "outer.0.inner.reduce",
        "outer.1",
        "outer.1.inner",
        "outer.1.inner.0",
        "outer.1.inner.0.twice",
        "outer.1.inner.reduce",
        "again",
        "again.0",
        "again.0.s",
        "again.1",
        "again.1.s",
    ]


@both
def test_a_reduce_task_is_skipped_when_an_item_fails_and_its_own_failure_is_the_map_s(
    tmp_path: Path, concurrent: bool
) -> None:
    maps = fan("m", call("t", "fail_for_two", reads="x", returns="y"), reduce=reducing("lambda values: 1 / 0", "y"))
    record = execute(program(maps, xs=[2]), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["m.reduce"].status == "skipped"
    record = execute(program(maps, xs=[1]), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["m"].status, record.steps["m.reduce"].status) == ("failed", "failed", "failed")


@both
@pytest.mark.parametrize("outside", [{}, {"y": "outside"}])
def test_a_name_that_some_items_lack_fails_the_map_only_if_it_is_read(
    tmp_path: Path, concurrent: bool, outside: dict[str, Any]
) -> None:
    body = switch("c", "x", a=(SAME,), b=(stub("s"),))
    unread = execute(program(fan("m", body), xs=["a", "b"]), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert unread.status == "succeeded"
    pipeline = program(fan("m", body), READ, xs=["a", "b"], **outside)
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["m"].status) == ("failed", "failed")
    assert record.steps["m"].message == "item 1 did not return 'y', which is read afterwards"


def test_no_more_items_are_under_way_than_the_map_allows(tmp_path: Path) -> None:
    def tell(x: int) -> int:
        (tmp_path / f"{x}.begin").touch()
        time.sleep(0.05)
        under_way = len(list(tmp_path.glob("*.begin"))) - len(list(tmp_path.glob("*.end")))
        (tmp_path / f"{x}.end").touch()
        return under_way

    pipeline = program(fan("m", call("tell", reads="x", returns="y"), max_parallel=2), READ, xs=list(range(8)))
    record = execute(pipeline, {**FUNCTIONS, "tell": tell}, tmp_path / "log", concurrent=True, max_workers=8)
    assert max(record.steps["read"].outputs["z"]) <= 2


def test_items_run_at_the_same_time_in_a_concurrent_run(tmp_path: Path) -> None:
    def meet(x: int) -> None:
        (tmp_path / str(x)).touch()
        deadline = time.monotonic() + 20
        while not (tmp_path / str(1 - x)).exists():
            assert time.monotonic() < deadline, "the other item has not started"
            time.sleep(0.01)

    pipeline = program(fan("m", call("meet", reads="x")), xs=[0, 1])
    assert execute(pipeline, {"meet": meet}, tmp_path / "log", concurrent=True).status == "succeeded"


# --- conditionals ---


@both
@pytest.mark.parametrize(
    ("value", "chosen"), [("a", "a"), ("b-c", "b-c"), (True, "True"), (3, "3"), ("else", "other"), (None, "other")]
)
def test_the_branch_that_is_called_as_the_value_runs_and_the_others_are_skipped(
    tmp_path: Path, concurrent: bool, value: Any, chosen: str
) -> None:
    names = ("a", "b-c", "True", "3", "other")
    branches = {name: (parallel("p", one=(stub("s"),)),) for name in names}
    record = execute(program(switch("c", "x", "other", **branches), x=value), {}, tmp_path, concurrent=concurrent)
    for name in names:
        inside = {s for path, s in statuses(record).items() if path.startswith(f"c.{name}")}
        assert inside == {"succeeded" if name == chosen else "skipped"}


@both
@pytest.mark.parametrize("parameters", [{"x": "z"}, {"x": [1]}, {}])
def test_a_value_without_a_branch_fails_and_names_those_that_exist(
    tmp_path: Path, concurrent: bool, parameters: dict[str, Any]
) -> None:
    pipeline = program(switch("c", "x", a=(stub("s"),), b=(stub("s"),)), stub("after"), **parameters)
    record = execute(pipeline, {}, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["c"].status) == ("failed", "failed")
    assert "'a' and 'b'" in record.steps["c"].message
    assert {s for path, s in statuses(record).items() if path != "c"} == {"skipped"}


# --- loops ---


@both
def test_a_loop_ends_when_its_parameter_is_true_and_carries_what_it_wrote(tmp_path: Path, concurrent: bool) -> None:
    body = (call("count", reads="n", returns="n"), call("enough", reads="n", returns="done"))
    after = shell("after", "export r=$n", returns="r")
    record = execute(program(loop("l", *body), after, n=0), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert [record.steps[f"l.{i}.count"].outputs["n"] for i in range(3)] == [1, 2, 3]
    assert "l.3" not in record.steps
    assert record.steps["after"].outputs == {"r": 3}


@both
def test_a_loop_that_reaches_max_iterations_succeeds(tmp_path: Path, concurrent: bool) -> None:
    body = shell("t", "export done=yes", returns="done")
    record = execute(program(loop("l", body, max_iterations=3)), {}, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert [path for path in record.steps if path.count(".") == 1] == ["l.0", "l.1", "l.2"]


@both
def test_the_number_of_the_iteration_is_an_argument_and_a_variable_and_gone_afterwards(
    tmp_path: Path, concurrent: bool
) -> None:
    body = (
        call("arg", "same_i", reads="i", returns="a"),
        call("variable", returns="v"),
        shell("sh", "export s=$i", returns="s"),
        call("never", returns="done"),
    )
    functions = {**FUNCTIONS, "same_i": lambda i: i, "never": lambda: False}
    after = shell("after", "export r=${i-unset}", returns="r")
    record = execute(program(loop("l", *body, max_iterations=2), after), functions, tmp_path, concurrent=concurrent)
    found = [dict(record.steps[f"l.1.{name}"].outputs) for name in ("arg", "variable", "sh")]
    assert found == [{"a": 1}, {"v": "1"}, {"s": 1}]
    assert record.steps["after"].outputs == {"r": "unset"}


@both
def test_a_failed_iteration_is_the_last_and_fails_the_loop(tmp_path: Path, concurrent: bool) -> None:
    body = call("t", "fail_for_two", reads="i", returns="y")
    functions = {"fail_for_two": lambda i: fail_for_two(i + 1)}
    record = execute(program(loop("l", body, break_on="y")), functions, tmp_path, concurrent=concurrent)
    assert (record.status, record.steps["l"].message) == ("failed", "iteration 1 failed")
    assert "l.2" not in record.steps


# --- failure handlers ---


@both
@pytest.mark.parametrize("kind", ["map", "conditional", "loop", "parallel"])
def test_a_failed_composite_has_a_handler_which_sees_nothing_that_it_wrote(
    tmp_path: Path, concurrent: bool, kind: str
) -> None:
    members = (shell("w", "export y=inside", returns="y"), call("fail"))
    composites: dict[str, Node] = {
        "map": fan("c", *members),
        "conditional": switch("c", "x", a=members),
        "loop": loop("c", *members),
        "parallel": parallel("c", b1=members, b2=(stub("s"),)),
    }
    graph = handled(composites[kind], stub("after"), by=READ, of="c")
    record = execute(of_graph(graph, xs=[1, 2], x="a", y="outside"), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert (record.steps["c"].kind, record.steps["c"].status) == (kind, "failed")
    assert record.steps["after"].status == "skipped"
    assert record.steps["read"].outputs == {"z": "outside"}


@both
def test_a_map_that_does_not_run_is_skipped_as_one(tmp_path: Path, concurrent: bool) -> None:
    maps = fan("m", stub("s"), reduce=reducing("builtins:max", "y"))
    record = execute(program(call("fail"), maps, loop("l", stub("s"))), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert statuses(record) == {"fail": "failed", "m": "skipped", "m.reduce": "skipped", "l": "skipped"}


@both
def test_a_failure_that_is_handled_inside_of_an_item_is_none_of_the_map(tmp_path: Path, concurrent: bool) -> None:
    tried = call("try", "fail_for_two", reads="x", returns="y")
    saved = shell("save", "export y=0", returns="y")
    body = Graph("*", (tried, saved), (Edge("try", "save", On.FAILURE),))
    pipeline = program(FanOut("m", body, "xs", "x"), READ, xs=[1, 2, 3])
    record = execute(pipeline, FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.status == "succeeded"
    assert record.steps["read"].outputs == {"z": [1, 0, 3]}


# --- all of them ---


@both
def test_maps_loops_conditionals_and_parallels_nest_four_deep(tmp_path: Path, concurrent: bool) -> None:
    inner = switch("c", "x", "b", a=(SAME,), b=(call("double", reads="x", returns="y"),))
    looped = loop("l", parallel("p", b1=(inner,), b2=(stub("s"),)), max_iterations=2)
    maps = fan("outer", fan("inner", looped, iterate_on="row"), iterate_on="rows", iterate_as="row")
    record = execute(program(maps, READ, rows=[["a", 2], [], [3]]), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert record.steps["read"].outputs == {"z": [["a", 4], [], [6]]}
    assert record.steps["outer.0.inner.1.l.1.p.b1.c.b.double"].outputs == {"y": 4}
    assert record.steps["outer.0.inner.0.l.1.p.b1.c.b.double"].status == "skipped"


@both
def test_only_tasks_are_counted_and_listed_when_a_run_has_failed(tmp_path: Path, concurrent: bool) -> None:
    body = loop("l", switch("c", "x", "b", b=(call("fail"),)))
    record = execute(program(fan("m", body), xs=[1, 2]), FUNCTIONS, tmp_path, concurrent=concurrent)
    assert ": 2 failed in" in conclusion(record)
    assert [line.split(":")[0] for line in summary(record).split("\n") if line.startswith("  m")] == [
        "  m.0.l.0.c.b.fail",
        "  m.1.l.0.c.b.fail",
    ]


@pytest.mark.parametrize("kind", ["map", "loop"])
def test_thousands_of_members_run_in_one_process(tmp_path: Path, kind: str) -> None:
    composite = fan("c", stub("s")) if kind == "map" else loop("c", stub("s"), max_iterations=3000)
    pipeline = program(composite, xs=list(range(3000)))
    record = run(pipeline, {}, LocalSettings(), open_store(tmp_path, "buffered"))
    assert record.status == "succeeded"
    assert len(record.steps) == 6001
