"""Values of secrets are replaced wherever, and however, they are written."""

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnable_runtime.redaction import Redactor, has_mark

KEY = "-----BEGIN KEY-----\nMIIabc+/def==\nsecondline0123\n-----END KEY-----\n"


def test_a_value_is_replaced_by_the_name_of_its_secret():
    redactor = Redactor({"TOKEN": "s3cr3t", "OTHER": "hunter22"})
    assert redactor.text("a s3cr3t and hunter22s3cr3t") == "a <secret:TOKEN> and <secret:OTHER><secret:TOKEN>"


@pytest.mark.parametrize("value", ["", "abc", " ab ", "\n"])
def test_a_short_value_is_left_alone(value):
    assert not Redactor({"PIN": value})
    assert Redactor({"PIN": value}).text("abc ab  ab \n") == "abc ab  ab \n"


def test_of_two_values_that_begin_alike_the_longer_one_is_meant():
    redactor = Redactor({"A": "pass", "B": "password1"})
    assert redactor.text("password1 passwor pass") == "<secret:B> <secret:A>wor <secret:A>"
    stream = redactor.stream()
    assert "".join([stream.feed("pass"), stream.feed("word1 pass"), stream.finish()]) == "<secret:B> <secret:A>"


def test_values_are_found_as_json_python_and_urls_write_them():
    value = 'p"a\\ss wörd/1'
    redactor = Redactor({"S": value})
    for written in (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value), "p%22a%5Css+w%C3%B6rd%2F1"):
        assert "rd" not in redactor.text(written), written


def test_lines_of_a_value_of_several_lines_are_found_by_themselves():
    redactor = Redactor({"KEY": KEY})
    assert redactor.text(KEY) == "<secret:KEY>"
    assert redactor.text(KEY.rstrip()) == "<secret:KEY>"
    assert redactor.text("  MIIabc+/def==  ") == "  <secret:KEY>  "
    assert redactor.text(json.dumps({"k": KEY})) == '{"k": "<secret:KEY>"}'


def test_json_is_redacted_to_its_depth():
    redactor = Redactor({"TOKEN": "s3cr3t", "NUMBER": "123456"})
    value = {"a": ["x s3cr3t", {"s3cr3t": None}], "n": 123456, "m": 1234567, "t": True}
    found = redactor.json(value)
    assert found == {
        "a": ["x <secret:TOKEN>", {"<secret:TOKEN>": None}],
        "n": "<secret:NUMBER>",
        "m": 1234567,
        "t": True,
    }
    assert has_mark(found)
    assert not has_mark(value)


def test_what_may_be_the_beginning_of_a_value_is_kept_back_until_it_is_clear():
    stream = Redactor({"TOKEN": "s3cr3t"}).stream()
    assert stream.feed("the s3") == "the "
    assert stream.feed("ason") == "s3ason"
    assert stream.feed("s3cr3") == ""
    assert stream.feed("t!") == "<secret:TOKEN>!"
    assert stream.feed("s3c") == ""
    assert stream.finish() == "s3c"
    assert stream.feed("r3t") == "r3t"


def test_bytes_are_redacted_also_where_a_piece_ends_within_a_character():
    stream = Redactor({"TOKEN": "grüße!"}).bytes_stream()
    text = "viele grüße! ü".encode()
    pieces = [stream.feed(text[i : i + 1]) for i in range(len(text))]
    assert b"".join([*pieces, stream.finish()]).decode() == "viele <secret:TOKEN> ü"


@given(
    st.lists(st.text("abc\n", min_size=4, max_size=9), min_size=1, max_size=4),
    st.text("abc\n", max_size=60),
    st.randoms(use_true_random=False),
)
def test_however_a_text_is_cut_nothing_leaks_and_the_result_is_the_same(values, text, cuts: random.Random):
    redactor = Redactor({f"S{n}": value for n, value in enumerate(values)})
    whole = redactor.stream()
    expected = whole.feed(text) + whole.finish()
    stream, rest, pieces = redactor.stream(), text, []
    while rest:
        length = cuts.randint(1, 5)
        pieces.append(stream.feed(rest[:length]))
        rest = rest[length:]
    found = "".join([*pieces, stream.finish()])
    assert found == expected == redactor.text(text)
    for value in values:
        if len(value.strip()) >= 4:
            assert value not in found


VALUE = "correct-horse-battery-staple"


@given(
    st.integers(0, 60), st.integers(0, 60), st.sampled_from(["...", "\n...\n"]), st.sampled_from(["", " (a.py:4 in f)"])
)
def test_where_a_text_was_cut_within_a_value_nothing_of_it_is_left(beginning, end, cut, after):
    """`beginning` and `end` characters of the text are there; between them it was cut."""
    text = f"{'x' * 20}{VALUE}{'y' * 20}"
    whole = f"{text[:beginning]}{cut}{text[len(text) - end :] if end else ''}{after}"
    found = Redactor({"TOKEN": VALUE}).message(whole)
    for start in range(len(VALUE) - 3):
        assert VALUE[start : start + 4] not in found
    assert found.endswith(after)
    assert cut in found
