"""The limits of composites, as the IR has them."""

import pytest

from runnable import Map, Parallel, Pipeline, Stub
from runnable.frontend.build import build


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
    ],
)
def test_a_limit_of_another_kind_is_an_error(option, value, reason):
    assert found(both(**{option: value}))[0] == [f"Parallel 'p': {option} {reason}"]


def test_a_map_that_collects_runs_all_items():
    (problem,) = found(each(fail_fast=True, on_error="collect"))[0]
    assert "contradicts on_error" in problem
