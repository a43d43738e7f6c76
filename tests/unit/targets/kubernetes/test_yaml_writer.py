"""YAML that every reader reads alike."""

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from runnable.targets.kubernetes.yaml_writer import write_yaml

texts = st.text(st.characters(exclude_categories=["Cs"]))
scalars = texts | st.integers(-(10**12), 10**12) | st.booleans()
values = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4), max_leaves=20
)


@given(st.dictionaries(texts, values, min_size=1, max_size=5))
def test_what_is_written_is_read_back_exactly(document):
    written = write_yaml(document)
    assert yaml.safe_load(written) == document
    assert yaml.load(written, Loader=yaml.BaseLoader).keys() == document.keys()


MISREAD = (
    "1e3", ".5e3", "12e03", "0o7", "0x1f", "1_000", "12:30:45", "2024-01-31", ".inf", "on", "No", "y", "true", "null",
    "~",
    "", " a", "- a", "a #b",
    "a: b", "a:", "#a", "=", "<<", "*a", "&a", "!a", "%a", "@a", "`a", "[a]", "{a}", "{{x}}", "?", "'",
)  # fmt: skip


@pytest.mark.parametrize("text", MISREAD)
def test_text_that_some_reader_could_misread_is_quoted(text):
    line = write_yaml({"key": text})
    assert line[len("key: ")] in "'\""
    assert yaml.safe_load(line) == {"key": text}


def test_plain_words_stand_bare_and_what_is_small_is_on_one_line():
    document = {
        "arguments": {"parameters": [{"value": "{{x}}", "name": "spec"}]},
        "name": "hello-python",
        "command": ["python", "-m", "runnable_runtime"],
    }
    assert write_yaml(document) == (
        "name: hello-python\n"
        "arguments: {parameters: [{name: spec, value: '{{x}}'}]}\n"
        "command: [python, '-m', runnable_runtime]\n"
    )


def test_what_is_large_is_spread_over_lines():
    long = "x y" * 100
    assert write_yaml({"args": [long, "b"]}) == f"args:\n- '{long}'\n- b\n"
    assert write_yaml({"inputs": {"parameters": [{"name": "a", "value": long}]}}) == (
        f"inputs:\n  parameters:\n  - {{name: a, value: '{long}'}}\n"
    )


def test_keys_are_in_a_fixed_order():
    document = {"spec": {"z": 1, "a": 2}, "metadata": {"name": "x"}, "kind": "K", "apiVersion": "v1"}
    assert write_yaml(document) == "apiVersion: v1\nkind: K\nmetadata:\n  name: x\nspec:\n  a: 2\n  z: 1\n"


def test_what_is_no_json_is_refused():
    with pytest.raises(TypeError, match="float"):
        write_yaml({"a": 1.5})
