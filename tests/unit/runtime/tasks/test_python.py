"""A Python task: imported by name, called in this process."""

import asyncio
import os
import sys
import textwrap
from pathlib import Path

import pytest

from runnable_runtime.failures import BadInput, BadReturn, Stopped, UserCodeFailed
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.task import TaskResult, run


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An empty project; `project.write(path, code)` adds a module, which is forgotten after the test."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    before = set(sys.modules)

    def write(path, code):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(textwrap.dedent(code))

    monkeypatch.setattr(type(tmp_path), "write", staticmethod(write), raising=False)
    yield tmp_path
    for name in set(sys.modules) - before:
        del sys.modules[name]


def python(target, *returns, **fields):
    return TaskSpec("python", target, "step", tuple(ReturnSpec.decode(r) for r in returns), **fields)


def call(function, parameters, *returns, **options):
    return run(python("module:function", *returns), parameters, project=Path.cwd(), function=function, **options)


def test_a_result_has_outputs_used_inputs_and_the_names_of_metrics(project):
    project.write("plain_module.py", "def add(a: int, b=1): return a + b, {'a': a}")
    result = run(python("plain_module:add", "metric:total", "parts"), {"a": "2", "c": 1}, project=project)
    assert result == TaskResult({"total": 3, "parts": {"a": 2}}, {"a": "2"}, ("total",), (), {})


def test_module_names_may_have_digits_and_hyphens(project):
    project.write("examples/02-sequential/conditional.py", "def f(): return __name__")
    result = run(python("examples.02-sequential.conditional:f", "x"), {}, project=project)
    assert result.outputs == {"x": "examples.02-sequential.conditional"}


def test_the_folders_of_the_import_path_come_before_the_project_and_only_once(project):
    project.write("deep/folder/neighbour.py", "value = 'deep'")
    project.write("neighbour.py", "value = 'top'")
    project.write("deep/folder/mine.py", "import neighbour\ndef f(): return neighbour.value")
    spec = python("mine:f", "x", import_path=("deep/folder",))
    assert run(spec, {}, project=project).outputs == {"x": "deep"}
    length = len(sys.path)
    run(spec, {}, project=project)
    assert len(sys.path) == length


def test_a_method_of_a_class_is_found_by_its_qualified_name(project):
    project.write("classes.py", "class A:\n    @staticmethod\n    def f(): return 1")
    assert run(python("classes:A.f", "x"), {}, project=project).outputs == {"x": 1}


def test_a_function_at_hand_is_not_imported():
    assert call(lambda x: x, {"x": 1}, "y").outputs == {"y": 1}


def test_a_coroutine_is_awaited():
    async def later(x):
        await asyncio.sleep(0)
        return x

    assert call(later, {"x": 1}, "y").outputs == {"y": 1}


def test_a_coroutine_is_awaited_where_a_loop_runs_already():
    async def later():
        return 1

    async def notebook():
        return call(later, {}, "y").outputs

    assert asyncio.run(notebook()) == {"y": 1}


def test_variables_are_set_for_the_call_and_put_back(monkeypatch):
    monkeypatch.setenv("RT_CHANGED", "before")
    monkeypatch.delenv("RT_NEW", raising=False)

    def function():
        return os.environ["RT_CHANGED"], os.environ["RT_NEW"]

    assert call(function, {}, "a", "b", environment={"RT_CHANGED": "x", "RT_NEW": "y"}).outputs == {"a": "x", "b": "y"}
    assert os.environ["RT_CHANGED"] == "before"
    assert "RT_NEW" not in os.environ


def test_an_exception_is_a_failure_that_says_what_and_where(project):
    project.write("train.py", "def inner():\n    raise ValueError('boom')\ndef fit():\n    inner()\n")
    with pytest.raises(UserCodeFailed) as raised:
        run(python("train:fit"), {}, project=project)
    assert raised.value.message == "ValueError: boom (train.py:2 in inner)"
    assert raised.value.exit_code == 1


