from runnable import Pipeline, PythonTask


def split() -> tuple[list[int], list[int]]:
    return [1], [2]


def measure() -> float:
    return 0.5


Pipeline(
    steps=[
        PythonTask(name="split", function=split, returns=["train", "validate", "test"]),
        PythonTask(name="measure", function=measure, returns=["loss", "accuracy"]),
    ]
).execute()
