"""A reduce task: one reducer, or one for each return; values as annotated; what fails is named."""

from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from runnable_runtime.failures import TaskFailure
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.storage import NOWHERE
from runnable_runtime.tasks import reduce

DAYS = ["2024-01-31", "2024-02-01"]


def latest(days: list[date]) -> date:
    assert all(type(day) is date for day in days)
    return max(days)


def added(*numbers: Fraction) -> Fraction:
    return sum(numbers, Fraction())


def later(one: date, other: date) -> date:
    return max(one, other)


def joined(texts):
    return "".join(texts)


def run(target="", function=None, each=(), **lists):
    spec = TaskSpec("reduce", target, "map.reduce", tuple(map(ReturnSpec, lists)), each=tuple(each))
    outputs, _ = reduce.run(spec, lists, Path(__file__).parent, function, Objects(NOWHERE))
    return outputs


@pytest.mark.parametrize(
    ("reducer", "values", "expected"),
    [(latest, DAYS, DAYS[1]), (later, DAYS, DAYS[1]), (added, ["1/2", "1/3"], "5/6"), (len, DAYS, 2)],
)
def test_a_reducer_gets_the_values_as_its_arguments_are_annotated(reducer, values, expected):
    assert run(function=reducer, xs=values) == {"xs": expected}


def test_each_return_has_its_own_reducer_and_what_has_none_stays_a_list():
    functions = {"days": latest, "texts": joined}
    found = run(
        each=["days=m:latest", "texts=m:joined", "rows=sum"],
        function=functions.get,
        days=DAYS,
        texts=["a", "b"],
        rows=[1, 2],
        others=[[1], "x"],
    )
    assert found == {"days": DAYS[1], "texts": "ab", "rows": 3, "others": [[1], "x"]}


def test_in_a_pod_the_reducers_of_each_are_imported(tmp_path):
    name = "reducers_of_test_reduce"
    (tmp_path / f"{name}.py").write_text("def joined(texts):\n    return '-'.join(texts)\n")
    spec = TaskSpec("reduce", "", "map.reduce", (ReturnSpec("a"), ReturnSpec("b")), each=(f"a={name}:joined", "b=max"))
    outputs, _ = reduce.run(spec, {"a": ["x", "y"], "b": [1, 2]}, tmp_path, None, Objects(NOWHERE))
    assert outputs == {"a": "x-y", "b": 2}
    assert TaskSpec.from_json(__import__("json").dumps(spec.to_json())) == spec


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"function": joined, "target": "m:joined", "rows": [1, 2]}, "reducing 'rows' with joined: TypeError"),
        ({"each": ["rows=sum"], "rows": ["a", "b"]}, "reducing 'rows' with sum: TypeError"),
        ({"function": latest, "target": "m:latest", "xs": ["x"]}, "reducing 'xs' with latest: 'days' is taken as list"),
        ({"target": "lambda xs: xs[3]", "xs": [1]}, "reducing 'xs' with lambda xs: xs[3]: IndexError"),
        ({"function": lambda xs: {1}, "target": "m:f", "xs": [1]}, "reducing 'xs' with f: xs is a value of type set"),
    ],
    ids=range(5),
)  # fmt: skip
def test_what_fails_names_the_return_that_was_being_reduced(options, said):
    with pytest.raises(TaskFailure) as raised:
        run(**options)
    assert raised.value.message.startswith(said)
