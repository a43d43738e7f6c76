from runnable import Pipeline, PythonTask, json


class Model: ...


def train(rows: int = 3):
    return Model()


def fitted() -> Model:
    return Model()


def score(model: Model): ...


def report(best: Model | None): ...


Pipeline(
    steps=[
        PythonTask(name="train", function=train, returns=["model"]),
        PythonTask(name="fit", function=fitted, returns=[json("best")]),
        PythonTask(name="score", function=score),
        PythonTask(name="report", function=report),
    ]
).execute()
