"""Declared parameters in a manifest: values, choices, descriptions, and the kinds that texts are read as."""

from dataclasses import replace

import pytest

from runnable.ir.nodes import BODY, Declaration, Graph, Loop, Program, Switch
from runnable.targets.argo.reading.expressions import declared_kinds
from tests.support.argo_programs import chain, compile_one, compile_text, python, shell
from tests.support.argo_simulator import SUCCEEDED, Simulator

DECLARED = (
    Declaration("version", "str", "str", help="what is released"),
    Declaration("rows", "int", "int", True, 10, (10, 100)),
    Declaration("on", "bool", "bool", True, False),
    Declaration("note", "str | None", "str?", True, None, ("a", "b")),
    Declaration("days", "list[date]", "json", True, ["2024-01-31"]),
)


def program(*nodes, given=None):
    values = {one.name: one.default for one in DECLARED if one.has_default} | (given or {})
    return Program("demo", chain("demo", *nodes), values, declared=DECLARED)


STEP = python("a", reads="version rows on note days")


def test_a_manifest_has_values_choices_and_descriptions():
    spec = compile_one(program(STEP))["spec"]
    assert spec["arguments"]["parameters"] == [
        {"name": "rows", "value": "10", "enum": ["10", "100"]},
        {"name": "on", "value": "false"},
        {"name": "note", "value": "null", "enum": ["a", "b", "null"]},
        {"name": "days", "value": '["2024-01-31"]'},
        {"name": "version", "description": "what is released"},
    ]


@pytest.mark.parametrize("value", ["5", "x", "a\nb", "{{x}}", '"quoted"'])
def test_a_text_that_is_given_when_it_is_compiled_arrives_as_it_is(value):
    assert inputs(program(STEP, given={"version": value}))["version"] == value


def inputs(written, **submitted):
    """What a task is given in a workflow that is submitted with some texts."""
    seen = {}

    def work(path, given):
        seen.update(given)
        return {}

    assert Simulator(compile_one(written)["spec"], work, submitted).run() == SUCCEEDED
    return seen


def test_texts_that_are_given_at_submission_arrive_with_their_types():
    found = inputs(program(STEP), version="1.10", rows="1e2", on="yes", note="null", days="[]")
    assert found == {"version": "1.10", "rows": 100, "on": True, "note": None, "days": []}
    assert inputs(program(STEP), version="true")["version"] == "true"


def test_who_reads_a_manifest_finds_the_kinds():
    assert declared_kinds(compile_text(program(STEP, shell("b")))) == {
        "version": "str",
        "rows": "int",
        "on": "bool",
        "note": "str?",
    }


def test_what_is_decided_by_a_declared_parameter_knows_its_kind_and_others_stay_as_they_are():
    branch = chain("True", python("x"))
    switch = Switch("on?", "on", (branch, chain("False", python("y"))))
    loop = Loop("again", Graph(BODY, (python("z", returns="done"),)), "done", "i", 2)
    written = program(STEP, switch, loop)
    assert "k startsWith 'bool'" in compile_text(written)
    assert "k startsWith 'bool'" not in compile_text(replace(written, declared=()))
