from datetime import date
from enum import Enum
from typing import Literal

from runnable import Parameter, Pipeline, PythonTask


class Size(Enum):
    SMALL = "s"
    LARGE = "l"


def load(day: date, rows: int, size: Size, mode: Literal["fast", "slow"], tags: list[str], on: bool):
    """Load the orders.

    Args:
        day: the day of the orders, in UTC
    """


Pipeline(
    steps=[PythonTask(name="load", function=load)],
    parameters=[
        Parameter(name="day"),
        Parameter(name="rows", choices=[10, 100]),
        Parameter(name="size"),
        Parameter(name="mode", default="fast"),
        Parameter(name="tags", default=["a"]),
        Parameter(name="on", default=False),
    ],
).execute()
