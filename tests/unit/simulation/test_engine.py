"""A simulated run has the steps of a real one, in its order; what limits tasks at one time makes them wait."""

import pytest

from runnable import Approval, HttpTask, Parallel, Pipeline, ShellTask, TemplateTask
from runnable.frontend.build import build
from runnable.ir.nodes import FanOut, Loop, Switch
from runnable.simulation.engine import CannotSimulate, FitsNowhere, simulate
from runnable.simulation.known import Given, Known
from runnable.simulation.place import Node, Place, asked_of, read_node, read_quota
from runnable.simulation.prices import Prices
from runnable.simulation.text import render
from runnable.simulation.variants import variants
from tests.support.local_runs import call, chain, parallel, program, stub

GIB = 1024.0**3


def run(found, place=None, **given):
    return simulate(found, Known.of(Given(**given)), place or Place("argo", at_once=None))


def many(items=6, **options):
    each = FanOut("each", chain("*", call("fit", reads="item", **options)), "items", "item")
    return program(each, items=list(range(items)))


def times(found):
    return {one.path: (one.started, one.ended) for one in found.ran}


def test_steps_follow_each_other_and_branches_run_together():
    found = run(
        program(call("a"), parallel("both", b=(call("b"),), c=(call("c"), call("d"))), call("e")),
        steps={"a": 1, "b": 5, "c": "1s", "d": "500ms", "e": 2},
    )
    assert times(found) == {
        "a": (0, 1),
        "both.b.b": (1, 6),
        "both.c.c": (1, 2),
        "both.c.d": (2, 2.5),
        "e": (6, 8),
    }
    assert (found.makespan, found.busy, found.widest) == (8, 9.5, 2)
    assert [one.path for one in found.critical] == ["a", "both.b.b", "e"]


def test_as_many_run_at_one_time_as_there_are_workers():
    for at_once, makespan in ((1, 60), (2, 30), (4, 20), (None, 10)):
        found = run(many(), Place("this machine", at_once), otherwise=10)
        assert found.makespan == makespan
    found = run(many(), Place("this machine", 4), otherwise=10)
    assert found.idle == 20
    assert [one.because.waited for one in found.critical] == ["", "waits for its turn"]


def test_one_scheduler_starts_one_task_after_another_and_each_pod_takes_its_time():
    found = run(many(3), Place("this machine", 3, dispatch=1), otherwise=10)
    assert [one.started for one in found.ran] == [1, 2, 3]
    found = run(program(call("a"), stub("idle"), call("b")), Place("argo", None, start=4), otherwise=10)
    assert times(found) == {"a": (4, 14), "idle": (14, 14), "b": (18, 28)}


def test_locks_are_waited_for():
    assert run(many(mutex="one"), otherwise=10).makespan == 60
    assert run(many(semaphore=(("few", "3"),)), otherwise=10).makespan == 20
    found = run(many(mutex="one"), otherwise=10)
    assert found.critical[-1].because.waited == "waits for locks"
    assert len(found.critical) == 6


def test_pods_wait_for_a_node_or_for_the_quota():
    def asked(task):
        return asked_of({"cpu": "1", "memory": "4Gi"})

    small = Place("argo", None, nodes=(read_node("cpu=4,memory=8Gi,count=1"),), asked=asked, counted=asked)
    found = run(many(), small, otherwise=10)
    assert found.makespan == 30, "two at one time, by memory"
    assert found.critical[-1].because.waited == "waits for a node with room"
    assert run(many(), small.larger(), otherwise=10).makespan == 20
    assert run(many(), Place("argo", None, quota=read_quota("cpu=3"), asked=asked), otherwise=10).makespan == 20
    with pytest.raises(FitsNowhere, match=r"each\.\*\.fit"):
        run(many(), Place("argo", None, quota=read_quota("memory=2Gi"), asked=asked), otherwise=10)
    assert found.hours() == pytest.approx((60 / 3600, 4 * 60 / 3600, 0))
    assert found.cost(Prices(cpu=60, memory=15)) == pytest.approx(1 + 1)


def test_a_timeout_ends_an_attempt_and_another_one_follows():
    found = run(program(call("a", timeout=3, retry=1), call("b")), otherwise=10)
    assert [(one.path, one.ended, one.failed) for one in found.ran] == [("a", 3, True), ("a", 6, True)]
    assert found.status == "failed"


