"""Text for Argo's template engine."""

import json

import pytest

from runnable.targets.argo import expressions
from runnable.targets.argo.expressions import Output
from runnable.targets.argo.lookup import Lookup
from runnable_runtime.values.parameters import decode_text


@pytest.mark.parametrize(
    "value", [0, 1.5, True, None, [1, "a"], {"k": [1, {"z": None}]}, "", "plain", "7", "true", '"q"']
)
def test_an_argument_of_the_workflow_is_decoded_to_the_value_it_was_made_of(value):
    assert decode_text(expressions.argument_text(value)) == value


@pytest.mark.parametrize("text", ["plain text", "a, b: c", "007", "C:\\x", "Zürich", "it's", "[not json"])
def test_text_that_is_no_json_stays_as_a_person_would_type_it(text):
    assert expressions.argument_text(text) == text


@pytest.mark.parametrize(
    "text", ["1", "null", "two\nlines", "\x07", "\U0001f600", "{{workflow.name}}", "{{=1+1}}", "1e3"]
)
def test_text_that_would_be_misread_is_written_as_ascii_json_without_a_tag(text):
    written = expressions.argument_text(text)
    assert json.loads(written) == text
    assert written.isascii()
    assert "{{" not in written


def test_the_tag_for_a_parameter_has_no_tag_in_it():
    tag = expressions.typed_parameter("a-b")
    assert tag.count("{{") == tag.count("}}") == 1
    assert tag.startswith("{{=")
    assert tag.endswith("}}")
    assert tag.count("replace(") == 3  # what Argo, and what Kubernetes would replace


def test_an_uncertain_output_is_read_with_a_default():
    assert Output("a-b").line(certain=False) == "{{=tasks['a-b'].outputs?.parameters?.out ?? ''}}"
    assert Output("a-b").line(certain=True) == "{{tasks.a-b.outputs.parameters.out}}"


def test_the_results_of_a_fan_out_are_one_line_and_none_where_it_has_not_run():
    output = Output("m", ("y", "z"), "max")
    assert output.line(certain=True) == '["each",["y","z"],{{tasks.m.outputs.parameters.out}},"max"]'
    safe = "(tasks['m'].outputs?.parameters?.out ?? '')"
    assert output.expression() == f"""({safe} == '' ? '' : '["each",["y","z"],' + {safe} + ',"max"]')"""


def test_outputs_of_a_dag_are_joined_as_lines():
    one = "tasks['a'].outputs?.parameters?.out ?? ''"
    two = "tasks['b'].outputs?.parameters?.out ?? ''"
    assert expressions.joined_outputs({Output("a"): None}) == one
    assert expressions.joined_outputs({Output("a"): None, Output("b"): None}) == f'join([{one},{two}],"\\n")'


@pytest.mark.parametrize("depth", [0, 1, 2, 3])
def test_an_expression_never_ends_its_own_tag(depth):
    lookup = Lookup(depth, ("max", "sorted"))
    written = [
        lookup.items("inputs.parameters.over", "xs", by_value=True),
        lookup.items("inputs.parameters.over", "xs", by_value=False),
        lookup.is_one_of("inputs.parameters.in", "kind", ["a", "b"]),
        lookup.is_true(expressions.with_output("body"), "done"),
    ]
    assert not [text for text in written if "}}" in text or "{{" in text]


def test_nothing_outside_of_the_module_writes_a_tag():
    import re
    from pathlib import Path

    folder = Path(expressions.__file__).parent
    writers = {path.name for path in folder.glob("*.py") if re.search(r"\{\{[=a-z]", path.read_text(encoding="utf-8"))}
    assert writers == {"expressions.py"}


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("it's", r"'it\'s'"),
        ("a\\b", r"'a\\b'"),
        ("{{x}}", r"'{\u007bx}\u007d'"),
        ("}}}", r"'}\u007d\u007d'"),
        ("a\nb", r"'a\u000ab'"),
        ("{ }", "'{ }'"),
    ],
)
def test_a_text_in_an_expression_ends_neither_itself_nor_the_tag(text, written):
    assert expressions.quoted(text) == written
