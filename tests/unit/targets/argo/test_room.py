"""What a workflow can keep is known when it is compiled, as far as lists and shapes are."""

import json

import pytest

from runnable.diagnostics.errors import DefinitionError
from tests.support.argo_programs import arguments, compile_one, fan_out, program, python, stub, tasks, templates


def spec_of(document, template, task):
    return json.loads(arguments(tasks(templates(document)[template])[task])["spec"])


def test_a_map_over_a_parameter_that_cannot_fit_is_refused_with_the_figures():
    compile_one(program(fan_out("m", stub("s")), xs=list(range(3_000))))
    with pytest.raises(DefinitionError, match=r"of the 30,000 items of 'xs': [\d,]+, and the limit is [\d,]+"):
        compile_one(program(fan_out("m", stub("s")), xs=list(range(30_000))))


def test_a_map_in_a_map_counts_all_its_items():
    nested = fan_out("o", fan_out("i", stub("s"), iterate_on="ys", iterate_as="y"))
    compile_one(program(nested, xs=list(range(30)), ys=list(range(30))))
    with pytest.raises(DefinitionError, match="of the 200 items of 'xs'"):
        compile_one(program(nested, xs=list(range(200)), ys=list(range(200))))


def test_tasks_in_a_map_and_those_that_make_its_list_know_what_there_is_room_for():
    found = compile_one(
        program(python("list", returns="xs"), fan_out("m", python("t", reads="x", returns="y")), python("r", reads="y"))
    )
    assert spec_of(found, "main", "list")["room"][3] == [["xs", 95, 2]]
    available, copies, each = spec_of(found, "m", "t")["room"]
    assert available > 900_000
    assert (copies, each) == (3, 95)  # in the pod's node, in the Map's result, in the reader's input
    assert "room" not in spec_of(found, "main", "r")


def test_an_attempt_more_is_a_copy_more():
    found = compile_one(
        program(fan_out("m", python("t", reads="x", returns="y", retry=2)), python("r", reads="y"), xs=[1])
    )
    assert spec_of(found, "m", "t")["room"][1] == 4
