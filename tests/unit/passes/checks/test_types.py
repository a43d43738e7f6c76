"""What a step returns, by its annotation, against what another one takes, by its own."""

from __future__ import annotations

import datetime
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

import pydantic
import pytest

from runnable import Conditional, Loop, Map, Parallel, ShellTask, Stub, metric
from tests.support.checked import call, check, codes, nothing, pipe

if TYPE_CHECKING:
    from nowhere import Hidden


@dataclass
class Point:
    x: int


class Config(pydantic.BaseModel):
    rate: float
    depth: int = 3


class Checked(pydantic.BaseModel):
    rate: float

    @pydantic.model_validator(mode="before")
    @classmethod
    def anything(cls, _: Any) -> dict[str, float]:
        return {"rate": 1.0}


class Both(NamedTuple):
    x: int
    y: list[str]


def text() -> str: ...
def integer() -> int: ...
def integers() -> list[int]: ...
def maybe_integer() -> int | None: ...
def point() -> Point: ...
def hidden() -> Hidden: ...
def anything() -> Any: ...
def unsaid(): ...
def none() -> None: ...
def both() -> tuple[int, list[str]]: ...
def named() -> Both: ...
def of_one() -> tuple[int]: ...
def takes_one(x: tuple[int]): ...
def either() -> list[int] | str: ...
def generator() -> Iterator[int]:
    yield 1


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return [function(*arguments, **keywords)]

    return wrapper


@decorated
def wrapped() -> int: ...
def takes_int(x: int): ...
def takes_list(x: list[int]): ...
def takes_texts(x: list[dict]): ...
def takes_text(x: str): ...
def takes_dict(x: dict): ...
def takes_point(x: Point): ...
def takes_config(x: Config): ...
def takes_checked(x: Checked): ...
def takes_optional(x: list | None): ...
def takes_default(x: list = None): ...  # noqa: RUF013
def takes_hidden(x: Hidden): ...
def takes_all(**kwargs: int): ...
def takes_item(item: int) -> int: ...
def takes_index(i: list) -> bool: ...


@pytest.mark.parametrize(
    ("returns", "takes"),
    [
        (text, takes_list),
        (text, takes_point),
        (text, takes_dict),
        (integers, takes_int),
        (integers, takes_dict),
        (integers, takes_config),
        (integer, takes_optional),
        (point, takes_int),
        (maybe_integer, takes_list),
    ],
)
def test_what_never_becomes_what_is_asked_for_is_a_mistake(returns, takes):
    assert codes(call(returns, "x"), call(takes)) == ["RN311"]


@pytest.mark.parametrize(
    ("returns", "takes"),
    [
        (integer, takes_text),
        (integers, takes_text),
        (point, takes_point),
        (point, takes_dict),
        (either, takes_list),
        (maybe_integer, takes_optional),
        (maybe_integer, takes_default),
        (hidden, takes_list),
        (anything, takes_list),
        (unsaid, takes_list),
        (generator, takes_list),
        (wrapped, takes_list),
        (text, takes_hidden),
        (text, takes_all),
        (text, takes_checked),
    ],
)
def test_nothing_is_said_of_what_may_fit(returns, takes):
    assert codes(call(returns, "x"), call(takes)) == []


def test_the_message_names_both_ends_and_their_lines():
    (found,) = check(call(text, "x"), call(takes_list))
    assert found.message == "step 'takes_list' takes 'x' as list[int], and a text never becomes that"
    assert "'text' returns a text (" in found.note
    assert "text() -> str" in found.note
    assert "test_types.py:" in found.note
    assert "takes_list()" in found.note


def test_a_tuple_is_split_over_the_declared_returns():
    assert codes(call(both, "x", "y"), call(takes_int)) == []
    assert codes(call(both, "y", "x"), call(takes_int)) == ["RN311"]
    assert codes(call(named, "y", "x"), call(takes_int)) == ["RN311"]
    assert codes(call(both, "x"), call(takes_int)) == ["RN311"], "one return takes the whole tuple, as a list"
    assert codes(call(of_one, "x"), call(takes_one)) == [], "also a tuple of one"
    assert codes(call(of_one, "x"), call(takes_int)) == ["RN311"]


