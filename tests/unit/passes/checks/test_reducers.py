"""A reducer that cannot take what the branch of its Map returns, by annotations, is found before anything runs."""

import datetime
from decimal import Decimal

import pytest

from runnable import Map, Pipeline, PythonTask
from runnable.frontend.build import build
from runnable.passes import diagnose


class Frame:
    """Nothing that JSON has a form for."""


def work(x: int) -> tuple[Frame, int, str, Decimal, datetime.date]: ...


NAMES = ["frame", "rows", "text", "price", "day"]


def concat(frames: list[Frame]) -> Frame: ...
def stacked(*frames: Frame) -> Frame: ...
def join(one: Frame, other: Frame) -> Frame: ...
def days(days: list[datetime.date]) -> datetime.date: ...
def total(values: list[int]) -> int: ...
def untyped(values): ...


def found(reducer):
    body = PythonTask(name="work", function=work, returns=NAMES).as_pipeline()
    each = Map(name="each", branch=body, iterate_on="xs", iterate_as="x", reducer=reducer)
    unit = build(Pipeline(steps=[PythonTask(name="list", function=listed, returns=["xs"]), each]), __file__)
    return [(d.code, getattr(d, "parameter", "")) for d in diagnose(unit) if d.code != "RN305"]


def listed() -> list[int]: ...


@pytest.mark.parametrize("reducer", [concat, stacked, join])
def test_a_reducer_of_one_type_takes_no_other_returns(reducer):
    assert found(reducer) == [("RN325", name) for name in NAMES if name != "frame"]


@pytest.mark.parametrize(
    ("reducer", "misfits"),
    [
        ({"frame": concat, "rows": "sum", "day": days}, []),
        ({"frame": stacked, "rows": total}, []),
        ({"rows": concat, "frame": total}, ["frame", "rows"]),
        ({"text": "sum", "price": "max", "day": "min"}, ["text", "price", "day"]),
        ({"rows": "max", "text": "sorted", "price": untyped}, []),
        (untyped, []),
    ],
    ids=range(6),
)
def test_each_return_is_held_against_its_own_reducer(reducer, misfits):
    assert found(reducer) == [("RN325", name) for name in misfits]


def test_a_reducer_for_what_is_not_returned_is_a_mistake():
    assert [code for code, _ in found({"frames": concat})] == ["RN203"]
