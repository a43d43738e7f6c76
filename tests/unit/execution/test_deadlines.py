"""How long composites may take."""

import pytest

from runnable.execution import deadlines
from runnable.execution.deadlines import Deadlines, stopped_with
from runnable.ir.nodes import BODY, FanOut, Graph, Nothing, Task
from runnable.semantics.fan_out_run import FanOutRun
from runnable.semantics.graph_run import GraphRun
from runnable.semantics.scope import Scope

STEP = Task("t", Nothing())


@pytest.fixture
def clock(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(deadlines, "monotonic", lambda: now[0])
    return now


def frames(**timeouts):
    """The frames of two items of a map, which is in a pipeline."""
    body = Graph(BODY, (STEP,), timeout=timeouts.get("item"))
    fan_out = FanOut("m", body, "xs", "x", timeout=timeouts.get("map"))
    given = Scope.of({"xs": [1, 2]})
    root = GraphRun(Graph("", (fan_out,), timeout=timeouts.get("pipeline")), "", given)
    items = FanOutRun(fan_out, "m", given, root, 0, lambda path: (), lambda value: value)
    return root, items, [GraphRun(body, f"m.{n}", given, items, n) for n in range(2)]


def test_the_clock_of_a_composite_starts_with_its_first_task(clock):
    _, _, (first, second) = frames(item=10)
    found = Deadlines()
    found.begin(first)
    clock[0] += 9
    found.begin(second)
    assert (found.remaining(first), found.remaining(second)) == (1, 10)
    clock[0] += 1
    assert found.halt()
    assert (first.halted, second.halted) == ("timed out after 10 s", "")


def test_the_nearest_deadline_around_a_task_counts(clock):
    _, items, (first, second) = frames(pipeline=100, map=20, item=10)
    found = Deadlines()
    found.begin(first)
    clock[0] += 15
    found.begin(second)
    assert found.remaining(second) == 5
    clock[0] += 5
    found.halt()
    assert (items.halted, second.halted) == ("timed out after 20 s", "")
    assert stopped_with(second) == "stopped: 'm' timed out after 20 s"


def test_what_has_ended_is_not_late(clock):
    root, _, (first, _) = frames(pipeline=50, item=10)
    found = Deadlines()
    found.begin(first)
    found.end(first)
    clock[0] += 11
    assert not found.halt()
    clock[0] += 40
    assert found.halt()
    assert (first.halted, stopped_with(root)) == ("", "stopped: the pipeline timed out after 50 s")


def test_without_timeouts_nothing_limits_a_task(clock):
    _, _, (first, _) = frames()
    found = Deadlines()
    found.begin(first)
    assert found.remaining(first) is None
    assert not found.halt()
