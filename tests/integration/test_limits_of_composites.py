"""How many members of a composite run at the same time, and what a failure or the time stops."""

import time
from dataclasses import replace

import pytest

from runnable.ir.nodes import BODY, Edge, FanOut, Graph, Loop, On, Switch
from tests.support.local_runs import call, chain, execute, of_graph, program, resume, shell, statuses, stub

FAST = {"fail_fast": True}


def parallel(name, limits=None, **branches):
    return Graph(name, tuple(chain(branch, *nodes) for branch, nodes in branches.items()), **(limits or {}))


def fan(name, *nodes, **limits):
    return FanOut(name, chain(BODY, *nodes), "xs", "x", **limits)


def fail():
    raise ValueError("on purpose")


@pytest.fixture(params=[False, True], ids=["sequential", "concurrent"])
def concurrent(request):
    return request.param


def test_no_more_branches_are_under_way_than_the_parallel_allows(tmp_path):
    def tell():
        (tmp_path / f"{time.monotonic_ns()}.begin").touch()
        time.sleep(0.03)
        under_way = len(list(tmp_path.glob("*.begin"))) - len(list(tmp_path.glob("*.end")))
        (tmp_path / f"{time.monotonic_ns()}.end").touch()
        return under_way

    branches = {name: (call(f"t{name}", "tell", returns=f"n{name}"), stub(f"s{name}")) for name in "abcde"}
    pipeline = program(parallel("p", {"max_parallel": 2}, **branches))
    record = execute(pipeline, {"tell": tell}, tmp_path / "log", concurrent=True, max_workers=6)
    assert set(statuses(record).values()) == {"succeeded"}
    assert max(record.outputs.values()) <= 2


def test_no_branch_begins_after_a_failure_and_those_that_have_begun_end(tmp_path):
    """With room for two, `c` and `d` are left when `b` fails, and `a` is at work."""
    branches = {
        "a": (shell("ta", f"until test -e {tmp_path}/failed; do sleep 0.02; done; sleep 0.1"), stub("sa")),
        "b": (shell("tb", f"touch {tmp_path}/failed; exit 1"), stub("sb")),
        "c": (stub("sc"),),
        "d": (fan("m", stub("t")),),
    }
    pipeline = program(parallel("p", {"max_parallel": 2, "fail_fast": True}, **branches), stub("after"), xs=[1])
    record = execute(pipeline, {}, tmp_path / "log", concurrent=True, max_workers=4)
    found = statuses(record)
    assert (found["p"], found["p.a"], found["p.b"]) == ("failed", "succeeded", "failed")
    assert [found[path] for path in ("p.c", "p.c.sc", "p.d", "p.d.m", "after")] == ["skipped"] * 5


def test_what_waits_for_a_worker_has_not_begun(tmp_path):
    """One after another, without a limit: the branches after the one that fails are skipped, whatever is in them."""
    inner = {
        "b": (call("tb", "fail"),),
        "c": (fan("m", stub("t"), stub("u")),),
        "d": (Loop("l", chain(BODY, stub("z")), "done", "i", 3),),
        "e": (parallel("q", None, one=(stub("s"),), two=(stub("s"),)),),
    }
    pipeline = program(parallel("p", FAST, a=(stub("sa"),), **inner), xs=[1, 2], done=True)
    record = execute(pipeline, {"fail": fail}, tmp_path / "log")
    found = statuses(record)
    assert found["p.a"] == "succeeded"
    left = [path for path in found if path.startswith(("p.c", "p.d", "p.e"))]
    assert len(left) > 12
    assert {found[path] for path in left} == {"skipped"}
    assert all(record.steps[path].ended is None for path in left)


@pytest.mark.parametrize("limit", [1, None])
def test_no_item_begins_after_a_failure(tmp_path, limit):
    def work(x):
        if x == 1:
            fail()
        return x

    node = fan("m", call("t", "work", reads="x", returns="y"), max_parallel=limit, fail_fast=True)
    record = execute(program(node, xs=[0, 1, 2, 3]), {"work": work}, tmp_path / "log")
    assert record.steps["m"].message == "item 1 failed, 2 did not run"
    assert statuses(record)["m.0"] == "succeeded"
    assert statuses(record).get("m.3", "skipped") == "skipped"


def test_a_retried_run_runs_what_was_not_begun(tmp_path):
    broken = [True]
    ran = []

    def work(x):
        ran.append(x)
        if x == 1 and broken:
            fail()
        return x

    node = fan("m", call("t", "work", reads="x", returns="y"), max_parallel=1, fail_fast=True)
    pipeline = program(node, xs=[0, 1, 2])
    execute(pipeline, {"work": work}, tmp_path / "log", run_id="r")
    broken.clear()
    record = resume(pipeline, {"work": work}, tmp_path / "log")
    assert (ran, record.outputs) == ([0, 1, 1, 2], {"y": [0, 1, 2]})


