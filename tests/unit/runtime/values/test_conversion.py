"""Each annotation converts by a written rule, and loses nothing."""

# ruff: noqa: UP006, UP007, UP045 - the older spellings are what this is about, beside the newer ones
from __future__ import annotations

import dataclasses
import datetime
import decimal
import enum
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Dict, List, Literal, NamedTuple, NewType, Optional, Tuple, TypedDict, Union  # noqa: UP035

import pydantic
import pytest

from runnable_runtime.failures import BadInput
from runnable_runtime.values.conversion import Mismatch, convert
from runnable_runtime.values.signature import bind


class Colour(enum.Enum):
    RED = "r"
    BLUE = 2


@dataclass
class Point:
    x: int
    y: float = 0.0
    tags: set[str] = field(default_factory=set)

    def __post_init__(self):
        if self.x < 0:
            raise ValueError("x is negative")


@dataclass
class Line:
    start: Point
    end: Point | None = None


class Address(pydantic.BaseModel):
    street: str
    number: int = 1


class Person(pydantic.BaseModel):
    model_config = pydantic.ConfigDict(strict=True)
    name: str
    home: Address
    born: datetime.date | None = None


class Numbers(pydantic.RootModel[list[int]]):
    pass


class Aliased(pydantic.BaseModel):
    value: int = pydantic.Field(alias="theValue")


class Movie(TypedDict):
    title: str


class Arbitrary:
    def __init__(self, value):
        raise AssertionError("a class without a rule is never called")


UserId = NewType("UserId", int)
RED = Colour.RED


