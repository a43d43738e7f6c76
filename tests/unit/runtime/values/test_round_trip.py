"""A value comes back as it left: what one function returns, the next one gets, by the annotations of both."""

import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import ipaddress
import json
import pathlib
import subprocess
import sys
import uuid
import zoneinfo
from typing import Annotated, Any, Generic, Literal, NamedTuple, NotRequired, TypedDict, TypeVar

import attrs
import numpy
import pydantic
import pydantic.dataclasses
import pytest

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.values import returns
from runnable_runtime.values.annotations import is_opaque
from runnable_runtime.values.conversion import Mismatch, convert
from runnable_runtime.values.parameters import decode_lines, encode_lines

T = TypeVar("T")
DAY = datetime.date(2024, 1, 31)
AT = datetime.datetime(2024, 1, 31, 10, 30, 0, 5, tzinfo=datetime.UTC)


def there_and_back(value, annotation, consumer=None, name="x"):
    """`value`, returned by a function with this annotation, and taken by one that has the same, or another one."""
    outputs = returns.collect(value, (ReturnSpec(name),), "f()", save=None, annotation=annotation)
    stored = decode_lines(encode_lines(outputs))[name]
    return convert(stored, annotation if consumer is None else consumer, name)


class Colour(enum.Enum):
    RED = "red"
    DEEP = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3


class Right(enum.Flag):
    READ = 1
    WRITE = 2


class Line(NamedTuple):
    day: datetime.date
    price: decimal.Decimal = decimal.Decimal("0.10")


class One(NamedTuple):
    day: datetime.date


class Row(TypedDict):
    day: datetime.date
    tags: NotRequired[set[str]]


@dataclasses.dataclass
class Inner:
    on: datetime.date
    paths: list[pathlib.Path]


@dataclasses.dataclass
class Outer:
    inner: Inner
    by: dict[datetime.date, Inner]
    colour: Colour | None = None
    total: int = dataclasses.field(init=False, default=0)


@dataclasses.dataclass(frozen=True)
class Frozen:
    a: int
    digest: str = dataclasses.field(init=False, default="")


@dataclasses.dataclass
class Point(Generic[T]):
    x: T
    near: "list[Point[T]]" = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Dated(Point[datetime.date]):
    label: str = ""


@dataclasses.dataclass
class Child(Inner):
    more: int = 1


@attrs.define
class Attrs:
    on: datetime.date
    _hidden: int = 3
    seen: set[str] = attrs.field(factory=set, kw_only=True)
    computed: str = attrs.field(init=False, default="")


class Base(pydantic.BaseModel):
    a: int


class Derived(Base):
    b: int


class Model(pydantic.BaseModel):
    on: datetime.date
    data: dict[int, decimal.Decimal] = {}
    alias: int = pydantic.Field(default=1, alias="theAlias")
    only_in: int = pydantic.Field(default=2, validation_alias="in")
    only_out: int = pydantic.Field(default=3, serialization_alias="out")

    @pydantic.computed_field
    @property
    def double(self) -> int:
        return 2 * self.alias


class Pair(pydantic.BaseModel, Generic[T]):
    left: T
    right: T


class Holder(pydantic.BaseModel):
    items: list[Base]


class Excluded(pydantic.BaseModel):
    a: int
    b: int = pydantic.Field(default=1, exclude=True)


class Token(pydantic.BaseModel):
    token: pydantic.SecretStr | None = None
    inner: "list[Token]" = []


@pydantic.dataclasses.dataclass
class Modern:
    on: datetime.date
    alias: int = pydantic.Field(default=1, alias="theAlias")


def with_total(outer: Outer, total: int) -> Outer:
    outer.total = total
    return outer


def frozen(digest: str) -> Frozen:
    made = Frozen(1)
    object.__setattr__(made, "digest", digest)
    return made


INNER = Inner(DAY, [pathlib.Path("a/b.csv")])

