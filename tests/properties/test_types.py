"""What the checker says of types, against the runtime that converts and writes values: it never claims too much."""

from __future__ import annotations

import datetime
import decimal
import enum
import json
import typing
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, NewType, Optional, TypedDict, Union

import pydantic
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from runnable.passes.analysis.values.fitting import Fit, fit
from runnable.passes.analysis.values.returned import outputs, refused, written
from runnable.passes.analysis.values.value import (
    ANYTHING,
    Exactly,
    ListOf,
    NotJson,
    Object,
    OneOf,
    Scalar,
    TupleOf,
    Unknown,
    one_of,
)
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.values.conversion import Mismatch, convert
from runnable_runtime.values.returns import collect, to_json

USUAL = settings(max_examples=100, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate, Phase.shrink])


class Colour(enum.Enum):
    RED = "r"
    TWO = 2


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


@dataclass
class Point:
    x: int
    y: str = "0"


@dataclass
class Line:
    a: Point
    b: list[Point] | None = None


class Movie(TypedDict, total=False):
    x: typing.Required[str]
    y: int


class Pair(NamedTuple):
    x: int
    y: list[str]


class Model(pydantic.BaseModel):
    x: int
    y: list[str] = []


class Loose(pydantic.BaseModel):
    v: dict[str, int] | list[int] = {}


class Numbers(pydantic.RootModel[list[int]]):
    pass


Name = NewType("Name", str)

plain = st.sampled_from([int, float, str, bool, None, Any, Colour, Level, Point, Line, Movie, Name, Model])
taken_plain = st.one_of(
    plain,
    st.sampled_from(
        [
            Path,
            datetime.date,
            decimal.Decimal,
            uuid.UUID,
            object,
            list,
            dict,
            tuple,
            Sequence,
            Mapping,
            Loose,
            Numbers,
            Literal["r", 2, None, True],
            Literal["5", "[1]"],
            Literal[Colour.RED],
            Annotated[int, pydantic.Field(gt=2)],
        ]
    ),
)


@st.composite
def annotations(draw, simple, depth=2):
    """An annotation: a simple one, or a container of one."""
    kind = draw(st.sampled_from(["simple", "simple", "list", "sequence", "optional", "dict", "tuple", "union", "pair"]))
    if kind == "simple" or not depth:
        return draw(simple)
    inner = draw(annotations(simple, depth - 1))
    match kind:
        case "list":
            return list[inner]
        case "sequence":
            return Sequence[inner]
        case "optional":
            return Optional[inner]  # noqa: UP045
        case "dict":
            return dict[draw(st.sampled_from([str, str, int])), inner]
        case "tuple":
            return tuple[inner, ...]
    other = draw(annotations(simple, depth - 1))
    return Union[inner, other] if kind == "union" else tuple[inner, other]  # noqa: UP007


taken = annotations(taken_plain)
"""Annotations of arguments."""
given_back = annotations(
    st.one_of(plain, st.sampled_from([Literal["a", 1], set[int], datetime.date, Pair, list, dict, tuple]))
)
"""Annotations of what functions return."""

