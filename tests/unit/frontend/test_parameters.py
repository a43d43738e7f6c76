"""Declared parameters: what a pipeline and its functions say, and what is given to them."""

import os
from dataclasses import dataclass
from datetime import date, timedelta
from enum import Enum
from pathlib import Path
from typing import Any, Literal

import pytest

from runnable import Parameter, Pipeline, PythonTask, ShellTask, Stub
from runnable.diagnostics.errors import ConfigurationError
from runnable.frontend.build import build
from runnable.frontend.docstrings import argument_help
from runnable.frontend.giving import give
from runnable.ir.json_form import from_json, to_json
from runnable.passes import diagnose
from runnable.passes.analysis.dataflow import analyze


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


@dataclass
class Order:
    day: date
    rows: int = 1


def load(day: date, rows: int = 10, tag=None):
    """Load the orders.

    Args:
        day: the day of the orders,
            in UTC
        rows (int): how many
    """


def save(day: date, rows: int = 10): ...


def plain(day): ...


def unit(*declared, functions=(load,)):
    steps = [PythonTask(name=f.__name__, function=f) for f in functions]
    return build(Pipeline(steps=[*steps, Stub(name="end")], parameters=list(declared)), __file__)


def declaration(**fields):
    built = unit(Parameter(**fields))
    assert not built.diagnostics, [d.message for d in built.diagnostics]
    return built.program.declared[0]


def given(declared, *typed, file="", values=None):
    """The value of a parameter that is declared so, and the problems."""
    found = give(unit(declared), file, values, typed)
    return found.program.parameters.get(declared.name), [d.code for d in found.diagnostics]


def test_what_a_declaration_leaves_out_the_functions_say():
    found = declaration(name="day")
    assert (found.type, found.kind, found.has_default, found.help) == (
        "date",
        "str",
        False,
        "the day of the orders, in UTC",
    )
    found = declaration(name="rows")
    assert (found.type, found.default, found.help) == ("int", 10, "how many")
    found = declaration(name="tag")
    assert (found.type, found.has_default, found.default) == ("Any", True, None)
    found = declaration(name="rows", type=float, default=2, help="others")
    assert (found.type, repr(found.default), found.help) == ("float", "2.0", "others")


def test_functions_that_disagree_leave_the_type_open_and_one_that_needs_it_leaves_no_default():
    def other(rows: str, day: date = date(2024, 1, 31)): ...

    other.__qualname__ = "other"
    built = unit(Parameter(name="rows"), Parameter(name="day"), functions=(load, save))
    assert [(one.type, one.has_default) for one in built.program.declared] == [("int", True), ("date", False)]


def test_a_literal_and_an_enumeration_have_their_choices():
    assert declaration(name="x", type=Literal["a", "b"]).choices == ("a", "b")
    assert declaration(name="x", type=Size, default=Size.LARGE).default == "l"
    assert declaration(name="x", type=Size).choices == ("s", "l")
    assert declaration(name="x", type=date, choices=[date(2024, 1, 31)]).choices == ("2024-01-31",)


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        (str, "3", "3"),
        (str, "1.10", "1.10"),
        (str, "null", "null"),
        (int, "3", 3),
        (int, "1e3", 1000),
        (bool, "true", True),
        (bool, "No", False),
        (float, "3", 3.0),
        (list[int], "[1, 2]", [1, 2]),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (date, "2024-01-31", "2024-01-31"),
        (date, "20240131", "20240131"),
        (timedelta, "2:30:00", "2:30:00"),
        (Path, "5", "5"),
        (Size, "s", "s"),
        (Size, "LARGE", "l"),
        (Literal[1, 2], "2", 2),
        (int | None, "null", None),
        (str | None, "null", None),
        (Order, '{"day": "2024-01-31"}', {"day": "2024-01-31"}),
        (Any, "1.5", 1.5),
    ],
)
def test_a_text_arrives_with_the_declared_type(kind, text, value, monkeypatch, tmp_path):
    declared = Parameter(name="p", type=kind)
    assert repr(given(declared, f"p={text}")) == repr((value, []))
    monkeypatch.setenv("RUNNABLE_PRM_p", text)
    assert repr(given(declared)) == repr((value, []))
    monkeypatch.delenv("RUNNABLE_PRM_p")
    file = tmp_path / "p.yaml"
    file.write_text(f"p: {text}\n")
    if value != "null":  # null in YAML is none, however it is declared
        assert repr(given(declared, file=str(file))) == repr((value, []))


