from runnable import Map, Pipeline, PythonTask


def score(item: int) -> float:
    return item / 2


def report(result: float):
    pass


Pipeline(
    steps=[
        Map(
            name="scores",
            branch=PythonTask(name="score", function=score, returns=["result"]).as_pipeline(),
            iterate_on="items",
            iterate_as="item",
        ),
        PythonTask(name="report", function=report),
    ]
).execute()
