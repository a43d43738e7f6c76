"""Declared parameters by commands: described, left open in a manifest, given when it is submitted."""

import json
from pathlib import Path

import pytest

from runnable.cli import main, submit
from tests.support.commands import command
from tests.support.manifests import read
from tests.support.paths import ROOT
from tests.unit.cluster.test_submit import Stored

EXAMPLE = "examples/03-parameters/declared.py"


class Named(Stored):
    """Objects of a cluster, which names what is created."""

    namespace = "n"

    def create(self, item):
        made = super().create(item)
        return {**made, "metadata": {**made["metadata"], "name": "open-1"}}


PIPELINE = """
from datetime import date
from runnable import Parameter, Pipeline, PythonTask


def load(day: date, version, rows: int = 3): ...


def main():
    return Pipeline(
        steps=[PythonTask(name="load", function=load)],
        parameters=[Parameter(name="day"), Parameter(name="version", type=str), Parameter(name="rows")],
    )
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    (tmp_path / "open.py").write_text(PIPELINE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_pipeline_is_described_with_what_is_declared_and_what_is_not(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["describe", EXAMPLE, "--output-format", "json", "-p", "other=1"]) == 0
    found = json.loads(capsys.readouterr().out)
    parameters = {one["name"]: one for one in found["parameters"]}
    assert parameters["day"] | {"place": ""} == {
        "name": "day",
        "declared": True,
        "type": "date",
        "required": True,
        "default": None,
        "has_default": False,
        "choices": [],
        "help": "the day of the orders",
        "given": True,
        "value": "2024-01-31",
        "readers": ["load"],
        "place": "",
    }
    assert parameters["rows"]["choices"] == [10, 100]
    assert parameters["deliver"]["readers"] == ["label", "deliver", "deliver.False.hold"]
    assert (parameters["other"]["declared"], parameters["other"]["value"]) == (False, 1)
    assert [step["path"] for step in found["steps"]][:3] == ["load", "stores", "stores.*"]
    assert found["returns"] == {"loaded": "int", "packed": "list[str]", "label": "", "shipped": "str"}
    assert main(["describe", EXAMPLE]) == 0
    assert "  rows: int = 10\n      how many of them, at most\n      choices: 10, 100\n" in capsys.readouterr().out


def test_what_functions_say_is_described_where_nothing_is_declared(capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(["describe", "examples/03-parameters/static_parameters_python.py"]) == 0
    text = capsys.readouterr().out
    assert "parameters that are not declared:" in text
    assert "  customer: str  (required)\n" in text


def test_a_manifest_leaves_open_what_has_no_value_and_says_so(folder, capsys):
    assert main(["compile", "open.py", "-p", "version=1.10"]) == 0
    printed = capsys.readouterr()
    assert "open, to be given when it is submitted: day (date)" in printed.err
    parameters = read(printed.out)[0]["spec"]["arguments"]["parameters"]
    assert parameters == [{"name": "version", "value": "1.10"}, {"name": "rows", "value": "3"}, {"name": "day"}]


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        (["day=2024-01-31", "version=1.10"], 0, ""),
        (["day=2024-01-31", "version=1.10", "rows=many"], 3, "[RN334]"),
        (["day=2024-01-31", "version=1.10", "row=1"], 7, "reads no parameter 'row'"),
        (["version=1.10"], 7, "the parameter 'day' has no value"),
    ],
)
def test_what_is_given_when_it_is_submitted_is_checked_and_fills_what_is_open(
    typed, code, said, folder, capsys, monkeypatch
):
    stored = Named()
    monkeypatch.setattr(submit, "chosen_objects", lambda *_: stored)
    options = [text for one in typed for text in ("-p", one)]
    assert main(["submit", "open.py", *options]) == code
    assert said in capsys.readouterr().err
    if not code:
        given = {p["name"]: p["value"] for p in stored.created[0]["spec"]["arguments"]["parameters"]}
        assert given == {"day": "2024-01-31", "version": "1.10", "rows": "3"}


def test_a_run_without_a_value_asks_for_nothing_and_runs_nothing(folder):
    ended = command("run", "open.py", "-p", "version=2", cwd=folder)
    assert ended.returncode == 3
    assert "[RN336]" in ended.stderr
    assert not Path(folder, ".run_log_store").exists()


def test_values_are_kept_for_the_retry_of_a_run(folder):
    text = PIPELINE.replace("rows: int = 3): ...", "rows: int = 3):\n    print(day, version, rows)\n    open('there')")
    Path("open.py").write_text(text)
    first = command("run", "open.py", "-p", "day=2024-01-31", "-p", "version=1.10", "-p", "rows=5", cwd=folder)
    assert first.returncode == 1
    Path("there").touch()
    again = command("retry", "latest", cwd=folder)
    assert again.returncode == 0, again.stderr
    assert "2024-01-31 1.10 5" in again.stdout
    assert "not used" not in again.stderr
