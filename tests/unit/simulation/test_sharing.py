"""Tasks that share a pod wait for one pod, start in it one after another, and pay for it once."""

from dataclasses import replace
from time import process_time

import pytest

from runnable.configuration import Configuration
from runnable.ir.nodes import FanOut, Graph
from runnable.simulation.engine import simulate
from runnable.simulation.known import Given, Known, Took
from runnable.simulation.place import Place, asked_of, read_node
from runnable.simulation.sharing import Sharing, Unit, with_batch, with_fuse
from runnable.simulation.variants import variants
from runnable.targets import request_for
from runnable.targets.argo.fusing import fuse
from runnable.targets.argo.settings import read_settings
from tests.support.local_runs import call, chain, program

ARGO = Place("argo", None, start=5, inside=1)


def shared(*names, batch=None, processors=1):
    unit = Unit(names, batch, processors, names[0].rpartition(".")[0])
    return Sharing(dict.fromkeys(names, unit))


def run(found, place, known=None, **given):
    return simulate(found, known or Known.of(Given(**given)), place)


def times(found):
    return {one.path: (one.started, one.ended) for one in found.ran}


def many(items, *steps, **options):
    each = FanOut("each", chain("*", *(steps or (call("fit", reads="item"),))), "items", "item", **options)
    return program(each, items=list(range(items)))


def test_neighbours_start_in_one_pod_and_what_follows_in_another():
    found = program(call("a"), call("b"), call("c"))
    place = replace(ARGO, sharing=shared("a", "b"), counted=lambda task: asked_of({"cpu": "1"}))
    simulated = run(found, place, otherwise=10)
    assert times(simulated) == {"a": (6, 16), "b": (17, 27), "c": (32, 42)}
    assert simulated.pods == 2
    assert simulated.hours()[0] == pytest.approx((22 + 10) / 3600), "a pod is paid for while it is there"
    assert [one.path for one in simulated.critical] == ["a", "b", "c"]


def test_a_task_that_fails_is_repeated_in_its_pod_and_then_ends_it():
    took = {"a": (Took(10, failed=True), Took(10)), "b": (Took(10, failed=True),)}
    place = replace(ARGO, sharing=shared("a", "b", "c"))
    found = run(program(call("a", retry=1), call("b"), call("c")), place, Known(took=took, usual={"c": 1}))
    assert [(one.path, one.attempt, one.started) for one in found.ran] == [("a", 1, 6), ("a", 2, 17), ("b", 1, 28)]
    assert (found.status, found.pods, found.makespan) == ("failed", 1, 38)


def test_items_share_pods_as_many_at_a_time_as_these_have_processors():
    place = replace(ARGO, sharing=shared("each.*.fit", batch=4, processors=2))
    found = run(many(10), place, otherwise=10)
    assert [found.ran[n].started for n in (0, 1)] == [6, 6]
    assert found.pods == 3
    assert found.makespan == 5 + 2 * 11, "two after one another in each of two pods, and the third has two items"
    assert {one.because.waited for one in found.ran} == {"", "waits for a processor of its pod"}


def test_limits_count_the_pods_that_items_share():
    sharing = shared("each.*.fit", batch=4, processors=2)
    one_pod = 5 + 2 * 11
    limited = run(many(12, max_parallel=1), replace(ARGO, sharing=sharing), otherwise=10)
    assert (limited.makespan, limited.pods) == (3 * one_pod, 3)
    assert run(many(12), replace(ARGO, at_once=1, sharing=sharing), otherwise=10).makespan == 3 * one_pod
    assert run(many(12, max_parallel=2), replace(ARGO, sharing=sharing), otherwise=10).makespan == 2 * one_pod
    nodes = (read_node("cpu=2"),)
    place = replace(ARGO, sharing=sharing, nodes=nodes, asked=lambda task: asked_of({"cpu": "2"}))
    assert run(many(12), place, otherwise=10).makespan == 3 * one_pod, "a pod asks once for all of its items"


