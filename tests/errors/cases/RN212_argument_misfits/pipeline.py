"""Constants that are not of the types of what takes them, and what is no constant."""

from datetime import date

from runnable import Pipeline, PythonTask, param


class Model:
    def __init__(self, weight):
        self.weight = weight


def load(day: date, rows: int = 10) -> list[int]:
    return list(range(rows))


def fit(rate: float, model: Model, rows: int):
    pass


Pipeline(
    steps=[
        PythonTask(name="load", function=load, arguments={"day": "31.1.2024", "rows": 1.5}, returns=["loaded"]),
        PythonTask(name="fit", function=fit, arguments={"rate": "fast", "model": {"weight": 1}, "rows": param("loaded")}),
        PythonTask(name="open", function=load, arguments={"day": open, "rows": param("")}),
    ]
).execute(parameters={"many": "ten"})