VALUES = [
    (DAY, datetime.date),
    (AT, datetime.datetime),
    (datetime.datetime(2024, 1, 31, 1, 2, 3), datetime.datetime),
    (datetime.time(10, 30), datetime.time),
    (datetime.timedelta(days=-3, seconds=5, microseconds=7), datetime.timedelta),
    (datetime.timedelta.max, datetime.timedelta),
    (datetime.timedelta.min, datetime.timedelta),
    (pathlib.Path("a/b"), pathlib.Path),
    (pathlib.PurePosixPath("a/b"), pathlib.PurePosixPath),
    (decimal.Decimal("0.10"), decimal.Decimal),
    (decimal.Decimal("1E+400"), decimal.Decimal),
    (fractions.Fraction(1, 3), fractions.Fraction),
    (uuid.UUID(int=5), uuid.UUID),
    (ipaddress.ip_address("::1"), ipaddress.IPv6Address),
    (ipaddress.ip_network("10.0.0.0/8"), ipaddress.IPv4Network),
    (zoneinfo.ZoneInfo("UTC"), zoneinfo.ZoneInfo),
    (b"\x00\xff", bytes),
    (b"", bytes),
    (bytearray(b"abc"), bytearray),
    (complex(1, -2), complex),
    (Colour.RED, Colour),
    (Colour.DEEP, Colour),
    (Level.HIGH, Level),
    (Right.READ | Right.WRITE, Right),
    ({3, 1, 2}, set[int]),
    (frozenset({"b", "a"}), frozenset[str]),
    ({DAY}, set[datetime.date]),
    ({(1, "a")}, set[tuple[int, str]]),
    (set(), set),
    ((1,), tuple[int]),
    (((1, 2),), tuple[tuple[int, int]]),
    ((DAY, 2), tuple[datetime.date, int]),
    ((DAY, DAY), tuple[datetime.date, ...]),
    ([DAY, None], list[datetime.date | None]),
    ({"a": {DAY}}, dict[str, set[datetime.date]]),
    ({1: "a", 2: "b"}, dict[int, str]),
    ({DAY: 1.5}, dict[datetime.date, float]),
    ({True: 1}, dict[bool, int]),
    ({Colour.RED: 1}, dict[Colour, int]),
    ({uuid.UUID(int=1): b"a"}, dict[uuid.UUID, bytes]),
    (Line(DAY), Line),
    (One(DAY), One),
    ([Line(DAY)], list[Line]),
    ({"day": DAY, "tags": {"a"}}, Row),
    ([{"day": DAY}], list[Row]),
    (INNER, Inner),
    (with_total(Outer(INNER, {DAY: INNER}, Colour.DEEP), 7), Outer),
    (frozen("abc"), Frozen),
    (Point(DAY, [Point(DAY)]), Point[datetime.date]),
    (Dated(DAY, label="a"), Dated),
    (Attrs(DAY, 4, seen={"a"}), Attrs),
    (Model(on=DAY, data={1: "0.10"}, theAlias=4), Model),
    (Model(**{"on": DAY, "in": 5}, only_out=6), Model),
    ([Model(on=DAY)], list[Model]),
    (Pair[datetime.date](left=DAY, right=DAY), Pair[datetime.date]),
    (Derived(a=1, b=2), Derived),
    (Derived(a=1, b=2), Derived | Base),
    (Holder(items=[Base(a=1)]), Holder),
    (Modern(on=DAY, theAlias=3), Modern),
    (Excluded(a=1), Excluded),
    (Token(), Token),
    (DAY, Annotated[datetime.date, "a remark"]),
    (DAY, datetime.date | None),
    (None, datetime.date | None),
    (DAY, int | datetime.date),
    ("a", Literal["a", "b"]),
    (numpy.int64(3), numpy.int64),
    (numpy.float32(0.1), numpy.float32),
    (numpy.bool_(True), numpy.bool_),
    (numpy.datetime64("2024-01-31T10:00:00.000000001"), numpy.datetime64),
    (numpy.complex128(1 + 2j), numpy.complex128),
]


@pytest.mark.parametrize(("value", "annotation"), VALUES)
def test_by_its_annotation_a_value_comes_back_as_it_left(value, annotation):
    back = there_and_back(value, annotation)
    assert back == value
    assert type(back) is type(value)


