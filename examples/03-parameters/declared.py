"""Declared parameters, checked before anything runs:  python examples/03-parameters/declared.py

    runnable describe examples/03-parameters/declared.py
    runnable run examples/03-parameters/declared.py -p version=2.10 -p size=small -p deliver=no

What is given as a text arrives with its type: on a command line, in a file, in a variable, by Argo.
"""

from datetime import date
from typing import Literal

from runnable import Conditional, Map, Parameter, Pipeline, PythonTask, ShellTask


def load(day: date, rows: int = 10) -> int:
    """Load the orders of a day.

    Args:
        day: the day of the orders
        rows: how many of them, at most
    """
    assert type(day) is date, day
    assert type(rows) is int, rows
    return rows * day.day


def pack(store: str, version: str, size: Literal["small", "large"]) -> str:
    return f"{store}:{version}:{size}"


def ship(packed: list[str], loaded: int, version: str, discount: float | None) -> str:
    assert all(version in one for one in packed), packed
    return f"{len(packed)} of {loaded}, discount {discount}"


def hold(deliver):
    assert deliver is False, deliver


PARAMETERS = [
    Parameter(name="day"),  # its type and help are those of load()
    Parameter(name="version", type=str, help="what is released, such as 1.10"),
    Parameter(name="rows", choices=[10, 100]),
    Parameter(name="size", default="large"),
    Parameter(name="stores", type=list[str], default=["north", "south"]),
    Parameter(name="deliver", type=bool, default=True, help="whether it leaves the house"),
    Parameter(name="discount", type=float | None, default=None),
]


def main():
    each = PythonTask(name="pack", function=pack, returns=["packed"]).as_pipeline()
    shipping = PythonTask(name="ship", function=ship, returns=["shipped"]).as_pipeline()
    holding = PythonTask(name="hold", function=hold).as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="load", function=load, returns=["loaded"]),
            Map(name="stores", branch=each, iterate_on="stores", iterate_as="store"),
            ShellTask(name="label", command="export label=v$version-$rows-$deliver", returns=["label"]),
            Conditional(name="deliver", parameter="deliver", branches={True: shipping, False: holding}),
        ],
        parameters=PARAMETERS,
    )
    pipeline.execute(parameters_file="examples/03-parameters/declared.yaml")
    return pipeline


if __name__ == "__main__":
    main()