def test_an_attempt_that_is_retried_is_no_failure_yet(tmp_path, concurrent):
    marker = tmp_path / "tried"
    once = shell("t", f"test -e {marker} || {{ touch {marker}; exit 1; }}", retry=1)
    pipeline = program(parallel("p", {"max_parallel": 1, **FAST}, a=(once,), b=(stub("s"),)))
    record = execute(pipeline, {}, tmp_path / "log", concurrent=concurrent)
    assert str(record.status) == "succeeded"


# --- timeouts, which a user gives in whole seconds ---

SLOW = shell("slow", "sleep 30")


def test_a_parallel_out_of_time_stops_what_runs_in_it_and_skips_the_rest(tmp_path, concurrent):
    """Both ways: here `b` runs beside `a`, there it waits for a worker when the time is up."""
    branches = {"a": (SLOW, stub("after slow")), "b": (shell("s", "sleep 30"),)}
    pipeline = program(parallel("p", {"timeout": 0.3}, **branches), stub("after"))
    begun = time.monotonic()
    record = execute(pipeline, {}, tmp_path / "log", concurrent=concurrent)
    assert time.monotonic() - begun < 15
    found = statuses(record)
    assert [found[path] for path in ("p", "p.a", "p.a.slow", "p.a.after slow")] == [
        "failed",
        "failed",
        "failed",
        "skipped",
    ]
    assert found["p.b.s"] == ("failed" if concurrent else "skipped")
    assert record.steps["p"].message == "timed out after 0.3 s"
    assert record.steps["p.a.slow"].message == "stopped: 'p' timed out after 0.3 s"
    assert (found["after"], str(record.status)) == ("skipped", "failed")


@pytest.mark.parametrize(
    "composite",
    [
        FanOut("c", chain(BODY, SLOW), "xs", "x", timeout=0.2),
        Loop("c", chain(BODY, SLOW), "done", "i", 3, timeout=0.2),
        Switch("c", "way", (chain("a", SLOW), chain("b", stub("s"))), timeout=0.2),
        FanOut("c", chain(BODY, Graph("p", (chain("a", SLOW), chain("b", stub("s"))))), "xs", "x", timeout=0.2),
    ],
    ids=["map", "loop", "conditional", "parallel in a map"],
)
def test_a_composite_out_of_time_fails_with_that_and_its_handler_runs(tmp_path, composite):
    handled = Graph("pipeline", (composite, stub("sorry")), (Edge("c", "sorry", On.FAILURE),))
    record = execute(of_graph(handled, xs=[1, 2], way="a", done=False), {}, tmp_path / "log")
    found = statuses(record)
    assert record.steps["c"].message == "timed out after 0.2 s"
    assert (found["c"], found["sorry"], str(record.status)) == ("failed", "succeeded", "succeeded")


def test_a_task_that_was_stopped_so_is_not_tried_again(tmp_path, concurrent):
    retried = shell("t", "sleep 30", retry=3)
    record = execute(
        program(parallel("p", {"timeout": 0.2}, a=(retried,), b=(stub("s"),))),
        {},
        tmp_path / "log",
        concurrent=concurrent,
    )
    assert len(record.steps["p.a.t"].attempts) == 1


def test_a_pipeline_out_of_time_has_failed_and_can_be_resumed(tmp_path):
    graph = Graph(
        "pipeline", (stub("a"), shell("b", f"test -e {tmp_path}/quick || sleep 30")), (Edge("a", "b"),), timeout=0.2
    )
    record = execute(of_graph(graph), {}, tmp_path / "log", run_id="r")
    assert (str(record.status), record.message) == ("failed", "timed out after 0.2 s")
    assert record.steps["b"].message == "stopped: the pipeline timed out after 0.2 s"
    (tmp_path / "quick").touch()
    resumed = resume(of_graph(replace(graph, timeout=60)), {}, tmp_path / "log")
    assert (str(resumed.status), len(resumed.steps["a"].attempts)) == ("succeeded", 1)


def test_a_task_s_own_shorter_timeout_is_its_own_failure(tmp_path):
    pipeline = program(parallel("p", {"timeout": 60}, a=(shell("t", "sleep 30", timeout=0.3),), b=(stub("s"),)))
    record = execute(pipeline, {}, tmp_path / "log")
    assert record.steps["p.a.t"].message == "timed out after 0.3 s"
    assert record.steps["p"].message == "'a' failed"
