"""`arguments` of a step: what may stand there, what is read then, and what is wrong."""

import json
from argparse import Namespace
from datetime import date
from decimal import Decimal
from enum import Enum
from pathlib import Path

import pytest

from runnable import (
    Map,
    NotebookTask,
    Parameter,
    Pipeline,
    PythonJob,
    PythonTask,
    ShellTask,
    param,
    pickled,
)
from runnable.frontend.build import build
from runnable.frontend.description import describe
from runnable.frontend.giving import give
from runnable.ir.nodes import Reads
from runnable.ir.text import render
from runnable.passes import diagnose
from runnable_runtime.protocol import Argument
from tests.support.checked import check
from tests.support.paths import ROOT


class Size(Enum):
    SMALL = "s"


class Model:
    def __init__(self, weight: int) -> None: ...


def fit(path: str, rate: float, rounds: int = 3, tag=None) -> float:
    """Fit.

    Args:
        rate: how fast
    """


def typed(day: date, price: Decimal, size: Size, where: Path, parts: list[int], note: str | None = None): ...


def by_position(first: int, /, *rest: int, last: int = 1): ...


def everything(path: str, **others): ...


def namespace(path: str, rest: Namespace): ...


def trained(model: Model): ...


def rates() -> list[float]: ...


def train() -> Model: ...


def task(function=fit, name="fit", **arguments):
    return PythonTask(name=name, function=function, arguments=arguments)


def only(step, **parameters):
    (one,) = build(Pipeline(steps=[step]), __file__).program.graph.nodes
    return one


def messages(*steps, **parameters):
    return [found.message.replace(f"{ROOT}/", "") for found in check(*steps, **parameters)]


def test_a_constant_and_a_parameter_of_another_name_stand_in_place_of_the_parameters_of_that_name():
    one = only(task(path="raw.csv", rate=param("lr")))
    assert one.arguments == (Argument("path", value="raw.csv"), Argument("rate", "lr"))
    assert one.reads == Reads(required=("lr",), optional=("rounds", "tag"))
    assert messages(task(path="raw.csv", rate=param("lr")), lr=0.1) == []


def test_a_step_without_arguments_has_none():
    assert only(PythonTask(name="fit", function=fit)).arguments == ()
    assert only(task()).reads == Reads(("path", "rate"), ("rounds", "tag"))


def test_two_arguments_may_change_places():
    one = only(task(path="p", rate=param("rounds"), rounds=param("rate")))
    assert one.reads == Reads(required=("rounds", "rate"), optional=("tag",))


def test_an_argument_with_a_default_is_needed_once_a_parameter_is_named_for_it():
    assert only(task(path="p", rate=1, rounds=param("tag"))).reads == Reads(required=("tag",))
    (found,) = messages(task(path="p", rate=1, rounds=param("n")))
    assert found == "step 'fit' needs the parameter 'n' for its argument 'rounds', and nothing provides it"


def test_constants_travel_as_what_declared_parameters_would():
    given = {"day": date(2024, 1, 31), "price": Decimal("0.10"), "size": Size.SMALL, "where": Path("a/b")}
    one = only(task(typed, **given, parts=(1, 2), note=None))
    assert {a.name: a.value for a in one.arguments} == {
        "day": "2024-01-31",
        "price": "0.10",
        "size": "s",
        "where": "a/b",
        "parts": [1, 2],
        "note": None,
    }


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"rate": "fast"}, "the argument 'rate' is 'fast', and tests/unit/frontend/test_arguments.py:"),
        ({"rounds": 1.5}, "the argument 'rounds' is 1.5, and"),
        ({"rate": None}, "the argument 'rate' is None, and"),
        ({"rate": [1]}, "the argument 'rate' is [1], and"),
        ({"tag": float("nan")}, "arguments has a value for 'tag' that is not JSON"),
        ({"tag": object()}, "arguments has a value for 'tag' that is not JSON"),
        ({"rate": Parameter(name="lr")}, "arguments has the Parameter 'lr' for 'rate', which declares a parameter"),
        ({"rate": param("")}, "arguments has param('') for 'rate', and a parameter has a name"),
        ({"rate": param(fit)}, "arguments has param(the function 'fit') for 'rate'"),
        ({"rat": 1}, "arguments has 'rat', which tests/unit/frontend/test_arguments.py:"),
        ({"a b": 1}, "arguments has names of arguments as keys, letters, digits and _, not 'a b'"),
        ([("rate", 1)], "arguments is a mapping of names to values, not"),
        ("rate=1", "arguments is a mapping of names to values, not 'rate=1'"),
    ],
)
def test_what_cannot_stand_there_is_named(arguments, said):
    found = messages(PythonTask(name="fit", function=fit, arguments=arguments), path="p", rate=1)
    assert len(found) == 1, found
    assert said in found[0]


def test_a_misspelt_name_is_found():
    (found,) = check(task(path="p", rate=1, ronds=4))
    assert found.code == "RN211"
    assert found.message.endswith("fit() does not take")
    assert found.help == "did you mean 'rounds'?"