def test_a_chain_of_each_item_runs_in_the_pod_of_its_batch_which_has_one_lock():
    steps = (call("fit", reads="item", mutex="one"), call("score", mutex="one"))
    place = replace(ARGO, sharing=shared("each.*.fit", "each.*.score", batch=3))
    found = run(many(6, *steps), place, otherwise=10)
    assert found.makespan == 2 * (5 + 3 * 2 * 11)
    assert [one.path for one in found.ran[:3]] == ["each.0.fit", "each.0.score", "each.1.fit"]


def test_an_item_that_fails_leaves_the_others_of_its_pod_alone():
    took = {"each.0.fit": (Took(1, failed=True),)}
    place = replace(ARGO, sharing=shared("each.*.fit", batch=3))
    found = run(many(3), place, Known(took=took, usual={"each.*.fit": 10}))
    assert (found.status, len(found.ran), found.pods) == ("failed", 3, 1)


def sharing_of(found):
    return Sharing.of(fuse(found, read_settings(request_for("argo", found, Configuration()))), lambda task: 1)


def test_what_is_compiled_to_share_pods_is_simulated_so():
    each = FanOut("each", chain("*", call("fit", reads="item"), call("score")), "items", "item")
    found = program(call("a"), call("b"), each, call("c"), items=[1, 2, 3])
    assert not sharing_of(found)
    fused = with_fuse(found)
    units = sharing_of(fused).units
    assert {one.members for one in units.values()} == {("a", "b"), ("each.*.fit", "each.*.score")}
    batched = sharing_of(with_batch(found, "each", 2)).units
    assert {(one.members, one.batch) for one in batched.values()} == {(("each.*.fit", "each.*.score"), 2)}


@pytest.mark.parametrize(("processors", "makespan"), [(2, 5 + 4 * 11), (1, 5 + 6 * 11)])
def test_branches_of_a_parallel_run_in_its_pod_as_many_at_a_time_as_it_has_processors(processors, makespan):
    both = Graph("both", (chain("one", call("s"), call("t")), chain("two", call("s"), call("t"))))
    found = program(call("a"), both, call("b"))
    names = ("a", "both.one.s", "both.one.t", "both.two.s", "both.two.t", "b")
    simulated = run(found, replace(ARGO, sharing=shared(*names, processors=processors)), otherwise=10)
    assert (simulated.pods, simulated.makespan) == (1, makespan)
    fused = with_fuse(found)
    (unit,) = set(sharing_of(fused).units.values())
    assert unit == Unit(names, None, 1, "")


def test_variants_say_what_sharing_pods_would_give():
    each = FanOut("each", chain("*", call("fit", reads="item")), "items", "item")
    found = program(call("a"), call("b"), each, items=list(range(30)))
    known, place = Known.of(Given(otherwise=1)), replace(ARGO, at_once=3)
    tried = list(variants(found, known, simulate(found, known, place), sharing_of))
    assert [(one.change, one.simulated.makespan) for one in tried[:2]] == [
        ("fuse=True in every pipeline, 31 pods", 5 + 2 * 2 + 10 * 6),
        ("batch=10 of each, 5 pods", 2 * 6 + 5 + 10 * 2),
    ]


@pytest.mark.parametrize("options", [{"mutex": "one"}, {"semaphore": (("few", "3"),)}])
def test_three_thousand_that_wait_for_one_lock_take_no_longer_than_others(options):
    began = process_time()
    found = run(many(3000, call("fit", reads="item", **options)), Place("argo", None), otherwise=1)
    assert process_time() - began < 3, "it was 18 s when each event looked at all that wait"
    assert found.makespan == (3000 if "mutex" in options else 1000)


def test_those_that_wait_for_a_lock_are_called_off_as_soon_as_one_fails():
    took = {"each.0.fit": (Took(5, failed=True),)}
    found = run(
        many(50, call("fit", reads="item", mutex="one"), fail_fast=True),
        Place("argo", None),
        Known(took=took, usual={"each.*.fit": 10}),
    )
    assert (len(found.ran), found.makespan, found.status) == (1, 5, "failed")
