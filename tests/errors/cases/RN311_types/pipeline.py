from __future__ import annotations

from runnable import Pipeline, PythonTask


def load() -> tuple[str, dict[str, float]]:
    return "orders.csv", {"rate": 0.1}


def clean(source: list[str]) -> list[str]:
    return source


def train(rows: list[str], options: float | None = None):
    pass


Pipeline(
    steps=[
        PythonTask(name="load", function=load, returns=["source", "options"]),
        PythonTask(name="clean", function=clean, returns=["rows"]),
        PythonTask(name="train", function=train),
    ]
).execute()
