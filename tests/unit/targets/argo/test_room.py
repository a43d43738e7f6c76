"""What a workflow can keep is known when it is compiled, as far as lists and shapes are."""

import json

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.ir.walk import tasks as ir_tasks
from runnable.passes.analysis.dataflow import analyze
from runnable.targets.argo.room import MOST, Rooms
from runnable_runtime.stores.room import share
from tests.support.argo_programs import arguments, compile_one, fan_out, loop, program, python, stub, tasks, templates


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


def rooms(*nodes, stored=True, **parameters):
    """By the name of each task, the bytes of its share, or None where it has none."""
    compiled = program(*nodes, **parameters)
    found = Rooms(compiled, analyze(compiled), stored=stored)
    shares = {}
    for at, task in ir_tasks(compiled.graph):
        room = found.of(task, at)
        shares[task.name] = None if room is None or not room.copies else share(room, 1)
    return shares


def steps(count, *, reads=""):
    return [python(f"s{n}", returns="x", reads="x" if n else reads) for n in range(count)]


def test_with_a_store_steps_that_cannot_all_return_8_kib_have_a_share():
    assert set(rooms(*steps(10)).values()) == {None}
    found = rooms(*steps(100))
    assert len(set(found.values())) <= 2  # nothing reads what the last one returns
    kept = {name: 1 if name == "s99" else 2 for name in found}
    assert sum(found[name] * kept[name] for name in found) <= MOST
    assert min(found.values()) > 4_000


def test_without_a_store_a_step_in_no_map_has_no_share():
    assert set(rooms(*steps(100), stored=False).values()) == {None}


def test_iterations_of_a_loop_count_as_often_as_there_may_be():
    body = python("s", returns="x", reads="x")
    assert rooms(loop("l", body, max_iterations=3), x="")["s"] is None
    assert rooms(loop("l", body, max_iterations=100), x="")["s"] < MOST / 200


def test_with_a_store_maps_and_steps_divide_what_there_is():
    alone = rooms(fan_out("m", python("t", reads="x", returns="y")), python("r", reads="y"), xs=[1])["t"]
    others = [fan_out(f"m{n}", python(f"t{n}", reads="x", returns=f"y{n}")) for n in range(3)]
    shared = rooms(
        fan_out("m", python("t", reads="x", returns="y")), *others, python("r", reads="y"), *steps(60), xs=[1]
    )["t"]
    assert alone / 9 < shared < alone / 7


def test_reading_a_name_costs_a_step_what_its_own_readers_keep_of_it():
    found = rooms(*steps(200))
    assert found["s0"] == found["s150"]  # though 199 steps read an `x`
