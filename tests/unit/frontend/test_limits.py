"""The limits of composites, as the IR has them."""

import json

import pytest

from runnable import Conditional, Loop, Map, Parallel, Pipeline, Stub
from runnable.frontend.build import build
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import Graph
from runnable.ir.text import render
from runnable.ir.walk import graphs


def found(step):
    unit = build(Pipeline(steps=[step]), __file__)
    return [one.message for one in unit.diagnostics], unit.program.graph.nodes[0]


def both(**options):
    return Parallel(name="p", branches={name: Stub(name="s").as_pipeline() for name in "ab"}, **options)


def each(**options):
    return Map(name="m", branch=Stub(name="s").as_pipeline(), iterate_on="xs", iterate_as="x", **options)


def test_limits_are_in_the_ir():
    problems, node = found(both(max_parallel=2, fail_fast=True))
    assert (problems, node.max_parallel, node.fail_fast) == ([], 2, True)
    assert found(each(fail_fast=True))[1].fail_fast


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("max_parallel", 0, "is a whole number above 0, not 0"),
        ("max_parallel", "2", "is a whole number above 0, not '2'"),
        ("fail_fast", "yes", "is True or False, not 'yes'"),
        ("timeout", 0, 'is seconds above 0, or text such as "90s", "10m" or "2h", not 0'),
    ],
)
def test_a_limit_of_another_kind_is_an_error(option, value, reason):
    assert found(both(**{option: value}))[0] == [f"Parallel 'p': {option} {reason}"]


def test_a_map_that_collects_runs_all_items():
    (problem,) = found(each(fail_fast=True, on_error="collect"))[0]
    assert "contradicts on_error" in problem


def test_all_that_hold_steps_have_a_timeout_in_seconds():
    inner = Pipeline(steps=[Stub(name="s")], timeout="1m")
    options = {"name": "c", "timeout": "2h"}
    steps = [
        Map(branch=inner, iterate_on="xs", iterate_as="x", **options),
        Loop(branch=inner, break_on="d", index_as="i", max_iterations=2, **options),
        Conditional(parameter="way", branches={"a": inner}, **options),
        Parallel(branches={"a": inner}, **options),
    ]
    for step in steps:
        problems, node = found(step)
        assert (problems, node.timeout) == ([], 7200)
        assert [graph.timeout for path, graph in graphs(Graph("", (node,))) if path.count(".") == 1] == [60]
    assert build(Pipeline(steps=[Stub(name="s")], timeout=1.5), __file__).program.graph.timeout == 2


def test_limits_survive_the_json_form():
    steps = [both(max_parallel=2, fail_fast=True, timeout=5), each(timeout=6)]
    program = build(Pipeline(steps=steps, timeout=7), __file__).program
    again = from_json(json.loads(json.dumps(to_json(program))))
    assert render(again) == render(program)
    assert render(program).splitlines()[1:3] == [
        "  timeout 7",
        '  graph "p" max_parallel=2 fail_fast timeout=5',
    ]