texts = st.sampled_from(["", "5", "1.5", "true", "r", "RED", "LOW", "abc", "2024-01-02", "null", "[1]", "x"])
json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-3, 5), st.sampled_from([0.5, 2.0]), texts),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["x", "y", "a", "b", "1"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@st.composite
def descriptions(draw, value):
    """What may be known of `value` before it exists."""
    how = draw(st.sampled_from(["exact", "type", "type", "union", "anything"]))
    if how == "exact":
        return Exactly(value)
    if how == "anything":
        return ANYTHING
    if how == "union":
        return one_of([draw(descriptions(value)), draw(st.sampled_from([Scalar.TEXT, ListOf(Scalar.INTEGER)]))])
    match value:
        case None:
            return Scalar.NULL
        case bool() | int():
            return draw(st.sampled_from([Scalar.INTEGER, Scalar.NUMBER]))
        case float():
            return Scalar.NUMBER
        case str():
            return Scalar.TEXT
        case list():
            items = [draw(descriptions(item)) for item in value]
            return ListOf(one_of(items)) if items and draw(st.booleans()) else TupleOf(tuple(items))
        case _:
            fields = {key: draw(descriptions(item)) for key, item in value.items()}
            if draw(st.booleans()):
                return Object(one_of(list(fields.values())) if fields else ANYTHING)
            return Object(ANYTHING, tuple(fields.items()), closed=draw(st.booleans()))


def converts(value, annotation):
    try:
        convert(value, annotation, "v")
    except Mismatch:
        return False
    return True


@given(st.data(), st.lists(json_values, min_size=1, max_size=6), taken)
@USUAL
def test_what_the_runtime_converts_is_never_called_a_mistake(data, values, annotation):
    for value in values:
        if converts(value, annotation):
            found = fit(data.draw(descriptions(value)), annotation, "v")
            assert found is not Fit.NEVER
            assert found is not Fit.EMPTY or has_empty(value)
            assert found is not Fit.TEXT or has_empty(value) or '"' in json.dumps(value)


def has_empty(value):
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return items is not None and (not items or any(has_empty(item) for item in items))


@given(json_values, taken)
@USUAL
def test_a_value_that_is_known_fits_just_if_the_runtime_converts_it(value, annotation):
    assert (fit(Exactly(value), annotation, "v") is Fit.MAYBE) == converts(value, annotation)


def values_of(annotation):
    """Python values that a function with this return annotation may return."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation in SIMPLE:
        return SIMPLE[annotation]
    if origin is Union:
        return st.one_of(
            [values_of(member) for member in sorted(arguments, key=str)]
        )  # typing caches them in any order
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is list or annotation is list:
        return st.lists(values_of(arguments[0] if arguments else Any), max_size=2)
    if origin is set:
        return st.sets(values_of(arguments[0]), max_size=2)
    if origin is Sequence:
        lists = st.lists(values_of(arguments[0]), max_size=3)
        return st.one_of(lists, lists.map(tuple), texts) if arguments[0] in (str, Any) else lists
    if origin is dict or annotation is dict:
        keys, items = map(values_of, arguments or (str, Any))
        return st.dictionaries(keys, items, max_size=2)
    if annotation is tuple or arguments[1:] == (...,):
        return st.lists(values_of(arguments[0] if arguments else Any), max_size=3).map(tuple)
    if origin is tuple:
        return st.tuples(*map(values_of, arguments))
    raise AssertionError(annotation)


SIMPLE = {
    int: st.one_of(st.integers(-2, 2), st.booleans()),
    float: st.sampled_from([0.5, 1, True, -2.0]),
    str: texts,
    bool: st.booleans(),
    None: st.none(),
    type(None): st.none(),
    Any: json_values,
    Colour: st.sampled_from(Colour),
    Level: st.sampled_from(Level),
    Point: st.builds(Point, st.integers(0, 3), texts),
    Line: st.builds(Line, st.builds(Point, st.integers(0, 3)), st.none()),
    Movie: st.one_of(st.just({"x": "a"}), st.just({"x": "b", "y": 1})),
    Name: texts,
    Model: st.builds(Model, x=st.integers(0, 3)),
    Pair: st.builds(Pair, st.integers(0, 3), st.lists(texts, max_size=2)),
    datetime.date: st.just(datetime.date(2024, 1, 2)),
}


def contains(described, value):
    """Whether `value` is one of those that are described."""
    match described:
        case Unknown():
            return True
        case Exactly(exact):
            return type(exact) is type(value) and exact == value
        case Scalar.NULL:
            return value is None
        case Scalar.INTEGER:
            return isinstance(value, int)
        case Scalar.NUMBER:
            return isinstance(value, int | float)
        case Scalar.TEXT:
            return isinstance(value, str)
        case ListOf(item):
            return isinstance(value, list) and all(contains(item, one) for one in value)
        case TupleOf(items):
            pairs = zip(items, value, strict=False) if isinstance(value, list) else ()
            return isinstance(value, list) and len(value) == len(items) and all(contains(i, v) for i, v in pairs)
        case Object(values, fields):
            if not isinstance(value, dict) or any(
                key not in value or not contains(one, value[key]) for key, one in fields
            ):
                return False
            return bool(fields) or all(contains(values, one) for one in value.values())
        case NotJson():
            return False
        case OneOf(members):
            return any(contains(member, value) for member in members)


@given(st.data(), given_back)
@USUAL
def test_what_a_function_returns_is_what_its_annotation_is_taken_for(data, annotation):
    result = data.draw(values_of(annotation))
    described = written(annotation)
    try:
        value = to_json(result, "x")
    except BadReturn:
        return
    assert contains(described, value)
    problem = refused(described)
    assert problem is None or not problem[1], "what is written is no mistake"


def nothing_is_pickled(value, name):
    raise AssertionError(f"{name} is kept as an object")


@given(st.data(), given_back, st.integers(1, 3))
@USUAL
def test_returns_are_split_as_the_runtime_splits_them(data, annotation, count):
    result = data.draw(values_of(annotation))
    found = outputs(annotation, count)
    names = [f"x{index}" for index in range(count)]
    try:
        values = collect(result, tuple(map(ReturnSpec, names)), "f", nothing_is_pickled)
    except BadReturn:
        assert found != count
        return
    assert not isinstance(found, int)
    for described, name in zip(found, names, strict=True):
        assert contains(described, values[name])
