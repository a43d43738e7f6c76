"""What a function returns becomes JSON, or is refused with its place: never changed silently."""

import collections
import dataclasses
import datetime
import enum
import json
import types

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.values import returns as returned
from runnable_runtime.values.returns import to_json

X = (ReturnSpec("x"),)
XY = (ReturnSpec("x"), ReturnSpec("y", "metric"))

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=20,
)


def collect(result, returns, where):
    """What is collected where nothing is pickled."""
    return returned.collect(result, returns, where, save=None)


class Level(enum.Enum):
    HIGH = "high"


class Tag(enum.StrEnum):
    A = "a"


@dataclasses.dataclass
class Score:
    value: float
    by: dict


class Model(pydantic.BaseModel):
    value: int = pydantic.Field(alias="theValue")
    on: datetime.date = datetime.date(2024, 1, 2)


@pydantic.dataclasses.dataclass
class Modern:
    on: datetime.date


class Scalar:
    """What numpy's scalars look like from outside."""

    shape = ()

    def __init__(self, value):
        self._value = value

    def __repr__(self):
        return f"Scalar({self._value!r})"

    def item(self):
        return self._value


@given(json_values)
def test_json_is_kept_as_it_is(value):
    assert repr(collect(value, X, "f")["x"]) == repr(value)


@given(json_values, json_values)
def test_a_tuple_gives_one_value_for_each_declared_return(first, second):
    assert repr(collect((first, second), XY, "f")) == repr({"x": first, "y": second})


def test_without_declared_returns_the_result_is_ignored():
    assert collect(object(), (), "f") == {}


def test_a_result_that_is_no_tuple_is_a_single_value():
    assert collect([1, 2], X, "f") == {"x": [1, 2]}
    assert collect(None, X, "f") == {"x": None}


def test_a_single_declared_return_takes_a_whole_tuple_as_a_list():
    assert collect((1, 2), X, "f") == {"x": [1, 2]}
    assert collect((), X, "f") == {"x": []}
    assert collect((1,), X, "f") == {"x": [1]}
    assert collect(((1, 2),), X, "f") == {"x": [[1, 2]]}


@pytest.mark.parametrize(
    ("result", "returns", "message"),
    [
        (1, XY, "train returned 1 value, and its step declares 2: x, y"),
        ((1, 2, 3), XY, "train returned 3 values, and its step declares 2: x, y"),
        ([1, 2], XY, "train returned 1 value, and its step declares 2: x, y"),
    ],
    ids=repr,
)
def test_another_number_of_values_than_declared_is_refused(result, returns, message):
    with pytest.raises(BadReturn) as raised:
        collect(result, returns, "train")
    assert raised.value.message == message
    assert raised.value.exit_code == 1


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ((1, (2,)), [1, [2]]),
        (Level.HIGH, "high"),
        ({Tag.A: Tag.A}, {"a": "a"}),
        (Score(1.5, {"k": (1,)}), {"value": 1.5, "by": {"k": [1]}}),
        (Model(theValue=3), {"theValue": 3, "on": "2024-01-02"}),
        ([{"m": Model(theValue=3)}], [{"m": {"theValue": 3, "on": "2024-01-02"}}]),
        (Modern(datetime.date(2024, 1, 2)), {"on": "2024-01-02"}),
        (collections.OrderedDict(a=1), {"a": 1}),
        (types.MappingProxyType({"a": 1}), {"a": 1}),
        (collections.namedtuple("Pair", "a b")(1, 2), [1, 2]),
        (Scalar(3), 3),
        ([Scalar(True)], [True]),
        (10**30, 10**30),
        ("é", "é"),
    ],
    ids=repr,
)
def test_what_has_one_meaning_in_json_becomes_it(value, expected):
    converted = to_json(value, "x")
    assert converted == expected
    assert json.loads(json.dumps(converted)) == expected


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": [1, 2, 3, {1}]}, "x['a'][3] is a value of type set, which is not JSON; return a list"),
        (b"abc", "x is a value of type bytes"),
        (datetime.datetime(2024, 1, 2), "x is a value of type datetime.datetime, which"),
        ([float("nan")], "x[0] is nan, which JSON does not have"),
        ({"a": float("inf")}, "x['a'] is inf"),
        ({1: 2}, "x has the key 1 of type int, and JSON has only texts; use str()"),
        ({"a": {None: 2}}, "x['a'] has the key None of type NoneType"),
        (Score(1.0, {"k": {1}}), "x.by['k'] is a value of type set"),
        (Scalar(float("nan")), "x is nan"),
        (Scalar(datetime.date(2024, 1, 2)), "x is a value of type datetime.date"),
        (Level, "x is a value of type enum.EnumType"),
        (Score, "x is a value of type type"),
        (range(3), "x is a value of type range"),
        pytest.param((n for n in [1]), "x is a value of type generator", id="a generator"),
        ("half \ud800", "x is a text with half a character in it"),
        ({"\ud800": 1}, "x['\\ud800'] is a text with half a character in it"),
        (10**5000, "x is an integer too long"),
    ],
    ids=lambda value: ascii(value)[:40] if not isinstance(value, int) else "a long integer",
)  # fmt: skip
def test_what_is_not_json_is_refused_with_its_place_and_type(value, message):
    with pytest.raises(BadReturn) as raised:
        to_json(value, "x")
    assert raised.value.message.startswith(message)


def test_numpy_scalars_are_taken_and_arrays_are_told_what_to_do():
    numpy = pytest.importorskip("numpy")
    assert to_json([numpy.int64(3), numpy.float32(0.5), numpy.bool_(True), numpy.array(7)], "x") == [3, 0.5, True, 7]
    with pytest.raises(
        BadReturn,
        match=r"x is a value of type numpy\.ndarray, which is not JSON; declare it pickled",
    ):
        to_json(numpy.arange(3), "x")


def test_an_object_that_is_its_own_scalar_is_refused():
    class Endless(Scalar):
        def item(self):
            return self

    with pytest.raises(BadReturn, match="Endless"):
        to_json(Endless(1), "x")


def test_a_model_that_pydantic_cannot_write_is_refused():
    class Loose(pydantic.BaseModel):
        model_config = pydantic.ConfigDict(arbitrary_types_allowed=True)
        thing: object

    with pytest.raises(BadReturn, match=r"x\['m'\] is a Loose that pydantic cannot write as JSON"):
        to_json({"m": Loose(thing=object())}, "x")


def test_a_value_that_contains_itself_is_refused():
    loop = [1]
    loop.append({"again": loop})
    with pytest.raises(BadReturn, match=r"x\[1\]\['again'\]\[1\] contains itself, or is nested"):
        to_json(loop, "x")


def test_a_value_nested_too_deeply_is_refused():
    deep = []
    for _ in range(5000):
        deep = [deep]
    with pytest.raises(BadReturn, match="nested more than 100 levels"):
        to_json(deep, "x")