@pytest.mark.parametrize(
    ("value", "annotation"),
    [(Outer(INNER, {}), Outer), (Model(on=DAY), Model), (Attrs(DAY), Attrs), (Line(DAY), Line)],
)
def test_a_class_says_itself_what_its_fields_are(value, annotation):
    assert there_and_back(value, Any, consumer=annotation) == value


def test_fields_that_no_constructor_takes_come_back():
    attributes = Attrs(DAY)
    attributes.computed = "later"
    assert there_and_back(attributes, Attrs).computed == "later"
    assert there_and_back(with_total(Outer(INNER, {}), 7), Outer).total == 7


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (DAY, "date"),
        ({1, 2}, "set[int]"),
        ([DAY], "list[date]"),
        ({"a": DAY}, "date"),
        (pathlib.Path("a"), "Path"),
        (decimal.Decimal(1), "Decimal"),
        (b"a", "bytes"),
        (datetime.timedelta(1), "timedelta"),
    ],
)
def test_without_an_annotation_the_error_names_the_one_to_write(value, annotation):
    with pytest.raises(BadReturn) as raised:
        there_and_back(value, Any)
    assert annotation in raised.value.message
    assert "annotate what f() returns" in raised.value.message


@pytest.mark.parametrize(
    ("value", "annotation", "said"),
    [
        (DAY, str, "x is a value of type datetime.date"),
        ({"a": DAY}, dict, "x['a'] is a value of type datetime.date"),
        (AT, datetime.date, "does not come back from its JSON as date"),
        (DAY, str | datetime.date, "x is a date, and would come back as '2024-01-31'"),
        (Child(DAY, []), Inner, "does not come back"),
        (Derived(a=1, b=2), Base, "x is a Derived, and would come back as Base(a=1)"),
        (Holder(items=[Derived(a=1, b=2)]), Holder, "items[0] is a Derived, and comes back as a Base"),
        (Excluded(a=1, b=2), Excluded, "b is 2, and comes back as 1"),
        (Token(token="correct horse"), Token, "holds a SecretStr"),
        (Token(inner=[Token(token="correct horse")]), Token, "holds a SecretStr"),
        (pydantic.SecretStr("correct horse"), pydantic.SecretStr, "is a SecretStr"),
        ([pydantic.SecretBytes(b"correct horse")], list[Any], "x[0] is a SecretBytes"),
        ({1: "a", "1": "b"}, dict[int | str, str], "has the key '1' and another one that is the same text"),
        (numpy.timedelta64(5, "ns"), numpy.timedelta64, "x is a value of type numpy.timedelta64"),
    ],
)
def test_what_would_come_back_as_another_value_is_refused_where_it_leaves(value, annotation, said):
    with pytest.raises(BadReturn) as raised:
        there_and_back(value, annotation)
    assert said in raised.value.message
    assert "correct horse" not in raised.value.message


def test_a_constructor_of_the_users_that_changes_a_value_is_found():
    @dataclasses.dataclass
    class Doubling:
        a: int

        def __post_init__(self):
            self.a *= 2

    with pytest.raises(BadReturn, match=r"x\.a is an int, and would come back as 4"):
        there_and_back(Doubling(1), Doubling)


def test_several_returns_have_their_part_of_the_annotation():
    specs = (ReturnSpec("day"), ReturnSpec("tags"))
    for annotation in (tuple[datetime.date, set[str]], tuple[datetime.date, set[str]] | None):
        found = returns.collect((DAY, {"a"}), specs, "f()", save=None, annotation=annotation)
        assert found == {"day": "2024-01-31", "tags": ["a"]}

    class Both(NamedTuple):
        day: datetime.date
        tags: set[str]

    assert returns.collect(Both(DAY, {"a"}), specs, "f()", save=None, annotation=Both) == found


