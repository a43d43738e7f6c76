"""The answers of docs/faq.md that are code, as one pipeline:  python examples/faq/pipeline.py"""

from datetime import date, timedelta
from functools import lru_cache, wraps
from time import perf_counter

from runnable import Parallel, Pipeline, PythonTask, pickled


class Model:
    def __init__(self, factor: int) -> None:
        self.factor = factor

    def predict(self, numbers: list[int]) -> list[int]:
        return [self.factor * number for number in numbers]


def fit(numbers: list[int]) -> Model:
    return Model(factor=max(numbers))


def predict(model: Model, numbers: list[int]) -> list[int]:
    return model.predict(numbers)


@lru_cache
def table() -> dict[str, int]:
    return {"apples": 3, "pears": 4}


def price() -> int:
    return table()["apples"]


def timed(function):
    @wraps(function)
    def inner(*arguments, **keywords):
        began = perf_counter()
        try:
            return function(*arguments, **keywords)
        finally:
            print(f"{function.__name__} took {perf_counter() - began:.1f} s")

    return inner


@timed
def add(price: int, predicted: list[int]) -> int:
    return price + sum(predicted)


def first_day(month: str) -> str:
    return date.fromisoformat(f"{month}-01").isoformat()


def last_day(first: date) -> str:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1).isoformat()


def branch_for(region: str) -> Pipeline:
    return PythonTask(name=f"add for {region}", function=add, returns=[f"sum_{region}"]).as_pipeline()


def main():
    pipeline = Pipeline(
        name="answers",
        steps=[
            PythonTask(name="fit", function=fit, returns=[pickled("model")]),
            PythonTask(name="predict", function=predict, returns=["predicted"]),
            PythonTask(name="price", function=price, returns=["price"]),
            Parallel(name="regions", branches={region: branch_for(region) for region in ("north", "south")}),
            PythonTask(name="first day", function=first_day, returns=["first"]),
            PythonTask(name="last day", function=last_day, returns=["last"]),
        ],
    )
    pipeline.execute(parameters_file="examples/faq/parameters.yaml")
    return pipeline


if __name__ == "__main__":
    main()
