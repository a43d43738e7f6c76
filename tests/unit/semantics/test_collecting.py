"""A Map that collects: what its items make of it, here and when the run is resumed, and mistakes in its options."""

from __future__ import annotations

import pytest

from runnable import Map, Pipeline, PythonTask, ShellTask
from runnable.frontend.build import build
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import BODY, FanOut, Graph
from runnable.passes import diagnose
from runnable.semantics.collecting import is_enough
from runnable_runtime.records.records import Status
from runnable_runtime.values.last_words import LONGEST, shortened
from tests.support.local_runs import call, chain, execute, program, resume, statuses, stub

ITEMS = [1, 2, 3, 4]


def odd(x):
    if x % 2 == 0:
        raise ValueError(f"{x} is even")
    return x * 10


FUNCTIONS = {"odd": odd, "see": lambda **given: None}


def collecting(*nodes, **options):
    return FanOut("map", chain(BODY, *nodes), "xs", "x", **{"failures": "failures", **options})


def seen_after(fan_out, folder, functions=FUNCTIONS, **parameters):
    one = program(fan_out, call("see", reads="y failures"), **{"xs": ITEMS, **parameters})
    seen = {}
    record = execute(one, {**functions, "see": lambda y, failures: seen.update(y=y, failures=failures)}, folder)
    return record, seen


@pytest.mark.parametrize("concurrent", [False, True])
def test_what_succeeded_is_kept_in_the_order_of_the_items_and_what_failed_is_listed(tmp_path, concurrent):
    fan_out = collecting(call("odd", reads="x", returns="y"))
    one = program(fan_out, call("see", reads="y failures"), xs=ITEMS)
    record = execute(one, FUNCTIONS, tmp_path, concurrent=concurrent)
    inputs = record.steps["see"].attempts[0].inputs
    assert inputs["y"] == [10, 30]
    assert [(f["index"], f["item"], f["step"], f["error"].partition(" (")[0]) for f in inputs["failures"]] == [
        (1, 2, "odd", "ValueError: 2 is even"),
        (3, 4, "odd", "ValueError: 4 is even"),
    ]
    assert record.status is Status.SUCCEEDED
    assert statuses(record)["map"] == "succeeded"
    assert statuses(record)["map.1"] == "failed"


def test_it_fails_if_fewer_items_succeed_than_the_share_says(tmp_path):
    record, seen = seen_after(collecting(call("odd", reads="x", returns="y"), min_success=0.6), tmp_path)
    assert record.status is Status.FAILED
    assert "item 1 and item 3 failed: 2 succeeded, less than min_success=0.6 of 4" in record.steps["map"].message
    assert not seen


def test_without_a_share_it_succeeds_though_no_item_does(tmp_path):
    record, seen = seen_after(collecting(call("odd", reads="x", returns="y")), tmp_path, xs=[2])
    assert record.status is Status.SUCCEEDED
    assert seen["y"] == []
    assert len(seen["failures"]) == 1


def test_a_reducer_is_given_what_succeeded(tmp_path):
    fan_out = collecting(call("odd", reads="x", returns="y"), reducer="sum")
    assert seen_after(fan_out, tmp_path)[1]["y"] == 40


def test_a_share_is_taken_as_it_is_written():
    assert is_enough(3, 30, 0.1)  # as floats, 0.1 * 30 is more than 3
    assert not is_enough(2, 30, 0.1)
    assert is_enough(0, 0, 0.9)


def test_of_a_composite_the_failure_names_the_step_of_the_branch(tmp_path):
    inner = Graph("inner", (chain("one", call("odd", reads="x", returns="y")), chain("two", stub("idle"))))
    _, seen = seen_after(collecting(inner), tmp_path)
    assert seen["failures"][0] == {"index": 1, "item": 2, "step": "inner", "error": "'inner' failed"}


