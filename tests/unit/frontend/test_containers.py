"""A ContainerTask as it is written, and its mistakes."""

import pytest

from runnable import Catalog, ContainerTask, DefinitionError, Pipeline, PythonTask, json, metric, param, pickled
from runnable.frontend.build import build
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import ContainerRun, Reads
from runnable.ir.text import render
from runnable.passes import diagnose
from runnable_runtime.protocol import ReturnSpec


def built(**options):
    step = ContainerTask(**{"name": "tool", "image": "tool:1", "command": ["tool"], **options})
    return build(Pipeline(name="p", steps=[step]), __file__)


def problems(**options):
    return [(d.code, d.message) for d in built(**options).diagnostics]


def task(**options):
    unit = built(**options)
    assert unit.diagnostics == ()
    return unit.program.graph.nodes[0]


def test_an_argument_is_texts_and_between_them_parameters():
    found = task(args=["a", param("lr"), "--lr=" + param("lr"), param("x") + "/" + param("y"), param("x") + param("y")])
    assert found.action == ContainerRun(
        ("tool",),
        (("a",), ("", "lr", ""), ("--lr=", "lr", ""), ("", "x", "/", "y", ""), ("", "x", "", "y", "")),
    )
    assert found.reads == Reads(required=("lr", "x", "y"))


def test_returns_have_the_names_of_files():
    found = task(returns={"rows": "/out/rows.json", metric("score"): "/out/score", json("note"): "/tmp/note"})
    assert found.returns == (ReturnSpec("rows"), ReturnSpec("score", "metric"), ReturnSpec("note"))
    assert found.action.files == ("/out/rows.json", "/out/score", "/tmp/note")


def test_the_ir_has_it_in_json_and_in_text():
    program = built(args=["--lr=" + param("lr"), ""], returns={"x": "/out/x"}, working_dir="/data").program
    assert from_json(to_json(program)).graph.nodes[0].action == program.graph.nodes[0].action
    assert '  task "tool" container "tool" "--lr="+param(lr) "" in "/data" files("/out/x") reads(lr)' in render(program)


@pytest.mark.parametrize("made", [lambda: f"--lr={param('lr')}", lambda: str(param("lr"))], ids=["f-string", "str"])
def test_a_text_that_is_made_now_cannot_hold_a_parameter(made):
    with pytest.raises(DefinitionError) as refused:
        made()
    (problem,) = refused.value.diagnostics
    assert problem.code == "RN351"
    assert problem.span.file == __file__
    assert '"--lr=" + param("lr")' in problem.help


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"image": None}, "RN352", "without an image"),
        ({"command": "tool --x"}, "RN203", "command is a list of texts"),
        ({"command": []}, "RN203", "command is a list of texts"),
        ({"command": ["tool", 1]}, "RN203", "command is a list of texts"),
        ({"args": "x"}, "RN203", "args is a list of texts and param(...)"),
        ({"args": [5]}, "RN203", "args holds 5, which is neither a text nor param(...)"),
        ({"args": [param("")]}, "RN203", "a parameter has a name"),
        ({"args": ["a\0"]}, "RN203", "NUL character"),
        ({"returns": ["x"]}, "RN203", "returns is a mapping of names to files"),
        ({"returns": {"x": "out/x"}}, "RN203", "is no absolute path"),
        ({"returns": {"x": "/x"}}, "RN203", "needs a folder of its own"),
        ({"returns": {"x": "/usr/bin/x"}}, "RN203", "needs a folder of its own"),
        ({"returns": {"x": "/out/../x"}}, "RN203", "written plainly"),
        ({"returns": {"x": "/out/"}}, "RN203", "written plainly"),
        ({"returns": {"x": "/out/x", "y": "/out/x"}}, "RN203", "one file for two names"),
        ({"returns": {"a b": "/out/x"}}, "RN203", "'a b' is not a name"),
        ({"returns": {pickled("x"): "/out/x"}}, "RN203", "cannot be pickled"),
        ({"working_dir": "data"}, "RN203", "working_dir is an absolute path"),
        ({"catalog": Catalog(put=["x"])}, "RN353", "nothing in its image moves files"),
        ({"arguments": {"x": 1}}, "RN353", "a program has no names for what it takes"),
        ({"cache": True}, "RN353", "cache cannot be given"),
    ],
)
def test_a_mistake_is_named_with_its_option(options, code, words):
    (found,) = problems(**options)
    assert found[0] == code
    assert words in found[1]


class Model:
    pass


def make() -> Model:
    return Model()


def test_what_is_no_text_cannot_be_an_argument():
    make_it = PythonTask(name="make", function=make, returns=[pickled("model")])
    tool = ContainerTask(name="tool", image="tool:1", command=["tool"], args=[param("model")])
    unit = build(Pipeline(name="p", steps=[make_it, tool]), __file__)
    assert [d.code for d in diagnose(unit)] == ["RN354"]


def test_a_parameter_that_nothing_provides_is_found_before_anything_runs():
    assert [d.code for d in diagnose(built(args=[param("lr")]))] == ["RN301"]
