from runnable import Pipeline, PythonTask, json


class Model: ...


def models() -> list[Model]:
    return [Model()]


def counts() -> dict[tuple[int, int], str]:
    return {(1, 2): "one"}


Pipeline(
    steps=[
        PythonTask(name="models", function=models, returns=[json("models")]),
        PythonTask(name="counts", function=counts, returns=["counts"]),
    ]
).execute()
