"""How many members of a composite run at the same time, and what a failure or the time stops."""

import time

import pytest

from runnable.ir.nodes import BODY, FanOut, Graph, Loop
from tests.support.local_runs import call, chain, execute, program, resume, shell, statuses, stub

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
