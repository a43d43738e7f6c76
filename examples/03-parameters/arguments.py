"""One function, command and notebook for several steps, by arguments:  python examples/03-parameters/arguments.py

A constant stands for itself; `param("name")` is a parameter of the pipeline, or what an earlier step has returned.
"""

from datetime import date

from runnable import Map, NotebookTask, Parameter, Pipeline, PythonTask, ShellTask, param


def load(path: str, day: date, rows: int = 10) -> int:
    assert type(day) is date, day
    return rows * day.day + len(path)


def share(part: int, whole: int, digits: int = 2) -> float:
    return round(part / whole, digits)


def check(raw: int, clean: int, kept: float, lost: float, shares: list[float], label: str, described: str):
    assert (raw, clean) == (317, 159), (raw, clean)
    assert (kept, lost) == (0.502, 1.99), (kept, lost)
    assert shares == [0.5, 0.25], shares
    assert label == "{{kept}} is 0.502 of 2024-01-31", label
    assert described == "159-$(raw)", described


STEPS = [
    PythonTask(name="raw", function=load, arguments={"path": "raw.csv", "rows": param("lines")}, returns=["raw"]),
    PythonTask(  # `rows` has its default
        name="clean", function=load, arguments={"path": "clean.csv", "day": date(2024, 1, 15)}, returns=["clean"]
    ),
    PythonTask(
        name="kept",
        function=share,
        arguments={"part": param("clean"), "whole": param("raw"), "digits": 3},
        returns=["kept"],
    ),
    PythonTask(
        name="lost", function=share, arguments={"part": param("raw"), "whole": param("clean")}, returns=["lost"]
    ),
    ShellTask(
        name="label",
        command='export label="$what is $value of $day"',
        arguments={"what": "{{kept}}", "value": param("kept")},
        returns=["label"],
    ),
]


def main():
    halves = PythonTask(
        name="share", function=share, arguments={"part": 1, "whole": param("parts")}, returns=["shares"]
    ).as_pipeline()
    pipeline = Pipeline(
        steps=[
            *STEPS,
            Map(name="halves", branch=halves, iterate_on="numbers", iterate_as="parts"),
            NotebookTask(
                name="describe",
                notebook="examples/common/describe_count.ipynb",
                arguments={"count": param("clean"), "unit": "$(raw)"},
                returns=["described"],
            ),
            PythonTask(name="check", function=check),
        ],
        parameters=[Parameter(name="day"), Parameter(name="lines", default=10), Parameter(name="numbers")],
    )
    pipeline.execute(parameters={"day": date(2024, 1, 31), "numbers": [2, 4]})
    return pipeline


if __name__ == "__main__":
    main()
