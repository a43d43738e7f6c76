"""What a task takes in place of the parameters of the names of its arguments."""

import json

import pytest

from runnable_runtime.protocol import Argument, SpecError, TaskSpec
from runnable_runtime.task import run
from runnable_runtime.values.arguments import with_arguments
from tests.support.paths import ROOT

CONSTANTS = (None, 0, False, "", "{{x}} $(y)", [1, {"a": None}], {"parameter": "x"})


def test_all_are_taken_from_what_is_given_so_that_two_can_change_places():
    swapped = (Argument("a", "b"), Argument("b", "a"), Argument("c", value=3))
    assert with_arguments(swapped, {"a": 1, "b": 2, "c": 0, "d": 4}) == {"a": 2, "b": 1, "c": 3, "d": 4}


def test_nothing_is_looked_up_under_the_name_of_an_argument():
    assert with_arguments((Argument("a", "missing"),), {"a": 1, "b": 2}) == {"b": 2}


@pytest.mark.parametrize("value", CONSTANTS)
def test_a_spec_has_them_and_is_read_back(value):
    spec = TaskSpec("python", "m:f", arguments=(Argument("a", value=value), Argument("b", "lr")))
    assert TaskSpec.from_json(json.dumps(spec.to_json())) == spec


def test_a_spec_without_them_has_no_key():
    assert "arguments" not in TaskSpec("python", "m:f").to_json()


@pytest.mark.parametrize("arguments", [[], {"a": 1}, {"a": {}}, {"a": {"parameter": ""}}, {"a": {"value": 1, "x": 2}}])
def test_what_no_compiler_has_written_is_refused(arguments):
    with pytest.raises(SpecError):
        TaskSpec.from_json(json.dumps({"name": "a", "python": "m:f", "arguments": arguments}))


def taking(a, b=2, **rest):
    return [a, b, rest]


def test_a_task_takes_them_and_tells_what_it_took():
    spec = TaskSpec.from_json(
        json.dumps(
            {
                "python": "m:f",
                "returns": ["all"],
                "arguments": {"a": {"parameter": "x"}, "more": {"value": [1]}},
            }
        )
    )
    result = run(spec, {"a": "hidden", "x": 5, "more": 0}, project=ROOT, function=taking)
    assert result.outputs == {"all": [5, 2, {"x": 5, "more": [1]}]}
    assert result.inputs == {"a": 5, "x": 5, "more": [1]}
