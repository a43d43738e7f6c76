"""Parameters from code, files, variables and the command line: which wins, and what is refused."""

import datetime
from pathlib import Path

import pytest

from runnable import DefinitionError, Parameter, Pipeline, PythonJob, PythonTask
from runnable.cluster.submit import read_parameters
from runnable.diagnostics.errors import ClusterError, ConfigurationError
from runnable.frontend.build import build
from runnable.sdk.handler import noted
from tests.support.parameters import load_parameters


def take(day: datetime.date, n: int = 1): ...


def pipeline():
    return Pipeline(steps=[PythonTask(name="take", function=take)])


@pytest.fixture
def files(tmp_path):
    found = {}
    for name in ("code", "variable", "one", "other"):
        found[name] = str(tmp_path / f"{name}.yaml")
        Path(found[name]).write_text(f"n: {name}\n{name}: true\n")
    return found


def test_each_place_wins_over_the_ones_before(files, monkeypatch):
    typed = ("n=typed",)
    assert load_parameters(files["code"]) == {"n": "code", "code": True}
    assert load_parameters(files["code"], {"n": "value"}) == {"n": "value", "code": True}
    assert load_parameters(files["code"], {"n": "value"}, preferred=files["variable"]) == {
        "n": "variable", "variable": True,
    }  # fmt: skip
    assert load_parameters(files["code"], {"n": 1}, (files["one"],), preferred=files["variable"]) == {
        "n": "one", "one": True,
    }  # fmt: skip
    monkeypatch.setenv("RUNNABLE_PRM_n", "set")
    assert load_parameters(files["code"], {"n": "value"}, (files["one"],))["n"] == "set"
    assert load_parameters(files["code"], {"n": "value"}, typed)["n"] == "typed"


def test_of_the_command_line_the_later_one_wins_for_each_name(files):
    assert load_parameters(typed=["n=1", "n=2"]) == {"n": 2}
    assert load_parameters(typed=[files["one"], files["other"]]) == {"n": "other", "one": True, "other": True}
    assert load_parameters(typed=[files["one"], "n=3"]) == {"n": 3, "one": True}
    assert load_parameters(typed=["n=3", "m=4", files["one"]]) == {"n": "one", "m": 4, "one": True}
    assert read_parameters(["n=3", "m=4", files["one"]])[0] == {"n": "one", "m": "4", "one": "true"}


def test_a_value_may_have_any_text(files):
    assert load_parameters(typed=["a=b=c", "empty=", "list=[1, 2]", "text=x y"]) == {
        "a": "b=c", "empty": "", "list": [1, 2], "text": "x y",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["nothing.yaml", "nothing"])
def test_what_is_neither_a_value_nor_a_file_is_refused(text):
    with pytest.raises(ConfigurationError):
        load_parameters(typed=[text])
    with pytest.raises((ConfigurationError, ClusterError)):
        read_parameters([text])


def test_values_from_python_travel_as_annotations_convert_them():
    with noted() as calls:
        pipeline().execute(parameters={"day": datetime.date(2024, 1, 31), "all": [{"at": Path("a")}]})
    assert calls[0].parameters == {"day": "2024-01-31", "all": [{"at": "a"}]}


def test_paths_are_taken_wherever_a_path_is(files):
    with noted() as calls:
        pipeline().execute(parameters_file=Path(files["one"]), configuration_file=Path("c.yaml"))
    assert (calls[0].parameters_file, calls[0].configuration_file) == (files["one"], "c.yaml")


@pytest.mark.parametrize(
    "arguments",
    [
        {"parameters_file": {"a": 1}},
        {"parameters_file": {}},
        {"run_id": 7},
        {"tag": None},
        {"parameters": [1]},
        {"parameters": {"a": object()}},
        {"configuration_file": 3},
    ],
    ids=range(7),
)
def test_an_argument_of_another_type_is_a_mistake_with_its_line(arguments):
    with pytest.raises(DefinitionError) as raised:
        pipeline().execute(**arguments)
    (found,) = raised.value.diagnostics
    assert (found.code, found.option, found.span.file) == ("RN203", next(iter(arguments)), __file__)


def test_a_job_declares_parameters_as_a_pipeline_does():
    job = PythonJob(function=take, parameters=[Parameter(name="day", help="which day")])
    unit = build(job, __file__)
    assert [(one.name, one.help) for one in unit.program.declared] == [("day", "which day")]
    (problem,) = build(PythonJob(function=take, parameters=[3]), __file__).diagnostics
    assert problem.message == "PythonJob: parameters holds 3, which is no Parameter"


def test_a_job_takes_parameters_too():
    with noted() as calls:
        PythonJob(function=take).execute(parameters={"day": "2024-01-31"})
    assert calls[0].parameters == {"day": "2024-01-31"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("10:30", "10:30"), ("1:30:00", "1:30:00"), ("-1:30", "-1:30"), ("190:20:30.15", "190:20:30.15"),
        ("007", "007"), ("0777", "0777"), ("00", "00"), ("+017", "+017"), ("08", "08"),
        ("[007, 1:30]", ["007", "1:30"]),
        ("0", 0), ("7", 7), ("-5", -5), ("0.5", 0.5), ("1_000", 1000), ("0x1F", 31), ("no", False), ("!!int 017", 15),
    ],
)  # fmt: skip
def test_a_time_of_day_and_an_id_with_zeros_stay_as_they_are_written_in_a_file(tmp_path, written, value):
    (tmp_path / "p.yaml").write_text(f"n: {written}\n")
    (found,) = load_parameters(str(tmp_path / "p.yaml")).values()
    assert (found, type(found)) == (value, type(value))


def test_an_integer_that_nobody_can_write_in_decimal_is_refused(tmp_path):
    (tmp_path / "p.yaml").write_text(f"n: 0x{'f' * 5000}\n")
    with pytest.raises(ConfigurationError, match="too long to be written"):
        load_parameters(str(tmp_path / "p.yaml"))