def test_maps_in_maps_keep_their_own(tmp_path):
    inner = FanOut("inner", chain(BODY, call("odd", reads="x", returns="y")), "row", "x", failures="failures")
    outer = FanOut("outer", chain(BODY, inner), "rows", "row", failures="lost")
    one = program(outer, call("see", reads="y failures lost"), rows=[[1, 2], [3]])
    inputs = execute(one, FUNCTIONS, tmp_path).steps["see"].attempts[0].inputs
    assert inputs["y"] == [[10], [30]]
    assert [len(found) for found in inputs["failures"]] == [1, 0]
    assert inputs["lost"] == []


def test_a_long_message_is_cut():
    assert len(shortened("x" * 10_000)) == LONGEST
    assert shortened("short") == "short"


def test_resuming_a_failed_run_repeats_only_the_items_that_failed(tmp_path):
    ran = []

    def noted(x):
        ran.append(x)
        return odd(x)

    fan_out = collecting(call("odd", reads="x", returns="y"), min_success=1)
    one = program(fan_out, call("see", reads="y failures"), xs=ITEMS)
    execute(one, {**FUNCTIONS, "odd": noted}, tmp_path, run_id="r")
    ran.clear()
    record = resume(one, {**FUNCTIONS, "odd": lambda x: ran.append(x) or x * 10}, tmp_path)
    assert ran == [2, 4]
    assert record.steps["see"].attempts[0].inputs == {"y": [10, 20, 30, 40], "failures": []}


def test_items_whose_failure_was_kept_do_not_run_again_when_a_later_step_is_repeated(tmp_path):
    one = program(collecting(call("odd", reads="x", returns="y")), call("see", reads="y failures"), xs=ITEMS)

    def broken(y, failures):
        raise ValueError("no")

    before = execute(one, {**FUNCTIONS, "see": broken}, tmp_path, run_id="r")
    after = resume(one, {"odd": None, "see": lambda y, failures: None}, tmp_path)
    assert after.status is Status.SUCCEEDED
    assert after.steps["see"].attempts[-1].inputs == before.steps["see"].attempts[0].inputs


def mapped(branch=None, **options):
    step = ShellTask(name="step", command="export y=$x", returns=["y"])
    one = Map(name="map", branch=branch or step.as_pipeline(), iterate_on="xs", iterate_as="x", **options)
    return build(Pipeline(steps=[one]), "")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"on_error": "keep"}, '"fail" or "collect"'),
        ({"min_success": 90}, "from 0 to 1, not 90"),
        ({"min_success": True}, "from 0 to 1, not True"),
        ({"min_success": float("nan")}, "from 0 to 1"),
        ({"on_error": "fail", "min_success": 0.5}, "contradicts"),
        ({"failures": "lost"}, "needs on_error"),
        ({"on_error": "collect", "failures": "not a name"}, "letters, digits"),
        ({"on_error": "collect", "failures": "y"}, "another name"),
    ],
)
def test_a_mistake_in_an_option_is_found(options, said):
    (problem,) = mapped(**options).diagnostics
    assert said in problem.message


def test_the_list_has_a_name_by_default():
    (fan_out,) = mapped(min_success=0.9).program.graph.nodes
    assert (fan_out.failures, fan_out.min_success) == ("failures", 0.9)
    (fan_out,) = mapped().program.graph.nodes
    assert fan_out.failures is None


def read(y: list[int], failures: list[dict[str, object]], lost: int = 0) -> None: ...


def test_the_step_after_can_read_the_list():
    step = ShellTask(name="step", command="export y=$x", returns=["y"])
    one = Map(name="map", branch=step.as_pipeline(), iterate_on="xs", iterate_as="x", on_error="collect")
    unit = build(Pipeline(steps=[one, PythonTask(name="read", function=read)], parameters={"xs": [1]}), "")
    assert not [problem.message for problem in diagnose(unit) if "failures" in problem.message]


def test_it_survives_the_ir_as_json():
    (fan_out,) = from_json(to_json(mapped(min_success=0.25, failures="lost").program)).graph.nodes
    assert (fan_out.failures, fan_out.min_success) == ("lost", 0.25)
