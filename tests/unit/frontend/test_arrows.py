"""`a >> b`, `a << b`, and the ends `Success()` and `Fail()`."""

import subprocess
import sys

import pytest

import runnable
from runnable import Fail, Pipeline, Stub, Success
from runnable.frontend.build import build
from runnable.sdk import BaseJob, PythonJob


def stubs(names):
    return [Stub(name=name) for name in names]


def built(*steps):
    return build(Pipeline(steps=list(steps)), __file__)


def pairs(unit):
    assert not unit.diagnostics
    return [(edge.source, edge.target) for edge in unit.program.graph.edges]


def test_steps_in_a_row():
    a, b, c = stubs("abc")
    assert a >> b >> c is c
    assert pairs(built(c, b, a)) == [("a", "b"), ("b", "c")]


def test_the_other_way_round():
    a, b, c = stubs("abc")
    assert c << b << a is a
    assert pairs(built(a, b, c)) == [("a", "b"), ("b", "c")]


def test_lists_on_either_side():
    a, b, c, d = stubs("abcd")
    a >> [b, c] >> d
    assert pairs(built(a, b, c, d)) == [("a", "b"), ("a", "c"), ("b", "d"), ("c", "d")]
    e, f, g = stubs("efg")
    assert ((e, f) << g) is g
    assert pairs(built(e, f, g)) == [("g", "e"), ("g", "f")]


def test_an_arrow_is_an_after_with_its_line():
    a, b, c = stubs("abc")
    a >> b  # line
    (diagnostic,) = built(b, c).diagnostics
    assert diagnostic.code == "RN341"
    assert "# line" in diagnostic.span.source


def test_ends():
    a, b, c, d = stubs("abcd")
    a >> [b, c] >> Fail()
    a >> d >> Success()
    unit = built(a, b, c, d)
    assert unit.program.graph.failing == ("b", "c")
    assert d.terminate_with_success
    assert not unit.diagnostics


def test_an_end_is_no_step():
    (diagnostic,) = built(Stub(name="a"), Fail()).diagnostics
    assert "holds Fail(), which is not a step" in diagnostic.message


@pytest.mark.parametrize("other", ["b", 1, None, [], ["b"], Pipeline(steps=[])])
def test_what_is_no_step_is_a_mistake(other):
    (a,) = stubs("a")
    for join in (lambda: a >> other, lambda: other >> a, lambda: a << other, lambda: other << a):
        with pytest.raises(TypeError, match="unsupported operand"):
            join()
    assert a.waits_for is None


def test_the_published_package_s_import_paths():
    for name in runnable.sdk.__all__:
        assert getattr(runnable.sdk, name) is getattr(runnable, name, getattr(runnable.sdk, name))
    assert issubclass(PythonJob, BaseJob)
    with pytest.raises(AttributeError, match="Nothing"):
        runnable.sdk.Nothing  # noqa: B018


def test_its_exceptions_are_ours():
    code = "import runnable.exceptions as e, runnable; print(e.ExecutionFailedError is runnable.ExecutionFailedError)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "True\n"
