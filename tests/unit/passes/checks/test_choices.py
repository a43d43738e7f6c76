"""What composites go by: a Map's list, a Conditional's value, a Loop's end, a reducer's items."""

from __future__ import annotations

import enum
from typing import Any, Literal

import pytest

from runnable import Conditional, Loop, Map, Stub
from tests.support.checked import call, check, codes, nothing, pipe


class Colour(enum.Enum):
    RED = "red"
    BLUE = "blue"


def text() -> str: ...
def texts() -> list[str]: ...
def pair() -> tuple[str, int]: ...
def integer() -> int: ...
def boolean() -> bool: ...
def mapping() -> dict[str, int]: ...
def mappings() -> list[dict]: ...
def anything() -> Any: ...
def colour() -> Colour: ...
def mode() -> Literal["fast", "slow"]: ...
def maybe_mode() -> Literal["fast", "slow"] | None: ...


def mapped(over="xs", branch=None, **options):
    return Map(name="m", branch=branch or nothing(), iterate_on=over, iterate_as="x", **options)


@pytest.mark.parametrize(
    ("returns", "expected"),
    [(text, ["RN304"]), (mapping, ["RN304"]), (integer, ["RN304"]), (texts, []), (pair, []), (anything, [])],
)
def test_a_map_runs_over_a_list(returns, expected):
    assert codes(call(returns, "xs"), mapped()) == expected


def test_what_is_no_list_is_told_with_who_returns_it():
    (found,) = check(call(text, "xs"), mapped())
    assert found.message == "step 'm' cannot run over the parameter 'xs': it is a text, not a list"
    assert "'text' returns a text" in found.note


@pytest.mark.parametrize(("value", "expected"), [([], []), ([1], []), ("a", ["RN304"]), (None, ["RN304"])])
def test_a_map_over_a_parameter_goes_by_its_value(value, expected):
    assert codes(mapped(), xs=value) == expected


def test_a_map_over_an_item_goes_by_what_the_items_are():
    inner = Map(name="inner", branch=nothing(), iterate_on="row", iterate_as="x")
    outer = Map(name="outer", branch=pipe(inner), iterate_on="rows", iterate_as="row")
    assert codes(outer, rows=[[1], []]) == []
    assert codes(outer, rows=[[1], 2, 3]) == ["RN304"]
    assert codes(call(texts, "rows"), outer) == ["RN304"]


def test_a_map_in_a_branch_that_may_not_be_taken_is_doubtful():
    conditional = Conditional(name="c", parameter="p", branches={"a": pipe(mapped()), "b": nothing()})
    assert codes(conditional, p="b", xs="text") == ["RN313"]


@pytest.mark.parametrize(
    ("returns", "reducer", "expected"),
    [
        (text, "sum", ["RN325"]),
        (texts, "sum", ["RN325"]),
        (integer, "sum", []),
        (text, "max", []),
        (mapping, "max", ["RN325"]),
        (mapping, "sorted", ["RN325"]),
        (mapping, "len", []),
        (anything, "sum", []),
    ],
)
def test_a_builtin_reducer_can_combine_what_the_branch_returns(returns, reducer, expected):
    assert codes(mapped(branch=pipe(call(returns, "y")), reducer=reducer), xs=[1]) == expected


def conditional(*branches, default=False):
    return Conditional(
        name="c",
        parameter="p",
        branches={name: nothing() for name in branches},
        default=nothing() if default else None,
    )


@pytest.mark.parametrize(
    ("returns", "branches", "expected"),
    [
        (colour, ("red", "blue"), []),
        (colour, ("red",), ["RN322"]),
        (colour, ("red", "blu"), ["RN322", "RN323"]),
        (colour, ("green",), ["RN321"]),
        (mode, ("fast", "slow"), []),
        (mode, ("fast",), ["RN322"]),
        (maybe_mode, ("fast", "slow"), ["RN322"]),
        (maybe_mode, ("fast", "slow", "None"), []),
        (boolean, ("True", "False"), []),
        (boolean, ("true", "false"), ["RN321"]),
        (boolean, ("True",), ["RN322"]),
        (integer, ("1", "2"), []),
        (integer, ("1", "many"), ["RN323"]),
        (integer, ("few", "many"), ["RN321"]),
        (texts, ("a", "b"), ["RN321"]),
        (mapping, ("a", "b"), ["RN321"]),
        (text, ("a", "b"), []),
        (anything, ("a", "b"), []),
    ],
)
def test_a_conditional_has_branches_for_what_its_parameter_can_be(returns, branches, expected):
    assert codes(call(returns, "p"), conditional(*branches)) == expected


@pytest.mark.parametrize(
    ("returns", "branches", "expected"),
    [(colour, ("red",), []), (colour, ("green",), ["RN323"]), (texts, ("a",), ["RN323"])],
)
def test_a_default_branch_takes_every_other_value(returns, branches, expected):
    assert codes(call(returns, "p"), conditional(*branches, default=True)) == expected


def test_the_message_says_which_value_lacks_a_branch_and_what_may_be_meant():
    missing, never = check(call(colour, "p"), conditional("red", "blu"))
    assert "no branch for 'blue'" in missing.message
    assert "did you mean 'blue' by the branch 'blu'?" in missing.help
    assert "'blu' of 'c' is never chosen" in never.message


@pytest.mark.parametrize(("value", "expected"), [("a", []), ("c", ["RN321"]), (True, ["RN321"]), ([1], ["RN321"])])
def test_a_parameters_value_has_a_branch(value, expected):
    assert codes(conditional("a", "b"), p=value) == expected
    assert codes(conditional("a", "b", default=True), p=value) == []


def test_a_conditional_that_may_not_be_reached_is_doubtful():
    outer = Conditional(name="o", parameter="q", branches={"x": pipe(conditional("a")), "y": nothing()})
    assert codes(outer, q="y", p="zzz") == ["RN313"]


def loop(*steps):
    return Loop(name="l", branch=pipe(*steps), break_on="done", index_as="i", max_iterations=3)


@pytest.mark.parametrize(
    ("returns", "expected"),
    [(boolean, []), (anything, []), (text, ["RN324"]), (integer, ["RN324"]), (mapping, ["RN324"]), (colour, ["RN324"])],
)
def test_only_true_ends_a_loop(returns, expected):
    assert codes(loop(call(returns, "done"))) == expected


def test_a_loop_whose_end_no_step_of_it_returns_never_changes():
    assert codes(call(boolean, "done"), loop(Stub(name="s"))) == ["RN324"]


def test_a_failure_that_is_handled_is_meant():
    handled = conditional("a", "b")
    handled.on_failure = nothing()
    assert codes(handled, p="c") == []


def test_a_template_can_be_submitted_with_other_values():
    steps = [conditional("a", "b"), mapped()]
    assert codes(*steps, p="c", xs=None) == ["RN321", "RN304"]
    assert codes(*steps, p="c", xs=None, fixed=False) == ["RN313", "RN313"]