@pytest.mark.parametrize(
    ("function", "arguments", "wrong"),
    [
        (by_position, {"first": 1, "last": 2}, 0),
        (by_position, {"first": 1, "rest": 2}, 1),
        (everything, {"path": "p", "more": 1}, 0),
        (everything, {"path": "p", "others": 1}, 0),
        (namespace, {"path": "p", "more": 1}, 0),
    ],
)
def test_names_that_a_function_takes(function, arguments, wrong):
    assert len(messages(task(function, **arguments))) == wrong


def test_who_takes_everything_is_not_given_the_parameter_in_whose_place_it_has_an_argument():
    one = only(task(everything, path="p", more=param("lr")))
    assert one.reads == Reads(required=("lr",), everything=True, hidden=("path", "more"))
    one = only(ShellTask(name="s", command="true", arguments={"a": param("b"), "b": 1}))
    assert one.reads == Reads(required=("b",), everything=True, hidden=("a",))


def test_what_reaches_an_argument_is_checked_against_its_annotation():
    returned = PythonTask(name="rates", function=rates, returns=["all"])
    (found,) = messages(returned, task(path="p", rate=param("all")))
    assert "'rate'" in found
    assert "float" in found
    (found,) = messages(task(path="p", rate=param("lr")), lr="fast")
    assert "'rate'" in found
    assert '"fast"' in found


def test_an_object_is_an_argument_by_its_parameter_and_no_constant():
    made = PythonTask(name="train", function=train, returns=[pickled("best")])
    assert messages(made, task(trained, "use", model=param("best"))) == []
    (found,) = check(task(trained, "use", model={"weight": 1}))
    assert (found.code, found.note) == (
        "RN212",
        "no constant becomes one: return it from a step, and take it with param",
    )
    (found,) = check(made, ShellTask(name="s", command="echo $m", arguments={"m": param("best")}))
    assert found.code == "RN606"


def test_a_command_gets_its_arguments_as_variables():
    step = ShellTask(name="s", command="echo $what $lr", arguments={"what": "it"})
    assert messages(step, lr=1) == []
    (found,) = messages(ShellTask(name="s", command="echo $waht", arguments={"what": "it"}))
    assert "$waht" in found
    (found,) = messages(ShellTask(name="s", command="true", arguments={"PATH": "/mine"}))
    assert "'PATH'" in found
    assert messages(ShellTask(name="s", command="true", arguments={"x": 1}, returns=["x"])) == []


def test_a_command_in_a_map_is_given_the_list_under_another_name():
    step = ShellTask(name="s", command="echo $all", arguments={"all": param("xs")})
    mapped = Map(name="m", branch=step.as_pipeline(), iterate_on="xs", iterate_as="x")
    (one,) = build(Pipeline(steps=[mapped]), __file__).program.graph.nodes
    assert one.body.nodes[0].reads == Reads(required=("xs",), everything=True, hidden=("all",))


def notebook(folder, source):
    (folder / "pyproject.toml").touch()
    cells = [{"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}]
    (folder / "n.ipynb").write_text(json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}))
    return str(folder / "pipe.py")


@pytest.mark.parametrize(
    ("source", "arguments", "said"),
    [
        ("print(count)", {"count": 1}, ""),
        ("print(count)", {"cuont": 1}, "arguments has 'cuont', which no cell of n.ipynb has as a name"),
        ("exec(text)", {"anything": 1, "text": ""}, ""),
        ("print(count)", {}, "needs the parameter 'count'"),
    ],
)
def test_an_argument_of_a_notebook_is_a_name_in_its_cells(tmp_path, monkeypatch, source, arguments, said):
    monkeypatch.chdir(tmp_path)
    step = NotebookTask(name="n", notebook="n.ipynb", arguments=arguments)
    built = build(Pipeline(steps=[step]), notebook(tmp_path, source))
    found = [one.message for one in diagnose(built)]
    assert [said in one for one in found] == ([True] if said else [])


def test_a_job_has_arguments_too():
    built = build(PythonJob(function=fit, arguments={"path": "p", "rate": param("lr"), "rounds": True}), __file__)
    assert [found.code for found in built.diagnostics] == ["RN212"]
    assert built.program.graph.nodes[0].reads.required == ("lr",)


def test_a_declared_parameter_takes_type_default_and_help_from_the_argument_that_it_is():
    lr, n = Parameter(name="lr"), Parameter(name="n")
    step = task(path="p", rate=param("lr"), rounds=param("n"))
    built = build(Pipeline(steps=[step], parameters=[lr, n]), __file__)
    one, other = built.program.declared
    assert (one.type, one.kind, one.help, one.has_default) == ("float", "float", "how fast", False)
    assert (other.type, other.default) == ("int", 3)


def test_describe_and_the_text_of_the_ir_show_arguments():
    built = give(build(Pipeline(steps=[task(path="p", rate=param("lr"))]), __file__), values={"lr": 1})
    (step,) = describe(built).steps
    assert step.arguments == {"path": {"value": "p"}, "rate": {"parameter": "lr"}}
    assert step.takes == ("lr", "rounds", "tag")
    assert describe(built).parameters[0].name == "lr"
    assert 'reads(lr, rounds?, tag?) arguments(path="p", rate=param(lr))' in render(built.program)
