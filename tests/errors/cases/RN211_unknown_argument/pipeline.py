"""Arguments that a function or notebook does not take, and what is no mapping of names to values."""

from runnable import NotebookTask, Parameter, Pipeline, PythonTask


def fit(path: str, rate: float, rounds: int = 3):
    pass


Pipeline(
    steps=[
        PythonTask(name="fit", function=fit, arguments={"path": "raw.csv", "rate": 0.1, "ronds": 4}),
        PythonTask(name="declares", function=fit, arguments={"path": "raw.csv", "rate": Parameter(name="rate")}),
        PythonTask(name="pairs", function=fit, arguments=["path", "raw.csv"]),
        NotebookTask(name="show", notebook="show.ipynb", arguments={"cuont": 1}),
    ],
    parameters=[Parameter(name="rate")],
).execute(parameters={"rate": 0.1, "path": "all.csv"})
