"""What texts mean for declared parameters: the same for a command line as for a pod."""

from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest

from runnable_runtime.failures import BadInput
from runnable_runtime.values.declared import decode_as, kind_of, text_as, value_as
from runnable_runtime.values.parameters import decode_lines, encode
from runnable_runtime.values.scalars import Mismatch
from runnable_runtime.values.signature import bind


class Colour(Enum):
    RED = "red"


class Level(Enum):
    LOW = 1


@pytest.mark.parametrize(
    ("annotation", "kind"),
    [
        (str, "str"),
        (int, "int"),
        (float, "float"),
        (bool, "bool"),
        (str | None, "str?"),
        (int | None, "int?"),
        (date, "str"),
        (Path, "str"),
        (Annotated[int, "rows"], "int"),
        (Literal["a", "b"], "str"),
        (Literal["a", 1], "json"),
        (Colour, "str"),
        (Level, "json"),
        (timedelta, "json"),
        (Decimal, "json"),
        (int | str, "json"),
        (list[str] | None, "json"),
        (dict[str, int], "json"),
        (Any, "json"),
    ],
)
def test_a_type_has_a_kind(annotation, kind):
    assert kind_of(annotation) == kind


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("3", "str", "3"),
        ("1.10", "str", "1.10"),
        ("true", "str", "true"),
        ("null", "str", "null"),
        ('"5"', "str", '"5"'),
        ("[1,2]", "str", "[1,2]"),
        (r'"a\nb"', "str", "a\nb"),
        (r'"a\qb"', "str", r'"a\qb"'),
        ("null", "str?", None),
        ("3", "int", 3),
        ("1e3", "int", 1000),
        (" 7 ", "int", 7),
        ("null", "int?", None),
        ("3", "float", 3.0),
        ("1.10", "float", 1.1),
        ("73e5", "float", 7300000.0),
        ("yes", "bool", True),
        ("FALSE", "bool", False),
        ("0", "bool", False),
        ("[1, 2]", "json", [1, 2]),
        ("1.10", "json", "1.10"),
    ],
)
def test_a_text_arrives_as_its_kind(text, kind, value):
    assert repr(decode_as(text, kind)) == repr(value)
    line = encode(["p", text, kind])
    assert repr(decode_lines(line)["p"]) == repr(value)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("x", "int"),
        ("1.5", "int"),
        ("true", "int"),
        ("nan", "float"),
        ("1e999", "float"),
        ("maybe", "bool"),
        ("", "int"),
    ],
)
def test_a_text_that_is_not_of_its_kind_is_refused(text, kind):
    with pytest.raises(Mismatch):
        decode_as(text, kind)
    with pytest.raises(BadInput, match=f"'p' is declared as {kind}"):
        decode_lines(encode(["p", text, kind]))


def test_true_is_no_number():
    with pytest.raises(Mismatch):
        value_as(True, "int")
    assert value_as(1, "bool") is True
    assert value_as(3, "float") == 3.0


@pytest.mark.parametrize("kind", ["str", "str?"])
@pytest.mark.parametrize(
    "value", ["", "x", "5", "null", "a\nb", r'"a\nb"', "a{{b", "\U0001f600", "ä", '"', "\\", '"x"']
)
def test_a_text_comes_back_from_what_a_manifest_says(value, kind):
    for plain in (True, False) if value else (True,):
        text = text_as(value, kind, plain=plain)
        assert decode_as(text, kind) == value
        assert plain or text.isascii()


def test_a_number_that_was_kept_as_it_was_typed_is_one_where_the_default_says_so():
    def train(rate=0.5, name="x", other=None, flag=False):
        pass

    given = {"rate": "1.10", "name": "1.10", "other": "1.10", "flag": "1.10"}
    assert bind(train, given).arguments == {"rate": 1.1, "name": "1.10", "other": "1.10", "flag": "1.10"}
    assert bind(train, {"rate": "fast"}).arguments == {"rate": "fast"}
