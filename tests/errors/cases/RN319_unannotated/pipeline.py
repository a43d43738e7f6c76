from datetime import date
from pathlib import Path

from runnable import Pipeline, PythonTask


def load() -> tuple[date, list[Path], date]:
    return date(2024, 1, 31), [Path("a.csv")], date(2024, 2, 1)


def use(day, files, end: str): ...


def also(day: date, files: list[Path]): ...


Pipeline(
    steps=[
        PythonTask(name="load", function=load, returns=["day", "files", "end"]),
        PythonTask(name="use", function=use),
        PythonTask(name="also", function=also),
    ]
).execute()
