"""Nested conditions on what steps return: what Kubeflow Pipelines' sample condition does."""

import random
from typing import Literal

from runnable import Conditional, Pipeline, PythonTask


def flip_coin(force: str = "") -> Literal["heads", "tails"]:
    return force or random.Random(1).choice(["heads", "tails"])  # type: ignore[return-value]


def number_below_ten() -> int:
    return random.Random(2).randrange(10)


def is_large(number: int) -> bool:
    return number > 4


def say_large(number: int, coin: str) -> None:
    print(f"{coin}, and {number} is larger than 4")


def say_small(number: int, coin: str) -> None:
    print(f"{coin}, and {number} is not larger than 4")


def branch() -> Pipeline:
    return Pipeline(
        steps=[
            PythonTask(name="number", function=number_below_ten, returns=["number"]),
            PythonTask(name="compare", function=is_large, returns=["large"]),
            Conditional(
                name="by size",
                parameter="large",
                branches={
                    True: PythonTask(name="large", function=say_large).as_pipeline(),
                    False: PythonTask(name="small", function=say_small).as_pipeline(),
                },
            ),
        ]
    )


def main():
    pipeline = Pipeline(
        name="condition",
        steps=[
            PythonTask(name="flip", function=flip_coin, returns=["coin"]),
            Conditional(name="by side", parameter="coin", branches={"heads": branch(), "tails": branch()}),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
