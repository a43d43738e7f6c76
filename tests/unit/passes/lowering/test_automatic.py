"""How many items share a pod, by how long one takes."""

import pytest

from runnable.passes.lowering.automatic import Pods, sizes, wants_sizes, with_sizes
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
    graph = with_sizes(whole.graph, {"o.*.p.one.l.*.m": 5})
    assert not wants_sizes(program(*graph.nodes))
    assert graph.nodes[1].batch == 7
