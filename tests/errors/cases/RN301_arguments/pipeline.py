"""Arguments with `param` that nothing provides, or that does not fit."""

from runnable import Pipeline, PythonTask, ShellTask, param, pickled


class Model:
    def __init__(self, weight):
        self.weight = weight


def load(rows: int = 10) -> tuple[list[int], Model]:
    return list(range(rows)), Model(1)


def fit(path: str, rate: float, rounds: int = 3):
    pass


Pipeline(
    steps=[
        PythonTask(name="early", function=fit, arguments={"path": "raw.csv", "rate": param("loaded")}),
        PythonTask(name="load", function=load, arguments={"rows": param("many")}, returns=["loaded", pickled("model")]),
        PythonTask(name="fit", function=fit, arguments={"path": "raw.csv", "rate": param("learning_rat")}),
        PythonTask(name="again", function=fit, arguments={"path": "raw.csv", "rate": 1, "rounds": param("loaded")}),
        ShellTask(name="say", command="echo $what", arguments={"what": param("model")}),
    ]
).execute(parameters={"many": "ten", "learning_rate": 0.1, "path": "all.csv"})
