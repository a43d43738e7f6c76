"""What a function is annotated to return decides whether it is kept as an object; `auto` leaves it to the value."""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, NamedTuple, Protocol

import pydantic
import pytest

from runnable import Pipeline, PythonTask, ShellTask, auto, json, metric, pickled
from runnable.frontend.build import build


class Model:
    """Nothing that JSON has a form for."""


class Speaks(Protocol):
    def speak(self) -> str: ...


@dataclass
class Holding:
    model: Model


@dataclass
class Plain:
    day: datetime.date


class Pair(NamedTuple):
    model: Model
    score: float


def kinds(annotation, *returns):
    def function(): ...

    function.__annotations__["return"] = annotation
    return kinds_of(PythonTask(name="a", function=function, returns=list(returns)))


def kinds_of(step):
    (node,) = build(Pipeline(steps=[step]), __file__).program.graph.nodes
    return [returned.kind for returned in node.returns]


@pytest.mark.parametrize(
    "annotation",
    [Model, Model | None, list[Model], dict[str, Model], Holding, Annotated[Model, "x"], re.Pattern],
    ids=str,
)
def test_a_class_without_a_form_in_json_is_kept_as_an_object(annotation):
    assert kinds(annotation, "x") == ["object"]
    assert kinds(annotation, auto("x")) == ["object"]


@pytest.mark.parametrize(
    "annotation",
    [int, str, None, list, dict[str, Any], set[int], datetime.date, bytes, Plain, pydantic.BaseModel, tuple[int],
     Mapping[str, int], Iterator[int], Callable[[], int], Speaks],
    ids=str,
)  # fmt: skip
def test_what_json_has_a_form_for_is_json(annotation):
    assert kinds(annotation, "x") == ["json"]
    assert kinds(annotation, auto("x")) == ["json"]


@pytest.mark.parametrize("annotation", [Any, object])
def test_what_may_be_anything_is_json_unless_it_is_left_open(annotation):
    assert kinds(annotation, "x") == ["json"]
    assert kinds(annotation, auto("x")) == ["auto"]


def test_of_several_returns_each_has_its_own_part():
    assert kinds(tuple[Model, float], "model", "score") == ["object", "json"]
    assert kinds(Pair, "model", "score") == ["object", "json"]
    assert kinds(tuple[float, Model] | None, "score", "model") == ["json", "object"]
    assert kinds(tuple[Model, ...], "one", "other") == ["object", "object"]


def test_what_is_declared_explicitly_stays_so():
    assert kinds(tuple[Model, Model, int], json("a"), metric("b"), pickled("c")) == ["json", "metric", "object"]


def test_a_decorator_does_not_hide_it():
    def logged(function):
        @wraps(function)
        def inner(*arguments, **keywords):
            return function(*arguments, **keywords)

        return inner

    @logged
    def train() -> Model: ...

    assert kinds_of(PythonTask(name="a", function=train, returns=["model"])) == ["object"]


def test_a_shell_has_json_only():
    assert kinds_of(ShellTask(name="a", command="export x=1", returns=[auto("x")])) == ["json"]
