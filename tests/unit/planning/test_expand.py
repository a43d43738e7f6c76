"""How often each step runs, as far as it is known before."""

import pytest

from runnable.ir.nodes import Graph, Program
from runnable.planning.counts import Times
from tests.support.argo_programs import chain, fan_out, handled, loop, parallel, program, python, stub, switch
from tests.support.planned import plain

ANY = Times(0, None)


def counts(found):
    """The counts of the tasks that do something, by their paths."""
    return {one.path: one.runs for one in plain(found).tasks()}


def times(least, most=None):
    return Times(least, least if most is None else most)


def test_items_of_a_list_that_is_given_are_counted_also_of_lists_in_it():
    inner = fan_out("inner", python("leaf", reads="y"), iterate_on="x", iterate_as="y")
    found = program(fan_out("outer", python("each", reads="x"), inner), xs=[[1, 2], [3], []])
    assert counts(found) == {"outer.*.each": times(3), "outer.*.inner.*.leaf": times(3)}


def test_items_of_a_list_that_a_step_returns_may_be_any_number_and_the_reduce_task_runs_once():
    found = program(python("list", returns="xs"), fan_out("map", python("each", returns="y"), reduce="y"))
    assert counts(found) == {"list": times(1), "map.*.each": ANY, "map.reduce": times(1)}
    assert list(plain(found).by_path["map"].conditions) == ["for each item of 'xs': 'list' returns it"]


def test_a_list_that_a_known_map_collects_has_its_length():
    first, second = fan_out("first", python("a", returns="ys")), fan_out("second", python("b"), iterate_on="ys")
    assert counts(program(first, second, xs=[1, 2, 3]))["second.*.b"] == times(3)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"side": "a"}, (times(1), times(0))),
        ({"side": "other"}, (times(0), times(1))),
        ({}, (Times(0, 1), Times(0, 1))),
    ],
)
def test_a_branch_is_chosen_where_the_value_is_known_and_may_run_where_it_is_not(given, expected):
    choose = switch("choose", "side", "b", a=[python("one")], b=[python("two")])
    steps = [choose] if given else [python("toss", returns="side"), choose]
    found = counts(program(*steps, **given))
    assert (found["choose.a.one"], found["choose.b.two"]) == expected


def test_items_choose_their_own_branches():
    choose = switch("choose", "x", "b", a=[python("one")], b=[python("two")])
    found = counts(program(fan_out("map", choose), xs=["a", "c", "a"]))
    assert found == {"map.*.choose.a.one": times(2), "map.*.choose.b.two": times(1)}


def test_a_loop_runs_once_at_least_and_as_often_as_it_may_where_its_end_is_not_known():
    assert counts(program(loop("again", python("try", returns="done"))))["again.*.try"] == Times(1, 3)
    assert counts(program(loop("again", python("try")), done=True))["again.*.try"] == times(1)
    assert counts(program(loop("again", python("try")), done="yes"))["again.*.try"] == times(3)


def test_a_handler_runs_if_its_step_fails_and_what_comes_after_the_step_is_assumed_to_run():
    graph = handled("", [python("a"), python("b")], {"a": python("told")})
    found = plain(Program("p", graph))
    assert {one.path: one.runs for one in found.tasks()} == {"a": times(1), "b": times(1), "told": Times(0, 1)}
    assert list(found.by_path["told"].conditions) == ["if 'a' fails"]


def test_a_stub_cannot_fail_so_its_handler_does_not_run():
    graph = handled("", [stub("a"), python("b")], {"a": python("told")})
    assert counts(Program("p", graph)) == {"b": times(1), "told": times(0)}


def test_nothing_runs_after_a_branch_that_ends_in_failure():
    branch = chain("one", python("a"), stub("fail"), failing=("fail",))
    both = Graph("both", (branch, chain("two", python("b"))))
    found = plain(program(both, python("after")))
    assert {one.path: one.runs.most for one in found.tasks()} == {"both.one.a": 1, "both.two.b": 1, "after": 0}
    assert found.by_path["both.one"].failing == times(1)


def test_of_a_large_list_each_item_is_counted_and_not_kept():
    found = plain(program(parallel("both", a=[fan_out("map", python("each"))], b=[python("b")]), xs=list(range(3000))))
    assert found.totals()["runs"] == times(3001)
    assert len(found.by_path) == 8


@pytest.mark.parametrize(
    ("one", "other", "both", "product"),
    [
        (times(2), times(3), times(5), times(6)),
        (times(2), Times(0, 4), Times(2, 6), Times(0, 8)),
        (Times(1, None), times(0), Times(1, None), times(0)),
        (Times(1, None), Times(2, 3), Times(3, None), Times(2, None)),
    ],
)
def test_counts_are_added_and_multiplied(one, other, both, product):
    assert (one + other, one * other) == (both, product)