def test_a_trace_has_only_the_users_frames(project):
    project.write("train.py", "import json\ndef fit():\n    json.loads('{')\n")
    with pytest.raises(UserCodeFailed) as raised:
        run(python("train:fit"), {}, project=project)
    assert "runnable_runtime" not in raised.value.trace
    assert raised.value.trace.startswith("Traceback (most recent call last):\n  File")
    assert "json.loads('{')" in raised.value.trace
    assert "(train.py:3 in fit)" in raised.value.message


def test_causes_are_in_the_trace():
    def function():
        try:
            raise KeyError("first")
        except KeyError as error:
            raise RuntimeError("second") from error

    with pytest.raises(UserCodeFailed) as raised:
        call(function, {})
    assert "KeyError: 'first'" in raised.value.trace
    assert "direct cause" in raised.value.trace


def test_groups_of_exceptions_are_failures_too():
    def function():
        raise ExceptionGroup("several", [ValueError("one"), ValueError("two")])

    with pytest.raises(UserCodeFailed, match=r"several \(2 sub-exceptions\)"):
        call(function, {})


def test_a_message_of_several_lines_becomes_one_and_a_long_one_is_cut():
    def function():
        raise ValueError("a\nb" + "c" * 5000)

    with pytest.raises(UserCodeFailed) as raised:
        call(function, {})
    assert raised.value.message.startswith("ValueError: a bccc")
    assert "\n" not in raised.value.message
    assert len(raised.value.message) < 1200


def test_an_exception_whose_text_fails_is_a_failure_all_the_same():
    class Hostile(Exception):
        def __str__(self):
            raise RuntimeError

    def function():
        raise Hostile

    with pytest.raises(UserCodeFailed, match="Hostile"):
        call(function, {})


def test_sys_exit_with_a_code_is_a_failure():
    with pytest.raises(UserCodeFailed, match=r"the code ended with sys.exit\(3\)"):
        call(lambda: sys.exit(3), {})


def test_sys_exit_without_a_code_is_a_success_unless_a_return_is_missing():
    assert call(lambda: sys.exit(), {}).outputs == {}
    with pytest.raises(BadReturn, match=r"ended with sys.exit\(\), and did not return x, y"):
        call(lambda: sys.exit(0), {}, "x", "y")


@pytest.mark.parametrize("request_to_end", [KeyboardInterrupt, Stopped])
def test_requests_to_end_pass_through(request_to_end):
    def function():
        raise request_to_end(143)

    with pytest.raises(request_to_end):
        call(function, {})


def test_a_module_that_fails_to_import_is_the_users_failure(project):
    project.write("broken.py", "import no_such_package_here\ndef f(): pass")
    with pytest.raises(UserCodeFailed, match=r"No module named 'no_such_package_here' \(broken.py:1 in <module>\)"):
        run(python("broken:f"), {}, project=project)


def test_a_syntax_error_is_the_users_failure(project):
    project.write("syntax.py", "def f(:\n")
    with pytest.raises(UserCodeFailed, match="SyntaxError") as raised:
        run(python("syntax:f"), {}, project=project)
    assert "def f(:" in raised.value.trace


def test_a_missing_module_or_function_is_named_with_the_likely_reason(project):
    project.write("present.py", "")
    with pytest.raises(UserCodeFailed, match=r"no module 'absent.x' in .*in this image"):
        run(python("absent.x:f"), {}, project=project)
    with pytest.raises(UserCodeFailed, match=r"'present' has no function 'f'.*in this image"):
        run(python("present:f"), {}, project=project)


def test_a_missing_parameter_is_bad_input():
    def function(x: int):
        return x

    with pytest.raises(BadInput, match="needs the parameter 'x'"):
        call(function, {})


def test_a_return_that_does_not_fit_is_named():
    with pytest.raises(BadReturn, match="module:function returned 1 value, and its step declares 2"):
        call(lambda: 1, {}, "x", "y")


def test_a_stub_does_nothing(tmp_path):
    assert run(TaskSpec("stub", ""), {"x": 1}, project=tmp_path) == TaskResult({}, {}, (), (), {})