@pytest.mark.parametrize(
    ("kind", "value", "found"),
    [
        (date, date(2024, 1, 31), "2024-01-31"),
        (int, "3", 3),
        (float, 3, 3.0),
        (str, 3, "3"),
        (bool, 1, True),
        (Size, Size.SMALL, "s"),
    ],
)
def test_a_value_of_the_code_arrives_with_the_declared_type(kind, value, found):
    from runnable.sdk.arguments import plain_json

    declared = Parameter(name="p", type=kind)
    assert repr(given(declared, values={"p": plain_json(value, "p")})) == repr((found, []))


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (int, "x"),
        (int, "true"),
        (bool, "maybe"),
        (date, "31.1.2024"),
        (list[int], "1"),
        (list[int], '["a"]'),
        (Size, "xl"),
        (Order, '{"days": 1}'),
    ],
)
def test_a_value_that_is_not_of_its_type_is_reported(kind, text, tmp_path):
    assert given(Parameter(name="p", type=kind), f"p={text}")[1] == ["RN334"]


def test_a_value_in_a_file_is_reported_with_its_line(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text('# mine\nrows: many\nday: "2024-13-01"\n')
    found = give(unit(Parameter(name="day"), Parameter(name="rows")), str(file))
    assert [(d.span.file, d.span.line) for d in found.diagnostics] == [(str(file), 3), (str(file), 2)]
    assert "test_parameters.py" in found.diagnostics[0].note


def test_a_date_without_quotes_is_a_date_where_it_is_declared(tmp_path):
    file = tmp_path / "p.yaml"
    file.write_text("day: 2024-01-31\nversion: 1.10\nhex: 0x1F\nnothing: null\n")
    declared = [
        Parameter(name="day"),
        Parameter(name="version", type=str),
        Parameter(name="hex", type=int),
        Parameter(name="nothing", type=int | None),
    ]
    found = give(unit(*declared), str(file))
    assert found.program.parameters == {"day": "2024-01-31", "version": "1.10", "hex": 31, "nothing": None}
    assert not found.diagnostics
    with pytest.raises(ConfigurationError, match="RN404"):
        give(unit(), str(file))


def test_choices_are_compared_as_values():
    declared = Parameter(name="p", type=float, choices=[1, 2.5])
    assert given(declared, "p=1.0") == (1.0, [])
    assert given(declared, "p=3")[1] == ["RN335"]


def test_a_default_stands_where_nothing_is_given_and_what_is_not_declared_is_there_too():
    found = give(unit(Parameter(name="rows", default=3)), values={"other": 1})
    assert found.program.parameters == {"rows": 3, "other": 1}
    assert found.values == {"other": 1}


def test_a_run_needs_what_a_check_and_a_manifest_leave_open():
    found = give(unit(Parameter(name="day"), functions=(load, save)))
    assert [d.code for d in diagnose(found)] == ["RN336"]
    assert [d.code for d in diagnose(found, fixed=False)] == []
    assert [d.code for d in diagnose(found, hints=True)] == ["RN337"]
    assert found.program.open == found.program.declared


def test_an_open_parameter_is_checked_by_its_type():
    built = unit(Parameter(name="day", type=int))
    (wrong,) = diagnose(built, fixed=False)
    assert wrong.code == "RN311"
    assert "declared as int" in wrong.note


def test_a_declared_date_is_a_text_for_who_says_no_type():
    found = unit(Parameter(name="day", type=date), functions=(plain,))
    assert [d.code for d in diagnose(found, fixed=False)] == ["RN319"]
    assert [d.code for d in diagnose(give(found, values={"day": "2024-01-31"}))] == ["RN319"]


def test_what_no_step_reads_is_a_hint_at_its_line():
    (hint,) = [d for d in diagnose(give(unit(Parameter(name="dya", default=1), functions=())), hints=True)]
    assert hint.code == "RN306"
    assert hint.span.file == os.path.abspath(__file__)


def test_an_open_parameter_is_there_for_a_shell():
    steps = [ShellTask(name="a", command="echo $day")]
    built = build(Pipeline(steps=steps, parameters=[Parameter(name="day", type=date)]), __file__)
    assert analyze(built.program).parameters_read == {"day"}
    assert diagnose(built, fixed=False) == []


def test_declarations_come_back_from_json():
    built = give(unit(Parameter(name="rows", choices=[3, 10]), Parameter(name="day")))
    back = from_json(to_json(built.program))
    assert [(d.name, d.type, d.kind, d.has_default, d.default, d.choices, d.help) for d in back.declared] == [
        (d.name, d.type, d.kind, d.has_default, d.default, d.choices, d.help) for d in built.program.declared
    ]


def test_docstrings_are_read_in_three_forms():
    def google(a, b):
        """Do.

        Args:
            a: first
              of all
            b (int): second

        Returns:
            a: not this
        """

    def numpy(a, b):
        """Do.

        Parameters
        ----------
        a : int
            first
            of all
        b
            second

        Returns
        -------
        a
            not this
        """

    def sphinx(a, b):
        """Do.

        :param int a: first
            of all
        :param b: second
        """

    for function in (google, numpy, sphinx):
        assert argument_help(function, "a") == "first of all"
        assert argument_help(function, "b") == "second"
        assert argument_help(function, "c") == ""