def test_of_a_list_that_fits_only_if_it_is_empty_there_is_a_warning():
    assert codes(call(integers, "x"), call(takes_texts)) == ["RN313"]


def texts() -> list[str]: ...
def takes_either(x: int | str): ...
def takes_pair(x: tuple[str, int]): ...
def takes_texts_twice(x: tuple[str, str]): ...
def takes_keys(x: dict[int, str]): ...
def keys() -> dict[str, str]: ...


def test_of_a_text_that_fits_only_if_it_is_that_of_a_number_there_is_a_warning():
    assert codes(call(text, "x"), call(takes_int)) == ["RN313"]
    assert codes(call(texts, "x"), call(takes_list)) == ["RN313"]
    assert codes(call(texts, "x"), call(takes_pair)) == ["RN313"]
    assert codes(call(texts, "x"), call(takes_texts_twice)) == []
    assert codes(call(text, "x"), call(takes_either)) == []
    assert codes(call(keys, "x"), call(takes_keys)) == [], "the keys of an object are texts whatever they are"


def test_each_path_is_looked_at():
    branches = {"a": pipe(call(text, "x")), "b": pipe(call(integers, "x"))}
    found = check(Conditional(name="c", parameter="p", branches=branches), call(takes_list), p="a")
    assert [d.code for d in found] == ["RN311"]
    assert "'text' returns" in found[0].note


def test_the_last_one_to_write_a_name_is_meant():
    assert codes(call(text, "x"), call(integers, "x"), call(takes_list)) == []


def test_a_name_is_followed_into_composites_and_out_of_them():
    inner = Parallel(name="p", branches={"one": pipe(call(takes_list)), "two": nothing()})
    assert codes(call(text, "x"), inner) == ["RN311"]
    outer = Parallel(name="p", branches={"one": pipe(call(text, "x")), "two": nothing()})
    assert codes(outer, call(takes_list)) == ["RN311"]


def test_after_a_map_there_is_a_list():
    mapped = Map(name="m", branch=pipe(call(takes_item, "x")), iterate_on="items", iterate_as="item")
    (found,) = check(mapped, call(takes_int), items=[1])
    assert found.code == "RN311"
    assert "give the Map a reducer" in found.help
    assert codes(mapped, call(takes_list), items=[1]) == []


@pytest.mark.parametrize(
    ("reducer", "takes", "expected"),
    [
        ("len", takes_list, ["RN311"]),
        ("len", takes_int, []),
        ("max", takes_int, []),
        ("sum", takes_dict, ["RN311"]),
        ("any", takes_list, ["RN311"]),
        ("sorted", takes_int, ["RN311"]),
        ("list", takes_list, []),
        ("lambda xs: xs[0]", takes_dict, []),
    ],
)
def test_a_reducer_says_what_is_there_after_a_map(reducer, takes, expected):
    branch = pipe(call(takes_item, "x"))
    mapped = Map(name="m", branch=branch, iterate_on="items", iterate_as="item", reducer=reducer)
    assert codes(mapped, call(takes), items=[1]) == expected


def combine(values: list) -> dict: ...


def test_a_reducer_of_the_users_own_says_it_by_its_annotation():
    branch = pipe(call(takes_item, "x"))
    mapped = Map(name="m", branch=branch, iterate_on="items", iterate_as="item", reducer=combine)
    assert codes(mapped, call(takes_int), items=[1]) == ["RN311"]
    assert codes(mapped, call(takes_dict), items=[1]) == []


def test_an_item_has_the_type_that_the_list_says():
    mapped = Map(name="m", branch=pipe(call(takes_list)), iterate_on="xs", iterate_as="x")
    assert codes(call(integers, "xs"), mapped) == ["RN311"]
    nested = Map(name="outer", branch=pipe(mapped), iterate_on="rows", iterate_as="xs")
    assert codes(nested, rows=[[[1]], [[2, 3]]]) == []
    assert codes(nested, rows=[[[1]], [2]]) == ["RN312"]


def test_the_number_of_an_iteration_is_a_whole_number():
    loop = Loop(name="l", branch=pipe(call(takes_index, "done")), break_on="done", index_as="i", max_iterations=3)
    assert codes(loop) == ["RN311"]


