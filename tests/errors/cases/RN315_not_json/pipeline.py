import datetime
from dataclasses import dataclass

from runnable import Pipeline, PythonTask


@dataclass
class Batch:
    size: int
    started: datetime.datetime


def labels() -> set[str]:
    return {"a"}


def batch() -> Batch:
    return Batch(1, datetime.datetime.now())


Pipeline(
    steps=[
        PythonTask(name="labels", function=labels, returns=["labels"]),
        PythonTask(name="batch", function=batch, returns=["batch"]),
    ]
).execute()