def test_what_decides_has_to_be_known():
    each = FanOut("each", chain("*", call("fit", reads="item", returns="n")), "items", "item", reducer="sum")
    listed = program(call("find", returns="items"), each, Switch("which", "n", (chain("many", call("x")),)))
    with pytest.raises(CannotSimulate) as one:
        run(listed, otherwise=1)
    assert (one.value.where, one.value.parameter) == ("each", "items")
    with pytest.raises(CannotSimulate) as one:
        run(listed, otherwise=1, returns={"items": 3})
    assert (one.value.where, one.value.parameter, one.value.source) == ("which", "n", "'each' reduces it")
    assert len(run(listed, otherwise=1, returns={"items": 3, "n": "many"}).ran) == 5
    with pytest.raises(CannotSimulate) as one:
        run(program(call("a"), call("b")), steps={"a": 1})
    assert one.value.untimed == ("b",)


def test_a_loop_runs_as_often_as_is_given_or_may():
    again = program(Loop("again", chain("*", call("fit", returns="done")), "done", "turn", 7))
    found = run(again, otherwise=1)
    assert (found.makespan, len(found.notes)) == (7, 1)
    found = run(again, otherwise=1, iterations={"again": 3})
    assert (found.makespan, found.notes) == (3, ())


def test_variants_say_what_is_worth_doing():
    found = many(8)
    known = Known.of(Given(steps={"fit": 10}))
    tried = list(variants(found, known, simulate(found, known, Place("argo", 2, nodes=(Node((8, 64 * GIB, 0)),)))))
    assert [(one.change, one.simulated.makespan) for one in tried] == [
        ("each.*.fit in half of its time", 20),
        ("parallelism 4, not 2", 20),
        ("parallelism without a limit", 10),
        ("nodes of twice the size", 40),
        ("twice as many nodes", 40),
    ]


def test_nodes_have_no_devices_and_quotas_no_limits_that_are_not_named():
    assert read_node("cpu=500m,count=3") == Node((0.5, float("inf"), 0.0), 3)
    assert read_quota("memory=1Gi") == (float("inf"), GIB, float("inf"))


@pytest.mark.parametrize("text", ["", "cpu", "cpu=x", "cores=4", "cpu=4,count=0", "count=2", "cpu=4,count=1.5"])
def test_nodes_and_quotas_are_read_or_refused(text):
    with pytest.raises(ValueError, match="is written as"):
        read_node(text)
    with pytest.raises(ValueError, match="is written as"):
        read_quota(text)


@pytest.mark.parametrize("value", [-1, "fast", "1m30", float("inf"), float("nan"), True, "", "3 apples"])
def test_durations_are_read_or_refused(value):
    with pytest.raises(ValueError, match="duration"):
        Given(steps={"a": value})


OTHERS = [
    HttpTask(name="ask", url="http://127.0.0.1:1/"),
    HttpTask(name="ask again", url="http://127.0.0.1:1/"),
    TemplateTask(name="score", template="tools", entrypoint="score", locally={}),
    Approval(name="release"),
]


def others(*steps):
    found = build(Pipeline(name="p", steps=[*steps, *OTHERS]), __file__)
    assert not found.diagnostics
    return found.program


def test_what_others_do_takes_no_pod_and_all_requests_one_of_argos():
    place = Place("argo", at_once=1, start=4, nodes=(Node((0.1, GIB, 0)),), asked=lambda task: (1.0, GIB, 0.0))
    found = run(others(), place, steps={"score": 20, "release": 30}, otherwise=10)
    assert times(found) == {"ask": (4, 14), "ask again": (14, 24), "score": (24, 44), "release": (44, 74)}
    assert (found.pods, found.stays) == (1, ())
    assert found.hours()[0] == pytest.approx(0.01 * 70 / 3600)
    assert "1 pod with that of Argo's agent" in render(found, (), Prices(), "")
    assert found.notes == ("the pods of the template that 'score' calls are not known, and not counted",)


def test_who_waits_for_a_person_or_for_others_leaves_the_places_to_tasks():
    found = build(Pipeline(name="p", steps=[Parallel(name="both", branches={
        "waits": Pipeline(name="w", steps=[Approval(name="release")]),
        "works": Pipeline(name="x", steps=[ShellTask(name="work", command="true")]),
    })]), __file__).program  # fmt: skip
    for place in (Place("argo", at_once=1), Place("this machine", at_once=1)):
        ran = run(found, place, steps={"release": 100}, otherwise=10)
        assert (ran.makespan, ran.pods, ran.idle) == (100, 1, 90)


def test_on_this_machine_a_request_is_a_task_and_a_template_is_stood_in_for_in_no_time():
    found = run(others(), Place("this machine"), steps={"release": 30}, otherwise=10)
    assert times(found) == {"ask": (0, 10), "ask again": (10, 20), "score": (20, 20), "release": (20, 50)}
    assert (len(found.stays), found.agent, found.notes) == (2, None, ())