def carries_on(x: int) -> str: ...
def ends() -> bool: ...


def test_a_loop_reads_what_the_iteration_before_has_left():
    body = pipe(call(takes_list), call(integer, "x"), call(ends, "done"))
    loop = Loop(name="l", branch=body, break_on="done", index_as="i", max_iterations=3)
    assert codes(call(integers, "x"), loop) == ["RN311"]


def test_a_shell_returns_anything():
    assert codes(ShellTask(name="s", command="export x=1", returns=["x"]), call(takes_list)) == []


# --- the parameters' values ---


@pytest.mark.parametrize(
    ("takes", "value", "expected"),
    [
        (takes_int, "5", []),
        (takes_int, "abc", ["RN312"]),
        (takes_int, 5.5, ["RN312"]),
        (takes_list, ["1", 2], []),
        (takes_list, [1, "x"], ["RN312"]),
        (takes_point, {"x": 1}, []),
        (takes_point, {"y": 1}, ["RN312"]),
        (takes_config, {"rate": 0.1}, []),
        (takes_config, {"depth": 1}, ["RN312"]),
        (takes_config, 5, ["RN312"]),
        (takes_checked, 5, []),
        (takes_optional, None, []),
        (takes_default, None, []),
        (takes_default, 3, ["RN312"]),
    ],
)
def test_a_parameters_value_is_what_the_argument_is_annotated_as(takes, value, expected):
    assert codes(call(takes), x=value) == expected


def test_the_reason_is_the_runtimes():
    (found,) = check(call(takes_config), x={"depth": 1})
    assert "rate Field required" in found.note


def test_a_value_that_only_a_branch_takes_is_doubtful():
    branches = {"a": pipe(call(takes_int)), "b": nothing()}
    conditional = Conditional(name="c", parameter="p", branches=branches)
    assert codes(conditional, x="abc", p="b") == ["RN313"]
    handled = Stub(name="s", on_failure=pipe(call(takes_int)))
    assert codes(handled, x="abc") == ["RN313"]


def test_a_value_that_a_branch_may_replace_is_doubtful():
    conditional = Conditional(name="c", parameter="p", branches={"a": pipe(call(integer, "x")), "b": nothing()})
    assert codes(conditional, call(takes_list), x=[1], p="a") == ["RN311"]
    assert codes(conditional, call(takes_int), x="abc", p="a") == ["RN313"]


def test_of_a_list_one_wrong_item_is_told():
    mapped = Map(name="m", branch=pipe(call(takes_int)), iterate_on="xs", iterate_as="x")
    (found,) = check(mapped, xs=[1, "a", "b", {}])
    assert found.code == "RN312"
    assert "an item of 'xs' is \"a\" (str)" in found.note


# --- what is returned ---


def three() -> tuple[int, int, int]: ...
def many() -> tuple[int, ...]: ...
def dates() -> list[datetime.date]: ...
def date() -> datetime.date: ...
def by_number() -> dict[int, str]: ...
def maybe_set() -> set | list: ...


@dataclass
class Dated:
    when: datetime.date


class DatedModel(pydantic.BaseModel):
    when: datetime.date


class Model: ...


def model() -> Model: ...
def dated() -> Dated: ...
def dated_model() -> DatedModel: ...


@pytest.mark.parametrize(
    ("returns", "names", "expected"),
    [
        (three, "abc", []),
        (three, "ab", ["RN314"]),
        (three, "a", []),
        (integer, "ab", ["RN314"]),
        (integers, "ab", ["RN314"]),
        (none, "ab", ["RN314"]),
        (many, "ab", []),
        (unsaid, "ab", []),
        (anything, "ab", []),
        (wrapped, "ab", []),
        (none, "a", ["RN317"]),
        (date, "a", []),
        (dated, "a", []),
        (dated_model, "a", []),
        (dates, "a", []),
        (by_number, "a", []),
        (maybe_set, "a", []),
    ],
)
def test_a_function_returns_what_its_step_declares(returns, names, expected):
    assert codes(call(returns, *names)) == expected


def test_a_metric_is_written_as_json_too():
    assert codes(call(model, metric("a"))) == ["RN315"]
