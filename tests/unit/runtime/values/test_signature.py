"""Parameters reach a function by name."""

import argparse
import functools
import json

import pytest

from runnable_runtime.failures import BadInput
from runnable_runtime.values.signature import FunctionReads, bind, reads


def plain(a, b: int, c=1, *, d, e: str = "x"): ...
def nothing(): ...
def rest(a, **others): ...
def namespace(arguments: argparse.Namespace): ...
def namespace_later(a: int, arguments: "argparse.Namespace"): ...
def positional_only(a, b=2, /, c=3):
    return a, b, c


def variadic(a, *more):
    return a, more


class Holder:
    def method(self, x: int):
        return x

    def __call__(self, y: "int"):
        return y


def call(function, values):
    bound = bind(function, values)
    return function(*bound.positional, **bound.arguments)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (plain, FunctionReads(("a", "b", "d"), ("c", "e"))),
        (nothing, FunctionReads()),
        (rest, FunctionReads(("a",), (), everything=True)),
        (namespace, FunctionReads(everything=True)),
        (namespace_later, FunctionReads(("a",), (), everything=True)),
        (positional_only, FunctionReads(("a",), ("b", "c"))),
        (variadic, FunctionReads(("a",))),
        (Holder().method, FunctionReads(("x",))),
        (functools.partial(plain, 1, d=2), FunctionReads(("b",), ("c", "d", "e"))),
        (dict, FunctionReads()),
    ],
)
def test_what_a_function_takes(function, expected):
    assert reads(function) == expected


def test_only_what_is_named_is_given_and_counted_as_consumed():
    bound = bind(plain, {"a": 1, "b": "2", "d": None, "unrelated": 9})
    assert bound.arguments == {"a": 1, "b": 2, "d": None}
    assert bound.consumed == {"a": 1, "b": "2", "d": None}


def test_a_default_stays_where_there_is_no_value():
    def function(x: int = 5):
        return x

    assert call(function, {}) == 5
    assert bind(function, {}).consumed == {}


def test_positional_only_arguments_get_their_values_and_defaults():
    assert call(positional_only, {"a": 1}) == (1, 2, 3)
    assert call(positional_only, {"a": 1, "b": 5, "c": 6}) == (1, 5, 6)


def test_keyword_arguments_take_what_is_left():
    def function(a, /, **others):
        return a, others

    assert call(function, {"a": 1, "b": 2, "not an identifier": 3}) == (1, {"b": 2, "not an identifier": 3})
    assert bind(function, {"a": 1, "b": 2}).consumed == {"a": 1, "b": 2}


def test_a_namespace_takes_what_is_left():
    def function(a, given: argparse.Namespace):
        return a, given

    assert call(function, {"a": 1, "b": 2}) == (1, argparse.Namespace(b=2))


def test_variadic_positions_get_nothing():
    assert call(variadic, {"a": 1, "more": [2]}) == (1, ())


def test_methods_and_callable_objects_are_bound_too():
    assert call(Holder().method, {"x": "3"}) == 3
    assert call(Holder(), {"y": "3"}) == 3


def test_a_wrapped_function_is_bound_as_the_one_that_it_wraps():
    @functools.wraps(positional_and_annotated)
    def wrapper(*args, **kwargs):
        return positional_and_annotated(*args, **kwargs)

    assert call(wrapper, {"x": "3"}) == 3


def positional_and_annotated(x: "int"):
    return x


def test_an_annotation_that_only_a_type_checker_knows_converts_nothing():
    def function(x: "Unknown", y: "int"):  # noqa: F821
        return x, y

    assert call(function, {"x": "1", "y": "2"}) == ("1", 2)


def test_every_missing_parameter_is_named_with_what_there_is():
    with pytest.raises(BadInput) as raised:
        bind(plain, {"b": 1, "c": 2})
    assert raised.value.message == "plain() needs the parameters 'a', 'd', and has no value for them (known: 'b', 'c')"


def test_a_value_of_the_wrong_type_is_named_with_function_argument_and_type():
    with pytest.raises(BadInput) as raised:
        bind(plain, {"a": 1, "b": "many", "d": 1})
    assert raised.value.message.startswith("""plain() takes 'b' as int, found "many" (str)""")


def test_a_long_value_is_shortened_in_the_message():
    with pytest.raises(BadInput) as raised:
        bind(plain, {"a": 1, "b": list(range(10_000)), "d": 1})
    assert len(raised.value.message) < 200


def test_null_is_taken_where_the_default_is_none_and_refused_otherwise():
    def tolerant(x: int = None):  # noqa: RUF013 - as people write it
        return x

    def strict(x: int = 3):
        return x

    assert call(tolerant, {"x": None}) is None
    with pytest.raises(BadInput, match="as int, found null"):
        bind(strict, {"x": None})


def test_what_a_function_changes_in_place_does_not_reach_the_parameters():
    def function(items, **others):
        items.append(4)
        others["more"]["x"] = 1

    values = {"items": [1, [2]], "more": {}}
    before = json.dumps(values)
    call(function, values)
    assert json.dumps(values) == before