@pytest.mark.parametrize(
    ("value", "annotation", "expected"),
    [
        ("5", int, 5),
        (5.0, int, 5),
        (True, int, 1),
        (5, float, 5.0),
        ("1e3", float, 1000.0),
        (5, str, "5"),
        (True, str, "true"),
        ({"a": 1}, str, '{"a": 1}'),
        ("false", bool, False),
        ("True", bool, True),
        ("no", bool, False),
        (1, bool, True),
        (0.0, bool, False),
        ("x", Any, "x"),
        (None, object, None),
        (None, None, None),
        (None, Optional[int], None),
        ("5", Optional[int], 5),
        (None, int | None, None),
        ("5", int | None, 5),
        ("5", Union[int, str], "5"),
        (5, Union[str, int], 5),
        (5, Union[str, float], "5"),
        ("2024-01-02", datetime.date | str, "2024-01-02"),
        (["a"], list[int] | list[str], ["a"]),
        ("a", Literal["a", "b"], "a"),
        (5, Literal["5"], "5"),
        ("r", Literal[RED], Colour.RED),
        (True, Literal[1, True], True),
        (["1", 2], list[int], [1, 2]),
        (["1"], List[int], [1]),
        (["1"], List, ["1"]),
        ([1], Sequence[str], ["1"]),
        ([1], Iterable, [1]),
        (["1", "1"], set[int], {1}),
        ([1], frozenset, frozenset([1])),
        ({"a": "1"}, dict[str, int], {"a": 1}),
        ({"1": "1"}, Dict[int, int], {1: 1}),
        ({"a": 1}, Mapping, {"a": 1}),
        ([1, "2"], tuple[str, int], ("1", 2)),
        (["1", "2"], Tuple[int, ...], (1, 2)),
        ([1, 2], tuple, (1, 2)),
        ([], tuple[()], ()),
        ("r", Colour, Colour.RED),
        ("2", Colour, Colour.BLUE),
        ("BLUE", Colour, Colour.BLUE),
        ("2024-01-02", datetime.date, datetime.date(2024, 1, 2)),
        ("2024-01-02T03:04:05", datetime.datetime, datetime.datetime(2024, 1, 2, 3, 4, 5)),
        ("03:04", datetime.time, datetime.time(3, 4)),
        ("a/b", Path, Path("a/b")),
        (0.1, decimal.Decimal, decimal.Decimal("0.1")),
        ("12345678123456781234567812345678", uuid.UUID, uuid.UUID("12345678123456781234567812345678")),
        ({"x": "1"}, Point, Point(1)),
        ({"x": 1, "tags": ["a"]}, Point, Point(1, tags={"a"})),
        ({"start": {"x": 1}, "end": {"x": "2", "y": 1}}, Line, Line(Point(1), Point(2, 1.0))),
        ([{"x": 1}], list[Point], [Point(1)]),
        ({"title": "m"}, Movie, {"title": "m"}),
        ("5", UserId, 5),
        ("5", Annotated[int, "a remark"], 5),
        ({"street": "s", "number": "2", "more": 1}, Address, Address(street="s", number=2)),
        ([{"street": "s"}], list[Address], [Address(street="s")]),
        ({"a": {"street": "s"}}, dict[str, Address | None], {"a": Address(street="s")}),
        ([1, "2"], Numbers, Numbers([1, 2])),
        ({"theValue": 3}, Aliased, Aliased(theValue=3)),
        ("5", Annotated[int, pydantic.Field(gt=3)], 5),
        ("5", pydantic.PositiveInt, 5),
        ("s", pydantic.SecretStr, pydantic.SecretStr("s")),
        ("x", Arbitrary, "x"),
        ("x", "a text", "x"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_becomes_what_the_annotation_says(value, annotation, expected):
    converted = convert(value, annotation)
    assert converted == expected
    assert type(converted) is type(expected)


@pytest.mark.parametrize(
    ("value", "annotation", "reason"),
    [
        (5.5, int, "fraction"),
        ("five", int, "invalid literal"),
        (None, int, ""),
        ([1], int, ""),
        (None, str, ""),
        ("maybe", bool, "write true or false"),
        (2, bool, "write true or false"),
        (None, bool, ""),
        (10**400, float, "too large"),
        ("x", Optional[int], ""),
        (None, Union[int, str], ""),
        ("c", Literal["a", "b"], "choose from a, b"),
        ("abc", list[str], "a list is needed"),
        ({"a": 1}, list, "a list is needed"),
        (["1", "x"], list[int], r"\[1\] is \"x\" \(str\), not int"),
        ([1], dict, "an object is needed"),
        ({"a": "b"}, dict[str, int], r"\['a'\] is"),
        ([1], tuple[int, int], "it has 1 items, not 2"),
        ("green", Colour, "choose from r, 2"),
        ("yesterday", datetime.date, "Invalid isoformat"),
        (5, Path, ""),
        ("x", decimal.Decimal, ""),
        ({"x": 1, "z": 2}, Point, "Point has no field 'z'"),
        ({"y": 1}, Point, "Point needs the field 'x'"),
        ({"x": -1}, Point, "x is negative"),
        ({"start": {"x": "a"}}, Line, r"\.start is .*\.x is"),
        ("m", Movie, ""),
        (None, Address, ""),
        ({"number": "x"}, Address, "street Field required; number Input should be a valid integer"),
        (3, Annotated[int, pydantic.Field(gt=3)], "greater than 3"),
        (-1, list[pydantic.PositiveInt], "a list is needed"),
    ],
    ids=repr,
)  # fmt: skip
def test_a_value_that_does_not_fit_is_refused_with_the_reason(value, annotation, reason):
    with pytest.raises(Mismatch, match=reason or None):
        convert(value, annotation)


def test_a_model_with_strict_fields_is_read_by_the_rules_of_json():
    person = convert({"name": "A", "home": {"street": "s"}, "born": "2024-01-02"}, Person)
    assert person == Person(name="A", home=Address(street="s"), born=datetime.date(2024, 1, 2))


def test_annotations_that_are_texts_convert_as_well():
    def function(person: Address, points: list[Point], number: int | None = None):
        return person, points, number

    bound = bind(function, {"person": {"street": "s"}, "points": [{"x": "1"}], "number": "3"})
    assert bound.arguments == {"person": Address(street="s"), "points": [Point(1)], "number": 3}


def test_a_model_takes_another_value_than_an_object_as_the_field_of_the_arguments_name():
    class Wrapped(pydantic.BaseModel):
        count: int

    def function(count):
        return count

    function.__annotations__["count"] = Wrapped
    assert bind(function, {"count": "3"}).arguments == {"count": Wrapped(count=3)}


def test_a_literal_keeps_the_type_that_fits_exactly():
    assert convert(1, Literal["1", 1]) == 1
    assert convert("1", Literal[1, "1"]) == "1"


def test_a_model_is_named_in_the_message():
    def function(person: Address):
        return person

    with pytest.raises(BadInput, match=r"takes 'person' as Address, found .*street Field required"):
        bind(function, {"person": {}})


@dataclasses.dataclass
class Order:
    price: float
    count: int
    total: float = dataclasses.field(init=False)

    def __post_init__(self):
        self.total = self.price * self.count


def test_a_field_that_a_dataclass_computes_is_computed_again():
    returned = {"price": 1.5, "count": 3, "total": 4.5}  # as a step returns it
    assert convert(returned, Order) == Order(1.5, 3)
    with pytest.raises(Mismatch, match="has no field 'colour'"):
        convert({"price": 1.5, "count": 3, "colour": "red"}, Order)


class Line(NamedTuple):
    mean: float
    at: Point
    label: str = "none"


@pytest.mark.parametrize("value", [[1.5, {"x": 1}], {"mean": 1.5, "at": {"x": 1}}, [1.5, {"x": 1}, "none"]])
def test_a_named_tuple_is_made_with_its_fields_converted(value):
    made = convert(value, Line)
    assert type(made) is Line
    assert made == Line(1.5, Point(1), "none")


@pytest.mark.parametrize(
    "value", [[1.5], [1.5, {"x": 1}, "a", "b"], {"mean": 1.5}, {"mean": 1, "at": {"x": 1}, "z": 1}, 3]
)
def test_what_a_named_tuple_cannot_be_made_of_is_refused(value):
    with pytest.raises(Mismatch):
        convert(value, Line)