def test_sets_have_the_same_json_in_every_process():
    code = (
        "from runnable_runtime.values.encoding import to_json; import json;"
        "print(json.dumps(to_json({'a', 'b', 'c', 'd', 'e'}, 'x', set[str])))"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout
        for seed in ("1", "2", "3")
    }
    assert {tuple(json.loads(text)) for text in texts} == {("a", "b", "c", "d", "e")}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (90, datetime.timedelta(seconds=90)),
        ("1:30:00", datetime.timedelta(minutes=90)),
        ("2 days, 0:00:01", datetime.timedelta(days=2, seconds=1)),
        ("PT1H30M", datetime.timedelta(minutes=90)),
        ("P1DT0.5S", datetime.timedelta(days=1, milliseconds=500)),
        ("-P1W", datetime.timedelta(weeks=-1)),
    ],
)
def test_a_duration_is_taken_as_people_write_it(given, expected):
    assert convert(given, datetime.timedelta, "x") == expected


class Scores(dict[str, int]):
    """Derived from one of JSON's classes, and made like it."""


class Names(list[str]):
    pass


class Path_(str):
    __slots__ = ()


class Config(dict[str, int]):
    """Made in a way of its own."""

    def __init__(self, depth: int) -> None:
        super().__init__(depth=depth)


class Frozen(tuple[int, ...]):
    pass


@pytest.mark.parametrize(
    ("value", "annotation"),
    [
        (collections.OrderedDict(b=1, a=2), collections.OrderedDict[str, int]),
        (collections.Counter("aab"), collections.Counter[str]),
        (collections.Counter({DAY: 2}), collections.Counter[datetime.date]),
        (collections.defaultdict(list, a=[DAY]), collections.defaultdict[str, list[datetime.date]]),
        ([collections.Counter({1: 2})], list[collections.Counter[int]]),
        (Scores(a=1), Scores),
        (Names(["a"]), Names),
        (Path_("a"), Path_),
        ({"a": Scores(b=2)}, dict[str, Scores]),
    ],
)
def test_a_class_derived_from_one_of_jsons_comes_back_as_itself(value, annotation):
    back = there_and_back(value, annotation)
    assert back == value
    inner = next(iter(back.values() if isinstance(back, dict) else back), None)
    assert (type(back), type(inner)) == (
        type(value),
        type(next(iter(value.values() if isinstance(value, dict) else value))),
    )


def test_a_defaultdict_makes_what_its_annotation_says():
    assert there_and_back(collections.defaultdict(int, a=1), collections.defaultdict[str, int])["b"] == 0
    assert there_and_back(collections.defaultdict(list), collections.defaultdict[str, list[int]])["b"] == []
    assert there_and_back(collections.defaultdict(int), collections.defaultdict).default_factory is None


@pytest.mark.parametrize("kind", [Config, Frozen, pathlib.PurePath, collections.Counter, Scores, Colour])
def test_what_json_has_no_form_for_that_comes_back_is_pickled(kind):
    assert is_opaque(kind) is (kind in (Config, Frozen))


def test_a_key_that_no_annotation_makes_a_text_of_is_to_be_pickled():
    with pytest.raises(BadReturn, match=r"annotate dict\[date, ...\]"):
        there_and_back({DAY: 1}, dict)
    with pytest.raises(BadReturn, match=r"has only texts; use str\(\), or declare it pickled"):
        there_and_back({(1, 2): 3}, dict[tuple[int, int], int])


def test_plain_collections_stay_what_they_were():
    assert there_and_back(collections.OrderedDict(a=1), dict) == {"a": 1}
    assert there_and_back((1, 2), Any) == [1, 2]
    assert there_and_back([1, (2,)], list[Any]) == [1, [2]]


@pytest.mark.parametrize("annotation", [datetime.timedelta, decimal.Decimal, complex, fractions.Fraction])
def test_a_boolean_is_no_number_of_another_class(annotation):
    with pytest.raises(Mismatch):
        convert(True, annotation, "x")


def test_keys_that_would_be_one_are_refused():
    with pytest.raises(Mismatch, match="the key '01' and another one are both 1"):
        convert({"1": "a", "01": "b"}, dict[int, str], "x")
