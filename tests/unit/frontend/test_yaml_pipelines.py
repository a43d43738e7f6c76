"""Pipelines in YAML, read into the IR."""

import pytest

from runnable import DefinitionError
from runnable.frontend.loading import load
from runnable.frontend.yaml_pipelines.document import has_pipeline
from runnable.ir.nodes import Edge, FanOut, On, PythonCall, Switch, Task
from runnable.ir.text import render


@pytest.fixture
def read(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)

    def read(text):
        (tmp_path / "pipeline.yaml").write_text(text)
        return load("pipeline.yaml").unit

    return read


def wrong(unit):
    return [(one.code, one.span.line) for one in unit.diagnostics]


STUBS = """
dag:
  start_at: a
  steps:
"""


def edges(unit):
    return unit.program.graph.edges


def test_steps_run_as_next_says_and_not_as_they_stand(read):
    unit = read(STUBS + "    b: {type: stub, next: success}\n    a: {type: stub, next: b}\n")
    assert edges(unit) == (Edge("a", "b"),)
    assert unit.program.source == "pipeline.yaml"
    assert unit.program.name == "pipeline"


def test_a_step_has_its_own_line(read):
    unit = read(STUBS + "    a: {type: stub, next: b}\n    b: {type: stub, next: fail}\n")
    assert [node.span.line for node in unit.program.graph.nodes] == [5, 6]
    assert unit.program.graph.failing == ("b",)


def test_a_step_that_several_failures_lead_to_is_made_for_each(read):
    steps = "    a: {type: stub, next: b, on_failure: h}\n    b: {type: stub, next: success, on_failure: h}\n"
    unit = read(STUBS + steps + "    h: {type: stub, next: i}\n    i: {type: stub, next: fail}\n")
    assert edges(unit) == (
        Edge("a", "b"),
        Edge("h", "i"),
        Edge("a", "h", On.FAILURE),
        Edge("h after b", "i after b"),
        Edge("b", "h after b", On.FAILURE),
    )
    assert unit.program.graph.failing == ("i", "i after b")


def test_a_handler_may_lead_back_to_what_comes_after_the_step(read):
    steps = "    a: {type: stub, next: b, on_failure: h}\n    b: {type: stub, next: success}\n"
    unit = read(STUBS + steps + "    h: {type: stub, next: b}\n")
    assert edges(unit) == (Edge("a", "b"), Edge("h", "b after a"), Edge("a", "h", On.FAILURE))


def test_a_made_up_name_is_no_other_step_s(read):
    steps = "    a: {type: stub, next: b, on_failure: b}\n    b: {type: stub, next: b after a}\n"
    unit = read(STUBS + steps + "    b after a: {type: stub, next: success}\n")
    names = [node.name for node in unit.program.graph.nodes]
    assert len(set(names)) == len(names) == 5


def test_on_failure_success_goes_over_the_failure(read):
    unit = read(STUBS + "    a: {type: stub, next: success, on_failure: success}\n")
    assert edges(unit) == (Edge("a", "success after a", On.FAILURE),)
    assert unit.program.graph.failing == ()


def test_on_failure_fail_is_what_happens_anyway(read):
    assert edges(read(STUBS + "    a: {type: stub, next: success, on_failure: fail}\n")) == ()


def test_ends_may_be_written_as_steps_of_any_name(read):
    steps = "    a: {type: stub, next: done, on_failure: bad}\n    done: {type: success}\n    bad: {type: fail}\n"
    unit = read(STUBS + steps)
    assert [node.name for node in unit.program.graph.nodes] == ["a"]
    assert not unit.diagnostics


def test_names_are_what_stands_there(read):
    text = """
dag:
  start_at: on
  steps:
    on: {type: conditional, parameter: side, next: 1.10, branches: {
      yes: {start_at: a, steps: {a: {type: stub, next: success}}},
      true: {start_at: a, steps: {a: {type: stub, next: success}}},
      007: {start_at: a, steps: {a: {type: stub, next: success}}}}}
    1.10: {type: stub, next: success}
"""
    unit = read(text)
    first, second = unit.program.graph.nodes
    assert isinstance(first, Switch)
    assert [branch.name for branch in first.branches] == ["yes", "True", "007"]
    assert (first.name, second.name) == ("on", "1.10")


def test_aliases_and_merge_keys_are_followed(read):
    text = """
branch: &branch
  start_at: b
  steps:
    b: &base {type: task, command_type: shell, command: echo, next: success}
dag:
  start_at: a
  steps:
    a: {type: parallel, branches: {one: *branch, two: *branch}, next: b}
    b: {<<: *base, retry: 2}
"""
    parallel, last = read(text).program.graph.nodes
    assert [branch.name for branch in parallel.nodes] == ["one", "two"]
    assert isinstance(last, Task)
    assert last.options.retry == 2


