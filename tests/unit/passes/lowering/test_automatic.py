"""How many items share a pod, by how long one takes."""

from dataclasses import replace

import pytest

from runnable.passes.lowering.automatic import Pods, decided, short_tasks, sizes, wants_sizes
from tests.support.argo_programs import fan_out, loop, parallel, program, python


def found(body, seconds, *, pod=30.0, processors=2):
    return {one.path: one.items for one in sizes(program(body), seconds.get, Pods(pod, lambda task: processors))}


@pytest.mark.parametrize(("seconds", "items"), [(0.0, 500), (0.2, 200), (0.9, 50), (19.9, 2), (30.0, 1), (3600.0, 1)])
def test_as_many_as_a_pod_runs_in_its_time_of_a_few_sizes(seconds, items):
    body = fan_out("m", python("a"), batch="auto")
    assert found(body, {"m.*.a": seconds}) == {"m": items}


def test_an_item_takes_as_long_as_all_of_its_tasks():
    body = fan_out("m", python("a"), python("b"), batch="auto")
    assert found(body, {"m.*.a": 0.9, "m.*.b": 1.9}) == {"m": 20}
    (one,) = sizes(program(body), {"m.*.a": 1.0}.get, Pods(30, lambda task: 1))
    assert (one.items, one.seconds) == (1, None), "of one task it is not known"


def test_all_that_leave_it_open_are_decided_however_deep():
    inner = loop("l", fan_out("m", python("a"), batch="auto"))
    whole = program(fan_out("o", parallel("p", one=[inner]), batch=None), fan_out("n", python("a"), batch=7))
    assert wants_sizes(whole)
    graph = decided(whole.graph, {"o.*.p.one.l.*.m": 5})
    assert not wants_sizes(program(*graph.nodes))
    assert graph.nodes[1].batch == 7


def test_tasks_that_are_known_to_be_short_are_to_be_fused_beside_those_that_are_asked_for():
    whole = program(python("a"), python("b"), parallel("p", one=[python("c")]), fan_out("m", python("d")))
    whole = replace(whole, graph=replace(whole.graph, fuse=("b",)))
    short = short_tasks(whole, {"a": 1.0, "p.one.c": 2.0, "m.*.d": 30.0}.get, 30.0)
    graph = decided(whole.graph, {}, short)
    assert graph.fuse == ("a", "b", "p")
    assert graph.nodes[2].nodes[0].fuse == ("c",)
    assert graph.nodes[3].body.fuse == ()
