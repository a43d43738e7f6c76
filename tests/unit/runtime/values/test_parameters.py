"""Inputs and outputs as text: JSON Lines in, one line of ASCII JSON out."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.failures import BadInput
from runnable_runtime.values.parameters import (
    decode_lines,
    decode_text,
    encode,
    encode_lines,
    reduced,
    width,
    with_numbers,
)

characters = st.text(st.characters(exclude_categories=["Cs"]))


def shortened(value):
    return repr(value)[:20]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | characters,
    lambda inner: st.lists(inner) | st.dictionaries(characters, inner),
    max_leaves=8,
)


@given(st.dictionaries(characters, values))
def test_what_is_encoded_is_one_line_of_ascii_and_decoded_to_the_same(parameters):
    text = encode(parameters)
    assert text.isascii()
    assert "\n" not in text
    assert repr(decode_lines(text)) == repr(parameters)


@given(st.dictionaries(st.text("{}=\\u", max_size=8), st.text("{}=\\\"'", max_size=12)))
def test_no_data_has_an_opening_that_argo_would_evaluate(parameters):
    assert "{{" not in encode(parameters)
    assert decode_lines(encode(parameters)) == parameters


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_numbers_that_json_lacks_are_not_encoded(number):
    with pytest.raises(ValueError, match="JSON compliant"):
        encode({"x": [number]})


def test_later_lines_win_and_blank_lines_are_ignored():
    assert decode_lines('{"x": 1, "y": 1}\n\n  \r\n{"x": 2}\n["y", "3"]\n') == {"x": 2, "y": 3}


def test_no_text_gives_no_parameters():
    assert decode_lines("") == {}


def test_a_typed_text_is_json_where_it_can_be():
    assert decode_lines('["x", "[1, 2]"]\n["y", "007"]\n["z", ""]') == {"x": [1, 2], "y": "007", "z": ""}


@pytest.mark.parametrize("text", ["$", "$$", "$$$", "a$(b)", "$$(b", "$b", "{{$$}}"])
def test_what_argo_and_kubernetes_would_replace_is_not_there(text):
    line = encode({"x": text})
    assert decode_lines(line) == {"x": text}
    assert not any(replaced in line for replaced in ("{{", "$$", "$("))


def test_an_item_is_taken_from_the_list_above_with_its_type():
    lines = '{"rows": [[1, "1"], []]}\n["item", "row", "rows", 0]\n["item", "cell", "row", 1]'
    assert decode_lines(lines)["cell"] == "1"


def test_results_are_lists_in_order_and_may_have_results_in_them():
    inner = json.dumps(["each", ["y"], [{"out": '{"y": 1.0}'}, {"out": '{"y": "{\\u007b"}'}]])
    lines = json.dumps(["each", ["y"], [{"out": inner}, {"out": '{"y": []}'}]])
    assert decode_lines(lines) == {"y": [[1.0, "{{"], []]}


def test_results_may_be_reduced_and_none_are_an_empty_list():
    assert decode_lines('["each", ["y"], [{"out": "{\\"y\\": 2}"}, {"out": "{\\"y\\": 3}"}], "sum"]') == {"y": 5}
    assert decode_lines('["each", ["y"], []]') == {"y": []}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('["item", "x", "xs", 0]', "'xs' is no list with an item 0"),
        ('["each", ["y"], [{"out": ""}]]', "item 0 did not return 'y'"),
        ('["each", ["y"], [], "max"]', "the reducer 'max' failed"),
        ('["each", ["y"], [], "eval"]', "no reducer 'eval'"),
    ],
)
def test_an_item_or_results_that_are_not_there_are_refused_with_the_name(line, reason):
    with pytest.raises(BadInput, match=reason):
        decode_lines(line)


def test_a_line_separator_inside_of_a_string_is_no_end_of_line():
    assert decode_lines('{"x": "a\u2028b\x85c"}') == {"x": "a\u2028b\x85c"}


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("{", "not JSON"),
        ("5", "neither an object nor an array"),
        ('["x"]', "neither an object nor an array"),
        ('["x", 5]', "neither an object nor an array"),
        ('{"x": NaN}', "NaN is no JSON value"),
        ('{"x": -Infinity}', "-Infinity is no JSON value"),
        ('{"x": 1e999}', "too large"),
        ('{"x":' * 100_000, "nested too deeply"),
        ('{"x": ' + "9" * 5000 + "}", "not JSON"),
    ],
    ids=shortened,
)
def test_a_bad_line_is_refused_with_its_number_and_the_reason(line, reason):
    with pytest.raises(BadInput, match=f"line 3 of the inputs.*{reason}") as raised:
        decode_lines(f'{{"a": 1}}\n\n{line}')
    assert raised.value.exit_code == 3


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("5", 5),
        ("true", True),
        ("null", None),
        ('"5"', "5"),
        ("1.5", 1.5),
        ('{"a": [1]}', {"a": [1]}),
        ("hello", "hello"),
        ("True", "True"),
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ("1.10", "1.10"),
        ("1.0", 1.0),
        ("73e5", "73e5"),
        ("-0", "-0"),
        (" 5\n", 5),
        (" 1.10", " 1.10"),
        ("007", "007"),
        ("12345678901234567890", 12345678901234567890),
        ("{{workflow.name}}", "{{workflow.name}}"),
        ("[" * 100_000, "[" * 100_000),
    ],
    ids=shortened,
)
def test_a_typed_value_is_json_or_the_text_itself(typed, value):
    assert repr(decode_text(typed)) == repr(value)


def test_an_item_has_its_own_value_or_the_line_that_gives_it():
    assert decode_lines('["item","x","xs",[3,1000,{"b":1.0,"a":[]}]]') == {"x": {"b": 1.0, "a": []}}
    line = encode_lines({"xs": [1.0]})
    assert decode_lines(encode(["item", "x", "xs", [0, 2, line, 1]])) == {"x": [1.0]}
    assert decode_lines('{"xs":[7,8]}\n["item","x","xs",[1,2]]')["x"] == 8
    with pytest.raises(BadInput, match="item 3 did not return 'xs'"):
        decode_lines('["item","x","xs",[3,4,"",1]]')


def test_the_number_of_an_item_that_is_not_read_is_known_and_gives_nothing():
    inputs = '["number",[3,1000]]\n["item","y","ys",[7,20,"a"]]\n["iteration","i",2]\n["number","typed"]'
    assert decode_lines(inputs) == {"y": "a", "i": 2, "number": "typed"}
    assert with_numbers("m.*.n.*.l.*.t", inputs) == "m.3.n.7.l.2.t"
    assert width(inputs) == 20_000


def test_each_value_has_a_line_of_its_own_so_that_whoever_reads_one_is_given_one():
    assert encode_lines({"a": 1, "b": [2]}) == '{"a":1}\n{"b":[2]}'
    assert decode_lines(encode_lines({})) == {}


def test_numbers_that_were_kept_as_text_are_added_and_compared_as_numbers():
    assert reduced(["10.50", "9.90", 10], "max", "x", None) == 10.5
    assert reduced(["0.10", "0.20"], "sum", "x", None) == pytest.approx(0.3)
    assert reduced(["1e1", 9], "sorted", "x", None) == [9, 10.0]
    assert reduced(["10", "9"], "max", "x", None) == "9"  # texts that a function has returned
    assert reduced(["10.50", "b"], "max", "x", None) == "b"
    assert reduced(["1.10"], "list", "x", None) == ["1.10"]
