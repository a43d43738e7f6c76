"""Every option that is declared can be written, read, shown and kept, and is in the documentation."""

import json
from dataclasses import fields, replace

import pytest

from runnable import PythonJob, PythonTask, ShellJob, ShellTask
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import Graph, Program, ShellCommand, Task
from runnable.ir.options import DECLARATIONS, NO_OPTIONS, Scope
from runnable.ir.text import render
from runnable.sdk.options import TaskOptions
from tests.support.paths import ROOT
from tests.support.step_options import NAMES, example

ON_THIS_MACHINE = {
    Scope.EVERYWHERE: "yes",
    Scope.THIS_MACHINE: "yes",
    Scope.RUNS: "yes",
    Scope.CONTAINERS: "only in containers",
    Scope.PODS: "no effect",
    Scope.ARGO: "no effect",
    Scope.CONFIGURATION: "",
}
"""How the table of docs/pipelines.md says where an option has an effect."""


def program(options):
    return Program("p", Graph("", (Task("a", ShellCommand("true"), options=options),)))


def test_the_options_of_the_ir_are_keywords_of_tasks_and_jobs_and_there_are_no_others():
    keywords = {field.name for field in fields(TaskOptions)}
    assert keywords == {"returns", "catalog", "arguments", *DECLARATIONS}
    for cls in (ShellTask, PythonTask, ShellJob, PythonJob):
        assert keywords < {field.name for field in fields(cls)}
        assert "__dict__" not in dir(cls)


@pytest.mark.parametrize("name", NAMES)
def test_the_example_of_an_option_is_read_and_no_other_option_is_set(name):
    options = example(name)
    assert getattr(options, name) != getattr(NO_OPTIONS, name)
    assert replace(options, **{name: getattr(NO_OPTIONS, name)}) == NO_OPTIONS


@pytest.mark.parametrize("name", NAMES)
def test_an_option_is_in_the_text_of_the_ir_and_is_had_back_from_its_json(name):
    whole = program(example(name))
    assert f" {name}=" in render(whole)
    assert from_json(json.loads(json.dumps(to_json(whole)))) == whole


@pytest.mark.parametrize("name", NAMES)
def test_the_documentation_says_where_an_option_has_an_effect(name):
    rows = [line.split(" | ") for line in (ROOT / "docs" / "pipelines.md").read_text().splitlines()]
    (row,) = [row for row in rows if row[0].startswith("| `") and f"`{name}=" in row[0]]
    assert row[-1].strip(" |").startswith(ON_THIS_MACHINE[DECLARATIONS[name].scope])
