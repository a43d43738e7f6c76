from datetime import date

from runnable import Parameter, Pipeline, PythonTask


class Frame: ...


def load(day: date, rows=10): ...


def save(rows=20, flag="no"): ...


Pipeline(
    steps=[
        PythonTask(name="load", function=load),
        PythonTask(name="save", function=save),
    ],
    parameters=[
        Parameter(name="frame", type=Frame),
        Parameter(name="day", default="tomorrow"),
        Parameter(name="size", choices=["s", 1, object()]),
        Parameter(name="colour", type=str, default="red", choices=["blue", "green"]),
        Parameter(name="day", type=date),
        Parameter(name="rows"),
        Parameter(name="two words", type="int"),
        Parameter(name="count", type="int", help=3, choices=7),
        Parameter(name="flag", type=bool),
        "day",
    ],
).execute()