def test_a_function_is_found_from_the_project_and_from_the_working_folder(read, tmp_path, monkeypatch):
    (tmp_path / "inner").mkdir()
    (tmp_path / "of_the_project.py").write_text("def f(): ...\n")
    (tmp_path / "inner" / "of_the_folder.py").write_text("def f(): ...\n")
    steps = "    a: {type: task, command: of_the_project.f, next: b}\n"
    steps += "    b: {type: task, command: of_the_folder.f, next: success}\n"
    (tmp_path / "pipeline.yaml").write_text(STUBS + steps)
    monkeypatch.chdir(tmp_path / "inner")
    a, b = load("../pipeline.yaml").unit.program.graph.nodes
    assert a.action == PythonCall("of_the_project", "f")
    assert b.action == PythonCall("of_the_folder", "f", ("inner",))


def test_what_a_module_raises_or_prints_is_a_diagnostic_and_no_output(read, tmp_path, capsys):
    (tmp_path / "leaves.py").write_text("print('on my way')\nraise SystemExit(3)\n")
    unit = read(STUBS + "    a: {type: task, command: leaves.f, next: success}\n")
    assert wrong(unit) == [("RN205", 5)]
    assert capsys.readouterr().out == ""


def test_a_map_takes_what_a_map_takes_here(read):
    branch = "branch: {start_at: b, steps: {b: {type: stub, next: success}}}"
    unit = read(
        STUBS + f"    a: {{type: map, iterate_on: xs, iterate_as: x, max_parallel: 2, {branch}, next: success}}\n"
    )
    (each,) = unit.program.graph.nodes
    assert isinstance(each, FanOut)
    assert each.max_parallel == 2


def test_a_key_that_has_no_effect_is_a_warning_and_stops_nothing(read):
    unit = read(STUBS + "    a: {type: parallel, next: success, fail_fist: true, branches: {one: {start_at: b, steps: "
                "{b: {type: stub, next: success}}}}}\n")  # fmt: skip
    assert wrong(unit) == [("RN937", 5)]
    assert [node.name for node in unit.program.graph.nodes] == ["a"]


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("", "RN934", 1),
        ("- a\n", "RN934", 1),
        ("dag: []\n", "RN934", 1),
        ("dag:\n  steps: {}\n", "RN934", 2),
        ("dag:\n  start_at: a\n  steps: 3\n", "RN934", 3),
        ("dag: {start_at: a, steps: {a: &a {type: parallel, next: success, branches: *a}}}\n", "RN934", 1),
        ("dag: *nothing\n", "RN001", 1),
        ("dag: {a: b: c}\n", "RN001", 1),
        ("a: !!python/object/apply:os.system [id]\ndag: {start_at: a, steps: {a: {type: stub}}}\n", "RN934", 2),
        ("dag: {start_at: a, steps: {a: {type: task, command: x.y, next: success, retry: !!python/name:os.x }}}",
         "RN934", 1),
        ("dag: {start_at: a, steps: {a: {type: task, command: !x [y], next: success}}}", "RN934", 1),
    ],
)  # fmt: skip
def test_what_is_no_pipeline_is_a_diagnostic_with_its_line(read, text, code, line):
    try:
        found = list(read(text).diagnostics)
    except DefinitionError as error:
        found = list(error.diagnostics)
    assert (found[0].code, found[0].span.line) == (code, line)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a: 1\n" * 1_000_000, None])
def test_a_file_that_cannot_be_read_is_a_diagnostic(tmp_path, data):
    if data is not None:
        (tmp_path / "pipeline.yml").write_bytes(data)
    with pytest.raises(DefinitionError) as raised:
        load(str(tmp_path / "pipeline.yml"))
    assert raised.value.diagnostics[0].code == "RN001"


def test_a_name_after_the_file_is_refused(read, tmp_path):
    (tmp_path / "pipeline.yaml").write_text("dag: {}\n")
    with pytest.raises(DefinitionError, match="a YAML file has one pipeline"):
        load("pipeline.yaml:main")


def test_a_long_pipeline_is_read_in_linear_time_and_without_recursion(read):
    steps = "".join(f"    a{n}: {{type: stub, next: a{n + 1}}}\n" for n in range(3000))
    unit = read("dag:\n  start_at: a0\n  steps:\n" + steps + "    a3000: {type: stub, next: success}\n")
    assert len(unit.program.graph.nodes) == 3001


def test_a_chain_of_handlers_ends(read):
    steps = "".join(f"    a{n}: {{type: stub, next: success, on_failure: a{n + 1}}}\n" for n in range(500))
    unit = read("dag:\n  start_at: a0\n  steps:\n" + steps + "    a500: {type: stub, next: success}\n")
    assert unit.diagnostics[0].code == "RN934"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("dag: {}\n", True),
        ("a: {dag: 1}\nb: [dag]\n", False),
        ("a: dag\n", False),
        ("a: *x\ndag: 1\n", True),
        ("a: &x {b: c}\nd: [1, {e: f}]\ndag: 1\n", True),
        ("apiVersion: v1\nkind: Secret\n---\ndag: 1\n", False),
        ("[", False),
        ("", False),
    ],
)
def test_a_file_with_a_pipeline_is_not_a_manifest(tmp_path, text, found):
    (tmp_path / "file.yaml").write_text(text)
    assert has_pipeline(str(tmp_path / "file.yaml")) is found


def test_the_text_form_says_no_more_than_that_of_python(read):
    assert (
        render(read(STUBS + "    a: {type: stub, next: success}\n").program) == 'pipeline "pipeline"\n  task "a" stub\n'
    )
