"""What a report says of a run: the tree, the clock, what is after what, and the critical path."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runnable.passes.analysis.layers import layered
from runnable.report.model import ROOT, Model
from runnable.report.order import critical_path, edges
from runnable.report.strip import strip
from runnable.report.wording import duration, size
from runnable_runtime.records.records import Kind, Session, Status
from tests.support.synthetic import at, run, step


def critical(model: Model) -> list[str]:
    return [model.steps[one].path for one in sorted(critical_path(model))]


def test_the_steps_are_a_tree_whatever_is_recorded_of_composites() -> None:
    model = Model(
        run(step("m.0.a", (0, 0, 0), 0, 1), step("m.1.a", (0, 1, 0), 1, 3, status=Status.FAILED), workflow="ns/w")
    )
    assert [(one.path, one.kind, one.parent, str(one.status)) for one in model.steps] == [
        ("m", "group", ROOT, "failed"),
        ("m.0", "group", 0, "succeeded"),
        ("m.0.a", "python", 1, "succeeded"),
        ("m.1", "group", 0, "failed"),
        ("m.1.a", "python", 3, "failed"),
    ]
    assert (model.steps[0].start, model.steps[0].end, model.steps[0].took) == (0, 3000, 3000)
    assert model.steps[2].general == "m.*.a"


def test_the_clock_stands_while_nobody_works_at_the_run() -> None:
    night = replace(
        run(step("a", (0,), 0, 2), step("b", (1,), 36_001, 36_004), ended=at(36_004)),
        resumed=at(36_000),
        earlier=(Session(started=at(0), ended=at(3), status=Status.FAILED),),
    )
    model = Model(night)
    assert [(one.start, one.end) for one in model.steps] == [(0, 2000), (4000, 7000)]
    assert model.end == 7000
    pods = replace(night, earlier=(Session(started=at(0), ended=at(0), status=Status.INTERRUPTED),))
    assert Model(pods).end == 36_004_000


def test_what_is_under_way_has_no_end_yet() -> None:
    model = Model(
        run(step("a", (0,), 0, 4), step("b", (1,), 4, None, status=Status.RUNNING), ended=None, status=Status.RUNNING)
    )
    assert (model.steps[1].start, model.steps[1].end, model.steps[1].took) == (4000, None, None)
    assert model.end == 4000


def test_the_critical_path_is_what_the_end_waited_for() -> None:
    record = run(
        step("load", (0,), 0, 1),
        step("both", (1,), 1, 9, Kind.PARALLEL),
        step("both.left", (1, 0), 1, 4, Kind.PIPELINE),
        step("both.left.a", (1, 0, 0), 1, 4),
        step("both.right", (1, 1), 1, 9, Kind.PIPELINE),
        step("both.right.a", (1, 1, 0), 1, 5),
        step("both.right.b", (1, 1, 1), 5, 9),
        step("end", (2,), 9, 10),
    )
    assert critical(Model(record)) == ["load", "both", "both.right", "both.right.a", "both.right.b", "end"]


def test_edges_are_those_of_the_record_and_failures_are_told_from_the_others() -> None:
    steps = [step(name, (at,), at, at + 1) for at, name in enumerate(("load", "left", "right", "join", "mend"))]
    known = {"": [["load", "left"], ["load", "right"], ["right", "join"], ["load", "mend", "failure"], ["x", "join"]]}
    model = Model(run(*steps, edges=known))
    assert [(edge.source, edge.target, edge.failing) for edge in edges(model, ROOT)] == [
        (0, 1, False),
        (0, 2, False),
        (2, 3, False),
        (0, 4, True),
    ]
    assert critical(Model(run(*steps[:4], edges=known))) == ["load", "right", "join"]


def test_a_reducer_waited_for_the_last_item() -> None:
    record = run(
        step("m", (0,), 0, 6, Kind.MAP),
        *(step(f"m.{n}", (0, n), 0, n + 1, Kind.PIPELINE) for n in range(3)),
        *(step(f"m.{n}.a", (0, n, 0), 0, n + 1) for n in range(3)),
        step("m.reduce", (0, 2**31 - 1), 3, 4, Kind.REDUCE),
    )
    assert critical(Model(record)) == ["m", "m.2", "m.2.a", "m.reduce"]


def test_what_was_skipped_is_passed_over() -> None:
    record = run(
        step("a", (0,), 0, 1),
        replace(step("b", (1,), 0, 0, status=Status.SKIPPED), started=None, ended=None, attempts=()),
        step("c", (2,), 1, 2),
    )
    assert critical(Model(record)) == ["a", "c"]


def test_steps_of_pods_that_overlap_are_no_line() -> None:
    record = run(step("a", (0,), 0, 3), step("b", (1,), 1, 2), workflow="ns/w")
    assert edges(Model(record), ROOT) == []
    assert len(edges(Model(replace(record, workflow="")), ROOT)) == 1


def test_every_edge_leads_to_the_next_layer() -> None:
    diamond = layered(
        range(5), [(0, 1, False), (0, 2, False), (1, 3, False), (2, 3, False), (0, 4, True), (3, 4, False)]
    )
    nodes = [[slot.node for slot in layer if slot.towards is None] for layer in diamond.layers]
    assert nodes == [[0], [1, 2], [3], [4]]
    assert [len(layer) for layer in diamond.layers] == [1, 3, 2, 1]
    for layer, links in enumerate(diamond.links):
        assert all(
            one < len(diamond.layers[layer]) and other < len(diamond.layers[layer + 1]) for one, other, _ in links
        )
    assert sum(failing for links in diamond.links for _, _, failing in links) == 3


def test_crossings_are_taken_apart_and_edges_that_lead_back_do_no_harm() -> None:
    crossed = layered(range(4), [(0, 3, False), (1, 2, False)])
    assert all(one == other for one, other, _ in crossed.links[0])
    assert [len(layer) for layer in layered(range(2), [(1, 0, False)]).layers] == [2]
    assert [len(layer) for layer in layered(range(3), [(0, 1, False), (2, 1, False), (1, 1, False)]).layers] == [2, 1]


def test_a_wide_fan_out_is_a_path_for_each_status_however_many_there_are() -> None:
    model = Model(
        run(*(step(str(n), (n,), 0, 1, status=Status.FAILED if n % 7 == 0 else Status.SUCCEEDED) for n in range(500)))
    )
    drawn = strip(model.steps)
    assert drawn.count("<path") == 2
    assert 'aria-label="500 members: 72 failed, 428 succeeded"' in drawn


@pytest.mark.parametrize(
    ("milliseconds", "shown"),
    [
        (0.2, "<1 ms"),
        (12.4, "12 ms"),
        (1250, "1.25 s"),
        (12_340, "12.3 s"),
        (125_000, "2 min 05 s"),
        (3_720_000, "1 h 02 min"),
    ],
)
def test_a_short_task_took_some_time_too(milliseconds: float, shown: str) -> None:
    assert duration(milliseconds) == shown
    assert duration(None) == ""


@pytest.mark.parametrize(("count", "shown"), [(812, "812 bytes"), (14_200, "14 KB"), (3_249_000, "3.2 MB")])
def test_sizes_are_rounded(count: int, shown: str) -> None:
    assert size(count) == shown
